"""One Lambda function as every one here is made: own role, own log group, version, alias."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from aws_cdk import Annotations, AssetHashType, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from touchstone.infra.accepted import accept, accept_wildcard
from touchstone.infra.network import Network
from touchstone.infra.package import WRAPPER, digest_of
from touchstone.infra.settings import FunctionSettings, Stage
from touchstone.rooms import HOME

ALIAS = "live"


class Function(Construct):
    """A python3.13 function whose role may write its own logs and traces, and nothing else.

    One that ``holds_code`` of others keeps its own process out of that code's sight. ``copies``
    are its own and its most.

    Attributes:
        function: The function itself.
        version: This deployment's. Each is kept, since jobs are held to theirs; its logical id
            goes by the content, so that only a change makes another.
        alias: ``live``, on that version, or on the one that the deployment holds it at.
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
        network: Network | None = None,
        tenant_isolation: bool = False,
        holds_code: bool = False,
        copies: int | None = None,
        held_at: str = "",
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
            code=lambda_.Code.from_asset(
                str(code), asset_hash=digest_of(code), asset_hash_type=AssetHashType.CUSTOM
            ),
            handler=handler,
            memory_size=settings.memory_mb,
            timeout=Duration.seconds(settings.timeout_s),
            reserved_concurrent_executions=copies,
            role=self.role,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.DISABLED if network else lambda_.Tracing.ACTIVE,
            environment={**(environment or {}), **(_HIDDEN if holds_code else {})},
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if settings.snap_start else None,
            vpc=network and network.vpc,
            vpc_subnets=network and network.subnets,
            security_groups=network and network.groups,
            tenancy_config=lambda_.TenancyConfig.PER_TENANT if tenant_isolation else None,
            # A published version would otherwise be patched under a running job.
            runtime_management_mode=lambda_.RuntimeManagementMode.FUNCTION_UPDATE,
            current_version_options=lambda_.VersionOptions(
                removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
            ),
        )
        self.version = self.function.current_version
        accept(self.function, "L1", "The packages are locked, built and tested for python3.13")
        if not network:
            accept_wildcard(self.role, "*", "X-Ray takes traces for no resource in particular")
        if settings.snap_start:
            Annotations.of(self.function).acknowledge_warning(
                "@aws-cdk/aws-lambda:snapStartRequirePublish", "The alias publishes a version"
            )
        self.alias = lambda_.Alias(
            self,
            "Live",
            alias_name=ALIAS,
            version=self._version_of(held_at) if held_at else self.version,
            provisioned_concurrent_executions=copies if settings.provisioned else None,
        )

    def _version_of(self, number: str) -> lambda_.IVersion:
        return lambda_.Version.from_version_attributes(
            self, "HeldAt", lambda_=self.function, version=number
        )


# Source: Lambda developer guide, "Modifying the runtime environment".
_HIDDEN = {"AWS_LAMBDA_EXEC_WRAPPER": f"/var/task/{HOME.name}/{WRAPPER}"}
_ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
