"""What the security linter (cdk-nag) finds and we mean: each with its reason, where it arises."""

from __future__ import annotations

from typing import Any

from aws_cdk import Acknowledgment, App, Stack, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def police(app: App) -> None:
    """Lets the linter end a synthesis that it finds something in, of a changed stack too."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def accept(where: IConstruct, rule: str, reason: str) -> None:
    """Accepts one finding on a construct and what is below it."""
    Validations.of(where).acknowledge(
        Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason)
    )


def accept_wildcard(where: IConstruct, resource: str, reason: str) -> None:
    """Accepts that a role's statement names this resource, which holds a wildcard."""
    shown = _shown(Stack.of(where).resolve(resource))
    accept(where, f"IAM5[Resource::{shown}]", reason)


def _shown(value: Any) -> str:
    """Returns a resolved text as the linter prints it: references in angle brackets."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return separator.join(map(_shown, parts))
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
        case _:
            return str(value)
