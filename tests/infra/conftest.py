"""The templates and packages that CDK writes, made once for all workers of a test run."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.infra.full import write_graders

ROOT = Path(__file__).parents[2]
SOURCES = (
    "app.py",
    "cdk.json",
    "graders.toml",
    "infra",
    "lambdas",
    "rewards",
    "templates",
    "touchstone",
)
# No credentials and no region: synthesis must ask AWS nothing.
ENVIRONMENT = {name: value for name, value in os.environ.items() if "AWS" not in name}


class Synthesized:
    """One stage's cloud assembly."""

    def __init__(self, folder):
        self.folder = folder
        (path,) = folder.glob("*.template.json")
        self.path = path
        self.text = path.read_text()
        self.resources = json.loads(self.text)["Resources"]
        self.outputs = json.loads(self.text)["Outputs"]

    def manifest(self) -> dict[str, Any]:
        """What the CDK CLI is told of the stack."""
        told = json.loads((self.folder / "manifest.json").read_text())
        return told["artifacts"][self.path.name.split(".")[0]]["properties"]

    def of(self, kind) -> dict[str, Any]:
        """Name to properties of the resources of one type, references as text."""
        return {
            name: flat(resource.get("Properties", {}))
            for name, resource in self.resources.items()
            if resource["Type"] == f"AWS::{kind}"
        }

    def functions(self):
        return {p["FunctionName"]: p for p in self.of("Lambda::Function").values()}

    def statements(self, role):
        """The statements of all policies of the role that is called so in the template."""
        return [
            statement
            for policy in self.of("IAM::Policy").values()
            if f"<{role}>" in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    def granted(self, function):
        """Action to resources, as the role of the function is allowed them."""
        role = self.functions()[function]["Role"].strip("<>").removesuffix(".Arn")
        allowed = {}
        for statement in self.statements(role):
            if statement["Effect"] == "Allow":
                for action in listed(statement["Action"]):
                    allowed.setdefault(action, []).extend(listed(statement["Resource"]))
        return allowed


def listed(value):
    return value if isinstance(value, list) else [value]


def flat(value: Any) -> Any:
    """References as text in angle brackets, so that they can be compared."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return separator.join(str(flat(part)) for part in parts)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
        case dict():
            return {key: flat(item) for key, item in value.items()}
        case list():
            return [flat(item) for item in value]
    return value


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory):
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "synthesized"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "done").exists():
            # Before it is: what fails once would fail the other workers' tests as slowly.
            (shared / "done").touch()
            synthesize(shared)
    return {path.name: Synthesized(path) for path in shared.iterdir() if path.is_dir()}


def synthesize(shared):
    """Three stages from a copy of this tree; beside them the first again, from a copy of that."""
    first, second = (shared.with_name(f"{shared.name}-{name}") for name in ("first", "second"))
    copy_tree(ROOT, first)
    copy_tree(first, second)
    # Only the second builds everything anew.
    wheels = ROOT / "build" / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    (first / "build").mkdir()
    (first / "build" / "wheels").symlink_to(wheels)
    script = ROOT / "tests" / "infra" / "synthesize.py"
    graders = write_graders(shared.with_name(f"{shared.name}-graders"))
    runs = [
        subprocess.Popen(
            [sys.executable, *map(str, command)], cwd=folder, env=ENVIRONMENT | environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for command, folder, environment in (
            ((script, first, shared, graders, "dev", "prod", "full", "strict"), first, {}),
            (("app.py",), second, {"CDK_OUTDIR": str(shared / "again")}),
        )
    ]  # fmt: skip
    for run in runs:
        output, _ = run.communicate()
        assert run.returncode == 0, output


def copy_tree(origin, target):
    target.mkdir()
    for name in SOURCES:
        if (origin / name).is_dir():
            unread = shutil.ignore_patterns("__pycache__")
            shutil.copytree(origin / name, target / name, ignore=unread)
        else:
            shutil.copyfile(origin / name, target / name)


@pytest.fixture(scope="session")
def dev(assemblies):
    return assemblies["dev"]


@pytest.fixture(scope="session")
def strict(assemblies):
    return assemblies["strict"]


@pytest.fixture(scope="session")
def full(assemblies):
    return assemblies["full"]
