"""``make demo``, the first command of the README."""

from __future__ import annotations

from touchstone.templates import template_names
from touchstone.workbench.demo import main


def test_every_template_shows_its_rows_as_they_should_end(capsys):
    assert main() == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in template_names())
    assert "offline stand-in" in shown
