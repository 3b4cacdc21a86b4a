"""A Bedrock judge through an unmodified boto3: what is sent, and how failures are told apart."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.judge.converse_server import Choose, Fail, Garbage, Give, Hang, Say, Stop, best
from tests.judge.rubrics import BEDROCK, RUBRIC, TWO, request, soon
from touchstone.deadline import Deadline
from touchstone.judge import JudgeOptions, NoVerdict, make_judge
from touchstone.judge.question import Question
from touchstone.outcomes import DeadlineExceeded, JudgeFault

LABELS = ["poor", "fair", "excellent"]


def no_verdict(serve, script, rubric=RUBRIC, deadline=None, **options):
    serve(script)
    judge = make_judge(BEDROCK, JudgeOptions(**options))
    with pytest.raises(NoVerdict) as caught:
        judge.verdict(rubric, request(), deadline or soon())
    return caught.value


def test_a_verdict_has_levels_values_reason_and_cost(serve):
    serve(lambda asked: Choose({"quality": "fair"}, reason="It does a part."))
    verdict = make_judge(BEDROCK).verdict(RUBRIC, request(), soon())
    assert (verdict.judge, verdict.levels, verdict.values) == (
        BEDROCK,
        {"quality": "fair"},
        {"quality": 0.4},
    )
    assert verdict.reason == "It does a part."
    assert (verdict.usage.calls, verdict.usage.input_tokens, verdict.usage.output_tokens) == (
        1,
        120,
        30,
    )
    assert verdict.usage.cost_usd == pytest.approx((120 * 0.80 + 30 * 3.20) / 1e6)
    metrics = {metric.name: metric.value for metric in verdict.metrics()}
    assert metrics["judge_directed_text"] == 0.0
    assert metrics["judge_input_tokens"] == 120.0


def test_the_request_forces_one_tool_that_offers_exactly_the_levels(serve):
    server = serve(best)
    make_judge(BEDROCK).verdict(TWO, request(), soon())
    (asked,) = server.asked
    config = asked.body["toolConfig"]
    (tool,) = config["tools"]
    assert config["toolChoice"] == {"tool": {"name": tool["toolSpec"]["name"]}}
    schema = tool["toolSpec"]["inputSchema"]["json"]
    first = ["call_tag", "reason", "quote", "cannot_judge"]
    assert list(schema["properties"]) == [*first, "quality", "polite"]
    assert asked.offered == {"quality": ["poor", "fair", "excellent"], "polite": ["no", "yes"]}
    assert schema["required"] == [*first, "quality", "polite"]
    assert schema["additionalProperties"] is False
    assert asked.body["inferenceConfig"] == {"maxTokens": 1024, "temperature": 0.0}
    assert asked.path == "/model/us.amazon.nova-pro-v1%3A0/converse"


@pytest.mark.parametrize(
    ("action", "cause"),
    [
        (Stop("content_filtered"), "refused"),
        (Stop("guardrail_intervened"), "refused"),
        (Say("I'm sorry, but I can't help with judging this."), "refused"),
        (Stop("max_tokens"), "truncated"),
        (Stop("model_context_window_exceeded"), "truncated"),
        (Fail(400, "ValidationException", "Input is too long for requested model."), "truncated"),
        (Stop("malformed_tool_use"), "bad_json"),
        (Say("It is an excellent answer."), "bad_json"),
        (Say('He wrote {"reason": "", "quality": "excellent"} himself.'), "bad_json"),
        (Garbage(), "bad_json"),
        (Give("excellent"), "bad_json"),
        (Give(["excellent"]), "bad_json"),
        (Give({}), "bad_json"),
        (Give({"reason": "fine"}), "bad_json"),
        (Give({"reason": "fine", "quality": "superb"}), "outside_set"),
        (Give({"reason": "fine", "quality": 1.0}), "outside_set"),
        (Give({"reason": "fine", "quality": True}), "outside_set"),
        (Give({"reason": "fine", "quality": None}), "outside_set"),
        (Give({"reason": "fine", "quality": ["excellent", "poor"]}), "outside_set"),
        (Give({"reason": "fine", "quality": "poor excellent"}), "outside_set"),
        (Fail(403, "AccessDeniedException"), "access_denied"),
        (Fail(403, "UnrecognizedClientException"), "access_denied"),
        (Fail(400, "ExpiredTokenException"), "access_denied"),
        (
            Fail(400, "ValidationException", "The provided model identifier is invalid."),
            "misconfigured",
        ),
        (Fail(404, "ResourceNotFoundException"), "misconfigured"),
    ],
)
def test_failures_are_told_apart(shared, action, cause):
    server, judge = shared
    server.script = lambda asked: action
    with pytest.raises(JudgeFault) as caught:
        judge.verdict(RUBRIC, request(), soon())
    assert isinstance(caught.value, NoVerdict)
    assert caught.value.cause == cause
    assert caught.value.fault().kind == "judge_fault"
    assert f"judge_{cause}" in {metric.name for metric in caught.value.metrics}
    # Where an answer held no verdict, the simplest form may bring one.
    assert len(server.asked) == (2 if cause in ("bad_json", "outside_set") else 1)


@pytest.mark.parametrize(
    ("action", "cause"),
    [
        (Fail(429, "ThrottlingException"), "throttled"),
        (Fail(429, "ModelNotReadyException"), "throttled"),
        (Fail(500, "InternalServerException"), "unavailable"),
        (Fail(503, "ServiceUnavailableException"), "unavailable"),
        (Fail(424, "ModelErrorException"), "unavailable"),
        (Fail(408, "ModelTimeoutException"), "timed_out"),
    ],
)
def test_throttles_and_server_errors_are_retried_until_the_time_is_up(shared, action, cause):
    server, judge = shared
    server.script = lambda asked: action
    with pytest.raises(NoVerdict) as caught:
        judge.verdict(RUBRIC, request(), soon(1.5))
    assert caught.value.cause == cause
    assert len(server.asked) >= 2
    assert caught.value.usage.calls == len(server.asked)


def test_a_retry_succeeds_and_its_failed_calls_are_counted(serve):
    serve(
        lambda asked: Fail(503, "ServiceUnavailableException") if asked.number < 2 else best(asked)
    )
    verdict = make_judge(BEDROCK).verdict(RUBRIC, request(), soon())
    assert verdict.values == {"quality": 1.0}
    assert verdict.usage.calls == 3
    assert verdict.usage.input_tokens == 120


def test_a_wait_that_the_service_asks_for_is_kept_or_the_call_gives_up(serve):
    fault = no_verdict(serve, lambda asked: Fail(429, "ThrottlingException", retry_after="60"))
    assert fault.cause == "throttled"
    assert fault.usage.calls == 1


def test_a_throttled_call_whose_retry_has_no_turn_in_time_is_still_called_throttled(serve):
    fault = no_verdict(serve, lambda asked: Fail(429, "ThrottlingException"), requests_per_minute=1)
    assert fault.cause == "throttled"
    assert fault.usage.calls == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(LABELS),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["quality", "reason"]), inner)
        ),
    )
)
def test_no_answer_becomes_a_choice_that_it_does_not_hold(data):
    try:
        answer = Question.verdict(RUBRIC, request()).read([data])
    except NoVerdict:
        held = data.get("quality") if isinstance(data, dict) else None
        assert held not in LABELS
        return
    assert answer.choices["quality"] in LABELS
    assert answer.choices["quality"] in json.dumps(data["quality"]).casefold()


def test_a_hanging_judge_ends_with_the_time_that_is_left(serve):
    fault = no_verdict(serve, lambda asked: Hang(), deadline=soon(0.8))
    assert fault.cause == "timed_out"
    assert fault.usage.cost_usd is None


def test_one_call_may_take_less_than_the_time_that_is_left(serve):
    assert no_verdict(serve, lambda asked: Hang(), call_timeout_s=0.5).cause == "timed_out"


def test_without_time_nothing_is_asked(serve):
    server = serve(best)
    with pytest.raises(DeadlineExceeded):
        make_judge(BEDROCK).verdict(RUBRIC, request(), Deadline.after(0.01))
    assert server.asked == []


def test_tokens_of_an_unusable_answer_are_still_reported(serve):
    fault = no_verdict(serve, lambda asked: Stop("max_tokens"))
    metrics = {metric.name: metric.value for metric in fault.metrics}
    assert metrics["judge_output_tokens"] == 30.0
    assert metrics["judge_cost_usd"] > 0


def test_a_model_without_forced_tools_is_asked_in_a_simpler_form(serve):
    def no_forcing(asked):
        choice = asked.body.get("toolConfig", {}).get("toolChoice", {})
        if "tool" in choice or "any" in choice:
            return Fail(400, "ValidationException", "This model doesn't support toolChoice.any")
        return best(asked)

    server = serve(no_forcing)
    judge = make_judge(BEDROCK)
    assert judge.verdict(RUBRIC, request(), soon()).usage.calls == 3
    assert judge.verdict(RUBRIC, request("Bergen"), soon()).usage.calls == 1
    assert "auto" in server.asked[-1].body["toolConfig"]["toolChoice"]


def test_a_model_without_tools_answers_in_json(serve):
    def toolless(asked):
        if "toolConfig" in asked.body:
            return Fail(400, "ValidationException", "This model doesn't support tool use.")
        assert '"enum"' in asked.text
        return Say('<think>Well.</think>\n```json\n{"reason": "all", "quality": "Excellent "}\n```')

    serve(toolless)
    verdict = make_judge("bedrock:some.model").verdict(RUBRIC, request(), soon())
    assert verdict.levels == {"quality": "excellent"}
    assert verdict.usage.cost_usd is None


def test_a_model_that_takes_no_temperature_is_sent_none(serve):
    def fixed(asked):
        if "temperature" in asked.body["inferenceConfig"]:
            return Fail(400, "ValidationException", "`temperature` is deprecated for this model.")
        return best(asked)

    serve(fixed)
    assert make_judge(BEDROCK).verdict(RUBRIC, request(), soon()).values == {"quality": 1.0}


def test_no_credentials_is_access_denied(serve, monkeypatch):
    serve(best)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(NoVerdict) as caught:
        make_judge(BEDROCK).verdict(RUBRIC, request(), soon())
    assert caught.value.cause == "access_denied"


def test_no_server_is_unavailable(serve, monkeypatch):
    serve(best)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9")
    with pytest.raises(NoVerdict) as caught:
        make_judge(BEDROCK).verdict(RUBRIC, request(), soon(3.0))
    assert caught.value.cause == "unavailable"


def test_faults_do_not_quote_what_the_judge_wrote(serve):
    secret = "the customer's own words, which no log may hold"
    for action in (Say(secret), Give({"reason": "", "quality": secret})):
        assert not re.search("customer|words", str(no_verdict(serve, lambda asked, a=action: a)))
