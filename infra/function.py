"""One Lambda function as every one here is made: own role, own log group, version, alias."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from aws_cdk import Annotations, Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.accepted import accept, accept_wildcard
from infra.package import WRAPPER
from infra.settings import FunctionSettings, Stage

ALIAS = "live"


class Function(Construct):
    """A python3.13 function whose role may write its own logs and traces, and nothing else.

    One that ``holds_code`` of others keeps its own process out of that code's sight. ``copies``
    are its own and its most.

    Attributes:
        function: The function itself.
        alias: ``live``, on the version of this deployment.
        log_group: Its own, with retention and the stage's key.
        role: For the caller to grant what else it needs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        code: Path,
        handler: str,
        settings: FunctionSettings,
        stage: Stage,
        key: kms.IKey,
        description: str,
        environment: Mapping[str, str] | None = None,
        vpc: ec2.IVpc | None = None,
        security_groups: list[ec2.ISecurityGroup] | None = None,
        tenant_isolation: bool = False,
        holds_code: bool = False,
        copies: int | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/touchstone/{stage.name}/{name}",
            retention=logs.RetentionDays.ONE_MONTH,
            encryption_key=key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Any of CloudWatch's steps in days; its own enumeration would need a table here.
        cast(
            "logs.CfnLogGroup", self.log_group.node.default_child
        ).retention_in_days = stage.log_retention_days
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"Touchstone {stage.name}: {description}",
        )
        self.log_group.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            description=description,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=_ARCHITECTURES[stage.architecture],
            code=lambda_.Code.from_asset(str(code)),
            handler=handler,
            memory_size=settings.memory_mb,
            timeout=Duration.seconds(settings.timeout_s),
            reserved_concurrent_executions=copies,
            role=self.role,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.DISABLED if vpc else lambda_.Tracing.ACTIVE,
            environment={**(environment or {}), **(_HIDDEN if holds_code else {})},
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if settings.snap_start else None,
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
            if vpc
            else None,
            security_groups=security_groups,
            tenancy_config=lambda_.TenancyConfig.PER_TENANT if tenant_isolation else None,
        )
        accept(self.function, "L1", "The packages are locked, built and tested for python3.13")
        if not vpc:
            accept_wildcard(self.role, "*", "X-Ray takes traces for no resource in particular")
        if settings.snap_start:
            Annotations.of(self.function).acknowledge_warning(
                "@aws-cdk/aws-lambda:snapStartRequirePublish", "The alias publishes a version"
            )
        self.alias = lambda_.Alias(
            self,
            "Live",
            alias_name=ALIAS,
            version=self.function.current_version,
            provisioned_concurrent_executions=copies if settings.provisioned else None,
        )


# Source: Lambda developer guide, "Modifying the runtime environment".
_HIDDEN = {"AWS_LAMBDA_EXEC_WRAPPER": f"/var/task/{WRAPPER}"}
_ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
