"""The rewards of a step in numbers, under the names that a Bedrock job gives them.

Names without ``touchstone/`` are those of the service's own console graphs.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

_FLAT = ("all_zero", "all_one", "equal")
_KINDS = {0.0: "all_zero", 1.0: "all_one"}


@dataclass(frozen=True, slots=True)
class Reward:
    """What a grader made of one rollout.

    Attributes:
        score: ``None`` when it could not be scored.
        criteria: Value of each, by name.
        outcome: ``scored`` or ``unscored:<kind>``.
        reason: For a person.
    """

    score: float | None
    criteria: dict[str, float]
    outcome: str
    reason: str


def reward_metrics(groups: Iterable[Sequence[Reward]], *, equal: float = 0.0) -> dict[str, float]:
    """Returns what the rewards of a step tell; what none of them does is left out.

    Args:
        groups: Rewards of the rollouts, by prompt.
        equal: Rewards of a group that are this close are the same.
    """
    groups = list(groups)
    graded = [reward for group in groups for reward in group]
    return {**_unscored(graded), **_scored(graded), **_flatness(groups, equal)}


def quantile(ordered: Sequence[float], share: float) -> float:
    """Returns the nearest-rank quantile of values in ascending order."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def latency_metrics(latencies_ms: Iterable[float]) -> dict[str, float]:
    """Returns how long calls of the grader took, one call being up to 64 rollouts."""
    ordered = sorted(latencies_ms)
    if not ordered:
        return {}
    return {
        f"touchstone/grader_latency_ms/p{q}": round(quantile(ordered, q / 100), 3) for q in (50, 99)
    }


def _unscored(graded: Sequence[Reward]) -> dict[str, float]:
    if not graded:
        return {}
    kinds = Counter(
        reward.outcome.removeprefix("unscored:") for reward in graded if reward.score is None
    )
    return {
        "touchstone/unscored": kinds.total() / len(graded),
        **{f"touchstone/unscored/{kind}": float(count) for kind, count in kinds.items()},
    }


def _scored(graded: Sequence[Reward]) -> dict[str, float]:
    scores = sorted(reward.score for reward in graded if reward.score is not None)
    if not scores:
        return {}
    criteria: defaultdict[str, list[float]] = defaultdict(list)
    for reward in graded:
        if reward.score is not None:
            for name, value in reward.criteria.items():
                criteria[name].append(value)
    return {
        "critic/rewards/mean": fmean(scores),
        "critic/rewards/max": scores[-1],
        "critic/rewards/min": scores[0],
        **{f"touchstone/rewards/p{q}": quantile(scores, q / 100) for q in (10, 50, 90)},
        **{f"touchstone/criteria/{name}": fmean(values) for name, values in criteria.items()},
    }


def _flatness(groups: Iterable[Sequence[Reward]], equal: float) -> dict[str, float]:
    """Returns shares of the groups that can be compared at all: those with two scored rollouts."""
    kinds: Counter[str] = Counter()
    for group in groups:
        scores = [reward.score for reward in group if reward.score is not None]
        if len(scores) > 1:
            flat = max(scores) - min(scores) <= equal
            kinds[_KINDS.get(scores[0], "equal") if flat else "telling"] += 1
    count = kinds.total()
    if not count:
        return {}
    return {
        "touchstone/flat_groups": (count - kinds["telling"]) / count,
        **{f"touchstone/flat_groups/{kind}": kinds[kind] / count for kind in _FLAT},
    }
