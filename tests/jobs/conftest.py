import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from openai import OpenAI

from tests.jobs.bedrock_job import TEXT, write_job
from tests.wire.bedrock import Bedrock
from tests.wire.cloud import Cloud
from tests.wire.compatible import KEY, Compatible
from touchstone.workbench import aws
from touchstone.workbench.jobs.services import service_of


@pytest.fixture(scope="session")
def account() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


@pytest.fixture(autouse=True)
def new_clients() -> None:
    """Keeps no client of another test: its endpoint is gone."""
    aws.client.cache_clear()


@pytest.fixture(autouse=True)
def closed_clients(monkeypatch) -> Iterator[None]:
    """Closes OpenAI's clients: one that a caught error keeps alive leaves its socket open."""
    made: list[OpenAI] = []
    begin = OpenAI.__init__

    def begin_noted(self, *args, **options):
        begin(self, *args, **options)
        made.append(self)

    monkeypatch.setattr(OpenAI, "__init__", begin_noted)
    yield
    for client in made:
        client.close()


@pytest.fixture
def cloud(account, monkeypatch) -> Cloud:
    account.clean()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in account.environ.items():
        monkeypatch.setenv(name, value)
    return account


@pytest.fixture
def bedrock(cloud) -> Bedrock:
    return cloud.bedrock


@pytest.fixture
def compatible(cloud, monkeypatch) -> Iterator[Compatible]:
    with Compatible() as api:
        monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
        yield api


@pytest.fixture
def compatible_job(compatible, tmp_path, monkeypatch):
    """A job behind the OpenAI-compatible API: its file, its folder, its service."""
    monkeypatch.setattr(
        "touchstone.workbench.jobs.services.compatible.service._WAITS_S", (0.0, 0.0)
    )
    text = (
        TEXT.replace("amazon.nova-2-lite-v1:0:256k", "openai.gpt-oss-20b")
        .replace("training_sample_per_prompt = 2", "learning_rate_multiplier = 0.5")
        .replace("\n[data]", f'service = "compatible"\nendpoint = "{compatible.url}/v1"\n\n[data]')
        .replace('name = "support"', 'name = "support"\nregion = "us-east-1"')
    )
    unheard = ("role", "tags", "output")  # this API has none of them
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(unheard)]
    file, folder = write_job(tmp_path, "".join(kept))
    return file, folder, service_of(file.job)


@pytest.fixture
def serve(monkeypatch):
    """Answers one of AWS's APIs on this machine; gives what was asked."""
    servers = []

    def start(variable, answer):
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("X-Amz-Invocation-Type") == "DryRun":
                    self.send_response(204)
                    self.end_headers()
                    return
                body = json.loads(sent)
                asked.append((self.path, body))
                reply = json.dumps(answer(body, len(asked))).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, format, *args):  # noqa: A002
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        monkeypatch.setenv(variable, f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        return asked

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()
