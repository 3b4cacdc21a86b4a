"""Two cages: the dataset author's checks in one, the candidate in the other, us in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from touchstone.outcomes import BadReference
from touchstone.sandbox.session import Host, Session
from touchstone.sandbox.types import (
    Call,
    CheckJob,
    Limits,
    Outcome,
    Raised,
    Returned,
    Run,
)

MAX_RELAYED = 100_000
_RELAY = "__call_candidate__"
Opener = Callable[[str, Limits, Mapping[str, Host] | None, Mapping[str, object] | None], Session]


class _CandidateFailed(Exception):
    """The candidate died, timed out or cannot run: no check can go on."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def run_checks(job: CheckJob, limits: Limits, opener: Opener) -> Run:
    """Runs every check against the candidate; the verdicts come from the checks' cage alone.

    Whatever goes wrong before the checks first call the candidate is the author's; after that it
    is laid to the candidate, whose values were being handled.

    Raises:
        BadReference: The checks cannot be loaded, end or hang without calling the candidate.
        SandboxFault: We could not run it.
        DeadlineExceeded: The deadline came before the limits did.
    """
    with opener(job.code, limits, None, None) as candidate:
        if not isinstance(candidate.load, Returned):
            return Run((candidate.load,), candidate.load, candidate.isolation, candidate.usage())
        relay = _Relay(candidate, job.entry_point)
        stubs = {"candidate": _RELAY}
        if job.entry_point.isidentifier():
            stubs[job.entry_point] = _RELAY
        options = {"setup": job.setup, "stubs": stubs}
        # The checker waits while the candidate runs; its own clock stands still meanwhile.
        outcomes = _verdicts(job.checks, replace(limits), relay, options, opener)
        return Run(tuple(outcomes), candidate.load, candidate.isolation, candidate.usage())


class _Relay:
    def __init__(self, candidate: Session, entry_point: str) -> None:
        self._candidate = candidate
        self._entry_point = entry_point
        self.count = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.count += 1
        if self.count > MAX_RELAYED:
            raise BadReference(f"the checks call the candidate more than {MAX_RELAYED} times")
        call = Call(args, kwargs, keep_args=any(type(a) in (list, dict, set) for a in args))
        (outcome,) = self._candidate.calls(self._entry_point, (call,))
        if isinstance(outcome, Returned | Raised):
            return outcome
        raise _CandidateFailed(outcome)


def _verdicts(
    checks: str, limits: Limits, relay: _Relay, options: dict[str, object], opener: Opener
) -> list[Outcome]:
    host = {_RELAY: relay}
    try:
        session = opener(checks, limits, host, options)
    except _CandidateFailed as failure:
        return [failure.outcome]
    with session:
        if not isinstance(session.load, Returned):
            return [_blamed(session.load, relay)]
        (listed,) = session.requests([["checks"]])
        if not isinstance(listed, Returned):
            return [_blamed(listed, relay)]
        if not listed.value and not relay.count:
            raise BadReference("the checks hold no check: no assertion called the candidate")
        outcomes: list[Outcome] = [] if listed.value else [Returned(None)]
        for name in listed.value:
            try:
                (outcome,) = session.requests([["check", name, _RELAY]])
            except _CandidateFailed as failure:
                outcome = failure.outcome
            outcomes.append(outcome if isinstance(outcome, Returned) else _blamed(outcome, relay))
        return outcomes


def _blamed(outcome: Outcome, relay: _Relay) -> Outcome:
    if relay.count:
        return outcome
    raise BadReference(f"the checks failed before they called the candidate: {outcome}")
