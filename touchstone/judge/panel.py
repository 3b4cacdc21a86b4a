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
    Group,
    Judge,
    JudgeRequest,
    Ranking,
    Rubric,
    Usage,
    Verdict,
)
from touchstone.outcomes import DeadlineExceeded

T = TypeVar("T")
Result = TypeVar("Result", Verdict, Ranking)


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
        )

    def rank(
        self, rubric: Rubric, group: Group, deadline: Deadline, *, seed: int = 0, orders: int = 1
    ) -> Ranking:
        """Orders a group by the mean of what the judges give each text."""
        given, lost = self._answers(
            [
                partial(judge.rank, rubric, group, deadline, seed=seed, orders=orders)
                for judge in self._judges
            ]
        )
        columns = zip(*(ranking.values for ranking in given), strict=True)
        return Ranking(
            self.name,
            tuple(sum(column) / len(given) for column in columns),
            given[0].reason,
            sum((ranking.usage for ranking in given), lost),
            samples=sum(ranking.samples for ranking in given),
            agreement=sum(ranking.agreement for ranking in given) / len(given),
            directed_text=given[0].directed_text,
            stand_in=any(ranking.stand_in for ranking in given),
        )

    def _answers(self, calls: Sequence[Callable[[], Result]]) -> tuple[list[Result], Usage]:
        """Returns the answers that came, and what the failed calls took."""
        given: list[Result] = []
        faults: list[NoVerdict | DeadlineExceeded] = []
        for result in together([partial(_or_fault, call) for call in calls]):
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


def together(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Returns what the calls return, in their order, having run them at the same time."""
    from concurrent.futures import ThreadPoolExecutor

    if len(calls) == 1:
        return [calls[0]()]
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def shares(marks: Sequence[float]) -> tuple[float, ...]:
    """Returns, per mark, the share of the others that it beats; a tie counts half.

    A lone mark has nothing to beat: 0.5.
    """
    others = len(marks) - 1
    if others < 1:
        return (0.5,) * len(marks)
    return tuple(
        (sum(mark > other for other in marks) + (marks.count(mark) - 1) / 2) / others
        for mark in marks
    )


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
