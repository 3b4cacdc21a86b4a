"""What an operator sees of a batch: counts and rewards as CloudWatch metrics, never texts.

Observing cannot change a result: it is shown the settled batch and returns nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from touchstone.contract import Batch, Result
from touchstone.outcomes import Fault, Grade

if TYPE_CHECKING:
    from touchstone.pipeline import Observer

NAMESPACE = "Touchstone"


def cloudwatch(grader_name: str) -> Observer:
    """Returns an observer that writes one embedded-metric line per batch.

    ``Samples`` is always ``Scored`` + ``Unscored``, and ``Unscored`` the sum of the kinds.
    """

    def observe(_batch: Batch, results: Sequence[Result]) -> None:
        # Imported with the first batch: a function that only starts does not pay for it.
        from aws_lambda_powertools import Metrics
        from aws_lambda_powertools.metrics import MetricUnit

        metrics = Metrics(namespace=NAMESPACE, service=grader_name)
        kinds = Counter(r.outcome.kind for r in results if isinstance(r.outcome, Fault))
        rewards = [r.score for r in results if isinstance(r.outcome, Grade)]
        metrics.add_metric("Samples", MetricUnit.Count, len(results))
        metrics.add_metric("Scored", MetricUnit.Count, len(rewards))
        metrics.add_metric("Unscored", MetricUnit.Count, kinds.total())
        for kind, count in kinds.items():
            metrics.add_metric(f"Unscored_{kind}", MetricUnit.Count, count)
        if rewards:
            metrics.add_metric("RewardMean", MetricUnit.NoUnit, sum(rewards) / len(rewards))
        metrics.flush_metrics()

    return observe
