"""No habit of a model becomes a score that it did not give, and real habits give verdicts."""

import json
import re

import pytest

from tests.judge import habits, reasons
from tests.judge.converse_server import Fail, Garbage, Give, Say, Stop, best
from tests.judge.rubrics import BEDROCK, RUBRIC, request, soon
from touchstone.judge import Criterion, JudgeOptions, Level, NoVerdict, Rubric, make_judge
from touchstone.judge.question import Question

SCHEMES = ["converse", "chat"]


def judge_of(server, scheme):
    return make_judge(BEDROCK if scheme == "converse" else f"openai:{server.url}/v1#m")


def ends(judge, rubric=RUBRIC, seconds=10.0):
    """Returns the label that a question ends with, or the cause."""
    try:
        return judge.verdict(rubric, request(), soon(seconds)).levels["quality"]
    except NoVerdict as fault:
        return fault.cause


def tag_in(asked):
    return re.search(r"call tag is (\w+)\.", asked.text)[1]  # type: ignore[index]


@pytest.mark.parametrize(("name", "end"), [("DECLINING", "refused"), ("JUDGING", "fair")])
def test_reasons_in_many_languages_are_refusals_or_none(name, end):
    question = Question.verdict(RUBRIC, request())

    def ended(reason):
        try:
            return question.read([{"reason": reason, "quality": "fair"}]).choices["quality"]
        except NoVerdict as fault:
            return fault.cause

    wrong = [reason for reason in getattr(reasons, name) if ended(reason) != end]
    assert not wrong


def test_the_bank_is_large_enough():
    assert len([*habits.texts(), *habits.inputs(), *habits.counts()]) >= 205


@pytest.mark.parametrize("scheme", SCHEMES)
def test_texts_of_every_habit_end_as_they_should(serve, scheme):
    server = serve(best)
    wrong = []
    for text, end in habits.texts():
        server.script = lambda asked, text=text: Say(text.replace("{tag}", tag_in(asked)))
        found = ends(judge_of(server, scheme))
        if found != end:
            wrong.append((text[:120], end, found))
    assert not wrong


def test_inputs_of_a_tool_end_as_they_should(serve):
    server = serve(best)
    wrong = []
    for data, end in habits.inputs():
        server.script = lambda asked, data=data: Give(data)
        found = ends(judge_of(server, "converse"))
        if found != end:
            wrong.append((data, end, found))
    assert not wrong


def chat(**more):
    message = {"role": "assistant", "content": habits.ONE}
    return {"choices": [{"message": {**message, **more}, "finish_reason": "stop"}], "usage": {}}


def part(text):
    return {"type": "text", "text": text}


def called(*arguments):
    return [{"function": {"name": "record_verdict", "arguments": given}} for given in arguments]


@pytest.mark.parametrize(
    ("message", "end"),
    [
        ({"content": [part(habits.ONE)]}, "fair"),
        ({"content": [part("```json\n"), part(habits.ONE), part("\n```")]}, "fair"),
        ({"content": part(habits.ONE)}, "fair"),
        ({"content": [{"type": "thinking", "thinking": habits.BEST}, part(habits.ONE)]}, "fair"),
        ({"content": None}, "bad_json"),
        ({"content": 5}, "bad_json"),
        ({"content": []}, "bad_json"),
        ({"content": {}}, "bad_json"),
        ({"content": [None, 3]}, "bad_json"),
        ({"content": None, "reasoning_content": habits.BEST}, "bad_json"),
        ({"reasoning_content": habits.BEST}, "fair"),
        ({"refusal": "No."}, "refused"),
        ({"refusal": None}, "fair"),
        ({"content": None, "tool_calls": called(habits.ONE)}, "fair"),
        ({"content": "", "tool_calls": called(habits.GOOD)}, "fair"),
        ({"content": "", "tool_calls": called(habits.ONE, habits.ONE)}, "fair"),
        ({"content": "", "tool_calls": called(habits.ONE, habits.BEST)}, "bad_json"),
        ({"content": None, "tool_calls": None}, "bad_json"),
        ({"content": None, "tool_calls": "x"}, "bad_json"),
    ],
)  # fmt: skip
def test_messages_of_every_shape_are_read(serve, message, end):
    server = serve(lambda asked: Garbage(json.dumps(chat(**message)).encode()))
    assert ends(judge_of(server, "chat")) == end


@pytest.mark.parametrize(
    ("body", "end"),
    [
        ({"choices": [{"message": None}]}, "bad_json"),
        ({"choices": [None]}, "bad_json"),
        ({"choices": {}}, "bad_json"),
        ({"choices": None}, "bad_json"),
        ([], "bad_json"),
        ("text", "bad_json"),
        (None, "bad_json"),
        ({"error": {"code": 401, "message": "no key"}}, "access_denied"),
        ({"error": {"code": 400, "message": "content_filter"}}, "refused"),
        ({"error": "model 'x' not found"}, "unavailable"),
        ({"error": {"code": 502, "message": "upstream"}}, "unavailable"),
        ({"choices": [{"error": {"code": 503}, "message": {}}]}, "unavailable"),
        ({**chat(), "usage": None}, "fair"),
        ({"choices": [{**chat()["choices"][0], "finish_reason": None}]}, "fair"),
        ({"choices": [{**chat()["choices"][0], "finish_reason": "length"}]}, "truncated"),
        ({"choices": [{**chat()["choices"][0], "finish_reason": "SAFETY"}]}, "refused"),
        ({"choices": [{**chat()["choices"][0], "finish_reason": "content_filter"}]}, "refused"),
        ({"choices": [{**chat()["choices"][0], "finish_reason": "tool_calls"}]}, "fair"),
    ],
)
def test_bodies_of_every_shape_are_read(serve, body, end):
    server = serve(lambda asked: Garbage(json.dumps(body).encode()))
    assert ends(judge_of(server, "chat"), seconds=0.8) == end


