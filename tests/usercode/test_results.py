"""Reading what came back: whatever a cage says, it is a finite reward or a named fault."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.outcomes import UserCodeError
from touchstone.sandbox.types import Iterated, Opaque
from touchstone.usercode.results import read

NUMBERS = st.integers() | st.floats()
ATOMS = st.none() | st.booleans() | NUMBERS | st.text(max_size=5) | st.binary(max_size=3)
ODD = ATOMS | st.just(Opaque("thing")) | st.just(Iterated("generator", [1.0]))
KEYS = st.sampled_from(
    ["reward", "metrics", "criteria", "reason", "details", "id", "aggregate_reward_score",
     "metrics_list", "body", "name", "value", "type"]
) | st.text(max_size=3)  # fmt: skip
VALUES = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | ODD, inner, max_size=4)
    | st.tuples(inner),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize("form", ["reward", "reward_function", "lambda_handler", "columns"])
@given(value=VALUES)
def test_anything_is_a_finite_reward_or_a_named_fault(form, value):
    try:
        returned = read(value, form, "r")
    except UserCodeError:
        return
    numbers = [m.value for m in returned.metrics] + list(returned.criteria.values())
    assert all(isinstance(n, float) and math.isfinite(n) for n in numbers)
    assert returned.reward is not None or returned.criteria
    assert returned.reward is None or math.isfinite(returned.reward)
    assert isinstance(returned.reason, str)


@given(st.floats(-10, 10), st.dictionaries(st.text("abc", min_size=1), st.floats(0, 1), max_size=3))
def test_a_good_answer_is_read_the_same_in_every_form(reward, metrics):
    listed = [{"name": k, "value": v, "type": "Metric"} for k, v in metrics.items()]
    entry = {"id": "r", "aggregate_reward_score": reward, "metrics_list": listed}
    for value in ([entry], entry, {"statusCode": 200, "body": json.dumps([entry])}):
        returned = read(value, "lambda_handler", "r")
        assert returned.reward == reward
        assert {m.name: m.value for m in returned.metrics} == metrics
    returned = read({"reward": reward, "metrics": metrics}, "reward", None)
    assert (returned.reward, {m.name: m.value for m in returned.metrics}) == (reward, metrics)
    assert read([reward], "columns", None).reward == reward


@pytest.mark.parametrize(
    "value",
    [{"reward": 0.5, "metrics": {"a": None}}, {"reward": 0.5, "criteria": {"a": None}}],
)
def test_a_number_that_is_missing_beside_a_reward_is_a_mistake_and_declines_nothing(value):
    with pytest.raises(UserCodeError, match="'a' is NoneType, not a number") as caught:
        read(value, "reward", "r")
    assert caught.value.blame == "ask"
