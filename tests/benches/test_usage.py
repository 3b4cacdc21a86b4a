"""Every bench says how it is called, and measures nothing then."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BENCHES = sorted(
    path.stem
    for path in (ROOT / "benches").glob("*.py")
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
)


def call(bench, *words):
    command = [sys.executable, "-m", f"benches.{bench}", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("bench", BENCHES)
def test_help_is_the_usage(bench):
    done = call(bench, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: ")


@pytest.mark.parametrize("words", [["many"], ["1", "2", "3"]])
def test_a_word_that_is_none_of_its_arguments_is_refused_by_name(words):
    done = call("data", *words)
    assert done.returncode == 2
    assert words[-1] in done.stderr
    assert "Traceback" not in done.stderr
