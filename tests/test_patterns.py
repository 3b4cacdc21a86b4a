"""Every pattern in the code takes time in proportion to its text, whatever the text holds."""

import re
import signal
import subprocess
import sys

import pytest

from tests.pumping import ROOT, Pumped, slow, stop, texts


def test_no_pattern_is_more_than_linear():
    # In a process of its own: it is stopped by a signal, and imports every module.
    run = subprocess.run(
        [sys.executable, "-m", "tests.pumping"], cwd=ROOT, capture_output=True, text=True
    )
    *slow, summary = run.stdout.splitlines() or [""]
    assert run.returncode == 0, run.stderr
    assert not slow, "\n".join(slow)
    assert int(summary.split()[0]) > 300  # patterns


@pytest.mark.parametrize(
    ("pattern", "pumped"),
    [
        (r"a\s+b", "a" + " " * 9),
        (r"(\w+)[^<]*<m>", "a" * 9),
        (r"\\{2,}(?=[a-z])", "\\" * 8),
        (r"(?:the\s+)*answer", "the " * 2),
        (r"[.!?]+['\"]*(?=\s)", "!" * 9),
        (r"(?=(x+)+y)", "x" * 9),
    ],
)
def test_every_repetition_is_pumped(pattern, pumped):
    assert any(pumped in text.of(10) for text in texts(pattern, re.compile(pattern).flags))


@pytest.mark.parametrize(
    ("pattern", "pump", "grows"),
    [(r"\s+$", " ", True), (r"\$(.{1,2000}?)\$", "$a", False), (r"(a|aa)+$", "a", True)],
)
def test_time_that_grows_faster_than_the_text_is_told(pattern, pump, grows):
    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        text = Pumped("", pump, "\0")
        assert slow(re.compile(pattern), {"finditer"}, text, 50_000) is grows
    finally:
        signal.signal(signal.SIGVTALRM, before)
