"""The door to AWS: whatever is wrong with somebody's access is one sentence and one advice."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from touchstone.workbench import aws
from touchstone.workbench.aws import FunctionError, ServiceError
from touchstone.workbench.errors import BAD_INPUT, FELL_SHORT

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def function(cloud, monkeypatch):
    """Lets the next call of a function be answered with a status, headers and a body."""
    answers = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            status, headers, body = answers.pop()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format, *args):  # noqa: A002
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        yield lambda status, headers, body: answers.append((status, headers, body))
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("variables", "trouble", "advice"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "expired", "aws sso login"),
        ({"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": ""}, "expired", "AWS_PROFILE"),
        ({"AWS_PROFILE": "nobody"}, "expired", "AWS_PROFILE"),
        ({"AWS_DEFAULT_REGION": None}, "invalid", "AWS_REGION"),
        ({"AWS_DEFAULT_REGION": "no region"}, "invalid", "correct it"),
        ({"AWS_ENDPOINT_URL_LAMBDA": NOWHERE}, "network", "check the connection"),
    ],
)
def test_a_call_that_cannot_be_made_says_what_to_set(
    cloud, monkeypatch, variables, trouble, advice
):
    for name, value in variables.items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(ServiceError) as caught:
        aws.invoke("grader", [])
    assert (caught.value.trouble, advice in caught.value.advice) == (trouble, True)


def test_the_region_is_taken_from_the_variable_that_the_documents_name(cloud, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert aws.client("lambda").meta.region_name == "eu-west-1"
    assert aws.client("lambda", "us-west-2").meta.region_name == "us-west-2"


@pytest.mark.parametrize(
    ("status", "code", "trouble", "exit_code"),
    [
        (404, "ResourceNotFoundException", "missing", BAD_INPUT),
        (403, "AccessDeniedException", "denied", BAD_INPUT),
        (403, "ExpiredTokenException", "expired", BAD_INPUT),
        (413, "RequestTooLargeException", "invalid", BAD_INPUT),
        (429, "TooManyRequestsException", "throttled", FELL_SHORT),
        (500, "ServiceException", "failed", FELL_SHORT),
    ],
)
@pytest.mark.parametrize("ask", [aws.check_invoke, lambda name: aws.invoke(name, [])])
def test_a_call_that_is_refused_says_whether_waiting_may_end_it(
    function, ask, status, code, trouble, exit_code
):
    function(status, {"X-Amzn-Errortype": code}, b'{"Message": "no"}')
    with pytest.raises(ServiceError, match="lambda:InvokeFunction on grader: no") as caught:
        ask("grader")
    assert (caught.value.trouble, caught.value.exit_code) == (trouble, exit_code)


def test_a_function_is_asked_once_and_its_json_is_returned(function):
    function(200, {}, b'[{"id": 1}]')
    assert aws.invoke("grader", []) == [{"id": 1}]


@pytest.mark.parametrize("body", [json.dumps({"errorMessage": "no"}).encode(), b"<no>"])
def test_a_function_that_fails_says_what_it_said(function, body):
    function(200, {"X-Amz-Function-Error": "Unhandled"}, body)
    with pytest.raises(FunctionError, match=r"grader: .*no"):
        aws.invoke("grader", [])


def test_an_upload_to_no_bucket_is_the_address_at_fault(cloud, tmp_path):
    (tmp_path / "rows").touch()
    with pytest.raises(ServiceError, match="names no bucket"):
        aws.upload(tmp_path / "rows", "s3:///rows")
    with pytest.raises(ServiceError, match="s3:PutObject on s3://none/rows") as caught:
        aws.upload(tmp_path / "rows", "s3://none/rows")
    assert caught.value.trouble == "missing"
