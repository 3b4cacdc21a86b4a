"""What an account prescribes: where a stage goes, and what of the account's own it must use."""

from __future__ import annotations

from typing import Annotated

import msgspec


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
