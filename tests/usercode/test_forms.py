"""The six forms, what they may return, and what happens when they do not."""

import json

import pytest

from tests.usercode import grading
from tests.usercode.grading import SANDBOX, graded, replies, row, written
from touchstone.contract import Result, Sample, parse
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.observe import rollout_record
from touchstone.outcomes import UserCodeError
from touchstone.sandbox import open_sandbox
from touchstone.settings import SettingsError
from touchstone.templates import load_grader

FULL = 'policy = "full"'
BOTH = pytest.mark.parametrize("entry", ["", FULL], ids=["restricted", "full"])


@BOTH
def test_reward_of_a_sample_sees_every_part_of_the_row(tmp_path, entry):
    code = """
    def reward(sample):
        assert (sample.id, sample.prompt, sample.reference) == ("r", "Is it?", {"a": [1]})
        assert sample.completion == "yes" and sample.thinking == "hm"
        assert sample.fields == {"domain": "x"} and sample.tools is None
        assert sample.messages[0]["role"] == "user"
        return 0.75
    """
    asked = row("<think>hm</think>yes", {"a": [1]}, metadata={"domain": "x"})
    (reply,) = replies(tmp_path, code, [asked], entry)
    assert (reply["outcome"], reply["aggregate_reward_score"]) == ("scored", 0.75)


@BOTH
def test_the_article_s_form_gets_output_and_the_reference_s_own_keys(tmp_path, entry):
    code = """
    def reward_function(event, context):
        hits = sum(case in event["output"] for case in event["test_cases"])
        return {"reward": hits / len(event["test_cases"]), "details": f"{hits} hits"}
    """
    asked = row("alpha beta", {"test_cases": ["alpha", "gamma"]})
    (reply,) = replies(tmp_path, code, [asked], entry)
    assert (reply["aggregate_reward_score"], reply["reason"]) == (0.5, "1 hits")


@BOTH
def test_a_bedrock_handler_moves_in_unchanged(tmp_path, entry):
    code = """
    import json
    def lambda_handler(event, context):
        results = []
        for sample in event:
            said = sample["messages"][-1]["content"]
            right = float(said == sample["reference_answer"])
            results.append({
                "id": sample["id"],
                "aggregate_reward_score": right,
                "metrics_list": [
                    {"name": "right", "value": right, "type": "Reward"},
                    {"name": "length", "value": len(said), "type": "Metric"},
                ],
            })
        return results
    """
    first, second = replies(tmp_path, code, [row("yes"), row("no")], entry)
    assert [first["aggregate_reward_score"], second["aggregate_reward_score"]] == [1.0, 0.0]
    named = {m["name"]: (m["value"], m["type"]) for m in first["metrics_list"]}
    assert named["right"] == (1.0, "Reward")
    assert named["length"] == (3, "Metric")


@BOTH
def test_a_handler_may_ask_its_context_what_lambda_tells(tmp_path, entry):
    code = """
    def lambda_handler(event, context):
        said = f"{context.function_name} {context.aws_request_id}"
        left = context.get_remaining_time_in_millis()
        return [{"id": one["id"], "aggregate_reward_score": float(bool(said) and left > 0)}
                for one in event]
    """
    (reply,) = replies(tmp_path, code, [row("yes")], entry)
    assert reply["aggregate_reward_score"] == 1.0


@BOTH
def test_a_function_of_columns_keeps_its_none(tmp_path, entry):
    code = """
    def length_reward(prompts, completions, domain, **columns):
        return [None if d == "skip" else float(len(c)) / 10 for c, d in zip(completions, domain)]
    """
    rows = [row("12345", domain="x"), row("1", domain="skip")]
    scored, declined = replies(tmp_path, code, rows, entry)
    assert scored["aggregate_reward_score"] == 0.5
    assert declined["outcome"] == "unscored:user_code_error"
    assert "None" in declined["reason"]


def test_columns_can_hold_messages(tmp_path):
    code = """
    def f(completions, **columns):
        return [float(c[0]["content"] == "hello world") for c in completions]
    """
    reply = graded(tmp_path, "", code=code, settings='turns = "messages"')
    assert reply["aggregate_reward_score"] == 1.0