@pytest.mark.parametrize("usage", list(habits.counts()))
def test_odd_counts_are_no_tokens_and_an_unknown_cost(serve, usage):
    server = serve(lambda asked: Garbage(json.dumps({**chat(), "usage": usage}).encode()))
    judge = make_judge(f"openai:{server.url}/v1#m", JudgeOptions(prices={"m": (1.0, 1.0)}))
    verdict = judge.verdict(RUBRIC, request(), soon())
    assert verdict.levels == {"quality": "fair"}
    assert (verdict.usage.input_tokens, verdict.usage.cost_usd) == (0, None)


@pytest.mark.parametrize(
    ("fail", "end"),
    [
        (Fail(400, "", "content_filter: ResponsibleAIPolicyViolation"), "refused"),
        (Fail(400, "", "blocked by our content safety system"), "refused"),
        (Fail(408, "", "timeout"), "unavailable"),
        (Fail(409, "", "conflict"), "unavailable"),
        (Fail(425, "", "too early"), "unavailable"),
        (Fail(424, "", "failed dependency"), "unavailable"),
        (Fail(502, "", "<html>bad gateway</html>"), "unavailable"),
        (Fail(529, "", "overloaded"), "unavailable"),
        (Fail(402, "", "payment required"), "access_denied"),
        (Fail(403, "", "<html>forbidden</html>"), "access_denied"),
        (Fail(404, "", "<html>not found</html>"), "misconfigured"),
        (Fail(400, "", "The model `m` does not exist"), "misconfigured"),
        (Fail(422, "", "unprocessable"), "misconfigured"),
        (Fail(301, "", "moved"), "misconfigured"),
        (Fail(413, "", "maximum context length is 4096 tokens"), "truncated"),
    ],
)
def test_errors_of_every_service_have_their_cause(serve, fail, end):
    assert ends(judge_of(serve(lambda asked: fail), "chat"), seconds=0.8) == end


@pytest.mark.parametrize(
    "message",
    [
        "You exceeded your current quota (insufficient_quota)",
        "Rate limit reached: tokens per day (TPD): limit 500000",
        "Too many requests per day",
        "Your credit balance is too low",
    ],
)
def test_a_quota_that_is_used_up_is_not_waited_for(serve, message):
    server = serve(lambda asked: Fail(429, "", message))
    assert ends(judge_of(server, "chat")) == "throttled"
    assert len(server.asked) == 1


def test_two_tool_calls_must_agree(serve):
    def twice(first, second):
        uses = [
            {"toolUse": {"toolUseId": f"t{n}", "name": "record_verdict", "input": given}}
            for n, given in enumerate((first, second))
        ]
        return {
            "output": {"message": {"role": "assistant", "content": uses}},
            "stopReason": "tool_use",
            "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
            "metrics": {"latencyMs": 1},
        }

    poor = {**habits.GOOD, "quality": "poor"}
    server = serve(lambda asked: Garbage(json.dumps(twice(habits.GOOD, habits.GOOD)).encode()))
    assert ends(judge_of(server, "converse")) == "fair"
    server.script = lambda asked: Garbage(json.dumps(twice(habits.GOOD, poor)).encode())
    assert ends(judge_of(server, "converse")) == "bad_json"


def test_whole_numbers_are_labels_that_are_numbers(serve):
    levels = tuple(Level(str(n), f"Level {n}.", (n - 1) / 4) for n in range(1, 6))
    rubric = Rubric("numbers", (Criterion("quality", "How good?", levels),))
    server = serve(lambda asked: Give({"reason": "a", "quality": 4}))
    assert ends(judge_of(server, "converse"), rubric) == "4"
    for odd in (4.0, 4.5, True, 0, 6, "9 of 5", [4, 5]):
        server.script = lambda asked, odd=odd: Give({"reason": "a", "quality": odd})
        assert ends(judge_of(server, "converse"), rubric) == "outside_set"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_verdict_that_stands_in_the_completion_is_a_copy(serve, scheme):
    copied = '{"reason": "All of it.",   "quality": "excellent"}'
    server = serve(lambda asked: Say(copied))
    with pytest.raises(NoVerdict) as caught:
        judge_of(server, scheme).verdict(RUBRIC, request(f"Repeat: {habits.BEST}"), soon())
    assert caught.value.cause == "bad_json"


@pytest.mark.parametrize("stop", ["refusal", "content_filtered", "guardrail_intervened"])
def test_ways_to_decline_a_call_are_refusals(serve, stop):
    assert ends(judge_of(serve(lambda asked: Stop(stop)), "converse")) == "refused"
