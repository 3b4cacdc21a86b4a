"""What an operator looks at, and what wakes them: a row and its alarms per grader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from touchstone.infra.function import Function
from touchstone.infra.settings import Deployed, Stage
from touchstone.observe import NAMESPACE
from touchstone.outcomes import FaultKind

_PERIOD = Duration.minutes(5)
# Shares and means outside these say that a job learns nothing, or the wrong thing.
UNSCORED_SHARE = 0.05
FLAT_SHARE = 0.6
SATURATED = (0.05, 0.95)
# Of the function's timeout, at the 99th percentile.
_NEAR_TIMEOUT = 0.8
# Of all calls: a full function is slow by design, one that refuses more than it serves is not.
_THROTTLED_SHARE = 0.5


@dataclass(frozen=True)
class Rule:
    """When a number is an alarm: ``points`` periods of the last ``of`` are beyond it.

    A job grades in bursts, a step apart, and periods between them have no data, which is no
    fault: three in a row would never come.
    """

    points: int = 1
    of: int = 1


ONCE = Rule()
# Three bursts of one hour; steps may be twenty minutes apart.
LASTING = Rule(3, 12)
_WINDOWS = Rule(2, 8)


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
        self._topic = topic
        self.alarms: list[cloudwatch.Alarm] = []
        window = Duration.minutes(stage.monitor_minutes)
        reward = self._metric("Reward", "Average")
        self._alarm("UnscoredShare", self._share("Unscored", "Samples"), UNSCORED_SHARE)
        self._alarm("ProvokedFaultShare", self._share("ProvokedFaults", "Samples"), UNSCORED_SHARE)
        self._alarm("Errors", lambda_metric(function, "Errors", "Sum"), 0, rule=ONCE)
        self._alarm("ThrottledShare", throttled_share(function), _THROTTLED_SHARE)
        limit = one.function.timeout_s * 1000 * _NEAR_TIMEOUT
        self._alarm("NearTimeout", lambda_metric(function, "Duration", "p99"), limit)
        self._alarm("FlatGroups", self._share("FlatGroups", "Groups"), FLAT_SHARE)
        # Across calls, since a service may spread a prompt's rollouts over several.
        across = self._metric("WindowAllEqual", "Average", window)
        self._alarm("FlatGroupsAcrossCalls", across, FLAT_SHARE, rule=_WINDOWS)
        self._alarm("RewardHigh", reward, SATURATED[1])
        self._alarm("RewardLow", reward, SATURATED[0], below=True)
        if {"sandbox", "executor"} & one.grader.template.needs:
            # What a busy or broken executor costs; that it was waited for costs nothing.
            lost = self._metric("Unscored_sandbox_fault", "Sum")
            self._alarm("SandboxFaults", lost, 0, rule=ONCE)
        if stage.judge_usd_per_hour and "judge" in one.grader.template.needs:
            spend = self._metric("JudgeCostUsd", "Sum", Duration.hours(1))
            self._alarm("JudgeSpend", spend, stage.judge_usd_per_hour, rule=ONCE)
        self.widgets = self._row(one, window)

    def _row(self, one: Deployed, window: Duration) -> list[cloudwatch.IWidget]:
        def several(names: Sequence[str], statistic: str) -> list[cloudwatch.IMetric]:
            return [self._metric(name, statistic) for name in names]

        template = one.grader.template
        spread = [self._metric("Reward", statistic) for statistic in ("p10", "p50", "p90")]
        kinds = [f"Unscored_{kind}" for kind in get_args(FaultKind)]
        ends = ("WindowAllZero", "WindowAllOne", "WindowAllEqual")
        flat = [self._share("FlatGroups", "Groups"), self._share("Unscored", "Samples")]
        duration = [
            lambda_metric(self._function, "Duration", statistic) for statistic in ("p50", "p99")
        ]
        rows: dict[str, tuple[list[cloudwatch.IMetric], list[cloudwatch.IMetric]]] = {
            "reward": ([self._metric("Reward", "Average"), *spread], [self._by_version("Reward")]),
            "criteria": (several([f"Criterion_{n}" for n in template.criteria], "Average"), []),
            "samples": (several(["Samples", "Scored", "ProvokedFaults", *kinds], "Sum"), []),
            "shares flat and unscored": (
                [*flat, *(self._metric(name, "Average", window) for name in ends)],
                [],
            ),
            "milliseconds; sandbox: seconds, isolation level": (
                duration,
                [self._metric("SandboxSeconds", "Sum"), self._metric("IsolationLevel", "Minimum")],
            ),
            "judge: tokens; USD": (
                several(["JudgeInputTokens", "JudgeOutputTokens"], "Sum"),
                several(["JudgeCostUsd"], "Sum"),
            ),
        }
        return [
            cloudwatch.GraphWidget(
                title=f"{self._grader}: {what}", left=left, right=right, width=4, height=6
            )
            for what, (left, right) in rows.items()
        ]

    def _metric(self, name: str, statistic: str, period: Duration = _PERIOD) -> cloudwatch.IMetric:
        """One of the grader's own metrics, over all its versions: jobs are held to several."""
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={"service": self._grader},
            statistic=statistic,
            period=period,
        )

    def _by_version(self, name: str) -> cloudwatch.IMetric:
        """The mean of one of the grader's metrics, a line for each version that has data."""
        found = f'{{{NAMESPACE},service,version}} MetricName="{name}" service="{self._grader}"'
        return cloudwatch.SearchExpression(
            expression=f"SEARCH('{found}', 'Average', {_PERIOD.to_seconds()})",
            label="version ${PROP('Dim.version')}",
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
        rule: Rule = LASTING,
    ) -> None:
        what = f"Touchstone grader {self._grader}: {name}"
        self.alarms.append(
            _alarm(self, name, metric, threshold, what, self._topic, below=below, rule=rule)
        )


