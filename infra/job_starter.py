"""What a person needs who plans, launches, watches, deploys and compares jobs: one policy."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.accepted import accept_wildcard
from infra.function import Function
from infra.job_role import JobRole
from infra.storage import Storage

# Calls of the command line whose resources AWS does not let a policy name, or that have none.
_ANYWHERE = [
    "bedrock:ListModelCustomizationJobs",
    "cloudwatch:GetMetricStatistics",
    "iam:GetRole",
    "lambda:GetAccountSettings",
    "servicequotas:ListServiceQuotas",
]
_JOBS = [
    "bedrock:CreateCustomModelDeployment",
    "bedrock:CreateModelCustomizationJob",
    "bedrock:GetCustomModel",
    "bedrock:GetCustomModelDeployment",
    "bedrock:GetModelCustomizationJob",
    "bedrock:InvokeModel",
    "bedrock:StopModelCustomizationJob",
]
_GRADERS = [
    "lambda:GetAlias",
    "lambda:GetFunctionConcurrency",
    "lambda:GetFunctionConfiguration",
    "lambda:InvokeFunction",
    "lambda:PublishVersion",
]


class JobStarter(Construct):
    """A managed policy, equal to what ``touchstone job`` and ``touchstone data`` call.

    Attributes:
        policy: To attach to a person's role or permission set.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        storage: Storage,
        job: JobRole,
        graders: Sequence[Function],
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        here = f"arn:{stack.partition}:bedrock:{stack.region}:{stack.account}"
        models = [
            f"{here}:model-customization-job/*",
            f"{here}:custom-model/*",
            f"{here}:custom-model-deployment/*",
            f"{here}:inference-profile/*",
            f"arn:{stack.partition}:bedrock:*::foundation-model/*",
        ]
        functions = [
            arn for one in graders for arn in (one.function.function_arn,
                                               f"{one.function.function_arn}:*")
        ]  # fmt: skip
        logs = [one.log_group.log_group_arn for one in graders]
        buckets = [storage.training, storage.output]
        self.policy = iam.ManagedPolicy(
            self,
            "Policy",
            description="Touchstone: what who starts training jobs needs",
            statements=[
                _allow("Ask", _ANYWHERE, ["*"]),
                _allow("Jobs", _JOBS, models),
                _allow("Graders", _GRADERS, functions),
                _allow("GradersLogs", ["logs:FilterLogEvents"], logs),
                _allow("ListData", ["s3:ListBucket"], [bucket.bucket_arn for bucket in buckets]),
                _allow(
                    "Data",
                    ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                    [bucket.arn_for_objects("*") for bucket in buckets],
                ),
                _allow("Keys", ["kms:Decrypt", "kms:GenerateDataKey"], [storage.key.key_arn]),
                _allow(
                    "ModelKey",
                    ["kms:CreateGrant", "kms:DescribeKey", "kms:GenerateDataKey"],
                    [storage.model_key.key_arn],
                ),
                iam.PolicyStatement(
                    sid="JobRole",
                    actions=["iam:PassRole"],
                    resources=[job.role.role_arn],
                    conditions={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
                ),
            ],
        )
        wild = ["*", *models, *functions, *(bucket.arn_for_objects("*") for bucket in buckets)]
        for resource in wild:
            if "*" in resource:
                why = "Jobs, models, versions and objects have no name before they are made"
                accept_wildcard(self.policy, resource, why)


def _allow(sid: str, actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=actions, resources=resources)
