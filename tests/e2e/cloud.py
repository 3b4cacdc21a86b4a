"""The local AWS: ministack in a process of its own, and the real CDK CLI against it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from tests.e2e import toolchain

ACCOUNT = "000000000000"
# Recorded, but not acted upon: the emulator's CloudFormation does not know these types.
STAND_INS = (
    "AWS::Budgets::Budget",
    "AWS::EC2::FlowLog",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::SubnetNetworkAclAssociation",
)
_START_S = 30


@dataclass(frozen=True)
class Cloud:
    """A running emulator.

    Attributes:
        url: The endpoint of every service.
        folder: For its logs, and the home of whatever runs against it.
    """

    url: str
    folder: Path

    def client(self, service: str) -> AbstractContextManager[Any]:
        """Lends a boto3 client of one of its services."""
        return toolchain.client(service, self.url)

    def cdk(self, *arguments: str | Path) -> str:
        """Runs the CDK CLI against it; returns what it printed.

        It runs beside no cdk.json, so that it deploys the assembly that it is given.
        """
        done = subprocess.run(
            [toolchain.CDK, *arguments, "--no-notices", "--ci"],
            env=environment(self.folder, self.url),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"cdk {arguments[0]}\n{said}\n{self.log()[-5000:]}"
        return said

    def log(self) -> str:
        """Returns what the emulator has written."""
        return (self.folder / "emulator.log").read_text("utf-8", "replace")


@contextlib.contextmanager
def cloud(folder: Path, judge: str, concurrency: int | None = None) -> Iterator[Cloud]:
    """Runs the emulator until the ``with`` block ends.

    Args:
        folder: An empty folder of its own.
        judge: Where functions find Bedrock's Converse.
        concurrency: The account's limit; the emulator's own by default.
    """
    port = toolchain.free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Its functions run in its own Python, and inherit its environment.
        "PYTHONPATH": str(toolchain.wheels("emulator")),
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": judge,
    }
    if concurrency:
        settings["LAMBDA_ACCOUNT_CONCURRENCY"] = str(concurrency)
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen(
            [toolchain.python().path, toolchain.HERE / "emulator.py", *STAND_INS],
            env=environment(folder, url) | settings,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    running = Cloud(url, folder)
    try:
        _wait_for(running, process)
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def alone(
    folder: Path,
    graders: Mapping[str, Any],
    settings: Mapping[str, Any],
    concurrency: int | None = None,
) -> Iterator[tuple[Cloud, dict[str, str]]]:
    """Deploys a stage of a few graders to an emulator of its own; gives it and the outputs.

    Args:
        folder: An empty folder of its own.
        graders: Entries of graders.toml by name.
        settings: Of the stage.
        concurrency: The account's limit.
    """
    file = toolchain.BUILD / f"{'-'.join(graders)}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(tomli_w.dumps({"graders": graders}))
    version = toolchain.python().version
    assembly = toolchain.synthesize(version, file, settings, f"{file.stem}.out")
    with cloud(folder, "http://127.0.0.1:1", concurrency) as running:
        running.cdk("bootstrap", f"aws://{ACCOUNT}/{toolchain.REGION}")
        deploy = ("deploy", "-a", assembly, "--all", "--require-approval", "never")
        running.cdk(*deploy, "--outputs-file", folder / "outputs.json")
        yield running, json.loads((folder / "outputs.json").read_text())[toolchain.STACK]


def environment(home: Path, url: str) -> dict[str, str]:
    """Returns one without credentials, configuration and cache of whoever runs this."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": toolchain.SECRET,
        "AWS_REGION": toolchain.REGION,
        "AWS_DEFAULT_REGION": toolchain.REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CDK_DISABLE_CLI_TELEMETRY": "1",
    }


def _wait_for(running: Cloud, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while True:
        assert process.poll() is None, f"the emulator ended\n{running.log()}"
        try:
            with urllib.request.urlopen(f"{running.url}/_ministack/health", timeout=2) as reply:
                json.load(reply)
            return
        except OSError:
            assert time.monotonic() < until, f"the emulator did not start\n{running.log()}"
            time.sleep(0.1)
