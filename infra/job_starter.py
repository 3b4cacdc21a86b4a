"""What a person needs who plans, launches, watches, deploys and compares jobs: one policy."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from touchstone.infra.accepted import accept_wildcard
from touchstone.infra.function import Function
from touchstone.infra.job_role import JobRole
from touchstone.infra.regrade import Regrade
from touchstone.infra.storage import Storage

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
_REGRADE = [
    "states:DescribeExecution",
    "states:DescribeMapRun",
    "states:ListMapRuns",
    "states:StartExecution",
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
        regrade: Regrade,
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
                _allow("Regrade", _REGRADE, self._regrading(regrade)),
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

    def _regrading(self, regrade: Regrade) -> list[str]:
        """Returns the state machine, and its runs, which have no name before they are started."""
        machine = regrade.machine
        name = machine.state_machine_name
        runs = [
            Stack.of(self).format_arn(
                service="states",
                resource=kind,
                resource_name=f"{name}{rest}",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )
            for kind, rest in (("execution", ":*"), ("mapRun", "/*"))
        ]
        for arn in runs:
            accept_wildcard(self, arn, "Runs are named by whoever starts them")
        return [machine.state_machine_arn, *runs]


def _allow(sid: str, actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=actions, resources=resources)
