"""The role that a Bedrock fine-tuning job takes: read data, write output, call the graders."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from touchstone.infra.accepted import accept_wildcard
from touchstone.infra.function import Function
from touchstone.infra.settings import Stage
from touchstone.infra.storage import Storage


class JobRole(Construct):
    """What CreateModelCustomizationJob's ``roleArn`` names.

    Source of the statements: Bedrock user guide, "Create a service role for model
    customization" and "Set up access for reinforcement fine-tuning".

    Attributes:
        role: Trusts Bedrock only, and only for this account's customization jobs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        storage: Storage,
        graders: Sequence[Function],
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        jobs = stack.format_arn(
            service="bedrock", resource="model-customization-job", resource_name="*"
        )
        self.role = iam.Role(
            self,
            "Role",
            description=f"Touchstone {stage.name}: Bedrock fine-tuning jobs",
            assumed_by=iam.ServicePrincipal(
                "bedrock.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnEquals": {"aws:SourceArn": jobs},
                },
            ),
        )
        storage.let_read(self.role, storage.training)
        storage.let_read(self.role, storage.output)
        storage.let_write(self.role, storage.output)
        self._encrypt_model(stack, storage)
        for grader in graders:
            # The job names a qualified ARN, which the unqualified one does not cover.
            any_version = f"{grader.function.function_arn}:*"
            self.role.add_to_policy(
                iam.PolicyStatement(
                    actions=["lambda:InvokeFunction"],
                    resources=[grader.function.function_arn, any_version],
                )
            )
            accept_wildcard(self.role, any_version, "A job may name the alias or one version")
        if stage.job_vpc:
            self._attach_to_vpc(stack, stage.job_vpc.vpc_id)

    def _encrypt_model(self, stack: Stack, storage: Storage) -> None:
        """Lets a job encrypt the custom model with its own key (``customModelKmsKeyId``).

        Source: Bedrock user guide, "Encryption of custom models".
        """
        via = f"bedrock.{stack.region}.amazonaws.com"
        self.role.add_to_policy(
            iam.PolicyStatement(
                sid="EncryptTheModel",
                actions=["kms:CreateGrant", "kms:DescribeKey", "kms:GenerateDataKey"],
                resources=[storage.model_key.key_arn],
                conditions={"StringEquals": {"kms:ViaService": via}},
            )
        )

    def _attach_to_vpc(self, stack: Stack, vpc_id: str) -> None:
        """Lets a job place its network interfaces into one VPC.

        Source: Bedrock user guide, "Protect your model customization jobs using a VPC".
        """
        ec2 = {
            kind: stack.format_arn(service="ec2", resource=kind, resource_name="*")
            for kind in ("network-interface", "subnet", "security-group")
        }
        for pattern in (*ec2.values(), "*"):
            accept_wildcard(self.role, pattern, "As Bedrock documents it, bound by its conditions")
        vpc = stack.format_arn(service="ec2", resource="vpc", resource_name=vpc_id)
        managed = {"aws:RequestTag/BedrockManaged": ["true"]}
        self.role.add_to_policy(
            iam.PolicyStatement(
                sid="DescribeNetwork",
                actions=[
                    "ec2:DescribeNetworkInterfaces",
                    "ec2:DescribeVpcs",
                    "ec2:DescribeDhcpOptions",
                    "ec2:DescribeSubnets",
                    "ec2:DescribeSecurityGroups",
                ],
                resources=["*"],
            )
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                sid="CreateInterfaces",
                actions=["ec2:CreateNetworkInterface"],
                resources=[ec2["network-interface"]],
                conditions={"StringEquals": managed},
            )
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                sid="InThisVpc",
                actions=["ec2:CreateNetworkInterface"],
                resources=[ec2["subnet"], ec2["security-group"]],
                conditions={"ArnEquals": {"ec2:Vpc": vpc}},
            )
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                sid="UseOwnInterfaces",
                actions=[
                    "ec2:CreateNetworkInterfacePermission",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DeleteNetworkInterfacePermission",
                ],
                resources=[ec2["network-interface"]],
                conditions={"StringEquals": {"ec2:ResourceTag/BedrockManaged": "true"}},
            )
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                sid="TagNewInterfaces",
                actions=["ec2:CreateTags"],
                resources=[ec2["network-interface"]],
                conditions={
                    "StringEquals": {"ec2:CreateAction": ["CreateNetworkInterface"]},
                    "ForAllValues:StringEquals": {
                        "aws:TagKeys": ["BedrockManaged", "BedrockModelCustomizationJobArn"]
                    },
                },
            )
        )
