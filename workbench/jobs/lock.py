"""One process at a time changes a job: two launches at once would make two."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from touchstone.workbench.jobs.folder import JobFolder


@contextmanager
def alone(folder: JobFolder) -> Iterator[None]:
    """Waits for whoever changes the job now, and keeps others out meanwhile."""
    folder.path.mkdir(parents=True, exist_ok=True)
    with (folder.path / "service.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
