"""The tests behind the program in one process: easily fooled, but by nobody who means well."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from touchstone.deadline import Deadline
from touchstone.sandbox import Sandbox
from touchstone.sandbox.types import Limits, Returned, TimedOut
from touchstone.workbench.check.cases import Case

_LIMITS = Limits(wall_s=20, call_s=10, memory_mb=512)
_FENCED = re.compile(r"```(?:python|py|python3)?[ \t]*\n(.*?)\n?```", re.DOTALL | re.IGNORECASE)


def right(case: Case, completion: str, sandbox: Sandbox) -> bool | None:
    """Tells whether a program passes the reference's tests when they are run behind it.

    Returns:
        ``None`` where the tests are not calls with results, assertions or a ``check``, or did
        not come to an end.

    Raises:
        SandboxFault: No cage could be opened.
    """
    tests = _tests(case.reference)
    if not tests:
        return None
    blocks = _FENCED.findall(completion)
    source = "\n\n".join(blocks) if blocks else completion
    with sandbox.session(f"{source}\n\n{tests}\n", _LIMITS, Deadline()) as session:
        outcome = session.load
    return None if isinstance(outcome, TimedOut) else isinstance(outcome, Returned)


def _tests(reference: Any) -> str:
    """Returns the tests as code of their own; ``""`` where they are of another kind."""
    if not isinstance(reference, Mapping):
        return ""
    name = str(reference.get("entry_point") or "")
    lines = [str(reference.get("test_setup_code") or "")]
    for key in ("tests", "test_list", "test_cases"):
        listed = reference.get(key)
        for test in listed if isinstance(listed, list) else ():
            line = _line(test, name)
            if not line:
                return ""
            lines.append(line)
    for key in ("test", "test_code"):
        if isinstance(reference.get(key), str):
            called = f"\ncheck({name})" if "def check(" in reference[key] and name else ""
            lines.append(reference[key] + called)
    made = "\n".join(filter(None, lines))
    return made if "assert" in made else ""


def _line(test: Any, name: str) -> str:
    """Returns one test as an assertion; ``""`` where it is none of a plain call."""
    if isinstance(test, str):
        return test if test.lstrip().startswith("assert") else ""
    if not isinstance(test, Mapping) or not name or set(test) - {"input", "expected", "name"}:
        return ""
    given = test.get("input")
    args = ", ".join(map(repr, given)) if isinstance(given, list) else ""
    return f"assert {name}({args}) == {test.get('expected')!r}" if args else ""
