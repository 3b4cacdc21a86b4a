"""What the state machine of regrading asks: a shard graded, or the results gathered."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from touchstone.deadline import Deadline
from touchstone.regrading import CALLS, Regrader, Shard, run_of

# As long as a grader may take; retried by the worker, which knows what has run.
_CONFIG = Config(read_timeout=905, retries={"total_max_attempts": 1}, max_pool_connections=CALLS)


@cache
def regrader() -> Regrader:
    """Made once and kept."""
    return Regrader(boto3.client("s3"), boto3.client("lambda", config=_CONFIG))


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Grades the event's shard; without one, writes the run's manifest."""
    run = run_of(event["run"])
    if "shard" not in event:
        return regrader().gather(run, event["run"]["shards"])
    return regrader().grade(run, Shard(**event["shard"]), Deadline.of_lambda(context))
