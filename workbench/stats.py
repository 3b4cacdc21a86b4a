"""Intervals of shares and of means, seeded: the same answers give the same numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Item = TypeVar("Item")
_Z = 1.959963984540054  # of 95 %


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(share: float, trials: float) -> Estimate:
    """Returns a share with its interval, which holds at 0 and 1 too.

    Args:
        share: 0..1.
        trials: Independent ones, above 0; need not be whole.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    square = _Z * _Z / trials
    middle = (share + square / 2) / (1 + square)
    margin = _Z / (1 + square) * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    return Estimate(share, max(0.0, middle - margin), min(1.0, middle + margin))


def bootstrap(
    items: Sequence[Item], statistic: Callable[[Sequence[Item]], float], resamples: int = 1000
) -> Estimate:
    """Returns a statistic of some items, with a percentile interval over draws of them.

    Args:
        items: One per independent thing, so one per prompt and not per answer; at least one.
            Differences of pairs make it a paired bootstrap.
        statistic: Of as many items, drawn with replacement.
        resamples: How many draws, a multiple of 40.

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    rng = random.Random(0)  # noqa: S311 - resampling, not secrecy
    drawn = sorted(statistic(rng.choices(items, k=len(items))) for _ in range(resamples))
    edge = resamples // 40
    return Estimate(statistic(items), drawn[edge], drawn[-1 - edge])
