"""The whole platform as one stack: constructs, and the wires between them."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import CfnOutput, Stack, Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.alerts import Alerts
from infra.capacity import executors, runs_code, share_out
from infra.dashboard import GraderWatch, watch_helper
from infra.executor import Executor
from infra.function import Function
from infra.job_endpoints import JobEndpoints
from infra.job_role import JobRole
from infra.judge_access import let_judge
from infra.monitor import Monitor
from infra.package import grader_package
from infra.regrade import Regrade
from infra.rollouts import Rollouts
from infra.settings import Deployed, Stage, function_name
from infra.storage import Storage
from touchstone.sandbox.bundles import VARIABLE


class TouchstoneStack(Stack):
    """Every grader of graders.toml as a function, and what they share."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, deployed: Sequence[Deployed]
    ) -> None:
        super().__init__(
            scope, construct_id, description=f"Touchstone reward graders ({stage.name})"
        )
        Tags.of(self).add("touchstone-stage", stage.name)
        storage = Storage(self, "Storage", stage=stage)
        alerts = Alerts(self, "Alerts", stage=stage, key=storage.key)
        self._capacity = capacity = share_out(stage, deployed)
        code = sum(map(runs_code, deployed))
        copies = executors(capacity, code)
        executor = (
            Executor(self, "Executor", stage=stage, key=storage.key, copies=copies)
            if code
            else None
        )
        graders = [self._grader(one, stage, storage, executor) for one in deployed]
        rollouts = Rollouts(self, "Rollouts", stage=stage, storage=storage)
        dashboard = cloudwatch.Dashboard(
            self, "Dashboard", dashboard_name=f"touchstone-{stage.name}"
        )
        for one, function in zip(deployed, graders, strict=True):
            rollouts.record(one.grader.name, function)
            watch = GraderWatch(
                self,
                f"Watch-{one.grader.name}",
                one=one,
                function=function,
                stage=stage,
                topic=alerts.topic,
            )
            dashboard.add_widgets(*watch.widgets)
        regrade = Regrade(
            self,
            "Regrade",
            stage=stage,
            storage=storage,
            graders=graders,
            copies=capacity.regrader,
        )
        monitor = Monitor(self, "Monitor", stage=stage, storage=storage)
        helpers = {"executor": executor.function} if executor else {}
        for name, function in {**helpers, "monitor": monitor.function}.items():
            watch_helper(self, name, function, alerts.topic)
        if stage.job_vpc and stage.job_vpc.endpoints:
            JobEndpoints(self, "JobEndpoints", job_vpc=stage.job_vpc)
        job = JobRole(self, "Job", stage=stage, storage=storage, graders=graders)
        self._say("JobRoleArn", job.role.role_arn, "Pick this service role for the fine-tuning job")
        self._say("TrainingBucket", storage.training.bucket_name, "Upload training data here")
        self._say("OutputBucket", storage.output.bucket_name, "The job's output location")
        self._say("ModelKeyArn", storage.key.key_arn, "Pick this key to encrypt the custom model")
        self._say("RegradeMachineArn", regrade.machine.state_machine_arn, "Grades rows in S3")
        self._say("AlertTopicArn", alerts.topic.topic_arn, "Alarms and job states are told here")

    def _grader(
        self, one: Deployed, stage: Stage, storage: Storage, executor: Executor | None
    ) -> Function:
        grader = one.grader
        environment = {"TOUCHSTONE_GRADER": grader.name}
        if stage.record_text:
            environment["TOUCHSTONE_RECORD_TEXT"] = "1"
        if not runs_code(one):
            executor = None
        if executor:
            environment[VARIABLE] = executor.function.alias.function_arn
        if executor and stage.tenant_isolation:
            environment["TOUCHSTONE_TENANT"] = grader.name
        function = Function(
            self,
            f"Grader-{grader.name}",
            name=function_name(one, stage),
            code=grader_package(one, stage.architecture),
            handler="lambdas.grader.handler.lambda_handler",
            settings=one.function,
            stage=stage,
            key=storage.key,
            description=f"grader {grader.name} ({grader.template.name})",
            environment=environment,
            holds_code="sandbox" in grader.template.needs,
            copies=self._capacity.grader,
        )
        if executor:
            function.role.add_to_policy(
                iam.PolicyStatement(
                    sid="Executor",
                    actions=["lambda:InvokeFunction"],
                    resources=[executor.function.alias.function_arn],
                )
            )
        let_judge(function.role, grader)
        self._say(
            f"Grader-{grader.name}-Arn",
            function.alias.function_arn,
            f"Pick this Lambda as the reward function to train with {grader.name}",
        )
        return function

    def _say(self, name: str, value: str, what: str) -> None:
        CfnOutput(self, name.replace("-", "").replace("_", ""), value=value, description=what)
