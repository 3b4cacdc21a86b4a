"""A run in the account: the stage's state machine is started, followed, and started again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from touchstone.workbench import aws
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.regrade.run import Regrading, read_manifest, write_down

_POLL_S = 2.0
_ENDED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}


def start(made: Regrading, stage: str) -> Regrading:
    """Starts the run, or finds that it is running already; returns it with its execution.

    Raises:
        ServiceError: The stage has no state machine, or it cannot be started.
    """
    if made.executions and _status(made)["status"] == "RUNNING":
        return made
    write_down(made)
    given = asdict(made.run) | {"shards": len(made.shards)}
    with aws.asking("states:StartExecution", "states:DescribeExecution"):
        begun = _client(made).start_execution(
            stateMachineArn=machine_of(made, stage), input=json.dumps(given)
        )
    made = replace(made, executions=(*made.executions, begun["executionArn"]))
    write_down(made)
    return made


def follow(made: Regrading, on_shards: Callable[[int, int], None]) -> dict[str, Any]:
    """Waits for the run's end and returns its manifest.

    Args:
        made: A run that was started.
        on_shards: Is told how many shards are done, and how many there are.

    Raises:
        ServiceError: It ended without results, or nothing can be learned of it.
    """
    while (now := _status(made))["status"] not in _ENDED:
        on_shards(_done(made), len(made.shards))
        time.sleep(_POLL_S)
    manifest = read_manifest(made)
    if manifest is None:
        why = now.get("cause") or now.get("error") or now["status"]
        raise ServiceError(f"{made.executions[-1]}: {why}", "failed", "go on with it (--resume)")
    return manifest


def machine_of(made: Regrading, stage: str) -> str:
    """Returns the ARN of a stage's state machine, where the run's function is."""
    arn, partition, _, region, account = made.run.function.split(":")[:5]
    return f"{arn}:{partition}:states:{region}:{account}:stateMachine:touchstone-{stage}-regrade"


def _status(made: Regrading) -> dict[str, Any]:
    with aws.asking("states:DescribeExecution"):
        return _client(made).describe_execution(executionArn=made.executions[-1])


def _done(made: Regrading) -> int:
    with aws.asking("states:DescribeMapRun", "states:ListMapRuns"):
        client = _client(made)
        runs = client.list_map_runs(executionArn=made.executions[-1])["mapRuns"]
        counts = [client.describe_map_run(mapRunArn=run["mapRunArn"]) for run in runs]
    return sum(count["itemCounts"]["succeeded"] for count in counts)


def _client(made: Regrading) -> Any:
    return aws.client("stepfunctions", made.region)
