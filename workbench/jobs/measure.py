"""The rewards of a step in numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from touchstone.groups import is_flat, quantile, same
from touchstone.workbench.grading.rewards import Reward
from touchstone.workbench.jobs import metrics as m


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
        name: round(quantile(known, share), 3)
        for name, share in ((m.LATENCY_P50, 0.5), (m.LATENCY_P99, 0.99))
    }


def _unscored(graded: Sequence[Reward]) -> dict[str, float]:
    if not graded:
        return {}
    kinds = Counter(
        reward.outcome.removeprefix("unscored:") for reward in graded if reward.score is None
    )
    return {
        m.UNSCORED: kinds.total() / len(graded),
        **{m.unscored(kind): float(count) for kind, count in kinds.items()},
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
        m.REWARD: fmean(scores),
        m.REWARD_MAX: max(scores),
        m.REWARD_MIN: min(scores),
        **{
            name: quantile(scores, share)
            for name, share in ((m.P10, 0.1), (m.P50, 0.5), (m.P90, 0.9))
        },
        **{m.criterion(name): fmean(values) for name, values in criteria.items()},
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
        m.FLAT: (count - kinds["telling"]) / count,
        **{m.flat(kind): kinds[kind] / count for kind in m.FLAT_KINDS},
    }


def _kind(scores: Sequence[float]) -> str:
    if not is_flat(scores):
        return "telling"
    if same(scores[0], 0.0):
        return "all_zero"
    return "all_one" if same(scores[0], 1.0) else "equal"
