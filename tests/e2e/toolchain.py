"""What stands in for AWS on this machine: the deployed Python, Lambda's runtime, the packages."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import tomli_w
from botocore.config import Config
from uv import find_uv_bin

from touchstone.infra.lock import ROOT
from touchstone.infra.package import PYTHON
from touchstone.templates import template_names

HERE = Path(__file__).parent
BUILD = ROOT / "build" / "e2e"
CDK = ROOT / "node_modules" / ".bin" / "cdk"
STACK = "Touchstone-e2e"
REGION = "us-east-1"
JUDGE = "bedrock:us.amazon.nova-pro-v1:0"
# What code in a function must never get to see.
SECRET = "canary-credential-6b1f"
ARM = platform.machine() in {"arm64", "aarch64"}


@dataclass(frozen=True)
class Python:
    """An interpreter that functions run on."""

    path: str
    version: str

    @property
    def note(self) -> str:
        """What a reader of the results must know about it."""
        if self.version == PYTHON:
            return f"Python {self.version}, as deployed"
        return f"Python {self.version}, NOT the deployed {PYTHON}: none was found on this machine"


@cache
def python() -> Python:
    """Returns an interpreter of the deployed version, or else the one that runs this."""
    own = Path(sys.base_prefix, "bin", "python{}.{}".format(*sys.version_info))
    homes = sorted(Path.home().glob(f".pyenv/versions/{PYTHON}*/bin/python{PYTHON}"), reverse=True)
    for candidate in (shutil.which(f"python{PYTHON}"), *homes, own):
        found = _real(candidate) if candidate else None
        if found and found.version == PYTHON:
            return found
    fallback = _real(own)
    assert fallback
    return fallback


def _real(candidate: str | Path) -> Python | None:
    """Returns the interpreter behind a path, which may be a launcher that finds none."""
    say = "import sys; print(sys.executable, '%d.%d' % sys.version_info[:2])"
    done = subprocess.run([candidate, "-I", "-c", say], capture_output=True, text=True)
    return Python(*done.stdout.split()) if done.returncode == 0 else None


@cache
def own_python() -> Python:
    """Returns the interpreter that runs this."""
    return Python(sys.executable, "{}.{}".format(*sys.version_info))


@cache
def wheels(name: str, on: Python | None = None) -> Path:
    """Installs a lock of ``requirements/`` once, into a folder of its own; returns that.

    Args:
        name: The lock's.
        on: What it is for; by default what functions run on.
    """
    on = on or python()
    lock = HERE / "requirements" / f"{name}.txt"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    folder = BUILD / "libraries" / f"{name}-{on.version}-{digest}"
    if not folder.exists():
        fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
        subprocess.run(
            [find_uv_bin(), "pip", "install", "--quiet", "--target", fresh, "--python",
             on.path, "--no-deps", "--require-hashes", "--compile-bytecode", "-r", lock],
            check=True,
        )  # fmt: skip
        fresh.rename(folder)
    return folder


def rie() -> Path:
    """Returns Lambda's runtime interface emulator for this machine."""
    name = f"aws-lambda-rie-{'arm64' if ARM else 'x86_64'}"
    return wheels("rie") / "samcli" / "local" / "rapid" / name


def graders_file() -> Path:
    """Writes a graders.toml of every template there is, and of the graders to try more with."""
    # Without an account a template's judge is the stand-in, which a deployment has to ask for.
    stand_in = {"judge": "offline", "allow_offline": True}
    entries: dict[str, Any] = {
        name: {"template": name, "settings": stand_in} for name in template_names()
    }
    settings = {"judge": JUDGE}
    entries["judged"] = {"template": "summarization_quality", "settings": settings}
    entries["hurried"] = {"template": "code_verification", "deploy": {"timeout_s": 6}}
    entries["own"] = {
        "code": "own_reward.py", "capabilities": ["execute"], "settings": {"row_s": 1.0},
    }  # fmt: skip
    entries["customized"] = {"code": "own_template.py"}
    file = BUILD / "graders.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    for code in HERE.glob("own_*.py"):
        shutil.copy(code, BUILD)
    file.write_text(tomli_w.dumps({"graders": entries}), encoding="utf-8")
    return file


def synthesize(
    version: str,
    graders: Path | None = None,
    settings: Mapping[str, Any] | None = None,
    name: str = "cdk.out",
) -> Path:
    """Runs app.py for the stage ``e2e``, with packages for this Python; returns the assembly.

    The stage differs from others by settings: this machine's architecture, and an executor
    whose timeout a test can wait for.

    Args:
        version: Of Python.
        graders: A graders.toml; by default one of every template there is.
        settings: More settings of the stage.
        name: Of the assembly's folder.
    """
    stage = {
        "architecture": "arm64" if ARM else "x86_64",
        "keep_data": False,
        "executor": {"memory_mb": 1769, "timeout_s": 15},
        **(settings or {}),
    }
    context = {
        "stage": "e2e",
        "stages": {"e2e": stage},
        "graders": str(graders or graders_file()),
        "aws:cdk:enable-asset-metadata": True,  # as the CLI sets it
    }
    assembly = BUILD / name
    shutil.rmtree(assembly, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, HERE / "synth.py", version],
        cwd=ROOT,
        env=os.environ
        | {
            "CDK_CONTEXT_JSON": json.dumps(context),
            "CDK_OUTDIR": str(assembly),
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"synth failed\n{done.stdout}\n{done.stderr}"
    return assembly


@dataclass(frozen=True)
class Function:
    """A Lambda function of the synthesized template, as far as a runtime needs it."""

    name: str
    folder: Path
    handler: str
    timeout_s: int
    memory_mb: int
    variables: dict[str, str]


def functions(assembly: Path) -> dict[str, Function]:
    """Reads the functions of the assembly's template, by name."""
    text = (assembly / f"{STACK}.template.json").read_text(encoding="utf-8")
    resources = json.loads(text)["Resources"]

    def value(field: Any) -> str:
        if isinstance(field, str):
            return field
        target = resources[field["Ref"]]
        if target["Type"] == "AWS::Lambda::Version":
            function = resources[target["Properties"]["FunctionName"]["Ref"]]
            return f"{function['Properties']['FunctionName']}:1"
        return field["Ref"]

    found = {}
    for resource in resources.values():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        made = resource["Properties"]
        variables = made.get("Environment", {}).get("Variables", {})
        found[made["FunctionName"]] = Function(
            made["FunctionName"],
            assembly / resource["Metadata"]["aws:asset:path"],
            made["Handler"],
            made["Timeout"],
            made["MemorySize"],
            {key: value(field) for key, field in variables.items()},
        )
    return found


_lent_ports: set[int] = set()


def free_port() -> int:
    """Returns a port of 127.0.0.1 that nobody listens at, and never the same one twice."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        if port not in _lent_ports:
            _lent_ports.add(port)
            return port


@contextlib.contextmanager
def client(service: str, url: str) -> Iterator[Any]:
    """Lends a boto3 client of a local endpoint, which never retries."""
    lent = boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key=SECRET,
        config=Config(read_timeout=320, retries={"total_max_attempts": 1}),
    )
    with contextlib.closing(lent):
        yield lent
