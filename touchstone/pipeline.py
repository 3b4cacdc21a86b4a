"""The flow of one batch, one way: parse, grade, gate, outcome policy, report, reply."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from touchstone import contract
from touchstone.blame import Inquiry, at_lower_bound, watched
from touchstone.contract import JSON, Batch, Result, Sample, misspelt_reference
from touchstone.deadline import Deadline
from touchstone.grader import Grader, Tools, judge_models
from touchstone.outcome_policy import FaultBudgetExceeded, settle
from touchstone.outcomes import Fault, Grade, GraderError, GradingError, Metric, check_criteria
from touchstone.turns import Late, Turns

Observer = Callable[[Batch, Sequence[Result]], None]

_ROOT = Path(__file__).resolve().parent.parent
_OURS = ("touchstone", "rewards")
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
    batch = contract.parse(event, grader.settings.thinking_marks)
    outcomes = _grade_rows(batch.rows, grader, tools)
    try:
        results = settle(batch, outcomes, grader.settings)
    except FaultBudgetExceeded as exc:
        if observe:
            observe(batch, exc.results)
        raise
    if observe:
        observe(batch, results)
    form = grader.settings.reply
    return contract.to_reply(results, batch.envelope, explain=explain, form=form)


def _grade_rows(
    rows: Sequence[Sample | Fault], grader: Grader, tools: Tools
) -> list[Grade | Fault]:
    """Grades every sample, several at a time, and answers for all of them by the deadline."""
    with grader.batch(watched(tools)) as grade:
        bench = _Bench(grader, grade, tools.deadline)
        turns = Turns(
            [row for row in rows if isinstance(row, Sample)],
            bench.grade,
            workers=_concurrency(grader, tools),
            deadline=tools.deadline,
            row_s=grader.row_s(),
        )
        graded = iter(turns.run())
        return [row if isinstance(row, Fault) else _ended(next(graded)) for row in rows]


def _ended(outcome: Grade | Fault | Late) -> Grade | Fault:
    match outcome:
        case "not started":
            return Fault("deadline", "the call's time ran out before this row was graded")
        case "not finished":
            return Fault("deadline", "grading this row did not end in its time", blame="open")
    return outcome


class _Bench:
    """Where one call's rows are graded."""

    def __init__(
        self, grader: Grader, grade: Callable[[Sample, Deadline], Grade], deadline: Deadline
    ) -> None:
        self._grader = grader
        self._grade = grade
        self._inquiry = Inquiry(grader, self._gated, deadline)

    def grade(self, sample: Sample, deadline: Deadline) -> Grade | Fault:
        """Returns how a row ends, whatever its grader does."""
        most = self._grader.settings.max_completion_chars
        if len(sample.completion) > most:
            # Nobody reads it: what it holds could take as long as it likes.
            length = f"{len(sample.completion)} characters, more than the {most}"
            reason = f"the completion has {length} of max_completion_chars"
            return at_lower_bound(self._grader, reason)
        began = time.monotonic()
        try:
            grade = self._gated(sample, deadline)
        except GradingError as exc:
            return _explained(self._inquiry.settle(sample, exc, began, deadline), sample)
        if not sample.thinking:
            return grade
        thought = Metric("thinking_chars", float(len(sample.thinking)))
        return replace(grade, metrics=(*grade.metrics, thought))

    def _gated(self, sample: Sample, deadline: Deadline) -> Grade:
        """Returns a grade that can be sent; raises nothing but a ``GradingError``."""
        try:
            return _gated(self._grade(sample, deadline), self._grader)
        except GradingError:
            raise
        except Exception as exc:
            where = f"{self._grader.name}: {type(exc).__name__} {_where(exc)}"
            raise GraderError(where) from exc


def _explained(outcome: Grade | Fault, sample: Sample) -> Grade | Fault:
    """Names the field that a row's reference seems to stand in, where it was missed."""
    if isinstance(outcome, Grade) or outcome.kind != "bad_sample":
        return outcome
    if meant := misspelt_reference(sample):
        return replace(
            outcome, detail=f"{outcome.detail}; the row has {meant!r}, which is not read"
        )
    return outcome


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
