"""What a golden case expects of its result, read strictly: a misspelt case must not pass.

``{"score": 0.7, "note": "half of the tests"}``: ``score`` is a number, held to a millionth, or
``[lowest, highest]``; ``outcome`` is ``scored`` (where it is not said) or ``unscored:<kind>``.
``best``, likewise a number or a range, is the reward where a judge finds nothing wrong: what
rules leave. ``touchstone check`` holds it to that, and nobody else reads it. ``note`` and
``surprising`` are for who reads the case. One of the first two has to be there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from touchstone.groups import EQUAL
from touchstone.outcomes import FaultKind
from touchstone.settings import nearest
from touchstone.workbench.errors import WorkbenchError

OUTCOMES = ("scored", *(f"unscored:{kind}" for kind in get_args(FaultKind)))
_KEYS = ("best", "note", "outcome", "score", "surprising")
_RANGES = ("score", "best")


class ExpectationError(WorkbenchError):
    """An expectation cannot be read as one; the message says where, and what would be read."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """How a case is to end.

    Attributes:
        outcome: One of ``OUTCOMES``.
        score: The lowest and the highest reward; ``None`` where any will do.
        best: Likewise where a judge finds nothing wrong; ``None`` where nobody said.
        note: What the case shows, in words.
        surprising: The reward is one that a person may not expect.
    """

    outcome: str = "scored"
    score: tuple[float, float] | None = None
    best: tuple[float, float] | None = None
    note: str = ""
    surprising: bool = False

    def __str__(self) -> str:
        """Returns what is wanted, in words."""
        if self.score is None:
            return self.outcome
        low, high = (f"{end:.4g}" for end in self.score)
        return f"a score of {low}" if low == high else f"a score of {low} to {high}"

    def met_by(self, entry: Mapping[str, Any]) -> bool:
        """Tells whether a result, as ``grade`` gives it, is the one expected."""
        if entry["outcome"] != self.outcome:
            return False
        if self.score is None:
            return True
        return self.score[0] <= entry["aggregate_reward_score"] <= self.score[1]


def read_expectation(value: Any, place: str = "expect") -> Expectation:
    """Reads the ``expect`` of a case.

    Args:
        value: What the case holds.
        place: Where it does, to open a message with.

    Raises:
        ExpectationError: A key is unknown, a value is of the wrong type, or nothing is expected.
    """
    if not isinstance(value, Mapping):
        raise ExpectationError(f"{place}: is {value!r}, not an object")
    for key in value:
        if key not in _KEYS:
            raise ExpectationError(f"{place}: unknown key {key!r}{nearest(key, _KEYS)}")
    if not {"outcome", "score"} & set(value):
        raise ExpectationError(f"{place}: expects nothing; give `score` or `outcome`")
    for key, kind in (("note", str), ("surprising", bool)):
        if not isinstance(value.get(key, kind()), kind):
            raise ExpectationError(f"{place}.{key}: is {value[key]!r}, not a {kind.__name__}")
    outcome = _outcome(value.get("outcome", "scored"), f"{place}.outcome")
    ranges = {key: _range(value[key], f"{place}.{key}") for key in _RANGES if key in value}
    if ranges and outcome != "scored":
        raise ExpectationError(f"{place}: a row that is {outcome} has no `{next(iter(ranges))}`")
    return Expectation(
        outcome, ranges.get("score"), ranges.get("best"), value.get("note", ""),
        value.get("surprising", False),
    )  # fmt: skip


def as_expected(entry: Mapping[str, Any], expect: Any) -> bool:
    """Tells whether a result is what its case expects.

    Args:
        entry: The result, with its ``outcome``.
        expect: What the case holds under ``expect``.

    Raises:
        ExpectationError: It is no expectation, as where a key is misspelt.
    """
    return read_expectation(expect).met_by(entry)


def shown(entry: Mapping[str, Any]) -> str:
    """Returns how a row ended, in words: its reward, or the fault that left it unscored."""
    scored = entry["outcome"] == "scored"
    return f"{entry['aggregate_reward_score']:.4g}" if scored else entry["outcome"]


def _outcome(value: Any, place: str) -> str:
    if value not in OUTCOMES:
        raise ExpectationError(f"{place}: unknown outcome {value!r}{nearest(str(value), OUTCOMES)}")
    return value


def _range(value: Any, place: str) -> tuple[float, float]:
    if _is_number(value):
        return value - EQUAL, value + EQUAL
    if isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)):
        low, high = value
        if low <= high:
            return low, high
    raise ExpectationError(f"{place}: is {value!r}, not a number or [lowest, highest]")


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) <= sys.float_info.max  # not so of nan
