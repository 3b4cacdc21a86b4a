"""``make demo``, the first command of the README."""

from __future__ import annotations

import re

from touchstone.templates import template_names
from touchstone.workbench.demo import main


def test_every_template_shows_its_rows_as_they_should_end(capsys):
    assert main() == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in template_names())
    assert "offline stand-in" in shown
    last = len(template_names())
    for number, name in enumerate(template_names(), 1):
        assert re.search(
            rf"^{number} of {last}, {name}: \d+ rows in \d+\.\d s$", shown, re.MULTILINE
        )
    assert "\x1b" not in shown
