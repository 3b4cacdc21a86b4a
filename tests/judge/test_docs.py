"""What docs/judge.md shows runs as shown."""

import re
from pathlib import Path
from typing import get_args

from touchstone.judge import Cause

DOCS = (Path(__file__).parents[2] / "docs" / "judge.md").read_text(encoding="utf-8")


def test_the_example_runs_and_gives_a_verdict(capsys):
    (example,) = re.findall(r"```python\n(.*?)```", DOCS, re.S)
    exec(compile(example, "docs/judge.md", "exec"), {})
    assert "warmth" in capsys.readouterr().out


def test_every_cause_is_explained():
    assert {cause for cause in get_args(Cause) if f"| `{cause}` |" in DOCS} == set(get_args(Cause))
