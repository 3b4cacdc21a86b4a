"""How fast ``math_reasoning`` is: per row and per batch, against Math-Verify called directly.

``python -m benches.math_reasoning``: both grade the same rows in the same run, so the ratio is the
result. Math-Verify runs as most reward functions run it: in the grading process, with its defaults.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from benches.figures import tell
from benches.usage import arguments
from touchstone.contract import Sample, parse
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.pipeline import answer
from touchstone.sandbox import open_sandbox
from touchstone.templates import get_template

BATCH = 64
ROUNDS = 5


def rows(kind: str) -> list[dict[str, Any]]:
    """Returns a batch of word problems, or of answers that need symbols."""
    made = []
    for i in range(BATCH):
        if kind == "arithmetic":
            a, b = 12 + i, 3 + i % 7
            text = f"Each of {a} bags holds {b} coins: {a} * {b} = {a * b}.\nThe answer is {a * b}."
            gold = f"{a} * {b} = <<{a}*{b}={a * b}>>{a * b}\n#### {a * b}"
        else:
            text = f"Hence the length is $\\boxed{{\\frac{{{i + 2}}}{{\\sqrt{{{i + 3}}}}}}}$."
            gold = f"\\frac{{{i + 2}\\sqrt{{{i + 3}}}}}{{{i + 3}}}"
        turns = [{"role": "user", "content": "Solve."}, {"role": "assistant", "content": text}]
        made.append({"id": i, "messages": turns, "reference_answer": gold})
    return made


def main() -> None:
    """Prints milliseconds per row, p50 and p99, and rows per second on a batch."""
    from math_verify import parse as read
    from math_verify import verify

    grader = get_template("math_reasoning").customize()
    sandbox = open_sandbox()
    lines = []
    for kind in ("arithmetic", "symbolic"):
        events = rows(kind)
        samples = [sample for sample in parse(events).rows if isinstance(sample, Sample)]

        def ours(sample: Sample) -> Any:
            return grader(sample, Tools(sandbox=sandbox))

        def theirs(sample: Sample) -> Any:
            return verify(read(str(sample.reference)), read(sample.completion))

        def whole(events: list[dict[str, Any]] = events) -> None:
            answer(json.loads(json.dumps(events)), grader, Tools(Deadline(), sandbox))

        assert all(ours(sample).metrics[0].value == 1.0 for sample in samples)
        for sample in samples:
            theirs(sample)
        mine, other = _per_row(ours, samples), _per_row(theirs, samples)
        batch = min(_seconds(whole) for _ in range(ROUNDS))
        direct = min(_seconds(lambda s=samples, f=theirs: [f(x) for x in s]) for _ in range(ROUNDS))
        for name, times, seconds in (
            ("math_reasoning", mine, batch),
            ("Math-Verify direct", other, direct),
        ):
            ratio = f"{_at(other, 0.5) / _at(times, 0.5):.1f}x"
            lines.append(
                [kind, name, f"{_at(times, 0.5):.2f}", f"{_at(times, 0.99):.2f}",
                 f"{BATCH / seconds:.0f}", ratio]
            )  # fmt: skip
    sandbox.close()
    header = ["rows", "grader", "p50 ms", "p99 ms", f"rows/s, batch of {BATCH}", "speed-up"]
    tell("math_reasoning-rows", header, lines)


def _per_row(grade: Callable[[Sample], Any], samples: list[Sample]) -> list[float]:
    return sorted(
        _seconds(lambda s=sample: grade(s)) * 1000 for _ in range(ROUNDS) for sample in samples
    )


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _at(times: list[float], share: float) -> float:
    return times[min(len(times) - 1, int(share * len(times)))]


if __name__ == "__main__":
    arguments(__doc__)
    main()
