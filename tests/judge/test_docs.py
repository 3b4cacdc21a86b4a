"""docs/judge.md explains every cause of a fault; its examples are run by tests/docs."""

from pathlib import Path
from typing import get_args

from touchstone.judge import Cause

DOCS = (Path(__file__).parents[2] / "docs" / "judge.md").read_text(encoding="utf-8")


def test_every_cause_is_explained():
    assert {cause for cause in get_args(Cause) if f"| `{cause}` |" in DOCS} == set(get_args(Cause))
