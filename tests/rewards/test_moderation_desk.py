"""No strategy beats reading the post: not always blocking, not always allowing, not abstaining."""

import json

import pytest

from tests.rewards.grading import graded

POST = "Post: He wrote that the whole team should be shot, and was banned for it."
ALLOW = {"decision": "allow", "evidence": "was banned for it"}
BLOCK = {"decision": "block", "category": "threat", "evidence": "should be shot"}


def score(completion, reference):
    text = completion if isinstance(completion, str) else json.dumps(completion)
    reply = graded("moderation-desk", text, reference, POST)
    assert reply["outcome"] == "scored", reply["reason"]
    return reply["aggregate_reward_score"]


@pytest.mark.parametrize(
    "constant",
    [
        "", "I will not decide.", {"decision": "allow"}, {"decision": "flag"},
        {"decision": "block"}, {"decision": "block", "category": "threat"},
        {"decision": "flag", "evidence": POST},
        {"decision": ["allow", "block"]}, {"decision": None}, [1], "null", "7", "[" * 5000,
        '{"decision": "allow", "decision": "block"}', '{"decision": "allow"} {"decision": "block"}',
    ],
)  # fmt: skip
def test_an_answer_that_ignores_the_post_loses(constant):
    mean = (score(constant, ALLOW) + score(constant, BLOCK)) / 2
    assert mean <= 0.35
    assert score(ALLOW, ALLOW) == score(BLOCK, BLOCK) == 1.0


def test_blocking_what_is_allowed_is_worse_than_letting_a_threat_through():
    assert score(BLOCK, ALLOW) == -0.5
    assert score({"decision": "flag"}, ALLOW) == -0.25
    assert score(ALLOW, BLOCK) == 0.0


def test_abstaining_never_beats_deciding():
    assert score("hm", ALLOW) == score(BLOCK, ALLOW)
    assert score("hm", BLOCK) == score(ALLOW, BLOCK)


@pytest.mark.parametrize(
    ("quote", "share"),
    [("should be shot", 1.0), ("SHOULD be: shot!", 1.0), ("be shot", 0.8), ("be shot should", 0.0),
     ("", 0.0), (None, 0.0), ("hould be shot", 0.0)],
)  # fmt: skip
def test_evidence_is_a_quote_of_whole_words(quote, share):
    assert score(BLOCK | {"evidence": quote}, BLOCK) == pytest.approx(0.7 + 0.3 * share)


@pytest.mark.parametrize(
    "reference", ["block", {"decision": "remove"}, {"decision": "allow"}, None]
)
def test_a_row_that_does_not_say_what_is_right_is_not_scored(reference):
    reply = graded("moderation-desk", "{}", reference, POST)
    assert reply["outcome"].startswith("unscored:")
