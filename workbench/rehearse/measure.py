"""A step in numbers, under the names that a Bedrock job gives them, and what it does not give.

Names without ``touchstone/`` are those of the service's own console graphs.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from workbench.rehearse.grading import Reward
from workbench.rehearse.rollout import Completion
from workbench.rehearse.update import Group, Update


def step_metrics(
    groups: Sequence[Group], rewards: Sequence[Sequence[Reward]], update: Update
) -> dict[str, float]:
    """Returns the metrics of a training step.

    Args:
        groups: Its rollouts by prompt.
        rewards: The same shape: what the grader made of each.
        update: What followed from them.
    """
    graded = [reward for group in rewards for reward in group]
    answers = [one for group in groups for one in group.completions]
    return {
        **_rewards(graded),
        **_flatness(groups),
        **_unscored(graded),
        **_lengths(groups, answers),
        "actor/entropy": statistics.fmean(value for one in answers for value in one.entropy),
        "actor/pg_loss": update.loss,
        "actor/grad_norm": update.grad_norm,
        "training_loss": update.loss,
    }


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


def _rewards(graded: Sequence[Reward]) -> dict[str, float]:
    scores = sorted(reward.score for reward in graded if reward.score is not None)
    if not scores:
        return {}
    criteria: defaultdict[str, list[float]] = defaultdict(list)
    for reward in graded:
        if reward.score is not None:
            for name, value in reward.criteria.items():
                criteria[name].append(value)
    return {
        "critic/rewards/mean": statistics.fmean(scores),
        "critic/rewards/max": scores[-1],
        "critic/rewards/min": scores[0],
        **{f"touchstone/rewards/p{q}": quantile(scores, q / 100) for q in (10, 50, 90)},
        **{f"touchstone/criteria/{name}": statistics.fmean(v) for name, v in criteria.items()},
    }


def _flatness(groups: Sequence[Group]) -> dict[str, float]:
    """Shares of the groups that can be compared at all: those with two scored rollouts."""
    kinds: Counter[str] = Counter()
    for group in groups:
        scored = [reward for reward in group.rewards if reward is not None]
        if len(scored) > 1:
            kinds[_kind(scored) if not any(group.advantages) else "telling"] += 1
    count = kinds.total() or 1
    flat = {kind: kinds[kind] / count for kind in ("all_zero", "all_one", "equal")}
    return {
        "touchstone/flat_groups": sum(flat.values()),
        **{f"touchstone/flat_groups/{kind}": share for kind, share in flat.items()},
    }


def _kind(equal: Sequence[float]) -> str:
    return {0.0: "all_zero", 1.0: "all_one"}.get(equal[0], "equal")


def _unscored(graded: Sequence[Reward]) -> dict[str, float]:
    kinds = Counter(
        reward.outcome.removeprefix("unscored:") for reward in graded if reward.score is None
    )
    return {
        "touchstone/unscored": kinds.total() / len(graded),
        **{f"touchstone/unscored/{kind}": float(count) for kind, count in kinds.items()},
    }


def _lengths(groups: Sequence[Group], answers: Sequence[Completion]) -> dict[str, float]:
    """Lengths in tokens, without the one that ends an answer.

    Source: verl's ``compute_data_metrics``, whose names the service's graphs carry: an
    aborted response is an empty one, a clipped one reached the limit.
    """
    lengths = [len(one.tokens) - one.finished for one in answers]
    return {
        "response_length/mean": statistics.fmean(lengths),
        "response_length/max": float(max(lengths)),
        "response_length/clip_ratio": statistics.fmean(not one.finished for one in answers),
        "response/aborted_ratio": statistics.fmean(length == 0 for length in lengths),
        "prompt_length/mean": statistics.fmean(len(group.prompt) for group in groups),
    }
