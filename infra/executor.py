"""Where untrusted code runs: functions that may do nothing and reach nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.accepted import accept, accept_wildcard
from infra.function import Function
from infra.package import executor_package, function_package
from infra.settings import Stage
from infra.trust import working_for_us
from touchstone.grader import Grader
from touchstone.libraries import FOLDER, locked

_ENI_ACTIONS = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]


class Executor(Construct):
    """Runs candidates' and users' code in isolated subnets without any way out.

    Attributes:
        functions: By name: ``executor``, and one more for each list of libraries.
        vpc: Two isolated subnets: no gateway, no NAT, no endpoint.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        key: kms.IKey,
        graders: Sequence[Grader],
        copies: int | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.functions: dict[str, Function] = {}
        self._stage, self._key = stage, key
        self._served = Counter(map(_name_for, graders))
        self._copies = copies
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.71.0.0/24"),
            max_azs=2,
            nat_gateways=0,
            create_internet_gateway=False,
            # The resolver passes every security group: a name is a message to whoever owns it.
            enable_dns_support=False,
            enable_dns_hostnames=False,
            restrict_default_security_group=False,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=26
                )
            ],
        )
        self._sealed = ec2.SecurityGroup(
            self,
            "Sealed",
            vpc=self.vpc,
            description="No way in and no way out",
            allow_all_outbound=False,
        )
        # Without entries it lets nothing through; invocations do not come by the subnets.
        acl = ec2.NetworkAcl(
            self,
            "NothingPasses",
            vpc=self.vpc,
            subnet_selection=ec2.SubnetSelection(subnets=self.vpc.isolated_subnets),
        )
        accept(acl, "VPC3", "It has no entry, which shuts the subnets a second time")
        self._log_attempts(stage, key)

    def function_for(self, grader: Grader) -> Function:
        """Returns the function that a grader invokes, through its alias, to run code.

        Raises:
            SettingsError: The libraries are not locked, or too large for Lambda.
        """
        lock, name = locked(grader), _name_for(grader)
        if name not in self.functions:
            architecture = self._stage.architecture
            package = (
                executor_package(lock, architecture)
                if lock
                else function_package(name, architecture)
            )
            self.functions[name] = self._function(name, package, with_libraries=bool(lock))
        return self.functions[name]

    def _function(self, short: str, package: Path, *, with_libraries: bool) -> Function:
        stage = self._stage
        name = f"touchstone-{stage.name}-{short}"
        function = Function(
            self,
            "Run" + short.removeprefix("executor"),
            name=name,
            code=package,
            handler="lambdas.executor.handler.lambda_handler",
            settings=stage.executor,
            stage=stage,
            key=self._key,
            description="runs untrusted code",
            environment={"TOUCHSTONE_LIBRARIES": f"/var/task/{FOLDER}"} if with_libraries else None,
            vpc=self.vpc,
            security_groups=[self._sealed],
            tenant_isolation=stage.tenant_isolation,
            holds_code=True,
            copies=self._copies_of(short),
        )
        self._only_the_service_may_attach(function, name)
        return function

    def _copies_of(self, name: str) -> int | None:
        """Returns a function's part of all copies: as its graders are of those that run code."""
        if self._copies is None:
            return None
        return self._copies * self._served[name] // self._served.total()

    def _log_attempts(self, stage: Stage, key: kms.IKey) -> None:
        """Keeps a record of what was refused: honest candidates never try."""
        group = logs.LogGroup(
            self,
            "Attempts",
            log_group_name=f"/touchstone/{stage.name}/executor-refused-traffic",
            retention=logs.RetentionDays.THREE_MONTHS,
            encryption_key=key,
            removal_policy=RemovalPolicy.DESTROY,
        )
        flows = working_for_us(Stack.of(self), "vpc-flow-logs", "ec2:vpc-flow-log/*")
        role = iam.Role(self, "LogAttempts", assumed_by=flows)
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, role),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )

    def _only_the_service_may_attach(self, function: Function, name: str) -> None:
        """Grants the network interfaces that Lambda needs, and denies everything to the code.

        Lambda attaches a function to a VPC with the function's own role, in calls that do not
        carry ``lambda:SourceFunctionArn``. Calls of the code do, and so does the delivery of
        its log, which is why that alone is spared.
        Source: Lambda developer guide, "Giving Lambda functions access to resources in an
        Amazon VPC" and "Using source function ARN to control function access behavior".
        """
        arn = Stack.of(self).format_arn(
            service="lambda",
            resource="function",
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        function.role.add_to_policy(
            iam.PolicyStatement(sid="LambdaAttaches", actions=_ENI_ACTIONS, resources=["*"])
        )
        accept_wildcard(
            function.role,
            "*",
            "Lambda's way into a VPC cannot be named before it is made; denied to the code below",
        )
        function.role.add_to_policy(
            iam.PolicyStatement(
                sid="CodeDoesNothing",
                effect=iam.Effect.DENY,
                not_actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=["*"],
                conditions={"ArnEquals": {"lambda:SourceFunctionArn": arn}},
            )
        )


def _name_for(grader: Grader) -> str:
    """Returns the short name of the function that runs a grader's code."""
    lock = locked(grader)
    return f"executor-{lock.digest}" if lock else "executor"
