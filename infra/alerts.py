"""Who is told: one topic for alarms, the jobs' state changes and the budget."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from touchstone.infra.settings import Stage

# The field is ``jobStatus``; a rule on ``status`` never fires.
# Source: Bedrock user guide, "Monitor Amazon Bedrock with EventBridge".
_TOLD = ["Completed", "Failed", "Stopped"]


class Alerts(Construct):
    """An encrypted topic, and what publishes to it.

    Attributes:
        topic: Takes the alarms too.
    """

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", master_key=key, enforce_ssl=True)
        ours = {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
        self._let_publish("AlarmsAndBudget", ["cloudwatch", "budgets"], ours)
        if stage.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(stage.alarm_email))
        # CDK's own target would let every account's rules publish.
        rule = events.CfnRule(
            self,
            "JobEnded",
            description=f"Touchstone {stage.name}: a Bedrock customization job ended",
            event_pattern={
                "source": ["aws.bedrock"],
                "detail-type": ["Model Customization Job State Change"],
                "detail": {"jobStatus": _TOLD},
            },
            targets=[events.CfnRule.TargetProperty(arn=self.topic.topic_arn, id="Topic")],
        )
        self._let_publish("JobEnded", ["events"], {"ArnEquals": {"aws:SourceArn": rule.attr_arn}})
        if stage.monthly_budget_usd:
            self._budget(stage)

    def _let_publish(self, sid: str, services: list[str], conditions: dict[str, Any]) -> None:
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                principals=[iam.ServicePrincipal(f"{name}.amazonaws.com") for name in services],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions=conditions,
            )
        )

    def _budget(self, stage: Stage) -> None:
        subscriber = budgets.CfnBudget.SubscriberProperty(
            subscription_type="SNS", address=self.topic.topic_arn
        )
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(
                    amount=stage.monthly_budget_usd, unit="USD"
                ),
                cost_filters={"TagKeyValue": [f"user:touchstone-stage${stage.name}"]},
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type="ACTUAL",
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[subscriber],
                )
                for percent in (80, 100)
            ],
        )
