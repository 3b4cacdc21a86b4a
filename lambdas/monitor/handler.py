"""Publishes how the groups of the last window end, per grader and version.

Environment:
    TOUCHSTONE_ROLLOUTS: The bucket of rollout records.
    TOUCHSTONE_WINDOW_MINUTES: How far back to look.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from aws_lambda_powertools import Metrics

from touchstone.monitor import group_shares, read_records
from touchstone.observe import NAMESPACE, by_version


def lambda_handler(_event: Any, _context: Any) -> dict[str, int]:
    """Reads, groups, publishes; returns how many graders had groups to speak of."""
    window = timedelta(minutes=int(os.environ["TOUCHSTONE_WINDOW_MINUTES"]))
    bucket = os.environ["TOUCHSTONE_ROLLOUTS"]
    records = read_records(boto3.client("s3"), bucket, datetime.now(UTC), window)
    shares = group_shares(records)
    for (grader, version), values in shares.items():
        metrics = Metrics(namespace=NAMESPACE, service=grader)
        by_version(metrics, grader, version)
        for name, value in values.items():
            metrics.add_metric(f"Window{name}", "None", value)
        metrics.flush_metrics()
    return {"graders": len(shares)}
