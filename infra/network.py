"""The executor's network: isolated subnets without any way out, ours or the account's own."""

from __future__ import annotations

from aws_cdk import Annotations, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from touchstone.infra.accepted import accept
from touchstone.infra.place import ExecutorVpc
from touchstone.infra.placing import zones
from touchstone.infra.settings import Stage
from touchstone.infra.trust import working_for_us


class Network(Construct):
    """Where untrusted code runs.

    Attributes:
        vpc: Without gateway, NAT, endpoint and resolver, where it is made here.
        subnets: Of the function.
        groups: Without a rule.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        if given := stage.place.executor_vpc:
            self._use(given, stage)
        else:
            self._make(stage, key)

    def _use(self, given: ExecutorVpc, stage: Stage) -> None:
        """Takes the account's network as it is: that it is shut is its owner's to see to."""
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self, "Vpc", vpc_id=given.vpc_id, availability_zones=zones(stage.place)
        )
        named = [
            ec2.Subnet.from_subnet_id(self, f"Subnet{n}", name)
            for n, name in enumerate(given.subnet_ids)
        ]
        for subnet in named:
            Annotations.of(subnet).acknowledge_warning(
                "@aws-cdk/aws-ec2:noSubnetRouteTableId", "Nothing here asks for its routes"
            )
        self.subnets = ec2.SubnetSelection(subnets=named)
        self.groups = [
            ec2.SecurityGroup.from_security_group_id(self, f"Group{n}", name, mutable=False)
            for n, name in enumerate(given.security_group_ids)
        ]

    def _make(self, stage: Stage, key: kms.IKey) -> None:
        self.vpc = vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr("10.71.0.0/24"),
            availability_zones=zones(stage.place),
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
        self.subnets = ec2.SubnetSelection(subnets=vpc.isolated_subnets)
        sealed = ec2.SecurityGroup(
            self,
            "Sealed",
            vpc=vpc,
            description="No way in and no way out",
            allow_all_outbound=False,
        )
        self.groups = [sealed]
        # Without entries it lets nothing through; invocations do not come by the subnets.
        acl = ec2.NetworkAcl(self, "NothingPasses", vpc=vpc, subnet_selection=self.subnets)
        accept(acl, "VPC3", "It has no entry, which shuts the subnets a second time")
        self._log_attempts(vpc, stage, key)

    def _log_attempts(self, vpc: ec2.Vpc, stage: Stage, key: kms.IKey) -> None:
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
        vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, role),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
