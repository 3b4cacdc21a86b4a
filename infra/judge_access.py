"""Which models a grader's judges may invoke: exactly the configured ones."""

from __future__ import annotations

import re

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from touchstone.grader import Grader, judge_models
from touchstone.infra.accepted import accept_wildcard
from touchstone.judge import AskedModel

# Prefixes of cross-region inference profiles: a geography, whichever comes; no maker of models
# has a name like one. Source: Bedrock user guide, "Supported Regions and models for inference
# profiles".
_GEOGRAPHY = re.compile(r"[a-z]{2}(-gov)?|apac|global")


def let_judge(role: iam.Role, grader: Grader) -> None:
    """Grants a role what it needs to ask the grader's judge and panel, if they are AWS's."""
    stack = Stack.of(role)
    models = [model for model in judge_models(grader) if model.aws_action]
    for statement in (statement for model in models for statement in _for_model(model, stack)):
        role.add_to_policy(statement)
        for resource in statement.resources:
            if "*" in resource:
                accept_wildcard(role, resource, "Where a profile routes; bound to that profile")


def _for_model(asked: AskedModel, stack: Stack) -> list[iam.PolicyStatement]:
    model, action = asked.name, asked.aws_action
    prefix, _, behind = model.rpartition("/")[2].partition(".")
    if model.startswith("arn:"):
        if "inference-profile/" not in model:
            return [_allow(action, [model])]
        profile = model
    elif _GEOGRAPHY.fullmatch(prefix):
        profile = stack.format_arn(
            service="bedrock", resource="inference-profile", resource_name=model
        )
    else:
        return [_allow(action, [_foundation_model(stack, stack.region, model)])]
    # An application's own profile does not say which model is behind it.
    behind = behind if _GEOGRAPHY.fullmatch(prefix) else "*"
    # It routes to any region of its geography; a global one also names models by none.
    regions = ["*", ""] if prefix == "global" else ["*"]
    models = _allow(action, [_foundation_model(stack, region, behind) for region in regions])
    models.add_condition("StringLike", {"bedrock:InferenceProfileArn": profile})
    return [_allow(action, [profile]), models]


def _foundation_model(stack: Stack, region: str, model: str) -> str:
    return f"arn:{stack.partition}:bedrock:{region}::foundation-model/{model}"


def _allow(action: str, resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=[action], resources=resources)
