"""Runs SQL in cages: one cage and one database in memory for each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from touchstone.sandbox.session import Session
from touchstone.sandbox.types import (
    Database,
    Isolation,
    Limits,
    Outcome,
    Returned,
    Run,
    SqlJob,
    TimedOut,
    Usage,
)

PRELOAD = ("sqlite3",)
WARM = Path(__file__).with_name("database.py").read_text(encoding="utf-8")
_CODE = "from warm_up import answer, build"
Opener = Callable[[str, Limits], Session]


def run_sql(job: SqlJob, limits: Limits, opener: Opener) -> Run:
    """Runs a job; ``load`` is what became of the author's definitions, for the first that failed.

    Args:
        job: The candidate's statements and the databases.
        limits: ``wall_s`` is for the statements; to make a database is the author's time.
        opener: Opens a cage in which ``database.py`` is loaded.
    """
    outcomes: list[Outcome] = []
    load: Outcome = Returned(None)
    isolation: Isolation | None = None
    cpu_s = memory_mb = 0.0
    began = time.monotonic()
    left_s = limits.wall_s
    for database in job.databases:
        allowed = replace(limits, wall_s=max(left_s, 0.0) + 2 * limits.call_s)
        with opener(_CODE, allowed) as session:
            isolation = session.isolation
            built = session.call("build", database.setup)
            if isinstance(built, Returned):
                asked = time.monotonic()
                outcome = _ask(job, database, session) if left_s > 0 else TimedOut(limits.wall_s)
                left_s -= time.monotonic() - asked
            else:
                outcome = built
                load = built if isinstance(load, Returned) else load
            outcomes.append(outcome)
            used = session.usage()
            cpu_s, memory_mb = cpu_s + used.cpu_s, max(memory_mb, used.peak_memory_mb)
    if isolation is None:
        raise ValueError("a job without a database")
    usage = Usage(time.monotonic() - began, cpu_s, memory_mb)
    return Run(tuple(outcomes), load, isolation, usage)


def _ask(job: SqlJob, database: Database, session: Session) -> Outcome:
    outcome = session.call("answer", job.code)
    if database.check and isinstance(outcome, Returned):
        outcome = session.call("answer", database.check)
    return outcome
