"""Set up once for all: the synthesized app, a local judge, and a look at what is left behind."""

import contextlib
import ctypes
import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.e2e import toolchain
from tests.e2e.cloud import ACCOUNT, cloud
from tests.e2e.report import Report
from tests.e2e.toolchain import CDK, REGION, STACK
from tests.judge.converse_server import JudgeServer, best

_PR_SET_CHILD_SUBREAPER = 36
# A killed environment's cages end by themselves; this is how long they may take.
_PATIENCE_S = 10
# What lambdas/unreadable.sh starts a runtime from.
_HIDDEN_COPY = Path("/tmp/.interpreter")


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left():
    """Fails when a process that a test started is still there at the end."""
    # Orphans become children of this process, and so can be seen.
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = set(_children())
    yield
    until = time.monotonic() + _PATIENCE_S
    while (left := set(_children()) - before) and time.monotonic() < until:
        time.sleep(0.05)
    commands = [Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")[:200] for pid in left]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    _HIDDEN_COPY.unlink(missing_ok=True)
    assert not left, f"left running: {commands}"


REPORT = pytest.StashKey[Report]()


def pytest_configure(config):
    config.stash[REPORT] = Report()


def pytest_terminal_summary(terminalreporter, config):
    results = [
        (Path(one.location[0]).name, end, one.duration)
        for end in ("passed", "failed", "error", "")
        for one in terminalreporter.getreports(end)
        if hasattr(one, "duration")
    ]
    terminalreporter.line("")
    config.stash[REPORT].show(toolchain.python().note, results)


@pytest.fixture
def report(request):
    return request.config.stash[REPORT]


@pytest.fixture(scope="session")
def assembly(nothing_is_left):
    return toolchain.synthesize(toolchain.python().version)


@pytest.fixture(scope="session")
def judge():
    with JudgeServer(best) as server, pytest.MonkeyPatch.context() as patch:
        # For the graders in this process; functions get it in their environment.
        patch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server.url)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_REGION", toolchain.REGION)
        patch.setenv("AWS_DEFAULT_REGION", toolchain.REGION)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield server


@pytest.fixture(scope="session")
def aws(tmp_path_factory, judge):
    assert CDK.exists(), "the CDK CLI is not installed: npm ci"
    with cloud(tmp_path_factory.mktemp("cloud"), judge.url) as running:
        running.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}")
        yield running


@pytest.fixture(scope="session")
def stack(aws, assembly):
    """Deploys; returns the stack's outputs."""
    outputs = aws.folder / "outputs.json"
    deploy = ("deploy", "-a", assembly, "--all", "--require-approval", "never")
    aws.cdk(*deploy, "--outputs-file", outputs)
    yield json.loads(outputs.read_text())[STACK]
    aws.cdk("destroy", "-a", assembly, "--all", "--force")
    with aws.client("lambda") as lambda_, aws.client("cloudformation") as cloudformation:
        assert lambda_.list_functions()["Functions"] == []
        stacks = cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])
    assert STACK not in {stack["StackName"] for stack in stacks["StackSummaries"]}


def _children() -> list[int]:
    """Processes whose parent is this one; collects those that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == os.getpid():
                    found.append(int(entry.name))
    return found
