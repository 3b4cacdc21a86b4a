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
_TOO_MANY = Raised("RuntimeError", f"it was called more than {MAX_RELAYED} times")
_NOT_CALLED = Raised("AssertionError", "the check ended without calling the function")
Opener = Callable[[str, Limits, Mapping[str, Host] | None, Mapping[str, object] | None], Session]


class _CandidateFailed(Exception):
    """The candidate died, timed out or cannot run: no check can go on."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def run_checks(job: CheckJob, limits: Limits, opener: Opener) -> Run:
    """Runs every check against the candidate; the verdicts come from the checks' cage alone.

    An argument that a call changed is changed for the checks too where the call returned
    ``None``. A check that ends without a call of the candidate has failed.

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
    """The checks' way to the candidate.

    Attributes:
        count: Calls that were asked for.
        completed: Calls that came back, with a value or an exception.
    """

    def __init__(self, candidate: Session, entry_point: str) -> None:
        self._candidate = candidate
        self._entry_point = entry_point
        self.count = self.completed = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.count += 1
        if self.count > MAX_RELAYED:
            # The candidate's own answers decide how often a loop of the author's asks.
            raise _CandidateFailed(_TOO_MANY)
        call = Call(args, kwargs, keep_args=any(type(a) in (list, dict, set) for a in args))
        (outcome,) = self._candidate.calls(self._entry_point, (call,))
        if isinstance(outcome, Returned) and outcome.value is not None:
            # What a function returned is its answer; its inputs stay what the author made them.
            outcome = Returned(outcome.value)
        if isinstance(outcome, Returned | Raised):
            self.completed += 1
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
        listed = session.request("checks")
        if not isinstance(listed, Returned):
            return [_blamed(listed, relay)]
        if not listed.value and not relay.count:
            raise BadReference("the checks hold no check: no assertion called the candidate")
        if not listed.value:
            return [Returned(None) if relay.completed else _NOT_CALLED]
        while_loading = relay.completed
        return [_verdict(session, name, relay, while_loading) for name in listed.value]


def _verdict(session: Session, name: str, relay: _Relay, while_loading: int) -> Outcome:
    before = relay.completed
    try:
        outcome = session.request("check", name, _RELAY)
    except _CandidateFailed as failure:
        return failure.outcome
    if not isinstance(outcome, Returned):
        return _blamed(outcome, relay)
    return outcome if while_loading or relay.completed > before else _NOT_CALLED


def _blamed(outcome: Outcome, relay: _Relay) -> Outcome:
    if relay.count:
        return outcome
    raise BadReference(f"the checks failed before they called the candidate: {outcome}")
