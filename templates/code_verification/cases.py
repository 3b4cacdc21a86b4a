"""Tests that are data: a function's arguments or a program's input, and what must come of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from touchstone.outcomes import BadReference
from touchstone.sandbox.types import Call, Iterated, Returned
from touchstone.scoring.equality import equal, outputs_equal
from touchstone.settings import nearest

_FIELDS = (
    "accepted", "args", "checker", "expected", "expected_output", "in_place", "input", "kwargs",
    "stdin", "tolerance", "weight",
)  # fmt: skip
# What may stand in a case and decides nothing.
_DESCRIBING = {"comment", "description", "explanation", "id", "name", "note"}


@dataclass(frozen=True, slots=True)
class FunctionCase:
    """Call the entry point; what comes of it must equal one of the accepted values.

    Attributes:
        call: The arguments; they come back after the call where that is what counts.
        accepted: Values that are right; none where only the checker decides.
        tolerance: Numbers may differ by this.
        weight: Against the other tests.
        checker: The author's function ``check(input, output, expected)``; decides instead.
    """

    call: Call
    accepted: tuple[Any, ...]
    tolerance: float | None
    weight: float = 1.0
    checker: str = ""

    @property
    def given(self) -> Any:
        """What a checker is told of the input."""
        return list(self.call.args) if not self.call.kwargs else [self.call.args, self.call.kwargs]

    def output(self, outcome: Returned) -> Any:
        """Returns what the test looks at: the value, or the first argument after the call."""
        if self.call.keep_args:
            return _listed(outcome.args[0]) if outcome.args else None
        # JSON has no generator: a list is how a reference states what one yields.
        return _listed(outcome.value)

    def accepts(self, output: Any) -> bool:
        """Whether an output is right."""
        return any(equal(output, value, self.tolerance) for value in self.accepted)


@dataclass(frozen=True, slots=True)
class ProgramCase:
    """Run the program on ``stdin``; what it writes must equal one of the accepted texts.

    Attributes:
        stdin: The input.
        accepted: Texts that are right; none where only the checker decides.
        tolerance: Words that are numbers may differ by this.
        weight: Against the other tests.
        checker: The author's function ``check(input, output, expected)``; decides instead.
    """

    stdin: str
    accepted: tuple[str, ...]
    tolerance: float | None
    weight: float = 1.0
    checker: str = ""

    @property
    def given(self) -> str:
        """What a checker is told of the input."""
        return self.stdin

    def accepts(self, output: Any) -> bool:
        """Whether an output is right."""
        return isinstance(output, str) and any(
            outputs_equal(output, text, self.tolerance) for text in self.accepted
        )


def read_case(
    case: Mapping[str, Any], whole: Mapping[str, Any], entry_point: str | None, where: str
) -> FunctionCase | ProgramCase:
    """Reads one case.

    Args:
        case: As the reference has it.
        whole: The reference: its tolerance, checker and ``in_place`` hold for all of its cases.
        entry_point: What is called; where it is ``None`` two texts are a program's.
        where: Names the case in messages.

    Raises:
        BadReference: A field is unknown or cannot be read; names it.
    """
    for field in case:
        if field not in _FIELDS and field not in _DESCRIBING:
            raise BadReference(f"{where} has the unknown field {field!r}{nearest(field, _FIELDS)}")
    checker = case.get("checker") or whole.get("checker") or ""
    accepted = _accepted(case, where, needed=not checker)
    tolerance = number(case, "tolerance", where)
    if tolerance is None:
        tolerance = number(whole, "tolerance", "")
    weight = number(case, "weight", where)
    if weight == 0:
        raise BadReference(f"{where}.weight is 0: a test that counts for nothing")
    shared = (accepted, tolerance, 1.0 if weight is None else weight, checker)
    texts = all(isinstance(value, str) for value in accepted)
    if "stdin" in case or _is_program(case, entry_point, texts):
        stdin = case.get("stdin", case.get("input"))
        if not isinstance(stdin, str) or not texts:
            raise BadReference(
                f"{where}: a program case needs `stdin` and what is expected to be strings"
            )
        return ProgramCase(stdin, *shared)
    in_place = case.get("in_place", whole.get("in_place", False))
    if not isinstance(in_place, bool):
        raise BadReference(f"{where}.in_place is neither true nor false")
    return FunctionCase(_read_call(case, where, in_place), *shared)


def number(holder: Mapping[str, Any], field: str, where: str) -> float | None:
    """Reads a number from 0 up; ``None`` where it is not given."""
    value = holder.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
        raise BadReference(f"{where or 'reference_answer'}.{field} is not a number from 0 up")
    return float(value)


def _is_program(case: Mapping[str, Any], entry_point: str | None, texts: bool) -> bool:
    return entry_point is None and isinstance(case.get("input"), str) and texts


def _accepted(case: Mapping[str, Any], where: str, *, needed: bool) -> tuple[Any, ...]:
    field = "expected" if "expected" in case else "expected_output"
    more = case.get("accepted", [])
    if not isinstance(more, list):
        raise BadReference(f"{where}.accepted is not a list of values")
    if field not in case and not more and needed:
        raise BadReference(f"{where} has no `expected` (or `expected_output`)")
    return (*([case[field]] if field in case else []), *more)


def _read_call(case: Mapping[str, Any], where: str, in_place: bool) -> Call:
    if "args" in case or "kwargs" in case:
        value: Any = {name: case[name] for name in ("args", "kwargs") if name in case}
    elif "input" in case:
        value = case["input"]
    else:
        raise BadReference(f"{where} has neither `input` nor `stdin`")
    if isinstance(value, list):
        return Call(tuple(value), keep_args=in_place)
    if value is None or (isinstance(value, str) and _is_packed(value)):
        raise BadReference(
            f"{where}.input is {value!r:.60}, which may mean one argument or several; "
            "write a list of arguments"
        )
    if not isinstance(value, Mapping):
        return Call((value,), keep_args=in_place)
    args, kwargs = value.get("args", []), value.get("kwargs", {})
    if set(value) <= {"args", "kwargs"} and isinstance(args, list) and isinstance(kwargs, dict):
        return Call(tuple(args), dict(kwargs), keep_args=in_place)
    raise BadReference(
        f'{where}.input is an object but not {{"args": [...], "kwargs": {{...}}}}; '
        "put a dict argument into a list"
    )


def _is_packed(text: str) -> bool:
    """Whether a text is a list or an object of JSON, as tables hold arguments."""
    try:
        return isinstance(json.loads(text), list | dict)
    except (ValueError, RecursionError):
        return False


def _listed(value: Any) -> Any:
    """Returns a value with generators and their like as the lists that they give."""
    if isinstance(value, Iterated):
        return [_listed(item) for item in value.items]
    if type(value) in (list, tuple):
        return type(value)(_listed(item) for item in value)
    if type(value) is dict:
        return {key: _listed(item) for key, item in value.items()}
    return value