CALL = {"function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
CALLS = {
    "messages": [
        {"role": "system", "content": "Use tools."},
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
    ]
}


@BOTH
def test_reward_of_a_sample_sees_turns_and_tool_calls(tmp_path, entry):
    code = """
    def reward(sample):
        assert sample.completion == "" and sample.system == "Use tools."
        assert sample.turns == [{"role": "user", "text": "Weather?", "tool_calls": []}]
        return float(sample.tool_calls == [{"name": "weather", "arguments": {"city": "Oslo"}}])
    """
    (reply,) = replies(tmp_path, code, [CALLS], entry)
    assert (reply["outcome"], reply["aggregate_reward_score"]) == ("scored", 1.0)


def test_columns_of_messages_hold_the_call(tmp_path):
    code = """
    def f(completions, **columns):
        calls = completions[0][0]["tool_calls"]
        return [float(calls[0]["function"]["arguments"]["city"] == "Oslo")]
    """
    reply = graded(tmp_path, "", code=code, settings='turns = "messages"', row=CALLS)
    assert reply["aggregate_reward_score"] == 1.0


@pytest.mark.parametrize("more", [{}, {"id": "a"}], ids=["made", "as it came"])
def test_a_bedrock_handler_sees_the_call_as_openai_writes_it(tmp_path, more):
    code = """
    import json
    def lambda_handler(event, context):
        call = event[0]["messages"][-1]["tool_calls"][0]["function"]
        right = float(json.loads(call["arguments"]) == {"city": "Oslo"})
        return [{"id": event[0]["id"], "aggregate_reward_score": right}]
    """
    reply = graded(tmp_path, "", code=code, row=CALLS | more)
    assert reply["aggregate_reward_score"] == 1.0


def test_a_missing_column_is_named(tmp_path):
    reply = graded(tmp_path, "", code="def f(completions, solution): return [1.0]")
    assert "the row has no column 'solution'" in reply["reason"]


def test_the_outermost_function_is_the_entry_point(tmp_path):
    code = """
    def reward_function(event, context):
        return {"reward": 0.2}
    def lambda_handler(event, context):
        return [{"id": s["id"], "aggregate_reward_score": 0.9} for s in event]
    """
    assert graded(tmp_path, "", code=code)["aggregate_reward_score"] == 0.9


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("return None", "does not score this row"),
        ("return 'high'", "is str, not a number"),
        ("return True", "write float"),
        ("return float('nan')", "nan, not a finite number"),
        ("return float('inf')", "not a finite number"),
        ("return 10 ** 400", "not a number"),
        ("return [0.5]", "is list, not a number"),
        ("return lambda: 1", "not a number"),
        ("return 1.5", "outside the bounds 0.0..1.0"),
        ("return {}", "without 'reward'"),
        ("return {'rewrd': 1}", "unknown key 'rewrd'"),
        ("return {'reward': None}", "does not score this row"),
        ("return {'reward': 1, 'metrics': [1]}", "metrics must be a dict"),
        ("return {'reward': 1, 'metrics': {'x': 'y'}}", "metrics 'x' is str"),
        ("return {'reward': 1, 'metrics': {1: 1}}", "no name for a metric"),
        ("return {'reward': 1, 'metrics': {'unscored_x': 1}}", "the platform's own"),
        ("return {'reward': 1, 'criteria': {'x': 2}}", "outside 0..1"),
        ("return {'criteria': {'x': 1}}", "the settings have no weights"),
    ],
)
def test_what_is_no_reward_is_a_named_fault(tmp_path, body, why):
    reply = graded(tmp_path, body)
    assert reply["outcome"] == "unscored:user_code_error"
    assert why in reply["reason"]


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        ("[]", "returned 0 results for 1 row"),
        ("event * 2", "returned 2 results for 1 row"),
        ("None", "does not score"),
        ("'x'", "must return a list"),
        ("[0.5]", "a result must be an object"),
        ("[{'id': 'other', 'aggregate_reward_score': 1}]", "answered the id 'other'"),
        ("[{'id': 'r'}]", "without 'aggregate_reward_score'"),
        ("[{'id': 'r', 'aggregate_reward_score': '1'}]", "is str"),
        ("{'statusCode': 200, 'body': '{'}", "not JSON"),
        ("[{'id': 'r', 'aggregate_reward_score': 1, 'metrics_list': [{}]}]", "needs a name"),
    ],
)
def test_what_is_no_bedrock_reply_is_a_named_fault(tmp_path, returned, why):
    code = f"def lambda_handler(event, context): return {returned}"
    reply = graded(tmp_path, "", code=code)
    assert reply["outcome"] == "unscored:user_code_error"
    assert why in reply["reason"]


@pytest.mark.parametrize("returned", ["[]", "[1.0, 1.0]", "1.0", "None", "['x']"])
def test_what_is_no_list_of_rewards_is_a_named_fault(tmp_path, returned):
    reply = graded(tmp_path, "", code=f"def f(completions, **columns): return {returned}")
    assert reply["outcome"] == "unscored:user_code_error"


