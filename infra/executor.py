"""Where untrusted code runs: a function that may do nothing and reach nothing."""

from __future__ import annotations

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.accepted import accept_wildcard
from infra.function import Function
from infra.network import Network
from infra.package import function_package
from infra.settings import Stage

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
        function: Invoked by the graders that run code, each version by a version of this.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        network = Network(self, "Network", stage=stage, key=key)
        name = f"touchstone-{stage.name}-executor"
        self.function = Function(
            self,
            "Run",
            name=name,
            code=function_package("executor", stage.architecture),
            handler="lambdas.executor.handler.lambda_handler",
            settings=stage.executor,
            stage=stage,
            key=key,
            description="runs untrusted code",
            network=network,
            tenant_isolation=stage.tenant_isolation,
            holds_code=True,
        )
        self._only_the_service_may_attach(name)

    def _only_the_service_may_attach(self, name: str) -> None:
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
        self.function.role.add_to_policy(
            iam.PolicyStatement(sid="LambdaAttaches", actions=_ENI_ACTIONS, resources=["*"])
        )
        accept_wildcard(
            self.function.role,
            "*",
            "Lambda's way into a VPC cannot be named before it is made; denied to the code below",
        )
        self.function.role.add_to_policy(
            iam.PolicyStatement(
                sid="CodeDoesNothing",
                effect=iam.Effect.DENY,
                not_actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=["*"],
                conditions={"ArnEquals": {"lambda:SourceFunctionArn": arn}},
            )
        )
