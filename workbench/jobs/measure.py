"""The rewards of a step in numbers, under the names that a Bedrock job gives them.

Names without ``touchstone/`` are those of the service's own console graphs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from touchstone.groups import is_flat, quantile, same
from workbench.grading.rewards import Reward

_FLAT = ("all_zero", "all_one", "equal")


def reward_metrics(groups: Iterable[Sequence[Reward]]) -> dict[str, float]:
    """Returns what the rewards of a step tell; what none of them does is left out.

    Args:
        groups: Rewards of the rollouts, by prompt.
    """
    groups = list(groups)
    graded = [reward for group in groups for reward in group]
    return {**_unscored(graded), **_scored(graded), **_flatness(groups)}


def latency_metrics(latencies_ms: Iterable[float]) -> dict[str, float]:
    """Returns how long calls of the grader took, one call being up to 64 rollouts."""
    known = list(latencies_ms)
    if not known:
        return {}
    return {
        f"touchstone/grader_latency_ms/p{q}": round(quantile(known, q / 100), 3) for q in (50, 99)
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
    scores = [reward.score for reward in graded if reward.score is not None]
    if not scores:
        return {}
    criteria: defaultdict[str, list[float]] = defaultdict(list)
    for reward in graded:
        if reward.score is not None:
            for name, value in reward.criteria.items():
                criteria[name].append(value)
    return {
        "critic/rewards/mean": fmean(scores),
        "critic/rewards/max": max(scores),
        "critic/rewards/min": min(scores),
        **{f"touchstone/rewards/p{q}": quantile(scores, q / 100) for q in (10, 50, 90)},
        **{f"touchstone/criteria/{name}": fmean(values) for name, values in criteria.items()},
    }


def _flatness(groups: Iterable[Sequence[Reward]]) -> dict[str, float]:
    """Returns shares of the groups that can be compared at all: those with two scored rollouts."""
    kinds: Counter[str] = Counter()
    for group in groups:
        scores = [reward.score for reward in group if reward.score is not None]
        if len(scores) > 1:
            kinds[_kind(scores)] += 1
    count = kinds.total()
    if not count:
        return {}
    return {
        "touchstone/flat_groups": (count - kinds["telling"]) / count,
        **{f"touchstone/flat_groups/{kind}": kinds[kind] / count for kind in _FLAT},
    }


def _kind(scores: Sequence[float]) -> str:
    if not is_flat(scores):
        return "telling"
    if same(scores[0], 0.0):
        return "all_zero"
    return "all_one" if same(scores[0], 1.0) else "equal"