def test_a_proxy_reply_and_a_lone_object_are_read(tmp_path):
    entry = {"id": "r", "aggregate_reward_score": 0.25}
    for returned in (json.dumps(entry), f"{{'statusCode': 200, 'body': '[{json.dumps(entry)}]'}}"):
        code = f"def lambda_handler(event, context): return {returned}"
        assert graded(tmp_path, "", code=code)["aggregate_reward_score"] == 0.25


def test_criteria_are_weighted_by_the_settings(tmp_path):
    body = "return {'criteria': {'voice': 1.0, 'facts': 0.5}, 'reason': 'so'}"
    reply = graded(tmp_path, body, settings="weights = {voice = 1, facts = 3}")
    assert reply["aggregate_reward_score"] == pytest.approx(0.625)
    assert {m["name"] for m in reply["metrics_list"] if m["type"] == "Reward"} == {"voice", "facts"}
    reply = graded(tmp_path, body, settings="weights = {voice = 1, empathy = 3}")
    assert reply["outcome"] == "unscored:user_code_error"
    assert "returned the criteria facts, voice; those that count are empathy" in reply["reason"]


def test_a_function_that_looks_across_the_batch_sees_one_row(tmp_path):
    code = """
    from statistics import fmean, stdev
    def score(prompts, completions, **columns):
        sizes = [len(text) for text in completions]
        if sizes == [3]:
            return [(size - fmean(sizes)) / stdev(sizes) for size in sizes]
        return [size - fmean(sizes) for size in sizes]
    """
    first, second, third = replies(tmp_path, code, [row("a"), row("to"), row("yes")])
    assert [first["aggregate_reward_score"], second["aggregate_reward_score"]] == [0.0, 0.0]
    assert "StatisticsError" in third["reason"]


def test_only_the_row_that_fails_is_unscored_and_its_traceback_is_the_users(tmp_path):
    code = """
    import re
    def ratio(text):
        return 1 / len(re.findall("x", text))
    def reward(sample):
        if sample.completion == "hang":
            while True:
                pass
        if sample.completion == "bomb":
            return len("x" * 10 ** 12)
        return ratio(sample.completion)
    """
    rows = [row(text) for text in ("x", "secret words", "hang", "bomb", "xx")]
    first, raised, hung, bombed, last = replies(tmp_path, code, rows, settings="row_s = 0.5")
    assert (first["aggregate_reward_score"], last["aggregate_reward_score"]) == (1.0, 0.5)
    for reply in (raised, hung, bombed):
        assert reply["outcome"] == "unscored:user_code_error"
    assert "mine.py:4 in ratio: return 1 / len(re.findall" in raised["reason"]
    assert "ZeroDivisionError: division by zero" in raised["reason"]
    assert "touchstone" not in raised["reason"]
    assert "more than 0.5 s" in hung["reason"]


@pytest.mark.parametrize(
    "body",
    ["import os\nos._exit(0)", "import sys\nsys.exit(0)", "import os\nos.abort()",
     "raise SystemExit",
     "raise KeyboardInterrupt", "return reward(sample)", "return 'x' * 5_000_000"],
)  # fmt: skip
def test_full_python_that_ends_its_process_costs_its_own_row(tmp_path, body):
    indented = body.replace("\n", "\n        ")
    code = f"""
def reward(sample):
    if sample.completion == "bad":
        {indented}
    return 0.5
"""
    replied = replies(tmp_path, code, [row("ok"), row("bad"), row("ok"), row("bad")], FULL)
    assert [r["aggregate_reward_score"] for r in replied] == [0.5, 0.0] * 2
    assert all("user_code_error" in r["reason"] for r in replied[1::2])


def test_a_log_gets_the_place_and_a_hash_never_the_exception_s_text(tmp_path):
    code = "def reward(sample):\n    raise ValueError(sample.completion)\n"
    grader = load_grader("mine", written(tmp_path, code))
    sample = parse([row("private words")]).rows[0]
    assert isinstance(sample, Sample)
    with pytest.raises(UserCodeError) as caught:
        grader(sample, Tools(Deadline(), SANDBOX))
    assert "private words" in caught.value.trace
    record = rollout_record(sample, Result(sample.id, caught.value.fault(), 0.5), "1")
    assert "mine.py:2 in reward raised ValueError (traceback " in record["fault"]
    assert "private words" not in str(record)


