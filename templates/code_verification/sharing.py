"""Runs what the rows of a batch have in common once: identical completions under one reference."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from touchstone.grader import Tools
from touchstone.outcomes import DeadlineExceeded

if TYPE_CHECKING:
    from touchstone.deadline import Deadline
    from touchstone.sandbox import Sandbox
    from touchstone.sandbox.types import Job, Limits, Run


@contextmanager
def sharing(_settings: Any, tools: Tools) -> Iterator[Tools]:
    """Gives the tools of one batch, whose sandbox runs a job once however often it is asked."""
    yield replace(tools, sandbox=_Once(tools.sandbox)) if tools.sandbox else tools


class _Once:
    """A sandbox that remembers its runs; a run that failed is no run."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._runs: dict[bytes, Future[Run | None]] = {}

    def __getattr__(self, name: str) -> Any:
        """Leaves everything else to the sandbox."""
        return getattr(self._sandbox, name)

    def run(self, job: Job, limits: Limits, deadline: Deadline) -> Run:
        """Runs a job, or waits for whoever runs the same; see ``Sandbox``."""
        key = hashlib.sha256(f"{job!r}{limits.call_s}{limits.memory_mb}".encode("utf-8", "replace"))
        with self._lock:
            told = self._runs.get(key.digest())
            leads = told is None
            if told is None:
                told = self._runs[key.digest()] = Future()
        if not leads:
            try:
                run = told.result(min(deadline.left(), threading.TIMEOUT_MAX))
            except TimeoutError:
                raise DeadlineExceeded("the call's time ran out in the sandbox") from None
            return run or self._sandbox.run(job, limits, deadline)
        run = None
        try:
            run = self._sandbox.run(job, limits, deadline)
            return run
        finally:
            told.set_result(run)
