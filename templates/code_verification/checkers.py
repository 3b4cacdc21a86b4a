"""Asks an author's own checker whether an output is right, in a cage of its own."""

from __future__ import annotations

from typing import Any

from touchstone.grader import Tools
from touchstone.outcomes import BadReference
from touchstone.sandbox.types import Call, FunctionJob, Limits, Outcome, Raised, Returned
from touchstone.templates.code_verification.cases import FunctionCase, ProgramCase

_NAME = "check"


def asks_checker(
    case: FunctionCase | ProgramCase, output: Any, limits: Limits, tools: Tools
) -> bool:
    """Returns the checker's verdict: what it returns is true or false, or it asserts.

    What it makes of an output that it did not foresee, as an exception, is a no: a completion
    could provoke it. One that says no to the expected output too is the reference's fault.

    Raises:
        BadReference: The checker cannot be run, or accepts not even what is expected.
        SandboxFault: The sandbox could not do its work.
        DeadlineExceeded: The call's time ran out.
    """
    outcomes = _ask(case, [output, *case.accepted[:1]], limits, tools)
    if _says_yes(outcomes[0]):
        return True
    for outcome in outcomes[1:]:
        if not _says_yes(outcome):
            raise BadReference(f"the checker refuses the expected output: {_said(outcome)}")
    if isinstance(outcomes[0], Raised) and outcomes[0].error in ("NameError", "SyntaxError"):
        raise BadReference(f"the checker cannot be run: {_said(outcomes[0])}")
    return False


def _ask(
    case: FunctionCase | ProgramCase, outputs: list[Any], limits: Limits, tools: Tools
) -> list[Outcome]:
    expected = case.accepted[0] if case.accepted else None
    calls = tuple(Call((case.given, output, expected)) for output in outputs)
    run = tools.need_sandbox().run(FunctionJob(case.checker, _NAME, calls), limits, tools.deadline)
    return list(run.outcomes)


def _says_yes(outcome: Outcome) -> bool:
    return isinstance(outcome, Returned) and outcome.value is not None and bool(outcome.value)


def _said(outcome: Outcome) -> str:
    if isinstance(outcome, Raised):
        return f"{outcome.error}: {outcome.message[:120]}"
    return type(outcome).__name__
