"""The tools that live as long as the process, handed to one call at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchstone.deadline import Deadline
from touchstone.grader import Grader, Tools, judge_options
from touchstone.libraries import check_libraries, installed

if TYPE_CHECKING:
    from touchstone.judge import Judge
    from touchstone.sandbox import Sandbox


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

    @classmethod
    def of(cls, grader: Grader, executor: str = "", tenant: str = "") -> Toolbox:
        """Opens what the grader needs, and imports nothing that it does not.

        Args:
            grader: Declares its needs.
            executor: Function that runs code for graders that need one; this machine's own
                sandbox where empty.
            tenant: Whose execution environments to use, where the executor isolates tenants.

        Raises:
            SettingsError: The judge or its options cannot be read, or a library is missing.
        """
        check_libraries(grader.name, grader.template.name, grader.template.libraries)
        sandbox = judge = None
        remote = bool(executor) and "executor" in grader.template.needs
        # An executor has its own.
        libraries = None if remote and "sandbox" not in grader.template.needs else installed(grader)
        if remote:
            from touchstone.sandbox.remote import RemoteSandbox

            sandbox = RemoteSandbox(executor, grader.settings.min_isolation, tenant, libraries)
        elif {"sandbox", "executor"} & grader.template.needs:
            from touchstone.sandbox import open_sandbox

            sandbox = open_sandbox(grader.settings.min_isolation, libraries=libraries)
        if "judge" in grader.template.needs:
            from touchstone.judge import make_judge

            judge = make_judge(grader.settings.judge, judge_options(grader.name, grader.settings))
        return cls(sandbox, judge, remote)

    def tools(self, deadline: Deadline) -> Tools:
        """Returns the tools of one call, which must end by ``deadline``."""
        return Tools(deadline, self.sandbox, self.judge, self.remote)

    def sandbox_seconds(self) -> float:
        """Returns the CPU seconds that untrusted code took since this was last asked."""
        return self.sandbox.spent_s() if self.sandbox else 0.0

    def close(self) -> None:
        """Ends every process that a tool started."""
        if self.sandbox:
            self.sandbox.close()
