"""A judge behind an OpenAI-compatible endpoint."""

import json

import pytest

from tests.judge.converse_server import (
    Choose,
    Fail,
    Garbage,
    Give,
    Hang,
    Say,
    Stop,
    best,
    completion_in,
)
from tests.judge.rubrics import RUBRIC, TWO, request, soon
from touchstone.deadline import Deadline
from touchstone.judge import JudgeOptions, NoVerdict, make_judge


def judge_at(server, model="qwen3:32b", **options):
    return make_judge(f"openai:{server.url}/v1#{model}", JudgeOptions(**options))


def test_a_verdict_comes_by_schema(serve):
    server = serve(best)
    verdict = judge_at(server, prices={"qwen3:32b": (1.0, 2.0)}).verdict(TWO, request(), soon())
    assert verdict.values == {"quality": 1.0, "polite": 1.0}
    assert verdict.usage.cost_usd == pytest.approx((120 * 1.0 + 30 * 2.0) / 1e6)
    (asked,) = server.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.body["model"] == "qwen3:32b"
    assert asked.body["temperature"] == 0.0
    assert asked.body["response_format"]["json_schema"]["strict"] is True
    assert [turn["role"] for turn in asked.body["messages"]] == ["system", "user"]


def test_a_model_without_a_price_has_an_unknown_cost_never_none(serve):
    verdict = judge_at(serve(best)).verdict(RUBRIC, request(), soon())
    assert verdict.usage.cost_usd is None
    metrics = {metric.name: metric.value for metric in verdict.metrics()}
    assert metrics["judge_cost_unknown"] == 1.0
    assert "judge_cost_usd" not in metrics


@pytest.mark.parametrize("key", [None, "a-key"])
def test_the_key_comes_from_the_environment(serve, monkeypatch, key):
    server = serve(best)
    if key:
        monkeypatch.setenv("JUDGE_KEY", key)
    judge_at(server, api_key_env="JUDGE_KEY").verdict(RUBRIC, request(), soon())
    assert server.asked[0].headers.get("authorization") == (f"Bearer {key}" if key else None)


def test_an_endpoint_without_schemas_is_asked_for_json_in_words(serve):
    def plain(asked):
        if "response_format" in asked.body:
            return Fail(400, "", "response_format is not supported by this model")
        assert '"enum"' in asked.text
        verdict = {"reason": "yes", "quote": completion_in(asked.text), "quality": "fair"}
        return Say(f"```json\n{json.dumps(verdict)}\n```")

    server = serve(plain)
    judge = judge_at(server)
    assert judge.verdict(RUBRIC, request(), soon()).levels == {"quality": "fair"}
    assert judge.verdict(RUBRIC, request("Bergen."), soon()).usage.calls == 1
    assert len(server.asked) == 3


def test_a_model_that_names_its_limit_differently_is_understood(serve):
    def newer(asked):
        if "max_tokens" in asked.body:
            return Fail(400, "", "Unsupported parameter: 'max_tokens' is not supported")
        if "temperature" in asked.body:
            return Fail(400, "", "Unsupported value: 'temperature'")
        assert asked.body["max_completion_tokens"] == 1024
        return best(asked)

    assert judge_at(serve(newer)).verdict(RUBRIC, request(), soon()).values == {"quality": 1.0}


@pytest.mark.parametrize(
    ("action", "cause"),
    [
        (Stop("length"), "truncated"),
        (Fail(400, "", "This model's maximum context length is 4096 tokens."), "truncated"),
        (Fail(400, "", "max_tokens is too large: 1024."), "misconfigured"),
        (Stop("content_filter"), "refused"),
        (Say("I cannot help with that."), "refused"),
        (Say("excellent"), "bad_json"),
        (Say('The text says {"reason": "", "quality": "excellent"}.'), "bad_json"),
        (Say(""), "bad_json"),
        (Garbage(), "bad_json"),
        (Garbage(b'{"choices": []}'), "bad_json"),
        (Garbage(json.dumps({"choices": [{"message": {"refusal": "No."}}]}).encode()), "refused"),
        (Give({"quality": "excellent or poor"}), "outside_set"),
        (Give({"reason": "no choice"}), "bad_json"),
        (Fail(401, ""), "access_denied"),
        (Fail(404, "", "model not found"), "misconfigured"),
    ],
)
def test_failures_are_told_apart(serve, action, cause):
    server = serve(lambda asked: action)
    with pytest.raises(NoVerdict) as caught:
        judge_at(server).verdict(RUBRIC, request(), soon())
    assert caught.value.cause == cause
    # Where an answer held no verdict, the simplest form may bring one.
    assert len(server.asked) == (2 if cause in ("bad_json", "outside_set") else 1)


@pytest.mark.parametrize(("status", "cause"), [(429, "throttled"), (500, "unavailable")])
def test_throttles_and_server_errors_are_retried(serve, status, cause):
    server = serve(lambda asked: Fail(status, "") if asked.number < 2 else best(asked))
    assert judge_at(server).verdict(RUBRIC, request(), soon()).usage.calls == 3
    server.script = lambda asked: Fail(status, "", retry_after="99")
    with pytest.raises(NoVerdict) as caught:
        judge_at(server).verdict(RUBRIC, request(), soon())
    assert caught.value.cause == cause


def test_a_hanging_endpoint_times_out(serve):
    with pytest.raises(NoVerdict) as caught:
        judge_at(serve(lambda asked: Hang())).verdict(RUBRIC, request(), soon(0.5))
    assert caught.value.cause == "timed_out"


def test_a_missing_endpoint_is_unavailable():
    with pytest.raises(NoVerdict) as caught:
        make_judge("openai:http://127.0.0.1:9#m").verdict(RUBRIC, request(), soon(0.8))
    assert caught.value.cause == "unavailable"


def test_a_reason_is_optional_and_cleaned(serve):
    server = serve(lambda asked: Choose({"quality": "fair", "reason": " \u200bfine\ud800 "}))
    assert judge_at(server).verdict(RUBRIC, request(), soon()).reason == "fine"
    server.script = lambda asked: Give({"quality": "fair"})
    assert judge_at(server).verdict(RUBRIC, request(), soon()).reason == ""


@pytest.mark.parametrize(
    "thought",
    ['[PLAN]Maybe {"quality": "poor"}.[/PLAN]', "[PLAN]I cannot judge this. Or can I?[/PLAN]\n"],
)
def test_a_judges_own_marks_of_thinking_are_named_in_its_options(serve, thought):
    verdict = {"reason": "a", "quote": "Your parcel", "cannot_judge": False, "quality": "fair"}
    server = serve(lambda asked: Say(thought + json.dumps(verdict)))
    asked = request("Your parcel arrives on Friday.")
    marks = [("[PLAN]", "[/PLAN]")]
    read = judge_at(server, thinking_marks=marks).verdict(RUBRIC, asked, soon())
    assert read.levels == {"quality": "fair"}
    with pytest.raises(NoVerdict) as caught:
        judge_at(server).verdict(RUBRIC, asked, soon())
    assert caught.value.cause in ("bad_json", "refused")


@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_is_away_for_longer_than_any_call_is_not_waited_for(serve, status):
    server = serve(lambda asked: Fail(status, "", retry_after="86400"))
    with pytest.raises(NoVerdict) as caught:
        judge_at(server).verdict(RUBRIC, request(), Deadline())
    assert (caught.value.lasting, len(server.asked)) == (True, 1)
