"""The sandbox in another function: an executor without permissions and without a network."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.deadline import Deadline
from touchstone.invoking import MAX_BYTES, Unanswered, call, call_once
from touchstone.outcomes import BadReference, DeadlineExceeded, GradingError, SandboxFault
from touchstone.sandbox import open_sandbox, serialization
from touchstone.sandbox.bundles import Bundles, Ticket
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
_LONGEST_S = 890.0
# One connection per row that a batch may have in flight.
_CONNECTIONS = 64


class RemoteSandbox:
    """Runs jobs in an executor, several in one call, each in a cage of its own.

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
        self._bundles = Bundles(self._send)
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
            payload = serialization.dump({"isolation": True}).encode()
            body = call(self._client, self._function, payload, Deadline.after(_LONGEST_S))
            return serialization.unpack_isolation(serialization.load(body).get("isolation"))
        except (Unanswered, CodecError) as exc:
            raise SandboxFault(f"the executor was lost: {exc}") from exc

    def run(self, job: Job, limits: Limits, deadline: Deadline) -> Run:
        """Runs one candidate; see :class:`touchstone.sandbox.Sandbox`."""
        text = serialization.dump(serialization.pack_work(job, limits))
        if len(text) > MAX_BYTES:
            raise BadReference(f"the tests' inputs take {len(text)} bytes; Lambda carries 6 MB")
        ticket = Ticket(text, deadline, partial(self._accepted, job))
        self._bundles.run(ticket)
        if isinstance(ticket.result, Run):
            return self._counted(ticket.result)
        if isinstance(ticket.result, serialization.Faulted):
            fault = ticket.result
            error = _FAULTS.get(fault.kind, SandboxFault)
            raise error(fault.detail, blame=fault.blame) from None
        if problem := ticket.problem:
            # Refused, or never begun: AWS has answered in the executor's place.
            ours = isinstance(problem, Unanswered) and problem.refused
            raise SandboxFault(
                f"the executor was lost: {problem}", blame="ours" if ours else None
            ) from problem
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

    def _accepted(self, job: Job, reply: serialization.JSON) -> Run:
        run = serialization.unpack_run(reply)
        reached = run.isolation.level
        if LEVELS.index(reached) < LEVELS.index(self._floor):
            why = f"isolation is {reached!r}, below the required {self._floor!r}"
            raise serialization.Faulted("sandbox_fault", why, "ours")
        asked = _EACH.get(type(job))
        if not run.outcomes or (asked and len(run.outcomes) != len(getattr(job, asked))):
            raise CodecError("not one outcome for each call")
        return run

    def _counted(self, run: Run) -> Run:
        with self._lock:
            self._spent_s += run.usage.cpu_s
        return run

    def _send(self, bundle: Sequence[Ticket]) -> list[serialization.JSON | None]:
        """Makes one call of the executor; see :class:`touchstone.sandbox.bundles.Bundles`."""
        work = [(ticket.text, min(ticket.left(), _LONGEST_S)) for ticket in bundle]
        body = call_once(self._client, self._function, serialization.pack_jobs(work))
        return serialization.unpack_replies(serialization.load(body), len(bundle))
