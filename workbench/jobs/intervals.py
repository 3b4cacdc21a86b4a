"""Intervals of shares and of differences, seeded: the same answers give the same numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

RESAMPLES = 2000
SEED = 20250101
_Z = 1.96


def wilson(successes: float, trials: int) -> tuple[float, float]:
    """Returns the 95 % Wilson score interval of a share.

    Args:
        successes: How many; half ones are ties, which count half for either side.
        trials: Of how many; none says nothing, which is 0..1.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical
    inference.
    """
    if trials == 0:
        return 0.0, 1.0
    share, spread = successes / trials, _Z * _Z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def paired_bootstrap(differences: Sequence[float], seed: int = SEED) -> tuple[float, float]:
    """Returns the 95 % percentile interval of the mean difference of pairs.

    Source: Efron and Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    if not differences:
        raise ValueError("no pairs")
    draw, count = random.Random(seed), len(differences)  # noqa: S311 - statistics, not secrets
    means = sorted(sum(draw.choices(differences, k=count)) / count for _ in range(RESAMPLES))
    return means[round(0.025 * (RESAMPLES - 1))], means[round(0.975 * (RESAMPLES - 1))]
