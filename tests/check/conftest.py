"""Graders to check: templates, code of one's own, and strangers behind Lambda's Invoke."""

import contextlib
import fcntl
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from touchstone.workbench import aws
from touchstone.workbench.check.probes import PROBES
from touchstone.workbench.check.run import run as run_probes
from touchstone.workbench.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    """Gives the report of a grader that is shipped, which is checked once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shipped"
    folder.mkdir(exist_ok=True)

    def checked(grader):
        kept = folder / f"{grader}.json"
        with kept.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                with contextlib.chdir(ROOT):  # where graders.toml is
                    result = CliRunner().invoke(main, ["check", grader, "-o", str(kept)])
                assert kept.exists(), result.output
                assert json.loads(kept.read_text())["holds"] is (result.exit_code == 0)
        return json.loads(kept.read_text())

    return checked


@pytest.fixture
def only(monkeypatch):
    """Leaves a check the probes of these names, where a test is of nothing else."""

    def asked(*names):
        probes = [probe for probe in PROBES if probe.name in names]
        assert len(probes) == len(names)
        monkeypatch.setattr(
            "touchstone.workbench.cli.check.run", lambda *args: run_probes(*args, probes=probes)
        )

    return asked


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Gives the command line, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *args: CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def check(run):
    """Checks a grader; gives the report, by probe, and the exit code."""

    def checked(*args):
        result = run("check", *args, "--json")
        assert result.exit_code in (0, 1), result.output
        report = json.loads(result.stdout)
        assert report["holds"] is (result.exit_code == 0)
        return by_probe(report)

    return checked


@pytest.fixture
def rows(tmp_path):
    """Writes rows of a dataset, by default with capitals to name; gives the file."""

    def write(given=None, name="rows.jsonl"):
        path = tmp_path / name
        path.write_text("".join(json.dumps(one) + "\n" for one in given or capitals()))
        return path

    return write


def by_probe(report):
    return {one["probe"]: one for one in report["verdicts"]}


def capitals():
    named = {"Norway": "Oslo", "Peru": "Lima", "Kenya": "Nairobi", "Japan": "Tokyo"}
    return [
        {"messages": [{"role": "user", "content": f"Capital of {land}?"}], "reference_answer": city}
        for land, city in named.items()
    ]


@pytest.fixture
def mine(tmp_path):
    """Writes a reward function of one's own and its entry; gives its name."""

    def write(code, settings="", more=""):
        (tmp_path / "mine.py").write_text(code)
        entry = f'[graders.mine]\ncode = "mine.py"\n{more}[graders.mine.settings]\n{settings}'
        (tmp_path / "graders.toml").write_text(entry)
        return "mine"

    return write


@pytest.fixture
def stranger(monkeypatch):
    """Serves a function of an event as a Lambda; gives the options that check it."""
    servers = []

    def serve(handler):
        class Lambda(BaseHTTPRequestHandler):
            def do_POST(self):
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["X-Amz-Invocation-Type"] == "DryRun":
                    return self.answer(204, b"")
                try:
                    return self.answer(200, json.dumps(handler(json.loads(sent))).encode())
                except Exception as exc:  # noqa: BLE001 - as the runtime of Lambda does
                    body = json.dumps({"errorType": type(exc).__name__, "errorMessage": str(exc)})
                    return self.answer(200, body.encode(), failed=True)

            def answer(self, status, body, *, failed=False):
                self.send_response(status)
                if failed:
                    self.send_header("X-Amz-Function-Error", "Unhandled")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format, *args):  # noqa: A002 - the base class's name for it
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Lambda)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        aws.client.cache_clear()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            monkeypatch.setenv(name, "us-east-1")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        return ("--function", "stranger")

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()
    aws.client.cache_clear()
