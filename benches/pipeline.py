"""What the flow around a grader costs: milliseconds per row, and the handler's import.

Baselines: calling the grader directly on samples that are already parsed; importing a
handler that does nothing; importing boto3, which many handlers do before anything else.
"""

from __future__ import annotations

import resource
import statistics
import time
from typing import Any

from benches.figures import tell
from benches.imports import import_times
from benches.usage import arguments
from touchstone.contract import Sample, parse
from touchstone.grader import Template, Tools
from touchstone.outcomes import Grade
from touchstone.pipeline import answer
from touchstone.scoring.compose import compose
from touchstone.settings import GraderSettings

ROWS, ROUNDS = 64, 40


class _Settings(GraderSettings, frozen=True, kw_only=True):
    formula: str | None = "exact_match"


def _grade(sample: Sample, settings: _Settings, _tools: Tools) -> Grade:
    return compose({"exact_match": float(sample.completion == sample.reference)}, settings)


def _event() -> list[dict[str, Any]]:
    turns = [{"role": "user", "content": "6*7?"}, {"role": "assistant", "content": "42"}]
    return [
        {"id": str(index), "messages": turns, "metadata": {"reference_answer": "42"}}
        for index in range(ROWS)
    ]


def overhead() -> None:
    """Prints milliseconds per row of the pipeline and of the grader alone."""
    grader = Template("exact", "", _Settings, ("exact_match",), _grade).customize()
    event, tools = _event(), Tools()
    samples = [row for row in parse(event).rows if isinstance(row, Sample)]
    direct, whole = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for sample in samples:
            grader(sample, tools)
        middle = time.perf_counter()
        answer(event, grader, tools)
        direct.append(middle - started)
        whole.append(time.perf_counter() - middle)
    base, full = (1000 * statistics.median(times) / ROWS for times in (direct, whole))
    lines = [
        ["the grader called directly (baseline, a string comparison)", f"{base:.3f} ms"],
        ["event to reply", f"{full:.3f} ms: {full - base:.2f} ms of overhead"],
    ]
    tell("pipeline-flow", ["", "per row"], lines)


def imports() -> None:
    """Prints the median time to import the handler, against an empty one and against boto3."""
    programs = {
        "an empty handler (baseline)": "def lambda_handler(event, context): return []",
        "`touchstone.lambdas.grader.handler`": "import touchstone.lambdas.grader.handler",
        "`import boto3`, for comparison": "import boto3",
    }
    medians = import_times(programs)
    base = next(iter(medians.values()))
    lines = [[name, f"{ms:.0f} ms", f"{ms / base:.1f}x"] for name, ms in medians.items()]
    print()
    tell("pipeline-imports", ["import, as a whole process", "", ""], lines)


if __name__ == "__main__":
    arguments(__doc__)
    overhead()
    imports()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"peak memory of this process: {peak} MiB")
