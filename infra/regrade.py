"""Regrading in the account: a state machine that sends the shards of a run to a small worker."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from touchstone.infra.accepted import accept_wildcard
from touchstone.infra.function import Function
from touchstone.infra.package import function_package
from touchstone.infra.settings import FunctionSettings, Stage
from touchstone.infra.storage import Storage

# Shards at once where the stage reserves nothing: four calls of the grader each.
_AT_ONCE = 8
# Of a run's shards, in percent; the manifest names those that are missing.
_TOLERATED = 5
_EACH_RUN = "A run's folder and its shards are named by whoever starts it"


class Regrade(Construct):
    """The state machine ``touchstone-<stage>-regrade``, and its worker.

    The worker reads rows in the buckets of training data and of output, and writes results into
    the latter. The machine is Step Functions' Distributed Map over ``shards.jsonl``.

    Attributes:
        worker: Grades one shard a call.
        machine: Started by ``touchstone regrade``.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        storage: Storage,
        graders: Sequence[Function],
        copies: int | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.worker = Function(
            self,
            "Run",
            name=f"touchstone-{stage.name}-regrade",
            code=function_package("regrade", stage.architecture),
            handler="touchstone.lambdas.regrade.handler.lambda_handler",
            settings=FunctionSettings(memory_mb=512, timeout_s=900),
            stage=stage,
            key=storage.key,
            description="grades shards of rows",
            copies=copies,
        )
        for bucket in (storage.training, storage.output):
            storage.let_read(self.worker.role, bucket)
        storage.let_write(self.worker.role, storage.output)
        for grader in graders:
            any_version = f"{grader.function.function_arn}:*"
            statement = iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[any_version]
            )
            self.worker.role.add_to_policy(statement)
            accept_wildcard(self.worker.role, any_version, "A run names one version of a grader")
        name = f"touchstone-{stage.name}-regrade"
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=name,
            definition_body=sfn.DefinitionBody.from_string(
                json.dumps(definition(copies or _AT_ONCE))
            ),
            definition_substitutions={"Worker": self.worker.alias.function_arn},
            role=self._role(name, stage, storage),
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    "Logs",
                    log_group_name=f"/touchstone/{stage.name}/regrade-machine",
                    encryption_key=storage.key,
                    retention=logs.RetentionDays.THREE_MONTHS,
                    removal_policy=RemovalPolicy.DESTROY,
                ),
                level=sfn.LogLevel.ALL,
            ),
            tracing_enabled=True,
        )
        accept_wildcard(self.machine.role, "*", "Logs and traces are for no resource in particular")

    def _role(self, name: str, stage: Stage, storage: Storage) -> iam.Role:
        stack = Stack.of(self)

        def here(resource: str, more: str = "") -> str:
            return stack.format_arn(
                service="states",
                resource=resource,
                resource_name=f"{name}{more}",
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            )

        role = iam.Role(
            self,
            "MachineRole",
            assumed_by=iam.PrincipalWithConditions(
                iam.ServicePrincipal("states.amazonaws.com"),
                {"StringEquals": {"aws:SourceAccount": stack.account}},
            ),
            description=f"Touchstone {stage.name}: regrading",
        )
        for actions, arn in (
            (["lambda:InvokeFunction"], self.worker.alias.function_arn),
            (["states:StartExecution"], here("stateMachine")),
            (["states:DescribeExecution", "states:StopExecution"], here("execution", ":*")),
            (["states:RedriveExecution"], here("execution", "/*")),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[arn]))
            if arn.endswith("*"):
                accept_wildcard(role, arn, _EACH_RUN)
        storage.let_read(role, storage.output)
        storage.let_write(role, storage.output)
        return role


def definition(at_once: int) -> dict[str, Any]:
    """Returns the state machine, in Amazon's States Language.

    Its input is the run: ``bucket``, ``prefix``, ``function``, ``shards``. The worker waits for a
    busy grader itself, and says where its time was not enough: then it is asked again.
    """
    retry = [
        {
            "ErrorEquals": [
                "Lambda.TooManyRequestsException",
                "Lambda.ServiceException",
                "Lambda.AWSLambdaException",
                "Lambda.SdkClientException",
                "Lambda.ResourceNotReadyException",
                "States.TaskFailed",
                "States.Timeout",
            ],
            "IntervalSeconds": 2,
            "MaxAttempts": 6,
            "BackoffRate": 2,
            "MaxDelaySeconds": 60,
            "JitterStrategy": "FULL",
        }
    ]
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Retry": retry}
    gather = {
        **task,
        "Parameters": {"FunctionName": "${Worker}", "Payload": {"run.$": "$"}},
        "OutputPath": "$.Payload",
    }
    grade = {
        **task,
        "Parameters": {
            "FunctionName": "${Worker}",
            "Payload": {"run.$": "$.run", "shard.$": "$.shard"},
        },
        "ResultSelector": {"done.$": "$.Payload.done"},
        "ResultPath": "$.graded",
        "Next": "All of it?",
    }
    more = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.graded.done", "BooleanEquals": True, "Next": "Done"}],
        "Default": "Grade",
    }
    shards = {
        "Type": "Map",
        "Label": "Shards",
        "MaxConcurrency": at_once,
        "ToleratedFailurePercentage": _TOLERATED,
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {
                "Bucket.$": "$.bucket",
                "Key.$": "States.Format('{}shards.jsonl', $.prefix)",
            },
        },
        "ItemSelector": {"run.$": "$", "shard.$": "$$.Map.Item.Value"},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Grade",
            "States": {"Grade": grade, "All of it?": more, "Done": {"Type": "Succeed"}},
        },
        # Thousands of outcomes are more than a state may hand on.
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {
                "Bucket.$": "$.bucket",
                "Prefix.$": "States.Format('{}map', $.prefix)",
            },
        },
        "ResultPath": None,
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": None, "Next": "Gather what is"}],
        "Next": "Gather",
    }
    return {
        "Comment": "Rows in S3 through a deployed grader, shard by shard",
        "StartAt": "Shards",
        "States": {
            "Shards": shards,
            "Gather": {**gather, "End": True},
            "Gather what is": {**gather, "Next": "Too many failed"},
            "Too many failed": {
                "Type": "Fail",
                "Error": "TooManyShardsFailed",
                "Cause": f"more than {_TOLERATED} % of the shards failed",
            },
        },
    }
