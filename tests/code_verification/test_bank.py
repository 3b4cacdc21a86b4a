"""Test files as people own them, each with a right program and two wrong ones.

The share beside each program is that of a plain run by pytest, unittest or Python itself, where
each subtest of a test counts as that test, and one that is expected to fail as any other.
"""

import re
from pathlib import Path

import pytest

BANK = Path(__file__).parent / "bank"


def _cases():
    for path in sorted(BANK.glob("*.txt")):
        for block in re.split(r"^=== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
            name, _, rest = block.partition("\n")
            _, _, tests, *programs = re.split(r"^--- (\w+)(.*)\n", rest, flags=re.MULTILINE)[1:]
            yield pytest.param(tests, programs, id=f"{path.stem}: {name}")


def _reference(tests):
    # `check` is handed what it tests, and names nothing.
    return {"test_code": tests} | ({"entry_point": "pairs"} if "def check(" in tests else {})


@pytest.mark.parametrize(("tests", "programs"), list(_cases()))
def test_a_test_file_says_what_a_plain_run_says(grade, tests, programs):
    for kind, wanted, program in zip(programs[::3], programs[1::3], programs[2::3], strict=True):
        result = grade(f"```python\n{program}```", _reference(tests), quality_weights={"lint": 0})
        assert result.reason.startswith(f"{wanted.strip()} tests passed"), kind
        assert (result.score > 0.9) == (kind == "right")