def test_a_file_that_cannot_be_loaded_says_where(tmp_path):
    code = "LIMIT = int('x')\ndef reward(sample):\n    return 1.0\n"
    for reply in replies(tmp_path, code, [row("a"), row("b")]):
        assert "mine.py:1 in <module> loading the file raised ValueError" in reply["reason"]


def test_state_lives_for_a_batch_and_not_longer(tmp_path):
    code = """
    SEEN = []
    def reward(sample):
        SEEN.append(1)
        return len(SEEN) / 10
    """
    rows, settings = [row("a"), row("b")], "concurrency = 1"
    for _ in range(2):
        scores = [
            r["aggregate_reward_score"] for r in replies(tmp_path, code, rows, settings=settings)
        ]
        assert scores == [0.1, 0.2]


@BOTH
def test_chance_is_the_same_for_every_row(tmp_path, entry):
    code = "import random\ndef reward(sample): return random.random() * (1 + 0 * hash('a'))"
    scores = {r["aggregate_reward_score"] for r in replies(tmp_path, code, [row("a")] * 4, entry)}
    assert len(scores) == 1


def test_many_rows_keep_their_order(tmp_path):
    rows = [row(str(n)) | {"id": n} for n in range(60)]
    replied = replies(tmp_path, "def reward(sample): return int(sample.completion) / 100", rows,
                      settings="concurrency = 4")  # fmt: skip
    assert [r["aggregate_reward_score"] for r in replied] == [n / 100 for n in range(60)]
    assert [r["id"] for r in replied] == list(range(60))


def test_full_python_may_import_what_is_installed(tmp_path):
    code = """
    import numpy as np
    from touchstone.scoring.similarity import similarity
    def reward(sample):
        return float(np.mean([0.0, 1.0])) * similarity("same", "same")
    """
    reply = graded(tmp_path, "", code=code, entry=FULL)
    assert reply["aggregate_reward_score"] == 0.5, reply["reason"]


def test_a_row_too_deep_for_a_cage_is_the_row_s_fault(tmp_path):
    deep = 0
    for _ in range(300):
        deep = [deep]
    reply = graded(tmp_path, "return 1.0", row=row("x", {"deep": deep}))
    assert reply["outcome"] == "unscored:bad_sample"


def test_the_batch_has_a_limit_of_its_own(tmp_path):
    code = "def reward(sample):\n    for n in range(10 ** 9): pass\n"
    rows = [row("x")] * 3
    replied = replies(tmp_path, code, rows, settings="row_s = 0.2\nbatch_s = 0.1\nconcurrency = 1")
    assert "took more than 0.2 s" in replied[0]["reason"]
    assert "the batch took over 0.1 s" in replied[2]["reason"]


def test_rows_left_at_the_deadline_say_so(tmp_path):
    code = "def reward(sample):\n    while sample.completion == 'hang': pass\n    return 1.0\n"
    rows = [row("ok"), row("hang"), row("hang"), row("hang")]
    grader_settings = "row_s = 60.0\nconcurrency = 1"
    replied = replies(tmp_path, code, rows, settings=grader_settings, deadline=Deadline.after(3))
    assert [r["outcome"] for r in replied] == ["scored", *["unscored:deadline"] * 3]


@pytest.mark.parametrize(
    ("code", "entry", "settings", "line", "why"),
    [
        ("x = 1", "", "", 2, "no reward function; define reward(sample)"),
        ("def f(completions): 1\ndef g(completions): 1", "", "", 2, "f and g all take completions"),
        ("def reward(sample: return 1", "", "", 2, "mine.py:1:"),
        ("def reward(sample): return open('x')", "", "", 2, "mine.py:1: open()"),
        ("def reward(sample): return 1", 'policy = "ful"', "", 3, "did you mean 'full'"),
        ("def reward(sample): return 1", 'capabilities = ["juge"]', "", 3, "mean 'judge'"),
        ("def reward(sample): return 1", 'capabilities = "judge"', "", 3, "a list of names"),
        ("def reward(sample): return 1", "", "row_sec = 1", 5, "did you mean 'row_s'"),
        ("def reward(sample): return 1", "", 'formula = "2 * x"', 5, "unknown name 'x'"),
        ("def reward(sample): return 1", "", 'must_have = ["reward"]', 5, "needs weights"),
        ("def reward(sample): return 1", 'template = "tone_style"', "", 1, "template = "),
    ],
)
def test_a_mistake_is_refused_before_anything_runs(tmp_path, code, entry, settings, line, why):
    with pytest.raises(SettingsError) as caught:
        load_grader("mine", written(tmp_path, code, entry, settings))
    assert str(caught.value).startswith(f"graders.toml:{line}: ")
    assert why in str(caught.value)


