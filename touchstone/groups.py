"""Rollouts of one prompt: which they are, when they are equal, quantiles and advantages.

Group-relative training learns from differences inside a group alone. Whoever counts, warns
of, stops at or trains on groups asks here, so that all of them mean the same thing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from touchstone.contract import Sample

# Rewards this close are equal. A smaller spread is of rounding, and to divide by it would
# blow it up into an advantage.
EQUAL = 1e-6


def group_key(sample: Sample) -> str:
    """Returns what the rollouts of one dataset row share: its prompt and its reference."""
    try:
        reference = json.dumps(sample.reference, sort_keys=True)
    except (RecursionError, TypeError, ValueError):
        reference = ""
    return f"{sample.prompt}\0{reference}"


def same(one: float, other: float) -> bool:
    """Tells whether two rewards are equal, rounding aside."""
    return abs(one - other) <= EQUAL


def is_flat(rewards: Sequence[float]) -> bool:
    """Tells whether a group teaches nothing: at least one scored rollout, and all of them equal.

    Args:
        rewards: Of the group's scored rollouts. Whoever counts groups leaves out those with
            fewer than two, which cannot be compared.
    """
    return bool(rewards) and same(min(rewards), max(rewards))


def quantile(values: Sequence[float], share: float) -> float:
    """Returns the nearest-rank quantile: the smallest value that ``share`` of them do not exceed.

    Args:
        values: At least one, in any order.
        share: 0..1; 0 is the lowest value and 1 the highest.

    Source: Hyndman and Fan (1996), Sample quantiles in statistical packages, definition 1.
    """
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def advantages(rewards: Sequence[float | None]) -> list[float]:
    """Returns how far each reward is above its group's mean, in standard deviations.

    What could not be scored (``None``) gets 0 and counts for nothing; so does everything in a
    group that is flat, or of which fewer than two were scored.

    Source: Shao et al. (2024), DeepSeekMath: group relative policy optimization.
    """
    import statistics  # only training pays for it

    scored = [reward for reward in rewards if reward is not None]
    if not scored or is_flat(scored):
        return [0.0] * len(rewards)
    mean, spread = statistics.fmean(scored), statistics.pstdev(scored)
    return [0.0 if reward is None else (reward - mean) / spread for reward in rewards]
