"""The policy of who starts jobs allows what the command line calls, and nothing besides."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name

from tests.infra.conftest import listed

WORKBENCH = Path(__file__).parents[2] / "workbench"
# Deploying is not starting jobs: docs/deploy.md says who may. Nor is bringing graders along, or
# keeping runs in a bucket of one's own: docs/migrate.md and docs/runs.md say what those ask.
OTHERS = {"deploy", "graders", "rehearse"}
ALONE = {("cli", "deploy.py"), ("cli", "versions.py"), ("runs", "remote.py")}
SERVICES = ("bedrock", "bedrock-runtime", "cloudwatch", "iam", "lambda", "logs", "s3",
            "service-quotas", "stepfunctions")  # fmt: skip
# boto3's names that are no operation's, and operations whose action is called otherwise.
TRANSFERS = {"upload_file": "PutObject", "upload_fileobj": "PutObject"}
ACTIONS = {"Converse": "InvokeModel", "Invoke": "InvokeFunction", "HeadObject": "GetObject",
           "ListObjectsV2": "ListBucket"}  # fmt: skip
PREFIXES = {
    "bedrock-runtime": "bedrock",
    "service-quotas": "servicequotas",
    "stepfunctions": "states",
}
# What a call needs besides: to pass the job's role, to give up a broken upload, to use keys.
BESIDES = {"iam:PassRole", "s3:AbortMultipartUpload", "kms:CreateGrant", "kms:Decrypt",
           "kms:DescribeKey", "kms:GenerateDataKey"}  # fmt: skip


@cache
def operations():
    """boto3's name of an operation to its action, of the services that the workbench asks."""
    session = botocore.session.get_session()
    found = {}
    for service in SERVICES:
        prefix = PREFIXES.get(service, service)
        model: Any = session.get_service_model(service)
        for name in model.operation_names:
            found.setdefault(xform_name(name), f"{prefix}:{ACTIONS.get(name, name)}")
    return found | {name: f"s3:{action}" for name, action in TRANSFERS.items()}


def called():
    """Actions of every boto3 call in the workbench: methods, and names of paginators."""
    for path in WORKBENCH.rglob("*.py"):
        room = path.relative_to(WORKBENCH).parts
        if room[0] in OTHERS or room in ALONE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="get_paginator"), args=[ast.Constant(name)]):
                    yield operations()[name]
                case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in operations():
                    if "client" in (of := ast.unparse(owner)) or of in ("lambda_", "self._bedrock"):
                        yield operations()[name]


def test_the_policy_is_what_the_command_line_calls(full):
    (policy,) = full.of("IAM::ManagedPolicy").values()
    statements = policy["PolicyDocument"]["Statement"]
    allowed = {action for statement in statements for action in listed(statement["Action"])}
    assert allowed - BESIDES == set(called())
    assert allowed >= BESIDES


def test_only_what_has_no_resource_is_allowed_everywhere(full):
    (policy,) = full.of("IAM::ManagedPolicy").values()
    statements = policy["PolicyDocument"]["Statement"]
    anywhere = [s for s in statements if "*" in listed(s["Resource"])]
    assert {action for s in anywhere for action in listed(s["Action"])} == {
        "bedrock:ListModelCustomizationJobs", "cloudwatch:GetMetricStatistics", "iam:GetRole",
        "lambda:GetAccountSettings", "servicequotas:ListServiceQuotas",
    }  # fmt: skip
    (passes,) = [s for s in statements if "iam:PassRole" in listed(s["Action"])]
    assert passes["Condition"] == {"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}}


def test_every_call_is_found():
    # A service that is asked and not listed here would be missed.
    text = "\n".join(path.read_text("utf-8") for path in WORKBENCH.rglob("*.py"))
    asked = set(re.findall(r"client\(\"([a-z0-9-]+)\"", text))
    assert asked - {"cloudformation", "sagemaker", "sts"} <= set(SERVICES)
