"""What an account prescribes: where a stage goes, and what of the account's own it must use."""

from __future__ import annotations

from typing import Annotated

import jsii
import msgspec
from aws_cdk import (
    App,
    AspectPriority,
    Aspects,
    DefaultStackSynthesizer,
    Environment,
    Fn,
    IAspect,
    Stack,
    Tags,
)
from aws_cdk import aws_iam as iam
from constructs import IConstruct

ZONES = 2


def _text(pattern: str) -> msgspec.Meta:
    return msgspec.Meta(pattern=f"^({pattern})?$")


class ExecutorVpc(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network of the account's own for the executor, which must be as shut as ours.

    Attributes:
        vpc_id: The VPC, without a resolver.
        subnet_ids: Two or more, without a route to anywhere.
        security_group_ids: Without a rule.
    """

    vpc_id: Annotated[str, msgspec.Meta(pattern="^vpc-[0-9a-f]+$")]
    subnet_ids: Annotated[list[str], msgspec.Meta(min_length=1)]
    security_group_ids: Annotated[list[str], msgspec.Meta(min_length=1)]


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stage's ``place`` in cdk.json. All is optional: without it, the stack makes its own.

    Attributes:
        account: The only account that the stage may go to; the credentials' own when ``""``.
        region: Likewise; together with the account.
        availability_zones: Of the executor's subnets; the region's first two when empty.
        executor_vpc: Where the executor goes, in place of a VPC made for it.
        key_arn: Encrypts data, logs and messages. Its policy must let CloudWatch Logs,
            CloudWatch, Budgets and EventBridge use it.
        model_key_arn: Encrypts custom models.
        training_bucket: Name of the bucket of training data.
        output_bucket: Name of the bucket that jobs write to.
        role_path: Of every role, as in ``/teams/ml/``.
        permissions_boundary: ARN of the policy that bounds every role.
        tags: On every resource that takes tags.
        bootstrap_qualifier: Of the account's own ``cdk bootstrap``.
    """

    account: Annotated[str, _text(r"\d{12}")] = ""
    region: Annotated[str, _text(r"[a-z]{2}(-[a-z]+)+-\d")] = ""
    availability_zones: list[str] = []
    executor_vpc: ExecutorVpc | None = None
    key_arn: Annotated[str, _text(r"arn:[^:]+:kms:.+:key/.+")] = ""
    model_key_arn: Annotated[str, _text(r"arn:[^:]+:kms:.+:key/.+")] = ""
    training_bucket: Annotated[str, _text(r"[a-z0-9.-]{3,63}")] = ""
    output_bucket: Annotated[str, _text(r"[a-z0-9.-]{3,63}")] = ""
    role_path: Annotated[str, _text(r"/([!-~]+/)?")] = ""
    permissions_boundary: Annotated[str, _text(r"arn:[^:]+:iam::.+:policy/.+")] = ""
    tags: dict[str, str] = {}
    bootstrap_qualifier: Annotated[str, _text("[a-z0-9]{1,10}")] = ""


def environment(app: App, place: Place) -> Environment | None:
    """Returns the account and region that a stage is bound to, ``None`` for those of the caller.

    The CDK CLI refuses credentials of another account. Zones are given to it beforehand, since
    it would ask the account for them, and synthesis asks nobody anything.
    """
    if not place.account:
        return None
    asked = f"availability-zones:account={place.account}:region={place.region}"
    app.node.set_context(asked, place.availability_zones or [f"{place.region}{x}" for x in "ab"])
    return Environment(account=place.account, region=place.region)


def synthesizer(place: Place) -> DefaultStackSynthesizer | None:
    """Returns what writes the stack for the account's own bootstrap, ``None`` for CDK's."""
    if not place.bootstrap_qualifier:
        return None
    return DefaultStackSynthesizer(qualifier=place.bootstrap_qualifier)


def zones(place: Place) -> list[str]:
    """Returns the availability zones of the executor's subnets, by name or as a reference."""
    return place.availability_zones or [Fn.select(n, Fn.get_azs()) for n in range(ZONES)]


def settle(stack: Stack, place: Place) -> None:
    """Gives a stack's resources the account's tags, and its roles their path and boundary."""
    for key, value in place.tags.items():
        Tags.of(stack).add(key, value)
    if place.role_path or place.permissions_boundary:
        Aspects.of(stack).add(_Roles(place), priority=AspectPriority.MUTATING)


@jsii.implements(IAspect)
class _Roles:
    def __init__(self, place: Place) -> None:
        self._place = place

    def visit(self, node: IConstruct) -> None:
        """Bounds one role."""
        if isinstance(node, iam.CfnRole):
            node.path = self._place.role_path or None
            node.permissions_boundary = self._place.permissions_boundary or None
        elif isinstance(node, iam.CfnManagedPolicy):
            node.path = self._place.role_path or node.path
