"""What a job would learn from, foretold from graded rollouts of the model it begins with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from touchstone.groups import EQUAL, is_flat, quantile
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.forecast.rollouts import Rollout, Rollouts
from touchstone.workbench.forecast.statistics import (
    clustered_share,
    correlation,
    fit_beta_binomial,
    flat_chance,
    flat_under_beta,
    rank_products,
    ratio,
)
from touchstone.workbench.stats import Estimate, Range, Share, bootstrap, wilson

_FITS = 120  # draws where each costs a fit


@dataclass(frozen=True, slots=True)
class Measured:
    """What grading really took in the rollouts that were graded for a forecast.

    Attributes:
        seconds: Of a call with many rollouts.
        judge_calls: Calls of the judge, per rollout; likewise the tokens.
        judge_input_tokens: Tokens sent to it.
        judge_output_tokens: Tokens that it made.
    """

    seconds: Range
    judge_calls: float
    judge_input_tokens: float
    judge_output_tokens: float


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion over all rollouts.

    Attributes:
        mean: Of its values.
        spread: Mean standard deviation within a prompt's rollouts: what can be learnt from.
        flat: Share of the prompts within which it never varies.
    """

    mean: Estimate
    spread: Estimate
    flat: Share


@dataclass(frozen=True, slots=True)
class Forecast:
    """What graded rollouts foretell. Shares are 0..1; each number has a 95 % interval.

    Attributes:
        prompts: Groups of two or more scored rollouts; what the shares of groups are of.
        rollouts: All of them, unscored ones too.
        size: Rollouts per prompt in the job, for which ``useful`` is foretold.
        reward: Mean.
        positive: Share of the rollouts with a reward above 0.
        perfect: Share of the rollouts with the highest reward.
        flat_wrong: Share of the groups whose rollouts all got 0 or less; nothing is learnt
            there.
        flat_right: Share of those whose rollouts all got the highest reward.
        flat_equal: Share of those whose rollouts all got one reward in between.
        useful: Share of the job's groups that will differ within themselves.
        criteria: By name.
        length: Spearman's correlation of reward and length within groups, -1..1.
        truncated: Share that hit the limit on length; ``None`` where no row says.
        unscored: Share that could not be scored.
        faults: Kind of fault to rollouts.
        call_seconds: ``p50`` and ``p99`` of a call of the grader.
        measured: What grading took.
    """

    prompts: int
    rollouts: int
    size: int
    reward: Estimate
    positive: Share
    perfect: Share
    flat_wrong: Share
    flat_right: Share
    flat_equal: Share
    useful: Share
    criteria: dict[str, Criterion]
    length: Estimate
    truncated: Share | None
    unscored: Share
    faults: dict[str, int]
    call_seconds: dict[str, Estimate]
    measured: Measured

    def as_json(self) -> dict[str, Any]:
        """Returns the forecast; an estimate is ``{"value", "low", "high"}``, unknown ends null."""
        return asdict(self)


class TooFew(WorkbenchError):
    """There is nothing to foretell from; the message says what is missing (bad input)."""


def forecast(rollouts: Rollouts, *, size: int, top: float = 1.0) -> Forecast:
    """Foretells what a job would learn from.

    Args:
        rollouts: Graded rollouts of the model that the job begins with.
        size: The job's ``trainingSamplePerPrompt``.
        top: The highest reward, as ``top_of`` tells it.

    Raises:
        TooFew: No prompt has two scored rollouts.
    """
    groups = [group for group in rollouts.groups.values() if len(group) > 1]
    if not groups:
        raise TooFew(
            f"{rollouts.scored} of {rollouts.total} rollouts were scored, and no prompt has two",
            "a forecast needs several rollouts of each prompt",
        )
    rewards = [[rollout.reward for rollout in group] for group in groups]
    kinds = [_flat(group, top) for group in rewards]
    call_seconds = [seconds for seconds, _ in rollouts.calls]
    return Forecast(
        prompts=len(groups),
        rollouts=rollouts.total,
        size=size,
        reward=_mean(rewards),
        positive=clustered_share([(sum(r > EQUAL for r in g), len(g)) for g in rewards]),
        perfect=clustered_share([(sum(r >= top - EQUAL for r in g), len(g)) for g in rewards]),
        flat_wrong=wilson(kinds.count("wrong") / len(kinds), len(kinds)),
        flat_right=wilson(kinds.count("right") / len(kinds), len(kinds)),
        flat_equal=wilson(kinds.count("equal") / len(kinds), len(kinds)),
        useful=_useful(rewards, size, top),
        criteria=_criteria(groups),
        length=bootstrap([_length_products(group) for group in groups], correlation),
        truncated=wilson(rollouts.cut_off / rollouts.ends_known, rollouts.ends_known)
        if rollouts.ends_known else None,
        unscored=wilson(rollouts.unscored.total() / rollouts.total, rollouts.total),
        faults=dict(rollouts.unscored.most_common()),
        call_seconds={
            name: bootstrap(call_seconds, partial(quantile, share=share))
            for name, share in (("p50", 0.5), ("p99", 0.99))
        },
        measured=_measured(rollouts),
    )  # fmt: skip


