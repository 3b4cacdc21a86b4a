"""Contests' way to test a class: a list of calls, a list of their arguments, and what they give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_design(entry_point: Any, case: Mapping[str, Any]) -> bool:
    """Whether a case makes an object of the class that is asked for and calls it in order."""
    given, expected = case.get("input"), case.get("expected", case.get("output"))
    if not (isinstance(given, list) and len(given) == 2 and isinstance(expected, list)):
        return False
    names, arguments = given
    return (
        isinstance(names, list)
        and isinstance(arguments, list)
        and len(names) == len(arguments) == len(expected) > 1
        and names[0] == entry_point
        and all(isinstance(name, str) and name.isidentifier() for name in names)
        and all(isinstance(args, list) for args in arguments)
    )


def as_script(case: Mapping[str, Any]) -> str:
    """Returns a design as statements; a call that gives ``null`` is made and not asked."""
    names, arguments = case["input"]
    expected = case.get("expected", case.get("output"))
    lines = [f"instance = {_call(names[0], arguments[0])}"]
    for name, args, value in list(zip(names, arguments, expected or [], strict=True))[1:]:
        call = _call(f"instance.{name}", args)
        lines.append(call if value is None else f"assert {call} == {value!r}")
    return "\n".join(lines)


def _call(name: str, arguments: list[Any]) -> str:
    return f"{name}({', '.join(map(repr, arguments))})"
