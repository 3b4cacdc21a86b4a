"""Whom a role trusts: a service, and only while it works for this account."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam


def working_for_us(stack: Stack, service: str, source: str) -> iam.IPrincipal:
    """Returns a service principal that may act for this account's own resources alone.

    Without it, a stranger who names our role in a resource of theirs would have the service
    use it for them. Source: IAM user guide, "The confused deputy problem".

    Args:
        stack: Whose account and region are meant.
        service: Name of the service in ``<service>.amazonaws.com``.
        source: ARN of the resources that the service acts for, behind the account's number,
            opened by their service: ``firehose:deliverystream/*``.
    """
    owner, _, resources = source.partition(":")
    arn = f"arn:{stack.partition}:{owner}:{stack.region}:{stack.account}:{resources}"
    return iam.PrincipalWithConditions(
        iam.ServicePrincipal(f"{service}.amazonaws.com"),
        {
            "StringEquals": {"aws:SourceAccount": stack.account},
            "ArnLike": {"aws:SourceArn": arn},
        },
    )
