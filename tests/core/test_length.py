"""A completion that is too long is scored, unread; its neighbours are scored as ever."""

import pytest

from tests.support import exact, grade_exact, reply_to, row, template
from touchstone.templates import get_template


def test_a_completion_at_the_cap_is_read_and_one_above_it_is_not():
    grader = exact(max_completion_chars=5)
    inside, over = reply_to([row("12345", "12345"), row("123456", "123456")], grader, explain=True)
    assert inside["aggregate_reward_score"] == 1.0
    assert over["aggregate_reward_score"] == 0.0
    assert over["outcome"] == "scored"
    assert "max_completion_chars" in over["reason"]


def test_the_grader_never_sees_what_is_too_long():
    def grade(sample, settings, tools):
        assert len(sample.completion) <= 5
        return grade_exact(sample, settings, tools)

    [reply] = reply_to([row("123456")], template(grade).customize(max_completion_chars=5))
    assert not [m for m in reply["metrics_list"] if m["name"] == "unscored"]


def test_what_is_too_long_earns_the_lower_bound_and_no_criterion():
    grader = exact(max_completion_chars=5, bounds=(-1.0, 1.0))
    [reply] = reply_to([row("123456")], grader)
    assert reply["aggregate_reward_score"] == -1.0
    assert reply["metrics_list"] == [{"name": "exact_match", "value": 0.0, "type": "Reward"}]


def test_thinking_is_not_counted():
    thought = f"<think>{'hm ' * 100}</think>"
    [reply] = reply_to([row(f"{thought}yes")], exact(max_completion_chars=5))
    assert reply["aggregate_reward_score"] == 1.0


@pytest.mark.parametrize("name", ["math_reasoning", "code_verification", "tone_style"])
def test_every_template_has_a_cap_of_its_own(name):
    made = get_template(name).customize(max_completion_chars=7)
    assert made.settings.max_completion_chars == 7
    assert get_template(name).customize().settings.max_completion_chars == 100_000
