"""``grade --function``: boto3 as it is, against a local server that speaks Lambda's Invoke."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from click.testing import CliRunner

from tests.support import exact, reply_to, row
from touchstone.workbench import aws
from touchstone.workbench.cli import main


class Lambda(BaseHTTPRequestHandler):
    """Answers Invoke: ``good`` and ``wrapped`` grade, ``broken`` fails with HTTP 200."""

    def do_POST(self):
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        name = self.path.split("/")[3]
        if self.headers["X-Amz-Invocation-Type"] == "DryRun":
            self.send_response(204)
            self.end_headers()
            return
        event = json.loads(sent)
        failed = name == "broken" or (name == "flaky" and len(event) == 64)
        body = json.dumps(
            {"errorType": "FaultBudgetExceeded", "errorMessage": "2 of 2 rows"}
            if failed
            else reply_to(event, exact(reply="envelope" if name == "wrapped" else "auto"))
        ).encode()
        self.send_response(200)
        if failed:
            self.send_header("X-Amz-Function-Error", "Unhandled")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):  # noqa: A002 - the base class's name for it
        pass


@pytest.fixture
def run(tmp_path, monkeypatch):
    aws.client.cache_clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Lambda)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    def grade(function, rows):
        path = tmp_path / "rows.jsonl"
        path.write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
        args = ["grade", "any", str(path), "--function", function]
        result = CliRunner().invoke(main, args)
        return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]

    yield grade
    aws.client.cache_clear()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("function", ["good", "wrapped"])
def test_a_deployed_function_grades_in_order_over_several_batches(run, function):
    rows = [row("yes" if n % 2 else "no") | {"id": n} for n in range(200)]
    code, graded = run(function, rows)
    assert code == 0
    assert [entry["id"] for entry in graded] == list(range(200))
    assert [entry["aggregate_reward_score"] for entry in graded] == [n % 2 for n in range(200)]


def test_a_functions_own_unscored_rows_are_told_from_its_reply(run):
    code, graded = run("good", [row("yes"), row("yes", None)])
    assert code == 1
    assert [entry["outcome"] for entry in graded] == ["scored", "unscored:bad_sample"]


def test_a_failing_function_leaves_its_rows_unscored_and_the_rest_graded(run):
    code, graded = run("flaky", [row("yes") | {"id": n} for n in range(70)])
    assert code == 1
    assert [entry["id"] for entry in graded] == list(range(70))
    assert {entry["outcome"] for entry in graded[:64]} == {"unscored:grader_error"}
    assert "FaultBudgetExceeded" in graded[0]["reason"]
    assert {entry["outcome"] for entry in graded[64:]} == {"scored"}
