"""The CDK command line, as the Makefile installs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from touchstone.installing import install
from touchstone.workbench.errors import FELL_SHORT, WorkbenchError

_CLI = Path("node_modules/.bin/cdk")
_ERROR = "error: "
_QUIET = {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1"}


class CdkError(WorkbenchError):
    """The CDK command line is missing, or what it was asked for failed; it has said why."""


class DeploymentFailed(CdkError):
    """CloudFormation could not do it, and took back what it had begun."""

    exit_code = FELL_SHORT


def synthesize(
    project: Path, stage: str, out: Path, *, held: Mapping[str, str] = {}, graders: str = ""
) -> None:
    """Writes the cloud assembly of a stage.

    Args:
        project: The folder of cdk.json.
        stage: Its name.
        out: The assembly's folder, which is made anew.
        held: Grader to the version that its alias stays at.
        graders: A graders.toml of another name.

    Raises:
        CdkError: It was refused.
    """
    shutil.rmtree(out, ignore_errors=True)
    context = {"stage": stage, "held": json.dumps(held) if held else "", "graders": graders}
    arguments = [f"{key}={value}" for key, value in context.items() if value]
    given = [part for argument in arguments for part in ("-c", argument)]
    done = _cdk(project, "synth", "--quiet", "-o", str(out), *given, capture=True)
    if done.returncode:
        raise CdkError(_reason(done.stdout + done.stderr))


def deploy(project: Path, assembly: Path, stack: str, approval: str) -> None:
    """Deploys a stack of an assembly, telling of it as it goes.

    Raises:
        DeploymentFailed: CloudFormation took it back.
    """
    how = ("--require-approval", approval, "--progress", "events")
    done = _cdk(project, "deploy", stack, "-a", str(assembly), *how, capture=False)
    if done.returncode:
        advice = "its reason is above; aliases are where they were, and running jobs go on"
        raise DeploymentFailed(f"{stack} was not deployed", advice)


def _reason(said: str) -> str:
    """Returns why a synthesis was refused: the app's own sentence, or all that was said."""
    ours = [line for line in said.splitlines() if line.startswith(_ERROR)]
    return ours[0].removeprefix(_ERROR) if ours else said.strip()


def _cdk(project: Path, *arguments: str, capture: bool) -> subprocess.CompletedProcess[str]:
    cli = project / _CLI
    if not (project / "cdk.json").exists():
        advice = "run it in a project's folder; `touchstone init` makes one"
        raise CdkError(f"{project}: there is no cdk.json", advice)
    if find_spec("aws_cdk") is None:
        raise CdkError("a deployment needs aws-cdk-lib", install("infra"))
    if not cli.exists():
        advice = "run `npm ci` there; it comes with Node.js, 22 or newer"
        raise CdkError(f"{project}: there is no {_CLI}", advice)
    # The project's app runs on the Python that has Touchstone, in an environment not activated too.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return subprocess.run(  # noqa: S603 - our own arguments
        [str(cli), *arguments, "--no-notices"],
        cwd=project,
        env=os.environ | _QUIET | {"PATH": path},
        capture_output=capture,
        text=True,
        check=False,
    )
