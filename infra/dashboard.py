"""What an operator looks at, and what wakes them: a row and seven alarms per grader."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.function import ALIAS, Function
from infra.settings import Deployed, Stage
from touchstone.observe import NAMESPACE

_PERIOD = Duration.minutes(5)
# Shares and means outside these say that a job learns nothing, or the wrong thing.
UNSCORED_SHARE = 0.05
FLAT_SHARE = 0.6
SATURATED = (0.05, 0.95)
# Of the function's timeout, at the 99th percentile.
_NEAR_TIMEOUT = 0.8


class GraderWatch(Construct):
    """One grader's alarms and its row of the dashboard.

    Attributes:
        widgets: The row, for the stage's dashboard.
        alarms: All of them, already told to the topic.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        one: Deployed,
        function: Function,
        stage: Stage,
        topic: sns.ITopic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._grader = one.grader.name
        self._function = function
        self._action = actions.SnsAction(topic)  # pyright: ignore[reportArgumentType]
        self.alarms: list[cloudwatch.Alarm] = []
        reward = self._metric("Reward", "Average")
        self._alarm("UnscoredShare", self._share("Unscored", "Samples"), UNSCORED_SHARE)
        self._alarm("Errors", self._lambda("Errors", "Sum"), 0)
        self._alarm("Throttles", self._lambda("Throttles", "Sum"), 0)
        self._alarm(
            "NearTimeout",
            self._lambda("Duration", "p99"),
            one.function.timeout_s * 1000 * _NEAR_TIMEOUT,
        )
        self._alarm("FlatGroups", self._share("FlatGroups", "Groups"), FLAT_SHARE)
        self._alarm("RewardHigh", reward, SATURATED[1])
        self._alarm("RewardLow", reward, SATURATED[0], below=True)
        if stage.judge_usd_per_hour and "judge" in one.grader.template.needs:
            spend = self._metric("JudgeCostUsd", "Sum", Duration.hours(1))
            self._alarm("JudgeSpend", spend, stage.judge_usd_per_hour, periods=1)
        self.widgets = self._row(one)

    def _row(self, one: Deployed) -> list[cloudwatch.IWidget]:
        criteria = [
            self._metric(f"Criterion_{name}", "Average") for name in one.grader.template.criteria
        ]
        samples = [self._metric(name, "Sum") for name in ("Scored", "Unscored")]
        rewards = [self._metric("Reward", statistic) for statistic in ("p10", "p50", "p90")]
        latency = [self._lambda("Duration", statistic) for statistic in ("p50", "p99")]
        flat = [self._share("FlatGroups", "Groups"), self._share("Unscored", "Samples")]
        return [
            self._graph("reward", [self._metric("Reward", "Average"), *rewards]),
            self._graph("criteria", criteria),
            self._graph("samples", samples),
            self._graph("flat groups and unscored, share", flat),
            self._graph("milliseconds", latency),
            self._graph(
                "judge: USD, tokens; sandbox: seconds",
                [
                    self._metric(name, "Sum")
                    for name in (
                        "JudgeCostUsd", "JudgeInputTokens", "JudgeOutputTokens", "SandboxSeconds",
                    )
                ],
            ),
        ]  # fmt: skip

    def _graph(self, what: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
        return cloudwatch.GraphWidget(
            title=f"{self._grader}: {what}", left=list(metrics), width=4, height=6
        )

    def _metric(self, name: str, statistic: str, period: Duration = _PERIOD) -> cloudwatch.IMetric:
        """One of the grader's own metrics, over all versions behind the alias."""
        version = self._function.function.current_version.version
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={"service": self._grader, "version": version},
            statistic=statistic,
            period=period,
        )

    def _lambda(self, name: str, statistic: str) -> cloudwatch.IMetric:
        return cloudwatch.Metric(
            namespace="AWS/Lambda",
            metric_name=name,
            dimensions_map={
                "FunctionName": self._function.function.function_name,
                "Resource": f"{self._function.function.function_name}:{ALIAS}",
            },
            statistic=statistic,
            period=_PERIOD,
        )

    def _share(self, part: str, whole: str) -> cloudwatch.IMetric:
        # A graph refuses two metrics with one id, so each is called by its own name.
        return cloudwatch.MathExpression(
            expression=f"{part.lower()} / {whole.lower()}",
            using_metrics={
                part.lower(): self._metric(part, "Sum"),
                whole.lower(): self._metric(whole, "Sum"),
            },
            label=f"{part} / {whole}",
            period=_PERIOD,
        )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        *,
        below: bool = False,
        periods: int = 3,
    ) -> None:
        operator = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=threshold,
            comparison_operator=operator.LESS_THAN_THRESHOLD
            if below
            else operator.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            # A job pauses between its rounds; silence is no fault.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=f"Touchstone grader {self._grader}: {name}",
        )
        alarm.add_alarm_action(self._action)
        self.alarms.append(alarm)
