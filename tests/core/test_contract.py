"""The contract's edges: arbitrary input, odd ids, and replies near Lambda's limit."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import EXACT, exact, reply_to, row, template
from touchstone.contract import MAX_REPLY_BYTES, ReplyTooLarge, Sample, parse
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.outcomes import Grade, Metric
from touchstone.thinking import split_thinking

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
known_keys = st.sampled_from(
    ["id", "messages", "metadata", "reference_answer", "prompt", "response", "completion", "tools",
     "model_response", "output", "test_cases", "batch", "input", "body", "extra_info", "role",
     "reward_model", "content", "text", "tool_calls", "function_call", "function", "name",
     "arguments", "toolUse", "type", "thinking", "reasoningContent", "reasoningText"]
)  # fmt: skip
row_like = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(known_keys, inner, max_size=6),
    max_leaves=16,
)
turns = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant", "nova_assistant"])},
        optional={
            "content": json_values | row_like,
            "reasoning_content": json_values,
            "tool_calls": json_values | row_like,
            "function_call": row_like,
        },
    ),
    max_size=3,
)
samples = st.fixed_dictionaries(
    {"messages": turns}, optional={"id": json_values, "reference_answer": json_values}
)


def strict(reply):
    """The reply as a strict parser on the other side sees it."""
    return json.loads(
        json.dumps(reply, allow_nan=False, ensure_ascii=False).encode(), parse_constant=pytest.fail
    )


@settings(max_examples=300)
@given(json_values | row_like)
def test_any_event_is_answered_or_raises_the_fault_budget(event):
    try:
        reply = strict(reply_to(event))
    except FaultBudgetExceeded:
        return
    assert isinstance(reply, list) or set(reply) in (
        {"statusCode", "headers", "body"},
        {"reward", "details"},
    )


@settings(max_examples=300)
@given(st.lists(samples | row_like, min_size=1, max_size=8))
def test_every_row_gets_one_result_in_order(event):
    good = row("yes") | {"id": "good"}
    grader = exact(fault_budget=1.0)

    reply = strict(reply_to([*event, good], grader))

    assert len(reply) == len(event) + 1
    assert reply[-1]["id"] == "good"
    assert reply[-1]["aggregate_reward_score"] == 1.0
    for sent, got in zip(event, reply, strict=False):
        assert math.isfinite(got["aggregate_reward_score"])
        assert all(m["type"] in ("Reward", "Metric") for m in got["metrics_list"])
        given_id = sent.get("id") if isinstance(sent, dict) else None
        if isinstance(given_id, (str, int, type(None))):
            assert got["id"] == given_id


@pytest.mark.parametrize(
    "odd", [float("nan"), float("inf"), [float("nan")], "\ud800", {"a": "\udc00"}]
)
def test_an_id_that_strict_json_cannot_carry_comes_back_null(odd):
    assert strict(reply_to([row("yes", id=odd), row("yes")]))[0]["id"] is None


def test_deep_nesting_is_a_bad_sample():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    reply = reply_to([{"messages": [{"role": "assistant", "content": deep}]}, row("yes")])
    assert {"name": "unscored_bad_sample", "value": 1.0, "type": "Metric"} in reply[0][
        "metrics_list"
    ]


def test_extra_fields_are_found_at_top_level_and_under_metadata():
    event = [row("yes", metadata={"task_id": "t", "level": "easy"}, level="hard", source="x")]
    sample = parse(event).rows[0]
    assert isinstance(sample, Sample)
    assert sample.fields == {"task_id": "t", "level": "hard", "source": "x"}


def test_completion_prompt_and_thinking_are_separated():
    event = row("<think>hm</think>yes", prompt="Is it?")
    event["messages"].insert(0, {"role": "system", "content": "Be brief."})
    sample = parse([event]).rows[0]
    assert isinstance(sample, Sample)
    assert (sample.prompt, sample.completion, sample.thinking) == (
        "Be brief.\n\nIs it?",
        "yes",
        "hm",
    )


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("plain", "plain"),
        ("<think>a</think>b", "b"),
        ("<thinking>a</thinking>b", "b"),
        ("<THINK>a</THINK>b", "b"),
        ("a</think>b", "b"),
        ("<think>a", ""),
        ("x <think>a</think> y <think>b", "x  y <think>b"),
        ("<think>```python\nx = 1\n```</think>done", "done"),
        ("```python\ns = '<think>a</think>'\n```", "```python\ns = '<think>a</think>'\n```"),
        ("Write `<think>` first.", "Write `<think>` first."),
        ("```\nr'<think>.*?</think>\\s*'\n```", "```\nr'<think>.*?</think>\\s*'\n```"),
        ("re.sub(r'<think>.*?</think>\\s*', s)", "re.sub(r'<think>.*?</think>\\s*', s)"),
        ("```\nx = 1\n```\nso</think>\n```\ny\n```", "```\ny\n```"),
        ("```\nx = 1\n</think>\n```\ny\n```", "```\ny\n```"),
        ("```\nx = 1 </think>y", "y"),
        ("<|begin_internal_thought|>a", ""),
        ("<|begin_internal_thought|>a<|end_internal_thought|>b", "b"),
        ("<|begin_of_solution|>42<|end_of_solution|>", "42"),
        ("<|begin_of_solution|>42", "42"),
        ("<|channel|>analysis<|message|>a", ""),
        ("1 < 2", "1 < 2"),
    ],
)
def test_thinking_marks(text, answer):
    assert split_thinking(text)[0] == answer


@pytest.mark.parametrize("mark", ["'<think>", "<think></think>", "</think>'", "'<think></think>"])
def test_endless_marks_are_read_in_one_pass(mark):
    text = mark * 100_000  # hours, were each looked for from every other
    assert split_thinking(text)[0] in (text, "")


def test_a_thousand_rows_and_six_megabytes():
    event = [row("x" * 5_900, id=index) for index in range(1_000)]
    event[500] = row("yes", id=500)
    assert 5_500_000 < len(json.dumps(event)) < 6_291_556

    reply = strict(reply_to(event))

    assert [entry["id"] for entry in reply] == list(range(1_000))
    assert [i for i, entry in enumerate(reply) if entry["aggregate_reward_score"]] == [500]


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"body": json.dumps(rows)}])
def test_a_reply_over_six_megabytes_drops_reported_metrics_first_and_says_so(wrap):
    def wordy(sample, settings, tools):
        extra = tuple(Metric(f"detail_{n:03}", 0.123456789) for n in range(100))
        return Grade(1.0, (Metric("exact_match", 1.0, "Reward"), *extra))

    event = wrap([row("yes", id=index) for index in range(1_000)])
    wrapped = strict(reply_to(event, template(wordy).customize()))

    reply = json.loads(wrapped["body"]) if isinstance(wrapped, dict) else wrapped
    assert len(json.dumps(wrapped).encode()) <= MAX_REPLY_BYTES
    assert len(reply) == 1_000
    assert {"name": "metrics_dropped", "value": 1.0, "type": "Metric"} in reply[0]["metrics_list"]
    for entry in reply:
        assert {"name": "exact_match", "value": 1.0, "type": "Reward"} in entry["metrics_list"]
        assert not any(m["name"].startswith("detail_") for m in entry["metrics_list"])


def test_scores_that_do_not_fit_at_all_are_an_error():
    with pytest.raises(ReplyTooLarge):
        reply_to([row("yes", id="i" * 2_000_000) for _ in range(4)], EXACT.customize())
