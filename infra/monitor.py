"""The scheduled monitor: groups rebuilt from rollout records, across calls."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from touchstone.infra.function import Function
from touchstone.infra.package import function_package
from touchstone.infra.settings import FunctionSettings, Stage
from touchstone.infra.storage import Storage
from touchstone.monitor import PREFIX


class Monitor(Construct):
    """A small function on a schedule, which may read the records and nothing else."""

    def __init__(
        self, scope: Construct, construct_id: str, *, stage: Stage, storage: Storage
    ) -> None:
        super().__init__(scope, construct_id)
        self.function = Function(
            self,
            "Run",
            name=f"touchstone-{stage.name}-monitor",
            code=function_package("monitor", stage.architecture),
            handler="touchstone.lambdas.monitor.handler.lambda_handler",
            settings=FunctionSettings(memory_mb=512, timeout_s=120),
            stage=stage,
            key=storage.key,
            description="rebuilds rollout groups",
            environment={
                "TOUCHSTONE_ROLLOUTS": storage.rollouts.bucket_name,
                # Twice the period, so that a group on the edge is seen whole once.
                "TOUCHSTONE_WINDOW_MINUTES": str(2 * stage.monitor_minutes),
            },
        )
        storage.let_read(self.function.role, storage.rollouts, PREFIX)
        events.Rule(
            self,
            "Schedule",
            schedule=events.Schedule.rate(Duration.minutes(stage.monitor_minutes)),
            targets=[targets.LambdaFunction(self.function.alias)],
        )
