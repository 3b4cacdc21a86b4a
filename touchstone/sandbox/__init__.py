"""Runs untrusted code under limits and gives back values, never verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from touchstone.deadline import Deadline
from touchstone.sandbox.types import LEVELS, Isolation, Job, Level, Limits, Run

if TYPE_CHECKING:
    from touchstone.sandbox.local import LocalSandbox
    from touchstone.sandbox.session import Host, Session


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
        """Opens a cage on this machine with ``code`` loaded, to be called again and again.

        Args:
            code: Runs once as a module; ``session.load`` says how that went.
            limits: ``wall_s`` runs from now until the session is closed; may be ``inf``.
            deadline: Of the call that this work is for.
            host: Functions that the code may call and this process performs.
            preload: Installed modules that the code may import, loaded before the fork. Modules
                that need ``ctypes`` (sympy does) need it listed first, which leaves native
                code within reach: only for code that we trust.
            warm: Trusted code to run once before any fork, in the process all cages come from.

        Raises:
            SandboxFault: We could not run it.
            DeadlineExceeded: The deadline came before the limits did.
        """
        ...

    @property
    def isolation(self) -> Isolation:
        """The level that candidates are held at."""
        ...

    def spent_s(self) -> float:
        """Returns the CPU seconds of cages that ended since this was last asked.

        As the kernel counted them; of an executor, as far as its runs tell.
        """
        ...

    def close(self) -> None:
        """Ends every process that the sandbox started."""
        ...


def open_sandbox(
    min_isolation: Level = "process",
    max_isolation: Level = LEVELS[-1],
    libraries: Path | None = None,
) -> LocalSandbox:
    """Returns the sandbox of this machine; its processes start when first used."""
    from touchstone.sandbox.local import LocalSandbox

    return LocalSandbox(min_isolation, max_isolation, libraries)
