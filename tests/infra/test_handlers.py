"""The deployed grader's handler: wired by its environment, and silent about customers' texts."""

import json

import pytest

from tests.infra.executors import Executors
from tests.support import row
from touchstone.lambdas.grader import handler
from touchstone.settings import SettingsError

SECRET = "confidential-4111"


class Context:
    def get_remaining_time_in_millis(self):
        return 60_000


@pytest.fixture
def invoke(monkeypatch, capfd):
    def call(grader, event, **environment):
        monkeypatch.setenv("TOUCHSTONE_GRADER", grader)
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        handler.wired.cache_clear()
        try:
            return handler.lambda_handler(event, Context()), capfd.readouterr()
        finally:
            if handler.wired.cache_info().currsize:
                handler.wired()[1].close()
            handler.wired.cache_clear()

    return call


def test_rewards_come_with_metrics_and_records_but_no_text_in_any_stream(invoke):
    rows = [
        row(f"{SECRET} the answer is 4", "4", prompt=f"{SECRET} 2+2?"),
        row(f"{SECRET}", None, prompt=SECRET),
        row(f"{SECRET} \\boxed{{5}}", {"answer": "5", "note": SECRET}),
    ]
    replies, streams = invoke("math_reasoning", rows)
    assert replies[0]["aggregate_reward_score"] > 0
    lines = [json.loads(line) for line in streams.out.splitlines() if line.startswith("{")]
    assert sum(line.get("message") == "rollout" for line in lines) == 3
    assert any("_aws" in line for line in lines)
    assert SECRET not in streams.out + streams.err


def test_a_deployed_function_has_no_stand_in_for_a_judge_unless_it_says_so(invoke):
    rows = [row("Thank you, we are on it.", {"brand_voice": "warm"})]
    with pytest.raises(SettingsError, match=r"tone_style asks a judge.*allow_offline"):
        invoke("tone_style", rows)
    said = json.dumps({"judge": "offline", "allow_offline": True})
    replies, _ = invoke("tone_style", rows, TOUCHSTONE_SETTINGS=said)
    assert {"judge_offline"} <= {metric["name"] for metric in replies[0]["metrics_list"]}


def test_code_runs_in_the_executor_that_the_environment_names(invoke, monkeypatch):
    executors = Executors()
    monkeypatch.setenv("AWS_ENDPOINT_URL", executors.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    cases = {"entry_point": "f", "test_cases": [{"input": [1], "expected": 2}]}
    code = f"```python\ndef f(x):\n    '''{SECRET}'''\n    return x + 1\n```"
    try:
        replies, streams = invoke(
            "code_verification", [row(code, cases)],
            TOUCHSTONE_EXECUTOR="executor:live", TOUCHSTONE_TENANT="me",
        )  # fmt: skip
    finally:
        executors.close()
    passed = {metric["name"]: metric["value"] for metric in replies[0]["metrics_list"]}
    assert passed["tests_passed"] == 1.0
    assert {headers["X-Amz-Tenant-Id"] for _, headers in executors.seen} == {"me"}
    assert SECRET not in streams.out + streams.err
