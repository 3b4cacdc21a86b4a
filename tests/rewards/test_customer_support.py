"""Rules decide what they can; the judge is asked once for the rest, and its faults stay faults."""

import pytest

from tests.rewards.grading import graded
from touchstone.judge import NoVerdict, Usage, Verdict

FACTS = {"facts": ["A refund of 1,200.50 euros takes 5 days."]}
WEIGHTS = {"brand_voice": 0.2, "accuracy": 0.35, "empathy": 0.2, "actionability": 0.25}


class FakeJudge:
    """Gives every criterion its best level but those named."""

    name = "fake"

    def __init__(self, **values):
        self.values = values
        self.asked = []

    def verdict(self, rubric, request, deadline):
        self.asked.append(request)
        if self.values.get("fails"):
            raise NoVerdict("throttled", "too many", Usage(1, 10, 0, 0.5))
        levels = {one.name: one.nearest(self.values.get(one.name, 1.0)) for one in rubric.criteria}
        return Verdict(
            self.name,
            {name: level.label for name, level in levels.items()},
            {name: level.value for name, level in levels.items()},
            "because",
            Usage(1, 10, 2, 0.25),
        )


def reply(text, judge, **reference):
    return graded("customer-support", text, FACTS | reference, "Order 7 broke.", judge)


@pytest.mark.parametrize("name", WEIGHTS)
def test_each_criterion_counts_with_its_weight(name):
    got = reply("We are sorry about it.", FakeJudge(**{name: 0.5}))
    assert got["aggregate_reward_score"] == pytest.approx(1 - WEIGHTS[name] / 2)


def test_a_false_reply_is_paid_nothing_however_warm():
    assert reply("All fine!", FakeJudge(accuracy=0.0))["aggregate_reward_score"] == 0.0


def test_the_judge_sees_facts_and_voice_and_is_asked_once():
    judge = FakeJudge()
    reply("We are sorry about it.", judge)
    (asked,) = judge.asked
    assert asked.context["facts"] == FACTS["facts"][0]
    assert "customer" in asked.context["brand voice"]


@pytest.mark.parametrize(
    ("text", "invented"),
    [
        ("A refund of 1200.5 euros for order 7 takes 5 days.", False),
        ("1. We refund 1,200.50 euros.\n2. It takes 5 days.", False),
        ("It takes 3 days.", True),
        ("We refund 1200 euros.", True),
    ],
)
def test_a_figure_that_no_fact_holds_is_decided_without_a_judge(text, invented):
    judge = FakeJudge()
    assert reply(text, judge)["aggregate_reward_score"] == (0.0 if invented else 1.0)
    assert len(judge.asked) == (0 if invented else 1)


def test_phrases_of_the_house_and_of_the_row_cost_the_voice():
    for text in ("Calm  down, please.", "That is a Promise."):
        got = reply(text, FakeJudge(), never_say=["promise"])
        assert got["criteria"]["brand_voice"] == 0.0
    assert reply("Promised.", FakeJudge(), never_say=["promise"])["criteria"]["brand_voice"] == 1.0


def test_a_long_reply_costs_the_voice():
    assert reply("sorry " * 300, FakeJudge())["criteria"]["brand_voice"] == 0.5


def test_no_verdict_is_never_a_score():
    assert reply("We are sorry.", FakeJudge(fails=True))["outcome"] == "unscored:judge_fault"
