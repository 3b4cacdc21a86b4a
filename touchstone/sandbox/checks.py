"""Two cages: the dataset author's tests in one, the candidate in the other.

The tests ask the candidate's cage for what they use of it, and it may ask back about what it was
handed (``handles.py``), by a line that joins the two. We keep the time and take verdicts from the
tests' cage alone, which holds the candidate's to its bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

from touchstone.outcomes import BadReference, SandboxFault
from touchstone.sandbox.session import Session
from touchstone.sandbox.types import (
    CheckJob,
    Died,
    Limits,
    Outcome,
    Raised,
    Returned,
    Run,
    TimedOut,
    Unsupported,
)

MAX_RELAYED = 100_000
SKIPPED = "skipped"
AUTHORS_OWN = "tests: "
# What the tests' cage says of the candidate's, as ``runtime.py`` words it.
_GONE = Died("the candidate's cage is gone")
_TOO_MANY = Raised("RuntimeError", "the candidate was asked too often")
# What the tests themselves may hand over.
_AUTHORS = {"frame_bytes": 64_000_000, "total_bytes": 256_000_000}


class Opener(Protocol):
    """Opens a session in one of two joined cages, the candidate's first."""

    def __call__(self, code: str, limits: Limits, /, *, author: bool) -> Session:
        """Opens it with some code loaded."""
        ...


def run_checks(job: CheckJob, limits: Limits, opener: Opener) -> Run:
    """Runs every test against the candidate; the verdicts come from the tests' cage alone.

    A test that is skipped, or asks nothing of the candidate, gives no outcome.

    Raises:
        BadReference: The tests cannot be loaded, or fail before they ask anything of the candidate,
            or by their own doing, or there is none that does.
        SandboxFault: We could not run it, or the tests need what a cage does not have.
        DeadlineExceeded: The deadline came before the limits did.
    """
    with opener(job.code, limits, author=False) as candidate:
        if not isinstance(candidate.load, Returned):
            return Run((candidate.load,), candidate.load, candidate.isolation, candidate.usage())
        with opener("", replace(limits, **_AUTHORS), author=True) as author:
            outcomes = list(_Checked(job, limits, candidate, author).outcomes())
        if not outcomes:
            raise BadReference("the tests hold no test that asks anything of the candidate")
        return Run(tuple(outcomes), candidate.load, candidate.isolation, candidate.usage())


class _Checked:
    """One candidate under one author's tests."""

    def __init__(self, job: CheckJob, limits: Limits, candidate: Session, author: Session) -> None:
        self._job = job
        self._limits = limits
        self._candidate = candidate
        self._author = author
        self._loaded = False

    def outcomes(self) -> Iterator[Outcome]:
        """Yields the outcome of each test."""
        listed = self._load()
        if isinstance(listed, Unsupported) and listed.what.startswith(AUTHORS_OWN):
            _raise_if_authors("the test file", listed.what)
        if not isinstance(listed, Returned):
            yield listed
            return
        for name in _names(listed.value):
            outcome = self._outcome(name)
            if outcome is None:
                continue
            yield outcome
            if self._job.stop_at_failure and not isinstance(outcome, Returned):
                return

    def _outcome(self, name: str) -> Outcome | None:
        if not self._loaded:
            again = self._load()
            if not isinstance(again, Returned):
                return again
        outcome = self._exchange(["test", name])
        if isinstance(outcome, Unsupported):
            _raise_if_authors(name, outcome.what)
        if not isinstance(outcome, Returned) or not isinstance(outcome.value, str):
            return outcome
        if outcome.value == SKIPPED:
            return None
        raise BadReference(
            f"{name} fails before it asks anything of the candidate: {outcome.value}"
        )

    def _load(self) -> Outcome:
        own = {"frame_bytes": _AUTHORS["frame_bytes"]}
        allowed = [self._limits.frame_bytes, self._limits.total_bytes, MAX_RELAYED]
        failed = self._candidate.ensure_open() or self._author.ensure_open()
        if failed is not None:
            return failed
        self._loaded = True
        self._candidate.tell("join")
        job = self._job
        return self._exchange(["tests", job.checks, job.setup, job.entry_point, own, allowed])

    def _exchange(self, request: list[Any]) -> Outcome:
        """Has the tests' cage do something, for which it asks the candidate's."""
        outcome = self._author.request(*request)
        if outcome == _GONE:
            outcome = self._candidate.died()
        if isinstance(outcome, Died | TimedOut) or outcome == _TOO_MANY:
            self._close()
        return outcome

    def _close(self) -> None:
        """Ends both cages: neither knows any longer what the other holds."""
        self._candidate.close()
        self._author.close()
        self._loaded = False


def _raise_if_authors(test: str, what: str) -> None:
    """Charges nobody for what the author's code does that a cage cannot, or that never works.

    The candidate may have led the tests there, so no row gains by it. A module that is missing is
    left to the grader, which knows what is allowed.
    """
    if what.startswith(AUTHORS_OWN):
        raise BadReference(f"{test} errs by itself: {what.removeprefix(AUTHORS_OWN)}", blame="open")
    if not what.startswith("module: "):
        raise SandboxFault(f"unsupported in the tests, {test}: {what}", blame="open")


def _names(listed: Any) -> list[str]:
    """Returns the names of the tests that a test file holds.

    Raises:
        BadReference: It holds none; says why.
        SandboxFault: It needs what a cage does not have.
    """
    if isinstance(listed, list):
        return listed
    missing = re.match(r"ModuleNotFoundError: No module named '([^']+)'|Refusal: (.*)", str(listed))
    if missing:
        raise SandboxFault(f"unsupported in the tests: {missing[0]}", blame="ours")
    raise BadReference(f"the tests fail before they ask anything of the candidate: {listed}")
