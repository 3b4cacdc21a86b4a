"""A stack put where its account prescribes: environment, bootstrap, tags, and every role."""

from __future__ import annotations

import jsii
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

from touchstone.infra.place import Place

_ZONES = 2


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
    return place.availability_zones or [Fn.select(n, Fn.get_azs()) for n in range(_ZONES)]


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
