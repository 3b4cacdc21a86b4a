"""Checkers that share no code with a template, to hold its verdicts against.

Each says of a completion whether it is right, or that it cannot tell. They are plain on purpose:
where one of them and a grader disagree, a person looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from touchstone.sandbox import Sandbox, open_sandbox
from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.second import code, data, mathematics

Second = Callable[[Case, str, Sandbox], bool | None]

# Template to what else can decide its rows, and what that is, for a person.
SECOND: dict[str, tuple[Second, str]] = {
    "math_reasoning": (mathematics.right, "Math-Verify, given the whole completion"),
    "data_extraction": (data.right, "equal data, read as plain JSON"),
    "code_verification": (code.right, "the tests behind the program in one Python process"),
}


@contextmanager
def opened() -> Iterator[Sandbox]:
    """Gives the sandbox that second checkers run untrusted text in; it ends with the block."""
    sandbox = open_sandbox()
    try:
        yield sandbox
    finally:
        sandbox.close()
