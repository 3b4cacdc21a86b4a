"""Ranges, and intervals of shares and of means, seeded: the same answers give the same numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from touchstone.groups import same

Item = TypeVar("Item")
Series = list[tuple[int, float]]  # steps and values
_Z = 1.959963984540054  # of 95 %
# Ours: draws of fewer things than this say too little of what was not drawn.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Share:
    """A share and its 95 % interval, which can always be known."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % interval.

    Attributes:
        value: The number.
        low: Lower end of the interval; ``None``, as ``high`` then is, where it is not known.
        high: See ``low``.
    """

    value: float
    low: float | None
    high: float | None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends; ``None`` where they are not known."""
        return None if self.low is None or self.high is None else (self.low, self.high)


@dataclass(frozen=True, slots=True)
class Range:
    """What a number is between, both ends included."""

    low: float
    high: float

    def __add__(self, other: Range) -> Range:
        """Returns the sum."""
        return Range(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Range | float) -> Range:
        """Returns the product; both must be positive."""
        if isinstance(other, Range):
            return Range(self.low * other.low, self.high * other.high)
        return Range(self.low * other, self.high * other)


def wilson(share: float, trials: float) -> Share:
    """Returns a share with its interval, which holds at 0 and 1 too.

    Args:
        share: 0..1.
        trials: Independent ones, above 0; need not be whole.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    square = _Z * _Z / trials
    middle = (share + square / 2) / (1 + square)
    margin = _Z / (1 + square) * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    return Share(share, max(0.0, middle - margin), min(1.0, middle + margin))


def spearman(pairs: Sequence[tuple[float, float]]) -> float:
    """Returns the rank correlation of pairs, -1..1; 0 where one side is all the same.

    Source: Spearman (1904), The proof and measurement of association between two things.
    """
    first, second = (ranks([pair[side] for pair in pairs]) for side in (0, 1))
    middle = (len(pairs) + 1) / 2
    away = [(a - middle, b - middle) for a, b in zip(first, second, strict=True)]
    spread = math.sqrt(sum(a * a for a, _ in away) * sum(b * b for _, b in away))
    return sum(a * b for a, b in away) / spread if spread else 0.0


def area(pairs: Sequence[tuple[float, float]]) -> float:
    """Returns the chance that a yes has the higher number than a no, within 0..1.

    Args:
        pairs: A number, and what it should tell: above a half a yes, else a no. A half is
            returned where either is missing.

    Source: Hanley and McNeil (1982), The meaning and use of the area under a ROC curve.
    """
    yes = sum(mark > 0.5 for _, mark in pairs)
    no = len(pairs) - yes
    if not yes or not no:
        return 0.5
    placed = ranks([number for number, _ in pairs])
    above = sum(rank for rank, (_, mark) in zip(placed, pairs, strict=True) if mark > 0.5)
    return (above - yes * (yes + 1) / 2) / (yes * no)


def kappa(pairs: Sequence[tuple[float, float]]) -> float:
    """Returns Cohen's kappa with quadratic weights: 1 agrees, 0 as by chance or nothing differs.

    Of two values it is the plain kappa.

    Source: Cohen (1968), Weighted kappa.
    """
    first, second = zip(*pairs, strict=True)
    seen = sum((one - other) ** 2 for one, other in pairs)
    squares = sum(one * one for one in first) + sum(other * other for other in second)
    # The mean over every pairing of the two sides, without pairing them one by one.
    chance = squares - 2 * sum(first) * sum(second) / len(pairs)
    return 1 - seen / chance if chance else 0.0


def ranks(values: Sequence[float]) -> list[float]:
    """Returns ranks from 1; values that are the same share the mean of theirs."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and same(values[order[end + 1]], values[order[start]]):
            end += 1
        for index in order[start : end + 1]:
            ranks[index] = (start + end) / 2 + 1
        start = end + 1
    return ranks


def bootstrap(
    items: Sequence[Item], statistic: Callable[[Sequence[Item]], float], resamples: int = 1000
) -> Estimate:
    """Returns a statistic of some items, with a percentile interval over draws of them.

    Fewer than ``FEWEST`` items, or ones whose draws all give the same number, show nothing of
    how much it varies: the interval is then not known.

    Args:
        items: One per independent thing, so one per prompt and not per answer; at least one.
            Differences of pairs make it a paired bootstrap.
        statistic: Of as many items, drawn with replacement.
        resamples: How many draws, a multiple of 40.

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    value = statistic(items)
    if len(items) < FEWEST:
        return Estimate(value, None, None)
    rng = random.Random(0)  # noqa: S311 - resampling, not secrecy
    drawn = sorted(statistic(rng.choices(items, k=len(items))) for _ in range(resamples))
    if same(drawn[0], drawn[-1]):
        return Estimate(value, None, None)
    edge = resamples // 40
    return Estimate(value, drawn[edge], drawn[-1 - edge])
