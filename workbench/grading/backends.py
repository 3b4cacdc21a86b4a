"""Where rows are graded: by a grader in this process, or by a deployed function."""

from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from touchstone import contract
from touchstone.deadline import Deadline
from touchstone.graded import halving
from touchstone.grader import Grader
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.pipeline import answer
from touchstone.stand_in import STAND_IN, judge_shown
from touchstone.templates import load_grader
from touchstone.toolbox import Toolbox
from touchstone.workbench.aws import FunctionError, ServiceError, TooLarge, check_invoke, invoke
from touchstone.workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from touchstone.judge import Judge

Reply = list[dict[str, Any]]
Backend = Callable[[list[Any]], Reply]


# A function whose copies are all busy is free again when one of its calls ends, at the latest.
_PATIENCE_S = 900


class UnreachableGrader(WorkbenchError):
    """A deployed grader cannot be called: it, the access, the region or the network is missing."""


class UnreachableJudge(WorkbenchError):
    """A judge answers nobody: it, the access, the quota or the network is missing."""


class InProcess(AbstractContextManager["InProcess"]):
    """A grader with tools of its own, which end with its block, by ``close`` or with it.

    Attributes:
        grader: It.
        judge: Who judges for it, for a person; ``""`` where nobody does.
    """

    def __init__(self, grader: Grader) -> None:
        self.grader, self._toolbox = grader, Toolbox.of(grader)
        self.judge = judge_shown(grader)
        self.close = weakref.finalize(self, self._toolbox.close)

    def __call__(self, rows: list[Any]) -> Reply:
        """Grades rows, with each one's outcome and reason.

        A batch over the fault budget is returned with its rows all the same: here a person
        reads the outcomes, and no job trains on the numbers.

        Raises:
            UnreachableJudge: The judge gave no verdict, and would give none to further rows.
        """
        reply = self._graded(rows, self._toolbox)
        _check_judged(reply, self.judge)
        return reply

    def judged_by(self, judge: Judge) -> Backend:
        """Returns the same grader with the same tools, but judged by another."""
        return partial(self._graded, toolbox=replace(self._toolbox, judge=judge))

    def with_tools(self, change: Callable[[Toolbox], Toolbox], seconds: float) -> Backend:
        """Returns the same grader with changed tools, whose every call has so many seconds.

        Args:
            change: Returns other tools in the place of this grader's, which stay its own to close.
            seconds: After which rows that are not graded yet are unscored, ``deadline``.
        """
        toolbox = change(self._toolbox)

        def graded(rows: list[Any]) -> Reply:
            reply = self._graded(rows, toolbox, seconds)
            _check_judged(reply, self.judge)
            return reply

        return graded

    def _graded(self, rows: list[Any], toolbox: Toolbox, seconds: float = math.inf) -> Reply:
        try:
            tools = toolbox.tools(Deadline.after(seconds))
            return contract.entries_of(answer(rows, self.grader, tools, explain=True))
        except FaultBudgetExceeded as exc:
            return contract.to_reply(exc.results, "list", explain=True)

    def reply(self, event: Any, seconds: float | None = None) -> Any:
        """Answers one event as the deployed handler does, in the envelope that it asks for.

        Args:
            event: Of any form.
            seconds: What is left of the call; no limit by default.

        Raises:
            FaultBudgetExceeded: Too much of the batch could not be scored.
        """
        deadline = Deadline() if seconds is None else Deadline.after(seconds)
        return answer(event, self.grader, self._toolbox.tools(deadline))

    def __exit__(self, *_: object) -> None:
        """Ends every process that grading started."""
        self.close()


def _check_judged(reply: Reply, judge: str) -> None:
    """Ends a run at its first rows, where all others would end as they did."""
    names = [{metric["name"] for metric in entry.get("metrics_list") or ()} for entry in reply]
    lasting = [at for at, found in enumerate(names) if "judge_lasting" in found]
    judged = any(
        entry["outcome"] == "scored" and "judge_output_tokens" in found
        for entry, found in zip(reply, names, strict=True)
    )
    if lasting and not judged:
        why = str(reply[lasting[0]].get("reason", "")).removeprefix("judge_fault: ")
        advice = "check its address, the model's name, the key or role, and the quota"
        raise UnreachableJudge(f"the judge {judge} answers nobody: {why}", advice)


def judge_of(backend: Backend, *, stood_in: bool) -> str:
    """Returns who judged, for a person; of a deployed function only the stand-in can be told.

    Args:
        backend: What graded.
        stood_in: Some of its results say that the stand-in judged.
    """
    return getattr(backend, "judge", "") or (STAND_IN if stood_in else "")


def in_process(grader: str, overrides: Mapping[str, Any], graders: Path | None = None) -> InProcess:
    """Returns a grader that answers here as the handler does that Bedrock calls.

    Args:
        grader: Name of a template or of an entry of graders.toml.
        overrides: Settings that win over the file's.
        graders: That file; the one that counts here by default.

    Raises:
        SettingsError: There is no such grader, or a setting is wrong.
    """
    return InProcess(load_grader(grader, graders, overrides))


def deployed(function: str, region: str = "") -> Backend:
    """Returns a deployed grader, called as Bedrock calls it, once it is known that it can be.

    It waits while the function is throttled or not ready, and halves a batch that is too large.

    Args:
        function: Its name or ARN, with an alias or version where wanted.
        region: Where it is; as the environment says by default.

    Raises:
        UnreachableGrader: It is not there, may not be called or cannot be reached.
    """
    try:
        check_invoke(function, region)
    except ServiceError as exc:
        raise UnreachableGrader(str(exc), exc.advice) from exc

    def send(rows: Sequence[Any]) -> Reply:
        reply = contract.entries_of(invoke(function, rows, region, patience_s=_PATIENCE_S))
        if not isinstance(reply, list) or len(reply) != len(rows):
            raise FunctionError(f"{function}: not a result for each row but {str(reply)[:2000]}")
        return reply

    return lambda rows: halving(rows, send, TooLarge)
