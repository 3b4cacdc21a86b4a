"""The tools that live as long as the process, and lend themselves to one call at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from touchstone.deadline import Deadline
from touchstone.grader import Grader, Tools, judge_options

if TYPE_CHECKING:
    from touchstone.judge import Judge
    from touchstone.sandbox import Sandbox
    from touchstone.sandbox.session import Session
    from touchstone.sandbox.types import Isolation, Job, Limits, Run


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What a grader declared to need, opened once.

    Attributes:
        sandbox: ``None`` unless the grader runs code.
        judge: ``None`` unless the grader asks one.
        remote: The sandbox is an executor function.
    """

    sandbox: Sandbox | None = None
    judge: Judge | None = None
    remote: bool = False
    meter: Meter = field(default_factory=lambda: Meter())

    @classmethod
    def of(cls, grader: Grader, executor: str = "", tenant: str = "") -> Toolbox:
        """Opens what the grader needs, and imports nothing that it does not.

        Args:
            grader: Declares its needs.
            executor: Function that runs code for graders that need one; this machine's own
                sandbox where empty.
            tenant: Whose execution environments to use, where the executor isolates tenants.

        Raises:
            SettingsError: The judge or its options cannot be read.
        """
        sandbox = judge = None
        remote = bool(executor) and "executor" in grader.template.needs
        if remote:
            from touchstone.sandbox.remote import RemoteSandbox

            sandbox = RemoteSandbox(executor, grader.settings.min_isolation, tenant)
        elif {"sandbox", "executor"} & grader.template.needs:
            from touchstone.sandbox import open_sandbox

            sandbox = open_sandbox(min_isolation=grader.settings.min_isolation)
        if "judge" in grader.template.needs:
            from touchstone.judge import make_judge

            judge = make_judge(grader.settings.judge, judge_options(grader.name, grader.settings))
        return cls(sandbox, judge, remote)

    def tools(self, deadline: Deadline) -> Tools:
        """Returns the tools of one call, which must end by ``deadline``."""
        return Tools(deadline, self.meter.on(self.sandbox), self.judge, self.remote)

    def sandbox_seconds(self) -> float:
        """Returns the seconds that candidates ran since this was last asked."""
        return self.meter.read()

    def close(self) -> None:
        """Ends every process that a tool started."""
        if self.sandbox:
            self.sandbox.close()


class Meter:
    """Adds up how long candidates ran, as their sandbox counted it."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._lock = threading.Lock()

    def on(self, sandbox: Sandbox | None) -> Sandbox | None:
        """Returns the sandbox with this meter on its runs."""
        return _Metered(sandbox, self) if sandbox else None

    def add(self, seconds: float) -> None:
        """Counts one run."""
        with self._lock:
            self._seconds += seconds

    def read(self) -> float:
        """Returns the sum and starts again from zero."""
        with self._lock:
            seconds, self._seconds = self._seconds, 0.0
        return seconds


class _Metered:
    """A sandbox whose runs are counted, and whose sessions are not."""

    def __init__(self, sandbox: Sandbox, meter: Meter) -> None:
        self._sandbox = sandbox
        self._meter = meter

    def session(self, *args: Any, **kwargs: Any) -> Session:
        return self._sandbox.session(*args, **kwargs)

    @property
    def isolation(self) -> Isolation:
        return self._sandbox.isolation

    def run(self, job: Job, limits: Limits, deadline: Deadline) -> Run:
        run = self._sandbox.run(job, limits, deadline)
        self._meter.add(run.usage.wall_s)
        return run

    def close(self) -> None:
        self._sandbox.close()
