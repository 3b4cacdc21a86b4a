"""Endpoints in the VPC that jobs run in: its way to the data and to the graders."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from touchstone.infra.settings import JobVpc


class JobEndpoints(Construct):
    """S3 by the route tables, Lambda by network interfaces."""

    def __init__(self, scope: Construct, construct_id: str, *, job_vpc: JobVpc) -> None:
        super().__init__(scope, construct_id)
        region = Stack.of(self).region
        ec2.CfnVPCEndpoint(
            self,
            "S3",
            vpc_id=job_vpc.vpc_id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=job_vpc.route_table_ids,
        )
        ec2.CfnVPCEndpoint(
            self,
            "Lambda",
            vpc_id=job_vpc.vpc_id,
            service_name=f"com.amazonaws.{region}.lambda",
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=job_vpc.subnet_ids,
            security_group_ids=job_vpc.security_group_ids,
        )
