"""How far two labellers agree with each other, and each with the grader of a run."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from touchstone.workbench.runs.labels import Label, rows_with_labels
from touchstone.workbench.runs.run import Row, Run
from touchstone.workbench.stats import Estimate, bootstrap, kappa, spearman

GRADER = "the grader"
_DRAWS = 400
_MOST = 10  # disagreements shown
_Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Apart:
    """A row of which two say different things.

    Attributes:
        n: Its place in the run, from 0.
        first: What the first said, 0..1.
        second: What the second said, 0..1.
    """

    n: int
    first: float
    second: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two sides agree, over the rows that both marked.

    Attributes:
        first: A labeller.
        second: Another, or ``GRADER``.
        rows: How many both marked.
        prompts: Of how many prompts; intervals are over these.
        rank: Spearman's rank correlation, -1..1; ``None`` with fewer than two rows.
        kappa: Cohen's, with quadratic weights; ``None`` likewise.
        apart: The rows on which they differ most, the furthest first.
    """

    first: str
    second: str
    rows: int
    prompts: int
    rank: Estimate | None
    kappa: Estimate | None
    apart: list[Apart]

    def as_json(self) -> dict[str, Any]:
        """Returns it as data."""
        return asdict(self)

    def __str__(self) -> str:
        """Returns it in one line."""
        if self.rank is None or self.kappa is None:
            return f"{self.first} and {self.second}: {self.rows} rows in common"
        return (
            f"{self.first} and {self.second}: rank correlation {_told(self.rank)}, kappa "
            f"{_told(self.kappa)}, over {self.rows} rows of {self.prompts} prompts"
        )


def agreements(run: Run, standing: Mapping[str, Mapping[bytes, Label]]) -> list[Agreement]:
    """Returns the agreement of every two labellers, then of each with the grader.

    Args:
        run: Whose rows and rewards count.
        standing: The labels, as ``Labels.standing`` gives them.
    """
    rows = {same: some[-1] for same, some in rows_with_labels(run, standing).items()}
    said = {
        labeller: {row: label.mark for row, label in of_one.items() if label.mark is not None}
        for labeller, of_one in standing.items()
        if not rows.keys().isdisjoint(of_one)
    }
    low, high = run.head.settings.get("bounds", (0.0, 1.0))
    rewards = {
        row.same: (row.reward - low) / (high - low)
        for row in rows.values()
        if row.reward is not None
    }
    pairs = itertools.combinations(said, 2)
    return [
        *(_agreement(a, b, said[a], said[b], rows) for a, b in pairs),
        *(_agreement(one, GRADER, marks, rewards, rows) for one, marks in said.items()),
    ]


def _agreement(
    first: str,
    second: str,
    ones: Mapping[bytes, float],
    others: Mapping[bytes, float],
    rows: Mapping[bytes, Row],
) -> Agreement:
    both = [rows[row] for row in ones if row in others and row in rows]
    prompts: dict[bytes | None, list[_Pair]] = defaultdict(list)
    for row in both:
        prompts[row.rollouts].append((ones[row.same], others[row.same]))
    groups = list(prompts.values())
    apart = [Apart(row.n, ones[row.same], others[row.same]) for row in both]
    apart.sort(key=lambda one: -abs(one.first - one.second))
    known = len(both) > 1
    return Agreement(
        first, second, len(both), len(groups),
        bootstrap(groups, lambda some: spearman(_flat(some)), _DRAWS) if known else None,
        bootstrap(groups, lambda some: kappa(_flat(some)), _DRAWS) if known else None,
        [one for one in apart[:_MOST] if one.first != one.second],
    )  # fmt: skip


def _flat(groups: Iterable[Sequence[_Pair]]) -> list[_Pair]:
    return list(itertools.chain.from_iterable(groups))


def _told(found: Estimate) -> str:
    ends = found.interval
    return f"{found.value:.2f} ({ends[0]:.2f} to {ends[1]:.2f})" if ends else f"{found.value:.2f}"
