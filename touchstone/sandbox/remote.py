"""The sandbox in another function: an executor without permissions and without a network."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.deadline import Deadline
from touchstone.outcomes import BadReference, DeadlineExceeded, GradingError, SandboxFault
from touchstone.sandbox import open_sandbox, serialization
from touchstone.sandbox.codec import CodecError
from touchstone.sandbox.types import (
    LEVELS,
    FunctionJob,
    Isolation,
    Job,
    Level,
    Limits,
    ProgramJob,
    Run,
    ScriptJob,
    SqlJob,
)

if TYPE_CHECKING:
    from touchstone.sandbox.local import LocalSandbox
    from touchstone.sandbox.session import Host, Session

# What an executor may call its failure; anything else that it says is its own fault.
_FAULTS: dict[str, type[GradingError]] = {
    "bad_sample": BadReference,
    "deadline": DeadlineExceeded,
}
# Fields of a job that have an outcome each; how many tests a check holds only running tells.
_EACH: dict[type[Job], str] = {
    FunctionJob: "calls",
    ProgramJob: "stdins",
    ScriptJob: "steps",
    SqlJob: "databases",
}
# A lost executor is tried again once: the candidate may have taken it down, or AWS may have.
_TRIES = 2
# Kept back from the caller's deadline for the network, there and back.
_NETWORK_MARGIN_S = 1.0
_LONGEST_S = 890.0
# While too many copies of the executor are busy, nothing has run yet, so that waiting is free.
_PAUSES_S = (0.1, 0.2, 0.4, 0.8, 1.6, *(3.0,) * 20)
# One connection per row that a batch may have in flight.
_CONNECTIONS = 64


class RemoteSandbox:
    """Runs every job in its own invocation of the executor, many at the same time.

    Args:
        function: Name or ARN of the executor, with its alias.
        min_isolation: Refuse results from below this level.
        tenant: Sent with each call where the executor isolates tenants, else empty.
        libraries: Folder of installed libraries for sessions, which are held here.
    """

    def __init__(
        self,
        function: str,
        min_isolation: Level = "process",
        tenant: str = "",
        libraries: Path | None = None,
    ) -> None:
        import boto3
        from botocore.config import Config

        self._function = function
        self._floor: Level = min_isolation
        self._libraries = libraries
        self._beside: LocalSandbox | None = None
        self._spent_s = 0.0
        self._lock = threading.Lock()
        # Retried here: botocore cannot tell a lost candidate from one that never started.
        config = Config(
            read_timeout=_LONGEST_S + 15,
            max_pool_connections=_CONNECTIONS,
            retries={"total_max_attempts": 1},
        )
        self._client = boto3.client("lambda", config=config)
        if tenant:
            # As a header, since the boto3 of a Lambda runtime may be older than the parameter.
            self._client.meta.events.register(
                "before-call.lambda.Invoke",
                lambda params, **_: params["headers"].update({"X-Amz-Tenant-Id": tenant}),
            )

    @property
    def isolation(self) -> Isolation:
        """The level at the executor; asks it."""
        try:
            reply = self._invoke({"isolation": True}, Deadline.after(_LONGEST_S))
            return serialization.unpack_isolation(reply.get("isolation"))
        except (_TransportError, CodecError) as exc:
            raise SandboxFault(f"the executor was lost: {exc}") from exc

    def run(self, job: Job, limits: Limits, deadline: Deadline) -> Run:
        """Runs one candidate; see :class:`touchstone.sandbox.Sandbox`."""
        problem: _TransportError | CodecError | None = None
        for _ in range(_TRIES):
            seconds = min(deadline.left() - _NETWORK_MARGIN_S, _LONGEST_S)
            if seconds <= 0:
                break
            try:
                reply = self._invoke(serialization.pack_job(job, limits, seconds), deadline)
                return self._counted(self._accepted(job, serialization.unpack_run(reply)))
            except serialization.Faulted as fault:
                error = _FAULTS.get(fault.kind, SandboxFault)
                raise error(fault.detail, blame=fault.blame) from None
            except (_TransportError, CodecError) as exc:
                problem = exc
        if problem:
            ours = isinstance(problem, _TransportError) and problem.ours
            blame = "ours" if ours else None
            raise SandboxFault(f"the executor was lost: {problem}", blame=blame)
        raise DeadlineExceeded("the call's time ran out before the executor could run")

    def session(
        self,
        code: str,
        limits: Limits,
        deadline: Deadline,
        host: Mapping[str, Host] | None = None,
        *,
        preload: tuple[str, ...] = (),
        warm: str = "",
    ) -> Session:
        """Opens a cage beside the grader: an executor runs whole jobs and cannot call back."""
        with self._lock:
            self._beside = self._beside or open_sandbox(self._floor, libraries=self._libraries)
        return self._beside.session(code, limits, deadline, host, preload=preload, warm=warm)

    def spent_s(self) -> float:
        """Returns the CPU seconds of candidates that ended since this was last asked."""
        with self._lock:
            spent, self._spent_s = self._spent_s, 0.0
            return spent + (self._beside.spent_s() if self._beside else 0.0)

    def close(self) -> None:
        """Ends the processes on this machine; the executor's are its own."""
        with self._lock:
            if self._beside:
                self._beside.close()

    def _accepted(self, job: Job, run: Run) -> Run:
        reached = run.isolation.level
        if LEVELS.index(reached) < LEVELS.index(self._floor):
            raise SandboxFault(
                f"isolation is {reached!r}, below the required {self._floor!r}", blame="ours"
            )
        asked = _EACH.get(type(job))
        if not run.outcomes or (asked and len(run.outcomes) != len(getattr(job, asked))):
            raise CodecError("not one outcome for each call")
        return run

    def _counted(self, run: Run) -> Run:
        with self._lock:
            self._spent_s += run.usage.cpu_s
        return run

    def _invoke(self, request: serialization.JSON, deadline: Deadline) -> serialization.JSON:
        """Returns the executor's reply; waits while too many of its copies are busy."""
        from botocore.exceptions import BotoCoreError, ClientError

        payload = serialization.dump(request).encode()
        if len(payload) > serialization.MAX_BYTES:
            raise BadReference(f"the tests' inputs take {len(payload)} bytes; Lambda carries 6 MB")
        for pause in _PAUSES_S:
            try:
                answer = self._client.invoke(FunctionName=self._function, Payload=payload)
                body = answer["Payload"].read()
            except self._client.exceptions.TooManyRequestsException:
                if deadline.left() < pause + _NETWORK_MARGIN_S:
                    break
                time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311
            except ClientError as exc:
                # Refused, or never begun: AWS has answered in the executor's place.
                raise _TransportError(type(exc).__name__, ours=True) from exc
            except BotoCoreError as exc:
                raise _TransportError(type(exc).__name__) from exc
            else:
                if "FunctionError" in answer:
                    raise _TransportError("it failed")
                return serialization.load(body)
        raise _TransportError("too many of its copies are busy", ours=True)


class _TransportError(Exception):
    """No usable reply came back.

    Attributes:
        ours: No candidate was run, so that none can have caused it.
    """

    def __init__(self, what: str, *, ours: bool = False) -> None:
        super().__init__(what)
        self.ours = ours
