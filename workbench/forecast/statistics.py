"""Intervals and estimates over groups of rollouts; nothing here knows of files or graders."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from touchstone.groups import same
from touchstone.workbench.stats import Share, ranks, wilson


def clustered_share(groups: Sequence[tuple[int, int]]) -> Share:
    """Returns the share of hits among rollouts that come in groups of one prompt.

    Rollouts of one prompt are alike, so that many of them tell less than as many prompts: the
    interval is Wilson's for the number of independent trials with the same variance, which is
    at least the number of prompts and at most that of rollouts.

    Args:
        groups: Hits and rollouts of each prompt, rollouts above 0; at least one group.

    Source: Kish (1965), Survey Sampling: the design effect.
    """
    total = sum(count for _, count in groups)
    share = sum(hits for hits, _ in groups) / total
    number = len(groups)
    spread = share * (1 - share)
    if spread == 0 or number == 1:
        return wilson(share, number)
    # Variance of a ratio whose denominator varies from prompt to prompt.
    between = sum((hits - share * count) ** 2 for hits, count in groups)
    variance = between * number / (number - 1) / total**2
    trials = total if variance == 0 else spread / variance
    return wilson(share, min(max(trials, number), total))


def ratio(rows: Sequence[tuple[float, float]]) -> float:
    """Returns the sum of the first over that of the second: a mean over groups of any size."""
    return math.fsum(first for first, _ in rows) / math.fsum(second for _, second in rows)


def rank_products(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float, float]:
    """Returns the sums that Spearman's correlation is made of: xy, xx and yy of centred ranks.

    Summed over groups they give the correlation within groups, which what differs between
    prompts does not touch.
    """
    first, second = ranks(xs), ranks(ys)
    middle = (len(xs) + 1) / 2
    pairs = [(a - middle, b - middle) for a, b in zip(first, second, strict=True)]
    return (
        sum(a * b for a, b in pairs), sum(a * a for a, _ in pairs), sum(b * b for _, b in pairs),
    )  # fmt: skip


def correlation(products: Sequence[tuple[float, float, float]]) -> float:
    """Returns the correlation within groups, given each one's products; 0 where nothing varies."""
    product, first, second = map(math.fsum, zip(*products, strict=True))
    return product / math.sqrt(first * second) if first > 0 and second > 0 else 0.0


def flat_chance(values: Sequence[float], size: int) -> float:
    """Returns the chance that ``size`` rollouts of a prompt all get the same reward.

    The share of the subsets of that size whose rewards are equal: unbiased, whatever the
    rewards' distribution is. ``size`` may not be above the number of values.

    Source: Hoeffding (1948), A class of statistics with asymptotically normal distribution.
    """
    ordered = sorted(values)
    # Each flat subset is counted at its lowest value: the others are as close above as EQUAL.
    above = (
        sum(same(lowest, other) for other in ordered[place + 1 :])
        for place, lowest in enumerate(ordered)
    )
    return sum(math.comb(count, size - 1) for count in above) / math.comb(len(values), size)


def fit_beta_binomial(groups: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Returns the alpha and beta that most likely made the successes of the groups.

    Args:
        groups: Successes and rollouts of each prompt.

    The likelihood is searched on a grid of mean and concentration that is refined three times.
    """
    counted = Counter(groups)

    def likelihood(mean: float, log_concentration: float) -> float:
        alpha, beta = _shape(mean, log_concentration)
        return sum(
            times * (_log_beta(alpha + hits, beta + count - hits) - _log_beta(alpha, beta))
            for (hits, count), times in counted.items()
        )

    mean, concentration, width, height = 0.5, 0.0, 0.48, 7.0
    for _ in range(4):
        mean, concentration = max(
            ((min(0.999, max(0.001, mean + i * width / 8)), concentration + j * height / 8)
             for i in range(-8, 9) for j in range(-8, 9)),
            key=lambda point: likelihood(*point),
        )  # fmt: skip
        width, height = width / 6, height / 6
    return _shape(mean, concentration)


def flat_under_beta(alpha: float, beta: float, size: int) -> float:
    """Returns the chance that ``size`` rollouts all succeed or all fail, over all prompts."""
    whole = _log_beta(alpha, beta)
    return math.exp(_log_beta(alpha + size, beta) - whole) + math.exp(
        _log_beta(alpha, beta + size) - whole
    )


def _shape(mean: float, log_concentration: float) -> tuple[float, float]:
    concentration = math.exp(log_concentration)
    return mean * concentration, (1 - mean) * concentration


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
