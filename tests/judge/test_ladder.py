"""The form of a request follows what the model does with it; a service that is gone ends a run."""

import json
import socket
import threading
import time
from contextlib import suppress

import pytest

from tests.judge.converse_server import Fail, Give, Say, best, completion_in
from tests.judge.rubrics import BEDROCK, RUBRIC, request, soon
from touchstone.judge import JudgeOptions, NoVerdict, make_judge
from touchstone.judge.breaker import Breaker


def said(asked):
    """Returns a verdict in words, with its quote."""
    return Say(json.dumps({"reason": "a", "quote": completion_in(asked.text), "quality": "fair"}))


def openai_at(server, **options):
    return make_judge(f"openai:{server.url}/v1#m", JudgeOptions(**options))


def levels(judge, completion="Oslo."):
    return judge.verdict(RUBRIC, request(completion), soon()).levels["quality"]


def in_words_only(asked):
    """Takes a schema and a tool without a word, and ignores both."""
    formed = "response_format" in asked.body or "toolConfig" in asked.body
    return Say("It does a part.") if formed else said(asked)


@pytest.mark.parametrize("scheme", ["converse", "chat"])
def test_a_form_in_which_no_verdict_ever_comes_is_given_up(serve, scheme):
    server = serve(in_words_only)
    judge = make_judge(BEDROCK) if scheme == "converse" else openai_at(server)
    calls = []
    for number in range(5):
        before = len(server.asked)
        assert levels(judge, f"Answer {number}") == "fair"
        calls.append(len(server.asked) - before)
    assert calls == [2, 2, 2, 1, 1]


def test_a_form_in_which_verdicts_come_is_kept_for_all_its_lapses(serve):
    server = serve(best)
    judge = make_judge(BEDROCK)
    levels(judge)
    server.script = in_words_only
    for number in range(5):
        levels(judge, f"Answer {number}")
    server.script = best
    levels(judge, "the last")
    assert "tool" in server.asked[-1].body["toolConfig"]["toolChoice"]


def test_a_broken_tool_call_is_answered_in_words_at_once(serve):
    def nova(asked):
        if "toolConfig" in asked.body:
            broken = "Model produced invalid sequence as part of ToolUse"
            return Fail(424, "ModelErrorException", broken)
        return said(asked)

    server = serve(nova)
    assert levels(make_judge(BEDROCK)) == "fair"
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "message",
    [
        "This model doesn't support system messages. Try again without system messages.",
        "System role not supported",
        "Conversation roles must alternate user/assistant/user/assistant/...",
        "messages[0].role does not support 'system' with this model",
    ],
)
def test_a_model_without_system_messages_is_told_all_by_the_user(serve, message):
    def plain(asked):
        first = asked.body["messages"][0]["role"]
        return Fail(400, "", message) if first == "system" else best(asked)

    assert levels(openai_at(serve(plain))) == "excellent"


def test_a_converse_model_without_system_messages_is_told_all_by_the_user(serve):
    def titan(asked):
        said = "This model doesn't support system messages."
        return Fail(400, "ValidationException", said) if "system" in asked.body else best(asked)

    server = serve(titan)
    assert levels(make_judge(BEDROCK)) == "excellent"
    assert "You judge one completion" in server.asked[-1].text


def test_a_schema_without_the_key_that_is_refused_keeps_the_forced_tool(serve):
    def nova(asked):
        if "additionalProperties" in json.dumps(asked.body):
            said = "toolConfig.tools.0.toolSpec.inputSchema.json: additionalProperties not allowed"
            return Fail(400, "ValidationException", said)
        return best(asked)

    server = serve(nova)
    assert levels(make_judge(BEDROCK)) == "excellent"
    assert "tool" in server.asked[-1].body["toolConfig"]["toolChoice"]
    assert len(server.asked) == 2


