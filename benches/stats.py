"""What the accuracy tables are made of: rank correlation, intervals, and a plain table.

Everything is seeded, so that the same rows print the same numbers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from workbench import stats

T = TypeVar("T")

RESAMPLES = 1000
SEED = 20250101


def spearman(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Returns Spearman's rank correlation in -1..1, ties ranked by their mean.

    ``None`` when either side is constant or there are fewer than two pairs: nothing can be
    ordered then, which is not the same as a correlation of zero.
    """
    if len(xs) != len(ys):
        raise ValueError(f"{len(xs)} values against {len(ys)}")
    return _pearson(_ranks(xs), _ranks(ys))


def bootstrap_ci(
    items: Sequence[T],
    statistic: Callable[[Sequence[T]], float],
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> tuple[float, float]:
    """Returns the 95 % percentile interval of a statistic over resampled items.

    Args:
        items: What is drawn with replacement: rows, or whole groups where rows of one
            group depend on each other.
        statistic: From a resample to a number.
        resamples: How many are drawn.
        seed: Makes them the same every time.
    """
    draw = random.Random(seed)
    values = sorted(statistic(draw.choices(items, k=len(items))) for _ in range(resamples))
    return values[round(0.025 * (resamples - 1))], values[round(0.975 * (resamples - 1))]


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Returns the 95 % Wilson score interval of a share; all of 0..1 without trials."""
    if trials == 0:
        return 0.0, 1.0
    found = stats.wilson(successes / trials, trials)
    return found.low, found.high


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Returns a Markdown table whose columns line up in a terminal too."""
    widths = [max(len(line[i]) for line in (header, *rows)) for i in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |"
        for line in lines
    )


def interval(value: float, ci: tuple[float, float]) -> str:
    """Returns ``0.412 [0.371, 0.455]``."""
    return f"{value:.3f} [{ci[0]:.3f}, {ci[1]:.3f}]"


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks, start = [0.0] * len(values), 0
    while start < len(order):
        end = start
        while end < len(order) and values[order[end]] == values[order[start]]:
            end += 1
        for place in range(start, end):
            ranks[order[place]] = (start + end - 1) / 2
        start = end
    return ranks


def _pearson(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    if len(xs) < 2:
        return None
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    across = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    spread = math.sqrt(sum((x - mean_x) ** 2 for x in xs) * sum((y - mean_y) ** 2 for y in ys))
    return across / spread if spread else None
