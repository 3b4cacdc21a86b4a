"""The sandbox in another function: an executor without permissions and without a network."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from touchstone.deadline import Deadline
from touchstone.outcomes import BadReference, DeadlineExceeded, GradingError, SandboxFault
from touchstone.sandbox import travel, wire
from touchstone.sandbox.types import LEVELS, Isolation, Job, Level, Limits, Run

# What an executor may say; anything else it says is its own fault.
_FAULTS: dict[str, type[GradingError]] = {
    "bad_sample": BadReference,
    "deadline": DeadlineExceeded,
}
# A lost executor is tried again once: the candidate may have taken it down, or AWS may have.
_TRIES = 2
# Kept back from the caller's deadline for the way there and back.
_WAY_S = 1.0
# One connection per row that a batch may have in flight.
_CONNECTIONS = 64


class RemoteSandbox:
    """Runs every job in its own invocation of the executor, many at the same time.

    Args:
        function: Name or ARN of the executor, with its alias.
        min_isolation: Refuse results from below this level.
        tenant: Sent with each call where the executor isolates tenants.
    """

    def __init__(
        self, function: str, min_isolation: Level = "process", tenant: str | None = None
    ) -> None:
        self._function = function
        self._floor = min_isolation
        self._tenant = {"TenantId": tenant} if tenant else {}

    @cached_property
    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        # Retried here, and only once: a retry runs the candidate again.
        return boto3.client(
            "lambda",
            config=Config(
                read_timeout=905,
                max_pool_connections=_CONNECTIONS,
                retries={"total_max_attempts": 1},
            ),
        )

    @property
    def isolation(self) -> Isolation:
        """The level at the executor; asks it."""
        reply = self._invoke({"isolation": True})
        level, hardening = reply["isolation"]
        return Isolation(level, tuple(hardening))

    def run(self, job: Job, limits: Limits, deadline: Deadline) -> Run:
        """Runs one candidate; see :class:`touchstone.sandbox.Sandbox`."""
        problem = ""
        for _ in range(_TRIES):
            seconds = min(deadline.left() - _WAY_S, 890.0)
            if seconds <= 0:
                raise DeadlineExceeded("the call's time ran out before the executor could run")
            try:
                reply = self._invoke(travel.pack_job(job, limits, seconds))
                if "fault" in reply:
                    kind, detail = reply["fault"]
                    raise _FAULTS.get(kind, SandboxFault)(detail)
                return self._accepted(travel.unpack_run(reply))
            except (_Lost, wire.WireError) as exc:
                problem = str(exc)
        raise SandboxFault(f"the executor was lost: {problem}")

    def close(self) -> None:
        """Nothing to end: the executor's processes are its own."""

    def _accepted(self, run: Run) -> Run:
        reached = run.isolation.level
        if LEVELS.index(reached) < LEVELS.index(self._floor):
            raise SandboxFault(f"isolation is {reached!r}, below the required {self._floor!r}")
        return run

    def _invoke(self, request: dict[str, Any]) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.invoke(
                FunctionName=self._function, Payload=json.dumps(request).encode(), **self._tenant
            )
            body = json.loads(answer["Payload"].read())
        except (BotoCoreError, ClientError, ValueError, RecursionError) as exc:
            raise _Lost(f"{type(exc).__name__}") from exc
        if "FunctionError" in answer or not isinstance(body, dict):
            kind = body.get("errorType", "") if isinstance(body, dict) else ""
            raise _Lost(f"it failed ({kind})")
        return body


class _Lost(Exception):
    """No usable reply came back."""