def test_what_is_long_and_shared_has_a_cache_point_unless_it_is_refused(serve):
    def uncached(asked):
        blocks = asked.body["messages"][0]["content"]
        said = "You do not have access to explicit prompt caching"
        pointed = any("cachePoint" in block for block in blocks)
        return Fail(400, "ValidationException", said) if pointed else best(asked)

    server = serve(best)
    judge = make_judge(BEDROCK)
    judge.verdict(RUBRIC, request(context={"source": "a word " * 1000}), soon())
    shared, point, own = server.asked[0].body["messages"][0]["content"]
    assert point == {"cachePoint": {"type": "default"}}
    assert "COMPLETION" not in shared["text"]
    assert "a word" not in own["text"]
    server.script = uncached
    judge.verdict(RUBRIC, request("x y", context={"source": "a word " * 1000}), soon())
    assert len(server.asked[-1].body["messages"][0]["content"]) == 2


@pytest.mark.parametrize(
    "fail",
    [
        Fail(401, "", "bad key"),
        Fail(404, "", "model not found"),
        Fail(402, "", "payment required"),
        Fail(429, "", "insufficient_quota"),
    ],
)
def test_a_service_that_answers_nobody_is_asked_three_times(serve, fail):
    server = serve(lambda asked: fail)
    judge = openai_at(server)
    for number in range(20):
        with pytest.raises(NoVerdict) as caught:
            judge.verdict(RUBRIC, request(f"Answer {number}"), soon())
        assert caught.value.lasting
        assert caught.value.fault().blame == "ours"
    assert len(server.asked) == 3


def test_an_endpoint_that_is_not_there_is_given_up_at_the_first_row():
    judge = make_judge("openai:http://127.0.0.1:9#m")
    with pytest.raises(NoVerdict) as caught:
        judge.verdict(RUBRIC, request(), soon())
    assert (caught.value.cause, caught.value.lasting) == ("unavailable", True)
    assert caught.value.usage.calls == 3


def test_one_refusal_among_answers_stops_nothing(serve):
    def sometimes(asked):
        return Fail(403, "", "blocked") if asked.number % 2 else best(asked)

    server = serve(sometimes)
    judge = openai_at(server)
    for number in range(30):
        try:
            levels(judge, f"Answer {number}")
        except NoVerdict as fault:
            assert fault.cause == "access_denied"  # noqa: PT017
    assert len(server.asked) == 30


def test_a_service_that_is_back_is_asked_again():
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(3):
        breaker.failed(NoVerdict("access_denied", "no", lasting=True))
    with pytest.raises(NoVerdict):
        breaker.check()
    now[0] = 11.0
    breaker.check()
    with pytest.raises(NoVerdict):
        breaker.check()
    breaker.answered()
    breaker.check()


def dripping(head, pause_s=0.05):
    """Serves an answer byte by byte, for ever, and returns its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve_one(conn):
        with conn, suppress(OSError):
            conn.recv(1_000_000)
            conn.sendall(head)
            while True:
                time.sleep(pause_s)
                conn.sendall(b"x")

    def serve():
        while True:
            conn, _ = listening.accept()
            threading.Thread(target=serve_one, args=(conn,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listening.getsockname()[1]


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n",
    ],
)
@pytest.mark.parametrize("scheme", ["converse", "chat"])
def test_an_answer_that_comes_byte_by_byte_ends_with_the_time(serve, monkeypatch, scheme, head):
    serve(best)
    port = dripping(head)
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", f"http://127.0.0.1:{port}")
    judge = make_judge(BEDROCK if scheme == "converse" else f"openai:http://127.0.0.1:{port}/v1#m")
    with pytest.raises(NoVerdict) as caught:
        judge.verdict(RUBRIC, request(), soon(1.0))
    assert caught.value.cause == "timed_out"


def test_a_verdict_by_another_name_is_none(serve):
    serve(lambda asked: Give({"reason": "a", "grade": "excellent"}))
    with pytest.raises(NoVerdict):
        levels(make_judge(BEDROCK))
