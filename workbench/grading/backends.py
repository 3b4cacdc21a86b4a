"""Where rows are graded: the handler in this process, or a deployed function."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from touchstone import contract
from touchstone.outcome_policy import FaultBudgetExceeded

Reply = list[dict[str, Any]]
Backend = Callable[[list[Any]], Reply]


class FunctionError(Exception):
    """A deployed function did not answer with a reply; the message says what it said."""


def in_process(grader: str, overrides: Mapping[str, Any]) -> Backend:
    """Returns the very handler that Bedrock calls, run here.

    A batch over the fault budget is returned with its rows all the same: here a person
    reads the outcomes, and no job trains on the numbers.

    Raises:
        SettingsError: There is no such grader, or a setting is wrong.
    """
    os.environ["TOUCHSTONE_GRADER"] = grader
    os.environ["TOUCHSTONE_SETTINGS"] = json.dumps(dict(overrides))
    os.environ["TOUCHSTONE_EXPLAIN"] = "1"
    from lambdas.grader import handler

    handler.wired.cache_clear()
    handler.wired()

    def send(rows: list[Any]) -> Reply:
        try:
            return handler.lambda_handler(rows, None)
        except FaultBudgetExceeded as exc:
            return contract.to_reply(exc.results, "list", explain=True)

    return send


def deployed(function: str, region: str | None = None) -> Backend:
    """Returns a deployed grader, called as Bedrock calls it.

    Args:
        function: Its name or ARN, with an alias or version where wanted.
        region: Where it is; as the environment says by default.
    """
    import boto3
    from botocore.config import Config

    # Lambda may take 15 minutes; a retry would grade, and pay, twice.
    config = Config(read_timeout=910, retries={"total_max_attempts": 1})
    client = boto3.client("lambda", region_name=region, config=config)

    def send(rows: list[Any]) -> Reply:
        answer = client.invoke(FunctionName=function, Payload=json.dumps(rows).encode())
        body = json.loads(answer["Payload"].read())
        if "FunctionError" in answer or not isinstance(body, list):
            raise FunctionError(f"{function}: {json.dumps(body)[:2000]}")
        return body

    return send
