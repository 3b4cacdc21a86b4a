"""The way to the caged comparison, and what its end means.

The code in the cage is ours and the input is hostile: an expression that runs out of time or
memory, or breaks the parser, is the candidate's own doing and not shown to be equal. A cage that
could not be opened, or a call whose time is over, is our fault and raised as such.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.sandbox.session import Session
from touchstone.sandbox.types import KILLED, Died, Limits, Outcome, Raised, Returned, TimedOut
from touchstone.templates.math_reasoning.evaluate import variables
from touchstone.templates.math_reasoning.radicals import same_radicals
from touchstone.templates.math_reasoning.tree import Node

if TYPE_CHECKING:
    from touchstone.judge import Judge

# The longest that one comparison may take, in seconds; an honest one takes a few milliseconds.
LIMIT_S = 3.0
# The longest that all comparisons of one sample may take: a list may need many.
SAMPLE_LIMIT_S = 6.0
_TREES = ("mpmath",)
# A first parse loads tables for about a second: done once, before any cage is forked. sympy asks
# ctypes, which no cage has, for nothing but the size of a C long.
_WARM_TEXTS = """
import struct, sys, types
stand_in = types.ModuleType("ctypes")
stand_in.c_long, stand_in.sizeof = "l", struct.calcsize
sys.modules["ctypes"] = stand_in
import math_verify
gold = math_verify.parse(r"$\\frac{x}{2}+\\sqrt{2}$", parsing_timeout=None)
math_verify.verify(gold, gold, timeout_seconds=None)
"""
_CODE = Path(__file__).with_name("caged.py").read_text(encoding="utf-8")


class Cages:
    """The cages of one batch: one for each function, opened when it is first asked.

    A comparison that breaks its cage gets the next one a fresh cage; what is compared after it
    knows nothing of it.
    """

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._sessions: dict[str, Session] = {}
        self._lock = Lock()

    def call(
        self, name: str, args: tuple[object, ...], deadline: Deadline
    ) -> tuple[Outcome, float]:
        """Returns how a comparison ended, and the seconds that it took."""
        with self._lock:
            session = self._sessions.get(name)
            if session is None:
                session = self._sessions[name] = self._open(name, deadline)
            session.deadline = deadline
            # Opening the cage is our time.
            began = time.monotonic()
            outcome = session.call(name, *args)
            if outcome == KILLED:  # no limit of a cage does that; see LocalSandbox.run
                outcome = session.call(name, *args)
            return outcome, time.monotonic() - began

    def _open(self, name: str, deadline: Deadline) -> Session:
        limits = Limits(wall_s=math.inf, call_s=LIMIT_S, memory_mb=256)
        preload, warm = (_TREES, "") if name == "same_trees" else ((), _WARM_TEXTS)
        return self._tools.need_sandbox().session(
            f"from warm_up import {name}", limits, deadline, preload=preload, warm=_CODE + warm
        )

    def close(self) -> None:
        """Ends the cages."""
        for session in self._sessions.values():
            session.close()


@dataclass(frozen=True, slots=True)
class CagedTools:
    """What one row is graded with: its deadline, the batch's cages, a judge if one is asked."""

    cages: Cages
    deadline: Deadline
    judge: Judge | None = None

    def by(self, deadline: Deadline) -> CagedTools:
        """Returns the same for one row, which must be graded by ``deadline``."""
        return replace(self, deadline=deadline)


@contextmanager
def open_cages(_settings: object, tools: Tools) -> Iterator[CagedTools]:
    """Gives the tools of one batch; its cages end with the block."""
    cages = Cages(tools)
    try:
        yield CagedTools(cages, tools.deadline, tools.judge)
    finally:
        cages.close()


class Symbolic:
    """Compares in a cage; one per sample.

    Attributes:
        undecided: Why the last comparison that could not be decided could not, else ``""``.
    """

    def __init__(self, tools: CagedTools) -> None:
        self._tools = tools
        self.undecided = ""
        self._left_s = SAMPLE_LIMIT_S

    def same_trees(self, a: Node, b: Node) -> bool:
        """Returns whether two trees have the same value.

        Raises:
            SandboxFault: No cage could be opened.
            DeadlineExceeded: The call's time ran out.
        """
        if (said := same_radicals(a, b)) is not None:
            return said
        names = sorted(variables(a) | variables(b))
        return self._verdict(self._call("same_trees", a, b, names))

    def same_texts(self, candidate: str, reference: str) -> bool:
        """Returns whether Math-Verify finds two LaTeX texts equal; raises as ``same_trees``."""
        return self._verdict(self._call("same_texts", candidate, reference))

    def _call(self, name: str, *args: object) -> Outcome:
        if self._left_s < LIMIT_S:
            return TimedOut(SAMPLE_LIMIT_S)
        outcome, spent_s = self._tools.cages.call(name, args, self._tools.deadline)
        self._left_s -= spent_s
        return outcome

    def _verdict(self, outcome: Outcome) -> bool:
        match outcome:
            case Returned(True | False as same):
                return same
            case Returned():
                self.undecided = "it is too large or has no value to compare"
            case TimedOut(seconds):
                self.undecided = f"comparing it took more than {seconds:g} s"
            case Died(cause):
                self.undecided = f"comparing it ended its process ({cause})"
            case Raised(error):
                self.undecided = f"it could not be evaluated ({error})"
            case _:
                self.undecided = "it could not be evaluated"
        return False
