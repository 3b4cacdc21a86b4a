"""Tests that are made of a solution known to be right: the candidate must agree with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_HARNESS = """
import copy, math

_space = {{"__name__": "reference"}}
exec({source!r}, _space)
_right = _space[{name!r}]


def _same(got, wanted):
    if isinstance(wanted, float) and isinstance(got, (int, float)):
        return got == wanted or math.isclose(got, wanted, rel_tol=1e-7, abs_tol={atol!r})
    if isinstance(wanted, (list, tuple)) and isinstance(got, (list, tuple)):
        return len(got) == len(wanted) and all(map(_same, got, wanted))
    if isinstance(wanted, dict) and isinstance(got, dict):
        return got.keys() == wanted.keys() and all(_same(got[k], wanted[k]) for k in wanted)
    return got == wanted
"""
_TEST = """

def test_{index}():
    given = {given!r}
    wanted = _right(*copy.deepcopy(given))
    assert _same({name}(*given), wanted)
"""


def differential(source: str, name: str, inputs: Sequence[Any], atol: Any) -> str:
    """Returns test code in which a function must return what a right one returns.

    Args:
        source: Defines the right one.
        name: Of both.
        inputs: Positional arguments of each call, each a test.
        atol: Floats may differ by this, or by a ten millionth of their size.
    """
    tolerance = float(atol) if isinstance(atol, int | float) and atol >= 0 else 0.0
    head = _HARNESS.format(source=source, name=name, atol=max(tolerance, 1e-9))
    tests = (
        _TEST.format(index=index, given=list(given), name=name)
        for index, given in enumerate(inputs)
    )
    return head + "".join(tests)
