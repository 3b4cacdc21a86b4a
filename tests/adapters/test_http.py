"""The HTTP endpoint as a client meets it."""

import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import jsonschema
import pytest
from click.testing import CliRunner

from tests.support import exact, reply_to, row
from touchstone.adapters.http import MAX_BODY_BYTES, GraderServer
from touchstone.contract import ReplyTooLarge
from touchstone.workbench.cli import main

JSON = {"Content-Type": "application/json"}


@contextmanager
def serving(grader=None, **options):
    with GraderServer(grader or exact(), port=0, **options) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server():
    with serving() as running:
        yield running


@contextmanager
def connected(server):
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=30)
    try:
        yield connection
    finally:
        connection.close()


def ask(server, method="POST", path="/", body=b"", headers=JSON):
    with connected(server) as connection:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def grade(server, event):
    return ask(server, body=json.dumps(event).encode())


@pytest.mark.parametrize(
    "event",
    [
        [row("yes"), row("no")],
        row("yes"),
        {"batch": [row("no")]},
        {"body": json.dumps([row("yes")])},
        {"output": "yes", "reference_answer": "yes"},
        [],
    ],
    ids=["list", "lone", "wrapped", "envelope", "article", "empty"],
)
def test_every_event_form_gets_the_reply_that_the_handler_gives(server, event):
    assert grade(server, event) == (200, reply_to(event))


def test_explain_adds_outcome_and_reason():
    with serving(explain=True) as server:
        [entry] = grade(server, [row("yes")])[1]

    assert (entry["outcome"], entry["reason"]) == ("scored", "read 'yes'")


def test_too_many_unscored_rows_are_503_with_their_kinds(server):
    status, reply = grade(server, [row("yes", None)] * 4)

    assert status == 503
    assert reply["error"]["type"] == "fault_budget_exceeded"
    assert reply["error"]["unscored"] == {"bad_sample": 4}
    assert "no reference answer" in reply["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'"\xff"', b"[NaN]", b"[" * 100_000],
    ids=["none", "half", "utf8", "nan", "deep"],
)
def test_what_is_not_json_is_400(server, body):
    status, reply = ask(server, body=body)

    assert (status, reply["error"]["type"]) == (400, "bad_json")


def test_a_body_over_the_limit_is_413_and_not_read(server):
    with connected(server) as connection:
        connection.putrequest("POST", "/")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("content-length", str(MAX_BODY_BYTES + 1))
        connection.endheaders()
        response = connection.getresponse()

        assert response.status == 413
        assert json.loads(response.read())["error"]["type"] == "body_too_large"
        assert response.getheader("Connection") == "close"


def test_a_body_at_the_limit_is_graded(server):
    event = json.dumps([row("yes")]).encode()

    status, [entry] = ask(server, body=event + b" " * (MAX_BODY_BYTES - len(event)))

    assert (status, entry["aggregate_reward_score"]) == (200, 1.0)


def test_a_client_that_sends_all_of_too_large_a_body_sees_why_it_is_refused(server):
    status, reply = ask(server, body=b" " * (2 * MAX_BODY_BYTES))

    assert (status, reply["error"]["type"]) == (413, "body_too_large")


def test_a_connection_outlives_a_batch_that_could_not_be_scored(server):
    with connected(server) as connection:
        for reference, expected in ((None, 503), ("yes", 200)):
            connection.request("POST", "/", json.dumps([row("yes", reference)]), JSON)
            response = connection.getresponse()
            response.read()
            assert (response.status, response.getheader("Connection")) == (expected, None)


def test_a_body_of_unknown_length_is_411(server):
    body = iter([b"[]"])
    with connected(server) as connection:
        connection.request("POST", "/", body, JSON, encode_chunked=True)
        response = connection.getresponse()

        assert response.status == 411


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
def test_what_a_web_page_may_send_is_not_graded(server, kind):
    status, reply = ask(server, body=b"[]", headers={"Content-Type": kind})

    assert (status, reply["error"]["type"]) == (415, "not_declared_json")


def test_a_foreign_host_name_is_refused(server):
    status, reply = ask(server, body=b"[]", headers=JSON | {"Host": "example.com:8000"})

    assert (status, reply["error"]["type"]) == (403, "foreign_host")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1"])
@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("example.com", 403),
        ("127.0.0.1.example.com:80", 403),
        ("10.0.0.1", 403),
        ("", 403),
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("127.0.0.9:1", 200),
        ("[::1]:8000", 200),
    ],
)
def test_every_loopback_address_serves_its_own_names_only(address, name, status):
    with serving(host=address) as server:
        assert ask(server, body=b"[]", headers=JSON | {"Host": name})[0] == status