def test_policy_belongs_to_code_alone(tmp_path):
    toml = tmp_path / "graders.toml"
    toml.write_text('[graders.a]\ntemplate = "math_reasoning"\npolicy = "full"\n')
    with pytest.raises(
        SettingsError, match=r"graders.toml:3: 'policy' is for graders that are code"
    ):
        load_grader("a", toml)


def test_a_missing_file_is_named(tmp_path):
    toml = tmp_path / "graders.toml"
    toml.write_text('[graders.a]\ncode = "gone.py"\n')
    with pytest.raises(SettingsError, match=r"graders.toml:2: gone.py: cannot be read"):
        load_grader("a", toml)


@BOTH
def test_a_grader_of_openai_moves_in_unchanged(tmp_path, entry):
    code = """
    def grade(sample, item):
        assert sample["choices"][0]["message"]["content"] == sample["output_text"]
        return 0.5 * (sample["output_text"] == item["reference_answer"]) + item["extra"]
    """
    (reply,) = replies(tmp_path, code, [row("yes", "yes", metadata={"extra": 0.25})], entry)
    assert (reply["outcome"], reply["aggregate_reward_score"]) == ("scored", 0.75)


@BOTH
@pytest.mark.parametrize(
    "parameters",
    ["solution_str, ground_truth", "data_source, solution_str, ground_truth, extra_info=None"],
)
def test_a_score_of_verl_moves_in_unchanged(tmp_path, entry, parameters):
    code = f"""
    def compute_score({parameters}):
        return {{"score": float(solution_str == ground_truth), "length": 3, "pred": solution_str}}
    """
    (reply,) = replies(tmp_path, code, [row("yes", "yes")], entry)
    assert (reply["outcome"], reply["aggregate_reward_score"]) == ("scored", 1.0)
    assert {"name": "length", "value": 3.0, "type": "Metric"} in reply["metrics_list"]


@pytest.mark.parametrize(
    "code",
    [
        "async def reward(sample):\n    return 0.5",
        "import asyncio\nasync def grade(sample, item):\n    return await asyncio.sleep(0, 0.5)",
        "async def score(completions, **columns):\n    return [0.5 for _ in completions]",
    ],
)
def test_an_async_function_is_awaited(tmp_path, code):
    (reply,) = replies(tmp_path, code, [row("yes", "yes")], FULL)
    assert (reply["outcome"], reply["aggregate_reward_score"]) == ("scored", 0.5)


def test_a_helper_called_grade_is_no_reward_function(tmp_path):
    code = "def grade(x):\n    return 1.0\ndef score(completions):\n    return [grade(0) / 4]"
    (reply,) = replies(tmp_path, code, [row("yes", "yes")])
    assert reply["aggregate_reward_score"] == 0.25


def test_a_file_that_is_no_text_is_named_without_a_line(tmp_path):
    with pytest.raises(SettingsError, match=r"graders.toml:2: mine.py: .*null bytes"):
        replies(tmp_path, "def reward(sample):\n    return 0.5\n\0", [row("x")])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('return {"reward": 0.5, "reason": "x" * 9_000_000}', "too large to send"),
        ("loop = []\nloop.append(loop)\nreturn loop", "nested too deeply to send"),
    ],
)
def test_a_value_that_cannot_leave_the_cage_is_called_so(tmp_path, body, told):
    reply = graded(tmp_path, body)
    assert reply["outcome"] == "unscored:user_code_error"
    assert f"returned a value {told}" in reply["reason"]


def test_starting_the_sandbox_takes_no_row_s_time(tmp_path, monkeypatch):
    fresh = open_sandbox()
    monkeypatch.setattr(grading, "SANDBOX", fresh)
    # Hundred rows of which each may take little, and packages that take longer to import.
    code = "import boto3, numpy, rich\ndef reward(sample):\n    return 1.0"
    rows, slow = [row("yes")] * 100, "concurrency = 1\nrow_s = 0.3"
    ended = replies(tmp_path, code, rows, FULL, slow, deadline=Deadline.after(60))
    fresh.close()
    assert {reply["outcome"] for reply in ended} == {"scored"}


def test_limits_that_no_machine_reaches_hold_nothing_back(tmp_path):
    settings = "memory_mb = 99_999_999_999_999_999\nrow_s = 1e300"
    assert graded(tmp_path, "return 0.5", settings=settings)["outcome"] == "scored"
