"""The same rewards are one median and one share of flat groups, whoever counts them."""

import pytest

from touchstone.monitor import group_shares
from touchstone.workbench.forecast import forecast
from touchstone.workbench.forecast.rollouts import Rollout, Rollouts
from touchstone.workbench.grading.rewards import Reward
from touchstone.workbench.grading.summary import Summary, group_of
from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.measure import reward_metrics
from touchstone.workbench.rehearse.measure import step_metrics
from touchstone.workbench.rehearse.rollout import Completion
from touchstone.workbench.rehearse.update import Group, Update

BANKS = [
    [[0.0, 0.0, 1.0, 1.0]],
    [[0.1 + 0.2, 0.3]],
    [[0.3, 0.3 + 2e-6]],
    [[1.0, 1.0 - 5e-7], [0.0, 1e-9], [0.2, 0.2, 0.7]],
    [[0.5, 0.5, 0.5], [0.1, 0.9]],
    [[0.25]],
]


def graded(groups):
    """What ``grade --json`` prints."""
    summary = Summary()
    for number, group in enumerate(groups):
        for reward in group:
            turns = [{"role": "user", "content": f"{number}"}, {"role": "assistant", "content": ""}]
            entry = {"outcome": "scored", "aggregate_reward_score": reward, "metrics_list": []}
            row = {"id": 1, "messages": turns, "reference_answer": ""}
            summary.add(entry, group_of(row))
    told = summary.as_json("")
    flat = told["flat_groups"] / told["groups"] if told["groups"] else None
    return told["quantiles"]["p50"], flat


def rewards_of(groups):
    return [[Reward(reward, {}, "scored", "") for reward in group] for group in groups]


def watched(groups):
    """What a job's steps say, which ``watch``, ``report`` and the brake read."""
    told = reward_metrics(rewards_of(groups))
    return told[m.P50], told.get(m.FLAT)


def rehearsed(groups):
    answers = [[Completion([1], [0.0], [0.0], finished=True) for _ in group] for group in groups]
    rollouts = [Group([1], *pair) for pair in zip(answers, groups, strict=True)]
    told = step_metrics(rollouts, rewards_of(groups), Update(0.0, 0.0), 0.0)
    return told[m.P50], told.get(m.FLAT)


def planned(groups):
    """The forecast's share; it tells no median of rewards."""
    told = [[Rollout(reward, {}, 1) for reward in group] for group in groups]
    rollouts = Rollouts(groups={str(n): group for n, group in enumerate(told)}, calls=[(1.0, 1)])
    seen = forecast(rollouts, size=2)
    return sum(share.value for share in (seen.flat_wrong, seen.flat_right, seen.flat_equal))


def monitored(groups):
    """The share that the monitor's alarm looks at."""
    records = [
        {"service": "g", "version": "1", "prompt_hash": n, "outcome": "scored", "reward": reward}
        for n, group in enumerate(groups)
        for reward in group
    ]
    (shares,) = group_shares(records).values()
    return shares["AllEqual"]


@pytest.mark.parametrize("groups", BANKS)
def test_grade_watch_and_rehearsal_agree(groups):
    assert graded(groups) == watched(groups) == rehearsed(groups)


@pytest.mark.parametrize("groups", [groups for groups in BANKS if len(groups[0]) > 1])
@pytest.mark.parametrize("count", [planned, monitored])
def test_plan_and_monitor_agree_with_them(groups, count):
    assert count(groups) == pytest.approx(watched(groups)[1])
