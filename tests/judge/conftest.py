from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.judge.converse_server import JudgeServer, Script, best
from tests.judge.rubrics import BEDROCK
from touchstone.judge import Judge, make_judge

Serve = Callable[[Script], JudgeServer]

AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}


def _start(stack: ExitStack, env: pytest.MonkeyPatch, script: Script) -> JudgeServer:
    """Starts a judge server and points boto3 at it as an operator would: by environment."""
    server = stack.enter_context(JudgeServer(script))
    for name, value in {**AWS, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.url}.items():
        env.setenv(name, value)
    return server


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a judge server with a script."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with ExitStack() as stack:
        yield lambda script: _start(stack, monkeypatch, script)


@pytest.fixture(scope="module")
def _shared() -> Iterator[tuple[JudgeServer, Judge]]:
    with ExitStack() as stack, pytest.MonkeyPatch.context() as env:
        yield _start(stack, env, best), make_judge(BEDROCK)


@pytest.fixture
def shared(_shared: tuple[JudgeServer, Judge]) -> tuple[JudgeServer, Judge]:
    """A server without a script yet, and its Bedrock judge: made once, for tests of faults."""
    server, judge = _shared
    server.asked.clear()
    return server, judge
