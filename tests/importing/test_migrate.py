"""docs/migrate.md, as a new user goes through it: files and commands as they stand there."""

import re
import shlex
from pathlib import Path

import pytest

DOCUMENT = (Path(__file__).parents[2] / "docs" / "migrate.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^ +touchstone (.*)$", DOCUMENT, re.MULTILINE)


@pytest.fixture
def files(tmp_path):
    found = re.findall(r"`([\w.]+)`:\n```json\n(.*?)\n```", DOCUMENT, re.DOTALL)
    assert [name for name, _ in found] == ["job.json", "train.jsonl", "scores.jsonl"]
    for name, text in found:
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")


def test_its_steps_end_in_a_graded_batch_and_a_check_that_holds(run, files):
    ends = {}
    for step in STEPS:
        words = shlex.split(step)
        # Time is what a check makes the most of; here a part of its probes is enough.
        done = run(*words, *(("--time", "20") if words[0] == "check" else ()))
        ends[" ".join(words[: 2 if words[0] in ("data", "graders") else 1])] = done.exit_code
        assert done.exit_code in (0, 1), done.output
    # The stand-in gives another score than a model: that is what the import says.
    assert ends == {"data convert": 0, "graders import": 1, "grade": 0, "check": 0}
