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


def named(name, arguments):
    return {"function": {"name": name, "arguments": arguments}}


def called(*arguments):
    return [named("record_verdict", given) for given in arguments]


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
        ({"content": [{"type": "refusal", "refusal": "No."}]}, "refused"),
        ({"tool_calls": [named("record_verdict", f"```json\n{habits.ONE}\n```")]}, "fair"),
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
        ({"error": "model 'x' not found"}, "misconfigured"),
        ({"error": {"code": "invalid_api_key", "message": "wrong"}}, "access_denied"),
        ({"error": {"code": "rate_limit_exceeded", "message": "slow down"}}, "throttled"),
        ({"object": "error", "message": "no such model", "code": 404}, "misconfigured"),
        (
            {"choices": None, "base_resp": {"status_code": 1004, "status_msg": "login fail"}},
            "access_denied",
        ),
        ({**chat(), "base_resp": {"status_code": 0}, "error": {}}, "fair"),
        ({"choices": [{"delta": chat()["choices"][0]["message"]}]}, "fair"),
        ({"error": {"code": 502, "message": "upstream"}}, "unavailable"),
        ({"choices": [{"error": {"code": 503}, "message": {}}]}, "unavailable"),
        ({**chat(), "usage": None}, "fair"),
        ({"choices": [{**chat()["choices"][0], "finish_reason": None}]}, "fair"),
    ],
)
def test_bodies_of_every_shape_are_read(serve, body, end):
    server = serve(lambda asked: Garbage(json.dumps(body).encode()))
    assert ends(judge_of(server, "chat"), seconds=0.8) == end


@pytest.mark.parametrize(("ending", "end"), list(habits.endings()))
def test_an_answer_that_did_not_end_well_is_none(serve, ending, end):
    body = {"choices": [{**chat()["choices"][0], "finish_reason": ending}]}
    server = serve(lambda asked: Garbage(json.dumps(body).encode()))
    assert ends(judge_of(server, "chat"), seconds=0.8) == end


def streamed(*deltas, before="", ended: str | None = "stop"):
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append({"choices": [{"delta": {}, "finish_reason": ended}]})
    return (
        before + "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    )


HALVES = [{"content": habits.ONE[:20]}, {"content": habits.ONE[20:]}]
CALL = [
    {"tool_calls": [{"index": 0, "function": {"name": name, "arguments": text}}]}
    for name, text in (("record_", ""), ("verdict", habits.ONE[:20]), ("", habits.ONE[20:]))
]
COMMENTS = ": PROCESSING\n\n: PROCESSING\n\n"


@pytest.mark.parametrize(
    ("body", "end"),
    [
        (streamed({"role": "assistant"}, *HALVES), "fair"),
        (streamed(*HALVES, before=COMMENTS), "fair"),
        (streamed(*HALVES).replace("data:", "event: message\ndata:").replace("\n", "\r\n"), "fair"),
        (streamed({"reasoning_content": habits.BEST}, *HALVES), "fair"),
        (streamed(*CALL), "fair"),
        (streamed(*({"function_call": one["tool_calls"][0]["function"]} for one in CALL)), "fair"),
        (streamed(*({"content": [part(half["content"])]} for half in HALVES)), "fair"),
        (streamed({"refusal": "I can't"}, {"refusal": " do that."}), "refused"),
        (re.sub(r"data: |\[DONE\]|\n(?=\n)", "", streamed(*HALVES)), "fair"),  # a chunk a line
        (streamed(*CALL[1:]), "bad_json"),
        (streamed(HALVES[0], ended="length"), "truncated"),
        (streamed(HALVES[0], ended="content_filter"), "refused"),
        (streamed(HALVES[0], ended=None), "bad_json"),
        (streamed(HALVES[0]) + 'data: {"error": {"code": 429}}\n\n', "throttled"),
        ("data: {\n\n", "bad_json"),
        ("data: 5\n\ndata: []\n\ndata: [DONE]\n\n", "bad_json"),
        ("\n\n  \n" + json.dumps(chat()), "fair"),
        (COMMENTS + json.dumps(chat()), "fair"),
        ("\ufeff" + json.dumps(chat()), "fair"),
        (COMMENTS, "bad_json"),
        ("", "bad_json"),
    ],
)  # fmt: skip
def test_answers_that_stream_unasked_are_read(serve, body, end):
    server = serve(lambda asked: Garbage(body.encode()))
    assert ends(judge_of(server, "chat"), seconds=0.8) == end


def tagged(asked, text=habits.TAGGED):
    return text.replace("{tag}", tag_in(asked))


@pytest.mark.parametrize(
    ("message", "end"),
    [
        (lambda t: {"content": None, "reasoning_content": t}, "fair"),
        (lambda t: {"content": "", "thinking": t}, "fair"),
        (lambda t: {"content": " ", "reasoning": f"```json\n{t}\n```"}, "fair"),
        (lambda t: {"content": None, "reasoning_content": f"Perhaps {t} or not."}, "bad_json"),
        (lambda t: {"content": habits.ONE, "reasoning": t.replace("fair", "poor")}, "fair"),
        (lambda t: {"tool_calls": [named("json_tool_call", t)]}, "fair"),
        (lambda t: {"tool_calls": [named("search", habits.ONE)]}, "bad_json"),
    ],
)  # fmt: skip
def test_a_verdict_in_the_wrong_place_is_known_by_its_tag(serve, message, end):
    def script(asked):
        return Garbage(json.dumps(chat(**{"content": None, **message(tagged(asked))})).encode())

    assert ends(judge_of(serve(script), "chat")) == end


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
        (Fail(413, "", "on tokens per minute (TPM): Limit 6000, Requested 12000"), "truncated"),
        (Fail(422, "", "`inputs` tokens + `max_new_tokens` must be <= 4096"), "truncated"),
        (Fail(400, "", "exceeds the maximum number of tokens allowed (1048576)"), "truncated"),
        (Fail(400, "", "This model's maximum prompt length is 131072"), "truncated"),
        (Fail(400, "", "The prompt is longer than the maximum model length of 4096"), "truncated"),
        (Fail(400, "", "max_tokens is too large: 32768"), "misconfigured"),
        (Fail(403, "", "Content violates usage guidelines. Failed check: SAFETY_CHECK"), "refused"),
        (Fail(403, "", "your input was flagged for violence"), "refused"),
        (Fail(400, "", "data_inspection_failed"), "refused"),
        (Fail(424, "", "Prompt blocked due to security configurations"), "refused"),
        (Fail(446, "", "The guardrail checks defined in the config failed"), "refused"),
        (Fail(400, "", "API key not valid. Please pass a valid API key."), "access_denied"),
        (Fail(400, "", "json_validate_failed: see 'failed_generation'"), "bad_json"),
        (Fail(500, "", "model requires more system memory (44.7 GiB)"), "misconfigured"),
        (Fail(500, "", "CUDA out of memory"), "unavailable"),
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


@pytest.mark.parametrize(
    ("message", "header"),
    [
        ("Please retry after 33 seconds.", None),
        ("Please try again in 6m0s.", None),
        ('"retryDelay": "37s"', None),
        ("slow down", "Wed, 01 Jan 2200 00:00:00 GMT"),
    ],
)
def test_who_asks_to_wait_for_longer_than_there_is_time_is_not_asked_again(serve, message, header):
    server = serve(lambda asked: Fail(429, "", message, header))
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
