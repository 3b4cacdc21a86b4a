"""Several answers to one question, joined: samples of one model, or judges of a panel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from touchstone.deadline import Deadline
from touchstone.judge.faults import NoVerdict
from touchstone.judge.options import Vote
from touchstone.judge.types import (
    NOTHING_SPENT,
    Criterion,
    Judge,
    JudgeRequest,
    Rubric,
    Usage,
    Verdict,
)
from touchstone.outcomes import DeadlineExceeded

T = TypeVar("T")


class Panel:
    """Judges that vote. More than half of them must answer, or there is no verdict."""

    def __init__(self, judges: Sequence[Judge], vote: Vote = "median", name: str = "") -> None:
        self._judges = tuple(judges)
        self._vote: Vote = vote
        self.name = name or " + ".join(judge.name for judge in judges)

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:
        """Judges one completion by vote; see :class:`touchstone.judge.types.Judge`."""
        given, lost = self._answers(
            [partial(judge.verdict, rubric, request, deadline) for judge in self._judges]
        )
        levels: dict[str, str] = {}
        values: dict[str, float] = {}
        for criterion in rubric.criteria:
            chosen = [verdict.levels[criterion.name] for verdict in given]
            levels[criterion.name] = _joined(criterion, chosen, self._vote)
            values[criterion.name] = (
                sum(verdict.values[criterion.name] for verdict in given) / len(given)
                if self._vote == "mean"
                else _value(criterion, levels[criterion.name])
            )
        alike = [sum(v.levels[name] == level for name, level in levels.items()) for v in given]
        return Verdict(
            self.name,
            levels,
            values,
            given[alike.index(max(alike))].reason,
            sum((verdict.usage for verdict in given), lost),
            samples=sum(verdict.samples for verdict in given),
            agreement=sum(alike) / (len(given) * len(levels)),
            directed_text=given[0].directed_text,
            stand_in=any(verdict.stand_in for verdict in given),
            unquoted=any(verdict.unquoted for verdict in given),
        )

    def _answers(self, calls: Sequence[Callable[[], Verdict]]) -> tuple[list[Verdict], Usage]:
        """Returns the answers that came, and what the failed calls took."""
        given: list[Verdict] = []
        faults: list[NoVerdict | DeadlineExceeded] = []
        for result in _together([partial(_or_fault, call) for call in calls]):
            if isinstance(result, NoVerdict | DeadlineExceeded):
                faults.append(result)
            else:
                given.append(result)
        lost = sum((f.usage for f in faults if isinstance(f, NoVerdict)), NOTHING_SPENT)
        if 2 * len(given) > len(calls):
            return given, lost
        first = faults[0]
        if isinstance(first, NoVerdict):
            raise first.costing(sum((answer.usage for answer in given), lost))
        raise first


def _together(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Returns what the calls return, in their order, having run them at the same time."""
    from concurrent.futures import ThreadPoolExecutor

    if len(calls) == 1:
        return [calls[0]()]
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def _or_fault(call: Callable[[], T]) -> T | NoVerdict | DeadlineExceeded:
    try:
        return call()
    except (NoVerdict, DeadlineExceeded) as fault:
        return fault


def _joined(criterion: Criterion, chosen: Sequence[str], vote: Vote) -> str:
    """Returns the label that most chose, or the median one: the lower of two."""
    if vote == "majority":
        (label, most), *rest = Counter(chosen).most_common()
        if not rest or most > rest[0][1]:
            return label
    order = [level.label for level in criterion.levels]
    return order[sorted(order.index(label) for label in chosen)[(len(chosen) - 1) // 2]]


def _value(criterion: Criterion, label: str) -> float:
    return next(level.value for level in criterion.levels if level.label == label)
