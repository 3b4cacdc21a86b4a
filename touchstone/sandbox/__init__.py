"""Runs untrusted code under limits and gives back values, never verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from touchstone.deadline import Deadline
from touchstone.sandbox.types import LEVELS, Isolation, Job, Level, Limits, Run

if TYPE_CHECKING:
    from touchstone.sandbox.local import LocalSandbox


class Sandbox(Protocol):
    """The one door to untrusted code: local cages now, an executor function elsewhere."""

    def run(self, job: Job, limits: Limits, deadline: Deadline) -> Run:
        """Runs one candidate; safe to call from several threads at once.

        Raises:
            SandboxFault: We could not run it (never the candidate's own failure), or the
                isolation reached is below the configured minimum.
            DeadlineExceeded: The call's time ran out first.
        """
        ...

    @property
    def isolation(self) -> Isolation:
        """The level that candidates are held at."""
        ...

    def close(self) -> None:
        """Ends every process that the sandbox started."""
        ...


def open_sandbox(
    min_isolation: Level = "process", max_isolation: Level = LEVELS[-1]
) -> LocalSandbox:
    """Returns the sandbox of this machine; its processes start when first used."""
    from touchstone.sandbox.local import LocalSandbox

    return LocalSandbox(min_isolation, max_isolation)