def _flat(rewards: Sequence[float], top: float) -> str:
    if not is_flat(rewards):
        return ""
    if min(rewards) <= EQUAL:
        return "wrong"
    return "right" if max(rewards) >= top - EQUAL else "equal"


def _mean(groups: Sequence[Sequence[float]]) -> Estimate:
    return bootstrap([(math.fsum(g), float(len(g))) for g in groups], ratio)


def _useful(groups: Sequence[Sequence[float]], size: int, top: float) -> Share:
    """Returns the share of groups of ``size`` rollouts that differ within themselves.

    Where every prompt has that many rollouts, it is counted over their subsets. Where some
    have fewer, prompts are taken for coins whose chances have a Beta distribution, and success
    for a reward in the upper half; of the groups that are flat by that, as many are taken for
    really flat as were in the sample.
    """
    if all(len(group) >= size for group in groups):
        drawn = bootstrap([(1 - flat_chance(group, size), 1.0) for group in groups], ratio)
    else:
        halves = [
            (sum(r > top / 2 for r in group), len(group), bool(_flat(group, top)))
            for group in groups
        ]
        drawn = bootstrap(halves, lambda some: _useful_by_model(some, size), _FITS)
    # A sample without any flat group, or with no other, has no spread to resample.
    exact = wilson(drawn.value, len(groups))
    low, high = drawn.interval or (exact.low, exact.high)
    return Share(drawn.value, min(low, exact.low), max(high, exact.high))


def _useful_by_model(groups: Sequence[tuple[int, int, bool]], size: int) -> float:
    """Foretells useful groups; a group is its successes, its rollouts, and whether it is flat."""
    looks = sum(hits in (0, count) for hits, count, _ in groups)
    really = sum(flat for _, _, flat in groups)
    alpha, beta = fit_beta_binomial([(hits, count) for hits, count, _ in groups])
    useful = 1 - flat_under_beta(alpha, beta, size) * (really / looks if looks else 1.0)
    if all(count <= size for _, count, _ in groups):
        # A larger group can only differ more than the sampled ones did.
        useful = max(useful, 1 - really / len(groups))
    return useful


def _criteria(groups: Sequence[Sequence[Rollout]]) -> dict[str, Criterion]:
    names = dict.fromkeys(n for group in groups for rollout in group for n in rollout.criteria)
    made: dict[str, Criterion] = {}
    for name in names:
        values = [
            own for group in groups
            if (own := [r.criteria[name] for r in group if name in r.criteria])
        ]  # fmt: skip
        flat = sum(is_flat(own) for own in values)
        made[name] = Criterion(
            _mean(values),
            bootstrap([(_deviation(own), 1.0) for own in values], ratio),
            wilson(flat / len(values), len(values)),
        )
    return made


def _deviation(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _length_products(group: Sequence[Rollout]) -> tuple[float, float, float]:
    return rank_products([float(r.length) for r in group], [r.reward for r in group])


def _measured(rollouts: Rollouts) -> Measured:
    """Returns what grading took; the time is of the calls with the most rows."""
    most = max(rows for _, rows in rollouts.calls)
    times = [seconds for seconds, rows in rollouts.calls if rows == most]
    low, high = bootstrap(times, partial(quantile, share=0.5)).interval or (min(times), max(times))
    spent: Mapping[str, float] = rollouts.spent
    return Measured(
        Range(low, high),
        *(spent.get(f"judge_{name}", 0.0) / rollouts.total
          for name in ("calls", "input_tokens", "output_tokens")),
    )  # fmt: skip
