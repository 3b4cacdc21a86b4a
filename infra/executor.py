"""Where untrusted code runs: functions that may do nothing and reach nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from touchstone.grader import Grader
from touchstone.infra.accepted import accept_wildcard
from touchstone.infra.capacity import Capacity, executors
from touchstone.infra.function import Function
from touchstone.infra.network import Network
from touchstone.infra.package import executor_package, function_package
from touchstone.infra.settings import Stage
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
        functions: By name: ``executor``, and one more for each list of libraries. Each version of
            a grader invokes a version of one of them.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        key: kms.IKey,
        graders: Sequence[Grader],
        capacity: Capacity,
    ) -> None:
        super().__init__(scope, construct_id)
        self.functions: dict[str, Function] = {}
        self._stage, self._key = stage, key
        self._served = Counter(map(_name_for, graders))
        self._capacity = capacity
        self._network = Network(self, "Network", stage=stage, key=key)

    def function_for(self, grader: Grader) -> Function:
        """Returns the function whose versions a grader invokes to run code.

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
            handler="touchstone.lambdas.executor.handler.lambda_handler",
            settings=stage.executor,
            stage=stage,
            key=self._key,
            description="runs untrusted code",
            environment={"TOUCHSTONE_LIBRARIES": f"/var/task/{FOLDER}"} if with_libraries else None,
            network=self._network,
            tenant_isolation=stage.tenant_isolation,
            holds_code=True,
            copies=executors(self._capacity, self._served[short]),
        )
        self._only_the_service_may_attach(function, name)
        return function

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
