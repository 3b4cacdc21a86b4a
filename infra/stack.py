"""The whole platform as one stack: constructs, and the wires between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import App, CfnOutput, CfnResource, Stack, Tags
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam

from touchstone.infra.accepted import accept_wildcard
from touchstone.infra.alerts import Alerts
from touchstone.infra.capacity import runs_code, share_out
from touchstone.infra.dashboard import GraderWatch, watch_helper
from touchstone.infra.executor import Executor
from touchstone.infra.function import Function
from touchstone.infra.job_endpoints import JobEndpoints
from touchstone.infra.job_role import JobRole
from touchstone.infra.job_starter import JobStarter
from touchstone.infra.judge_access import let_judge
from touchstone.infra.manifest import manifest
from touchstone.infra.monitor import Monitor
from touchstone.infra.names import output_name
from touchstone.infra.package import grader_package
from touchstone.infra.placing import environment, settle, synthesizer
from touchstone.infra.regrade import Regrade
from touchstone.infra.rollouts import Rollouts
from touchstone.infra.settings import Deployed, Stage, function_name
from touchstone.infra.storage import Storage
from touchstone.sandbox.bundles import VARIABLE
from touchstone.settings import SettingsError

MOST_RESOURCES = 500  # Source: CloudFormation user guide, "Understand CloudFormation quotas".


class TouchstoneStack(Stack):
    """Every grader of graders.toml as a function, and what they share.

    Args:
        app: The CDK app.
        construct_id: The stack's name.
        stage: How it is made.
        deployed: The graders.
        held: Grader to the number of the version that its alias stays at in this deployment.

    Raises:
        SettingsError: It needs more resources than a stack can hold.
    """

    def __init__(
        self,
        app: App,
        construct_id: str,
        *,
        stage: Stage,
        deployed: Sequence[Deployed],
        held: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            app,
            construct_id,
            description=f"Touchstone reward graders ({stage.name})",
            env=environment(app, stage.place),
            synthesizer=synthesizer(stage.place),
            termination_protection=stage.keep_data,
        )
        self._held = held or {}
        Tags.of(self).add("touchstone-stage", stage.name)
        settle(self, stage.place)
        storage = Storage(self, "Storage", stage=stage)
        alerts = Alerts(self, "Alerts", stage=stage, key=storage.key)
        self._capacity = capacity = share_out(stage, deployed)
        executor = (
            Executor(
                self,
                "Executor",
                stage=stage,
                key=storage.key,
                graders=[one.grader for one in deployed if runs_code(one)],
                capacity=capacity,
            )
            if any(map(runs_code, deployed))
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
            self._say(
                f"Grader{output_name(one.grader.name)}Logs",
                function.log_group.log_group_name,
                f"What {one.grader.name} writes: faults, and a record per rollout",
            )
        regrade = Regrade(
            self,
            "Regrade",
            stage=stage,
            storage=storage,
            graders=graders,
            copies=capacity.regrader,
        )
        monitor = Monitor(self, "Monitor", stage=stage, storage=storage)
        helpers = executor.functions if executor else {}
        for name, function in {**helpers, "monitor": monitor.function}.items():
            dashboard.add_widgets(*watch_helper(self, name, function, alerts.topic))
        if stage.job_vpc and stage.job_vpc.endpoints:
            JobEndpoints(self, "JobEndpoints", job_vpc=stage.job_vpc)
        job = JobRole(self, "Job", stage=stage, storage=storage, graders=graders)
        self._say("JobRoleArn", job.role.role_arn, "Pick this service role for the fine-tuning job")
        self._say("TrainingBucket", storage.training.bucket_name, "Upload training data here")
        self._say("OutputBucket", storage.output.bucket_name, "The job's output location")
        self._say("RolloutsBucket", storage.rollouts.bucket_name, "Rollout records, for Athena")
        key = storage.model_key.key_arn
        self._say("ModelKeyArn", key, "Pick this key to encrypt the custom model")
        self._say("RegradeMachineArn", regrade.machine.state_machine_arn, "Grades rows in S3")
        self._say("AlertTopicArn", alerts.topic.topic_arn, "Alarms and job states are told here")
        shown = f"https://{self.region}.console.aws.amazon.com/cloudwatch/home?region={self.region}"
        shown += f"#dashboards/dashboard/touchstone-{stage.name}"
        self._say("DashboardUrl", shown, "What the graders do")
        starter = JobStarter(
            self, "JobStarter", storage=storage, job=job, graders=graders, regrade=regrade
        )
        arn = starter.policy.managed_policy_arn
        self._say("JobStarterPolicyArn", arn, "Attach this policy to who starts jobs")
        self.template_options.metadata = {"Touchstone": manifest(deployed, stage)}
        self._check_size(len(deployed))

    def _check_size(self, graders: int) -> None:
        made = sum(isinstance(one, CfnResource) for one in self.node.find_all())
        if made > MOST_RESOURCES:
            raise SettingsError(
                f"stage {self.stack_name}: {graders} graders need {made} resources, and a stack "
                f"holds {MOST_RESOURCES}; give some of them deploy = false, and deploy those from "
                "a graders.toml of their own as another stage"
            )

    def _grader(
        self, one: Deployed, stage: Stage, storage: Storage, executor: Executor | None
    ) -> Function:
        grader = one.grader
        environment = {"TOUCHSTONE_GRADER": grader.name}
        if stage.record_text:
            environment["TOUCHSTONE_RECORD_TEXT"] = "1"
        runner = executor.function_for(grader) if executor and runs_code(one) else None
        if runner:
            # By version: a job that is held to a version of the grader is held to its sandbox.
            environment[VARIABLE] = runner.version.function_arn
        if runner and stage.tenant_isolation:
            environment["TOUCHSTONE_TENANT"] = grader.name
        function = Function(
            self,
            f"Grader-{grader.name}",
            name=function_name(one, stage),
            code=grader_package(one, stage.architecture),
            handler="touchstone.lambdas.grader.handler.lambda_handler",
            settings=one.function,
            stage=stage,
            key=storage.key,
            description=f"grader {grader.name} ({grader.template.name})",
            environment=environment,
            holds_code="sandbox" in grader.template.needs,
            copies=self._capacity.grader,
            held_at=self._held.get(grader.name, ""),
        )
        if runner:
            any_version = f"{runner.function.function_arn}:*"
            function.role.add_to_policy(
                iam.PolicyStatement(
                    sid="Executor", actions=["lambda:InvokeFunction"], resources=[any_version]
                )
            )
            accept_wildcard(function.role, any_version, "Each version calls an executor's version")
        let_judge(function.role, grader)
        self._say(
            f"Grader{output_name(grader.name)}Arn",
            function.alias.function_arn,
            f"Pick this Lambda as the reward function to train with {grader.name}",
        )
        return function

    def _say(self, name: str, value: str, what: str) -> None:
        CfnOutput(self, name, value=value, description=what)