def test_a_length_of_thousands_of_digits_is_400(server):
    with connected(server) as connection:
        connection.putrequest("POST", "/")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "1" * 5000)
        connection.endheaders()
        assert connection.getresponse().status == 400


def test_a_slow_batch_holds_up_no_other():
    slow_came, may_end = threading.Event(), threading.Event()

    def observe(batch, results):
        if len(results) == 2:
            slow_came.set()
            may_end.wait(30)

    with serving(observe=observe) as server, ThreadPoolExecutor() as pool:
        slow = pool.submit(grade, server, [row("yes")] * 2)
        assert slow_came.wait(30)
        assert grade(server, [row("yes")])[0] == 200
        assert not slow.done()
        may_end.set()
        assert slow.result()[0] == 200


def test_more_connections_than_are_held_are_told_to_come_again(server, monkeypatch):
    monkeypatch.setattr(server._server.config, "limit_concurrency", 3)
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(socket.create_connection(server.server_address[:2]))
        with connected(server) as connection:
            connection.request("GET", "/health")
            assert connection.getresponse().status == 503


def test_without_its_extra_serving_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "touchstone.adapters.http")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = CliRunner().invoke(main, ["serve", "data_extraction"])
    assert result.exit_code == 2
    assert "pip install 'touchstone[serve]'" in result.output


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/health"), ("GET", "/x")])
def test_what_is_not_there_is_404(server, method, path):
    assert ask(server, method, path, b"[]")[0] == 404


def test_health_names_the_grader(server):
    assert ask(server, "GET", "/health") == (200, {"status": "ok", "grader": "exact"})


def test_a_connection_is_kept_for_the_next_batch(server):
    with connected(server) as connection:
        for completion, reward in (("yes", 1.0), ("no", 0.0)):
            connection.request("POST", "/", json.dumps([row(completion)]), JSON)
            [entry] = json.loads(connection.getresponse().read())
            assert entry["aggregate_reward_score"] == reward


def test_a_fault_of_the_server_is_500_without_its_text():
    def observe(batch, results):
        raise RuntimeError("a secret")

    with serving(observe=observe) as server:
        status, reply = grade(server, [row("yes")])

    assert (status, reply["error"]["type"]) == (500, "internal_error")
    assert "secret" not in json.dumps(reply)


def test_a_reply_too_large_is_413():
    def observe(batch, results):
        raise ReplyTooLarge("the scores do not fit")

    with serving(observe=observe) as server:
        status, reply = grade(server, [row("yes")])

    assert (status, reply["error"]["type"]) == (413, "reply_too_large")


def test_the_description_holds_for_what_is_answered(server):
    _, document = ask(server, "GET", "/openapi.json")
    post = document["paths"]["/"]["post"]

    def check(value, schema):
        jsonschema.Draft202012Validator(schema | {"components": document["components"]}).validate(
            value
        )

    def schema_of(status):
        return post["responses"][status]["content"]["application/json"]["schema"]

    event = [row("yes"), row("no")]
    check(event, post["requestBody"]["content"]["application/json"]["schema"])
    check(grade(server, event)[1], schema_of("200"))
    check(grade(server, [row("yes", None)])[1], schema_of("503"))
    check(ask(server, body=b"{")[1], schema_of("400"))
    with pytest.raises(jsonschema.ValidationError):
        check([{"id": 1}], schema_of("200"))
    assert document["servers"] == [{"url": server.url}]
    assert document["info"]["title"] == "exact"


def test_served_from_the_command_line_until_interrupted(tmp_path):
    command = [
        sys.executable,
        "-m",
        "touchstone.workbench.cli",
        "serve",
        "data_extraction",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        try:
            line = process.stderr.readline()
            host, port = line.split()[2].removeprefix("http://").split(":")
            connection = http.client.HTTPConnection(host, int(port), timeout=30)
            connection.request("POST", "/", json.dumps([row('{"a": 1}', {"a": 1})]), JSON)
            [entry] = json.loads(connection.getresponse().read())
            connection.close()
            process.send_signal(signal.SIGINT)
            _, rest = process.communicate(timeout=30)
        finally:
            process.kill()

    assert host == "127.0.0.1"
    assert entry["aggregate_reward_score"] == 1.0
    assert "1 rows, 0 unscored, mean reward 1.000" in rest
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("options", "problem"),
    [(["nobody"], "no grader 'nobody'"), (["tone_style", "--judge", "who:knows"], "judge")],
)
def test_a_grader_that_cannot_be_served_is_bad_input(options, problem, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, ["serve", *options])

    assert result.exit_code == 2
    assert problem in result.output


def test_a_port_that_is_taken_is_bad_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["serve", "data_extraction", "--port", str(port)])

    assert result.exit_code == 2
    assert f"127.0.0.1:{port}" in result.output
    assert os.strerror(errno.EADDRINUSE) in result.output
