"""Math-Verify on the completion as a whole, in a cage: it evaluates what it is given."""

from __future__ import annotations

from touchstone.deadline import Deadline
from touchstone.sandbox import Sandbox
from touchstone.sandbox.types import Limits, Returned
from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.gold import final_answer

_LIMITS = Limits(wall_s=10, call_s=5, memory_mb=512)
# sympy asks ctypes, which no cage has, for nothing but the size of a C long.
_WARM = """
import struct, sys, types
stand_in = types.ModuleType("ctypes")
stand_in.c_long, stand_in.sizeof = "l", struct.calcsize
sys.modules["ctypes"] = stand_in
import math_verify

def verdict(gold, text):
    wanted = math_verify.parse(gold, parsing_timeout=None)
    if not wanted:
        return None
    return math_verify.verify(
        wanted, math_verify.parse(text, parsing_timeout=None), timeout_seconds=None
    )
"""


def right(case: Case, completion: str, sandbox: Sandbox) -> bool | None:
    """Tells whether Math-Verify finds the reference's answer in a completion.

    Returns:
        ``None`` where it cannot read the reference, or does not come to an end.

    Raises:
        SandboxFault: No cage could be opened.
    """
    answer = final_answer(case.reference)
    if not answer:
        return None
    with sandbox.session("from warm_up import verdict", _LIMITS, Deadline(), warm=_WARM) as session:
        outcome = session.call("verdict", rf"\boxed{{{answer}}}", completion)
    value = outcome.value if isinstance(outcome, Returned) else None
    return value if isinstance(value, bool) else None
