"""What a person said of a completion: a score, yes or no, or which of two was better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from touchstone.workbench.errors import WorkbenchError

Kind = Literal["score", "yes_no", "pair"]

_WORDS: dict[str, tuple[Kind, float]] = {
    **dict.fromkeys(("yes", "true", "good", "right", "correct", "pass", "passed"), ("yes_no", 1.0)),
    **dict.fromkeys(
        ("no", "false", "bad", "wrong", "incorrect", "fail", "failed"), ("yes_no", 0.0)
    ),
    **dict.fromkeys(("chosen", "better", "preferred", "win"), ("pair", 1.0)),
    **dict.fromkeys(("rejected", "worse", "lose"), ("pair", 0.0)),
}


class MarkError(WorkbenchError):
    """A mark cannot be read as one; the message says where (bad input)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One person's mark of one completion.

    Attributes:
        kind: How it was given.
        value: Of a score the number, in the person's own scale; else 1 for the good end.
    """

    kind: Kind
    value: float


def read_mark(value: Any, place: str) -> Mark:
    """Reads a mark.

    Args:
        value: A number; a boolean or a word for yes or no; ``chosen`` or ``rejected``.
        place: Where it stands, to open a message with.

    Raises:
        MarkError: It is none of these.
    """
    if isinstance(value, bool):
        return Mark("yes_no", float(value))
    if isinstance(value, int | float) and abs(value) < float("inf"):
        return Mark("score", float(value))
    found = _WORDS.get(value.strip().lower()) if isinstance(value, str) else None
    if found is None:
        raise MarkError(
            f"{place}: {value!r:.60} is no mark",
            "marks are numbers, yes or no, or chosen and rejected among the answers of a prompt",
        )
    return Mark(*found)


def check_marks(marks: list[Mark], place: str) -> None:
    """Refuses marks that cannot be held together against rewards.

    Raises:
        MarkError: They are of different kinds, or all the same.
    """
    kinds = sorted({mark.kind for mark in marks})
    if len(kinds) > 1:
        raise MarkError(f"{place}: marks of different kinds: {', '.join(kinds)}")
    if len({mark.value for mark in marks}) < 2:
        raise MarkError(f"{place}: every mark is the same, which agrees with any grader")