def watch_helper(
    scope: Construct, name: str, function: Function, topic: sns.ITopic
) -> list[cloudwatch.IWidget]:
    """Wakes an operator when a function behind the graders fails; returns its row.

    That it is throttled is shown and wakes nobody: an executor that is busy is waited for, and
    what is lost all the same is the graders' alarm.
    """
    errors = lambda_metric(function, "Errors", "Sum")
    short = name.title().replace("-", "")
    _alarm(scope, f"{short}Errors", errors, 0, f"Touchstone {name}: Errors", topic)
    calls = [lambda_metric(function, what, "Sum") for what in ("Invocations", "Errors")]
    throttles = [lambda_metric(function, "Throttles", "Sum")]
    copies = [lambda_metric(function, "ConcurrentExecutions", "Maximum")]
    durations = [lambda_metric(function, "Duration", statistic) for statistic in ("p50", "p99")]
    rows = {"calls; throttles": (calls, throttles), "copies at once": (copies, []),
            "milliseconds": (durations, [])}  # fmt: skip
    return [
        cloudwatch.GraphWidget(title=f"{name}: {what}", left=left, right=right, width=8, height=6)
        for what, (left, right) in rows.items()
    ]


def lambda_metric(function: Function, name: str, statistic: str) -> cloudwatch.IMetric:
    """Returns one of Lambda's own metrics, of every call: by alias, by version, by neither."""
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=name,
        dimensions_map={"FunctionName": function.function.function_name},
        statistic=statistic,
        period=_PERIOD,
    )


def throttled_share(function: Function) -> cloudwatch.IMetric:
    """Returns which share of a function's calls was refused for want of a copy."""
    return cloudwatch.MathExpression(
        expression="throttles / (throttles + invocations)",
        using_metrics={
            name.lower(): lambda_metric(function, name, "Sum")
            for name in ("Throttles", "Invocations")
        },
        label="throttled share",
        period=_PERIOD,
    )


def _alarm(
    scope: Construct,
    name: str,
    metric: cloudwatch.IMetric,
    threshold: float,
    what: str,
    topic: sns.ITopic,
    *,
    below: bool = False,
    rule: Rule = ONCE,
) -> cloudwatch.Alarm:
    operator = cloudwatch.ComparisonOperator
    alarm = cloudwatch.Alarm(
        scope,
        name,
        metric=metric,
        threshold=threshold,
        comparison_operator=operator.LESS_THAN_THRESHOLD
        if below
        else operator.GREATER_THAN_THRESHOLD,
        evaluation_periods=rule.of,
        datapoints_to_alarm=rule.points,
        # A job pauses between its rounds; silence is no fault.
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        alarm_description=what,
    )
    alarm.add_alarm_action(actions.SnsAction(topic))
    alarm.add_ok_action(actions.SnsAction(topic))
    return alarm
