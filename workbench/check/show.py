"""A report as lines for a terminal: the verdict first, then a line for each probe."""

from __future__ import annotations

from collections.abc import Iterator

from touchstone.sanitize import one_line
from touchstone.workbench.check.run import Report
from touchstone.workbench.check.trial import Answered
from touchstone.workbench.check.verdict import Verdict

_MARKS = {"holds": "holds", "falls_short": "FALLS SHORT", "not_tried": "not tried"}
_LONGEST = 400


def lines_of(report: Report) -> Iterator[str]:
    """Yields the report, with the smallest input under what fell short.

    How to see it again is said where its rows are of a file.
    """
    yield report.sentence
    if report.judge:
        yield f"judge: {report.judge}"
    width = max(len(one.probe) for one in report.verdicts) if report.verdicts else 0
    for verdict in report.verdicts:
        yield f"  {verdict.probe:<{width}}  {_MARKS[verdict.status]:<11}  {_said(verdict)}"
        yield from (f"      {line}" for line in details_of(verdict))
    if report.fell_short and report.rows_from:
        yield f"show it again: {again(report)}"


def details_of(verdict: Verdict) -> Iterator[str]:
    """Yields the smallest input that shows a fault, and what it is to be compared with."""
    if verdict.status != "falls_short" or verdict.smallest is None:
        return
    yield from _shown(verdict.smallest)
    if verdict.beside is not None:
        yield "beside it:"
        yield from _shown(verdict.beside)


def again(report: Report) -> str:
    """Returns the command that finds the same."""
    function = f" --function {report.function}" if report.function else ""
    return f"touchstone check {report.grader} {report.rows_from}{function} --seed {report.seed}"


def _said(verdict: Verdict) -> str:
    share = verdict.share
    if share is None or verdict.status != "falls_short":
        return one_line(verdict.said, _LONGEST)
    reach = f"{share.value:.1%}, 95 % interval {share.low:.1%} to {share.high:.1%}"
    return one_line(f"{verdict.said} ({reach} of {verdict.of})", _LONGEST)


def _shown(one: Answered) -> Iterator[str]:
    yield f"{one.trial.name}: {one_line(one.trial.completion, _LONGEST)!r}"
    yield f"it is so because {one_line(one.trial.why, _LONGEST)}"
    yield f"it got {one.shown}: {one_line(one.reason, _LONGEST)}"
