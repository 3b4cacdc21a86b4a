"""The flow of one batch, one way: parse, grade, gate, outcome policy, report, reply."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

from touchstone import contract
from touchstone.contract import JSON, Batch, Result, Sample
from touchstone.grader import Grader, Tools, judge_models
from touchstone.outcome_policy import FaultBudgetExceeded, settle
from touchstone.outcomes import Fault, Grade, GraderError, GradingError, Metric, check_criteria

Observer = Callable[[Batch, Sequence[Result]], None]

_ROOT = Path(__file__).resolve().parent.parent
_OURS = ("touchstone", "templates", "rewards")
# Judge calls wait on the network, so many share a CPU; everything else computes.
_JUDGE_CONCURRENCY = 32
# Likewise rows that run in an executor function, whose copies run side by side.
_EXECUTOR_CONCURRENCY = 64


def answer(
    event: JSON,
    grader: Grader,
    tools: Tools,
    *,
    observe: Observer | None = None,
    explain: bool = False,
) -> JSON:
    """Grades an event of any accepted form and returns the reply that its sender expects.

    Args:
        event: What the service sent.
        grader: Grades one sample.
        tools: The sandbox, the judge and the deadline of this call.
        observe: Is shown the settled results; cannot change them.
        explain: Adds each row's outcome and reason to the reply.

    Returns:
        One result per row, same ids, same order, finite numbers.

    Raises:
        FaultBudgetExceeded: Too much of the batch could not be scored.
    """
    batch = contract.parse(event)
    outcomes = _grade_rows(batch.rows, grader, tools)
    try:
        results = settle(batch, outcomes, grader.settings)
    except FaultBudgetExceeded as exc:
        if observe:
            observe(batch, exc.results)
        raise
    if observe:
        observe(batch, results)
    return contract.to_reply(results, batch.envelope, explain=explain)


def _grade_rows(
    rows: Sequence[Sample | Fault], grader: Grader, tools: Tools
) -> list[Grade | Fault]:
    """Grades every sample, several at a time, and answers for all of them by the deadline."""
    pool = ThreadPoolExecutor(_concurrency(grader, tools), thread_name_prefix="grade")
    with grader.batch(tools) as grade:
        try:
            futures = [
                pool.submit(_grade_row, row, grade, grader, tools)
                if isinstance(row, Sample)
                else None
                for row in rows
            ]
            running = [future for future in futures if future is not None]
            left = tools.deadline.left()
            wait(running, timeout=None if left == math.inf else left)
            return [
                row if isinstance(row, Fault) else _collect(future)
                for row, future in zip(rows, futures, strict=True)
            ]
        finally:
            # A row that hangs must not keep the reply waiting.
            pool.shutdown(wait=False, cancel_futures=True)


def _collect(future: Future[Grade | Fault] | None) -> Grade | Fault:
    if future is not None and future.done():
        return future.result()
    return Fault("deadline", "the call's time ran out before this row was graded")


def _grade_row(
    sample: Sample, grade: Callable[[Sample], Grade], grader: Grader, tools: Tools
) -> Grade | Fault:
    if tools.deadline.left() <= 0:
        return _collect(None)
    if len(sample.completion) > grader.settings.max_completion_chars:
        return _overlong(sample, grader)
    try:
        return _gated(grade(sample), grader)
    except GradingError as exc:
        return exc.fault()
    except Exception as exc:  # noqa: BLE001 - the boundary: whatever a grader does, the row answers
        return GraderError(f"{grader.name}: {type(exc).__name__} {_where(exc)}").fault()


def _overlong(sample: Sample, grader: Grader) -> Grade:
    """Scores a completion that nobody reads: what it holds could take as long as it likes."""
    reason = (
        f"the completion has {len(sample.completion)} characters, more than the "
        f"{grader.settings.max_completion_chars} of max_completion_chars"
    )
    criteria = tuple(Metric(name, 0.0, "Reward") for name in grader.criteria)
    return Grade(grader.settings.bounds[0], criteria, reason)


def _gated(grade: Grade, grader: Grader) -> Grade:
    """Lets a grade through only with the criteria declared, and numbers that can be sent."""
    low, high = grader.settings.bounds
    if not isinstance(grade, Grade):
        raise GraderError(f"{grader.name} returned {type(grade).__name__}, not a Grade")
    numbers = {"score": grade.score, **{metric.name: metric.value for metric in grade.metrics}}
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value - value != 0:
            raise GraderError(f"{grader.name}: {name} is {value!r}, not a finite number")
    if not grader.template.free:
        check_criteria(grade.metrics, grader.criteria)
    if not low <= grade.score <= high:
        raise GraderError(f"{grader.name}: score {grade.score} is outside {low}..{high}")
    return replace(grade, score=float(grade.score))


def _where(exc: Exception) -> str:
    """Returns the file and line of our own code where it happened.

    Never the exception's text: that may quote the completion, and faults are logged.
    """
    import traceback  # only a grader's own mistake pays for it

    for frame in reversed(traceback.extract_tb(exc.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_ROOT) and path.relative_to(_ROOT).parts[0] in _OURS:
            return f"at {path.relative_to(_ROOT)}:{frame.lineno}"
    return "outside the project"


def _concurrency(grader: Grader, tools: Tools) -> int:
    if grader.settings.concurrency:
        return grader.settings.concurrency
    if tools.remote:
        return _EXECUTOR_CONCURRENCY
    if judge_models(grader):
        return _JUDGE_CONCURRENCY
    return os.cpu_count() or 1
