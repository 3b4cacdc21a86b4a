"""A stack by its template: the one that is deployed, or the one that would be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchstone.workbench.aws import ServiceError, asking, client
from touchstone.workbench.errors import WorkbenchError

Resource = Mapping[str, Any]


class StackError(WorkbenchError):
    """An assembly or a template is not one of Touchstone's; the message names it."""


@dataclass(frozen=True)
class Stack:
    """A template, and what it says of its graders.

    Attributes:
        name: The stack's.
        template: As CloudFormation takes it.
        environment: ``aws://<account>/<region>``, as far as the assembly binds it.
    """

    name: str
    template: Mapping[str, Any]
    environment: str = ""

    @property
    def graders(self) -> dict[str, dict[str, Any]]:
        """Name to what the stack says of a grader: ``function``, ``of``, ``settings`` ..."""
        return json.loads(self.template.get("Metadata", {}).get("Touchstone", "{}"))

    def version_of(self, function: str) -> str:
        """Returns the logical id of a function's version, ``""`` where there is no function."""
        return self._id_of("AWS::Lambda::Version", function)

    def alias_of(self, function: str) -> Any:
        """Returns what a function's alias points to: a reference, or a held version's number."""
        name = self._id_of("AWS::Lambda::Alias", function)
        return self._resources[name]["Properties"]["FunctionVersion"] if name else None

    def function(self, name: str) -> Mapping[str, Any]:
        """Returns a function's properties, empty where there is none of that name."""
        made = self._id_named(name)
        return self._resources[made]["Properties"] if made else {}

    @property
    def functions(self) -> list[str]:
        """Names of all functions, helpers too."""
        return [
            resource["Properties"]["FunctionName"]
            for resource in self._resources.values()
            if resource["Type"] == "AWS::Lambda::Function"
        ]

    @property
    def _resources(self) -> Mapping[str, Resource]:
        return self.template.get("Resources", {})

    def _id_named(self, function: str) -> str:
        for name, resource in self._resources.items():
            is_function = resource["Type"] == "AWS::Lambda::Function"
            if is_function and resource["Properties"]["FunctionName"] == function:
                return name
        return ""

    def _id_of(self, kind: str, function: str) -> str:
        owner = {"Ref": self._id_named(function)}
        for name, resource in self._resources.items():
            if resource["Type"] == kind and resource["Properties"]["FunctionName"] == owner:
                return name
        return ""


def in_assembly(folder: Path, name: str) -> Stack:
    """Reads a stack of a cloud assembly.

    Raises:
        StackError: It is not there.
    """
    try:
        told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        text = (folder / f"{name}.template.json").read_text(encoding="utf-8")
        return Stack(name, json.loads(text), told["artifacts"][name]["environment"])
    except (OSError, ValueError, KeyError) as exc:
        raise StackError(f"{folder}: holds no stack {name}: {exc}") from exc


def deployed(name: str, region: str = "") -> Stack | None:
    """Reads a stack as it is deployed, ``None`` where it is not.

    Raises:
        ServiceError: CloudFormation could not be asked.
    """
    try:
        with asking(f"cloudformation:GetTemplate of {name}"):
            body = client("cloudformation", region).get_template(
                StackName=name, TemplateStage="Original"
            )["TemplateBody"]
    except ServiceError as exc:
        if "does not exist" in str(exc):
            return None
        raise
    return Stack(name, json.loads(body) if isinstance(body, str) else body)


def version_arn(stack: Stack, function: str, region: str = "") -> str:
    """Returns the ARN of the version that a deployed stack has of a function.

    Raises:
        ServiceError: CloudFormation could not be asked.
    """
    return _physical(stack, stack.version_of(function), region)


def output_url(stack: Stack, region: str = "") -> str:
    """Returns the ``s3://`` URL of the bucket that a deployed stack's jobs write to.

    ``""`` where the stack says none.

    Raises:
        ServiceError: CloudFormation could not be asked.
    """
    name = stack.template.get("Outputs", {}).get("OutputBucket", {}).get("Value", "")
    if isinstance(name, Mapping):
        name = _physical(stack, name["Ref"], region)
    return f"s3://{name}" if name else ""


def live_version(function: str, region: str = "") -> str:
    """Returns the number of the version that a function's alias is on.

    Raises:
        ServiceError: Lambda could not be asked.
    """
    with asking(f"lambda:GetAlias of {function}:live"):
        found = client("lambda", region).get_alias(FunctionName=function, Name="live")
    return found["FunctionVersion"]


def _physical(stack: Stack, logical: str, region: str) -> str:
    with asking(f"cloudformation:DescribeStackResource of {logical}"):
        found = client("cloudformation", region).describe_stack_resource(
            StackName=stack.name, LogicalResourceId=logical
        )
    return found["StackResourceDetail"]["PhysicalResourceId"]
