"""What a form makes of a record, and how a record is refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any


class Refused(Exception):
    """A record cannot become an RFT row without losing something.

    Attributes:
        kind: One word to count by, for example ``image``.
        where: The field at fault, ``""`` when it is the record as a whole.
    """

    def __init__(self, kind: str, where: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.where = where


@dataclass(slots=True)
class Draft:
    """A record on its way to a row.

    Attributes:
        messages: The turns, in RFT's form; the answer is the last one where it is the
            assistant's.
        tools: Definitions in OpenAI's form.
        reference: The reference answer, ``None`` where the form keeps none of its own.
        reference_from: The field that the reference came from.
        row_id: The record's own id.
        fields: Everything else that the row carries.
        left_out: Names of what an RFT row has no place for, to be counted.
        columns: Fields among which a reference and an answer may be; the others only describe
            a call.
        keeps: The field of a reference stays under its name too.
        response: What a model in service replied, where the form itself keeps it.
        alike: Fields that look like a reference and are not used.
    """

    messages: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] | None = None
    reference: Any = None
    reference_from: str = ""
    row_id: Any = None
    fields: dict[str, Any] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    columns: Collection[str] = ()
    keeps: bool = False
    response: Any = None
    alike: list[str] = field(default_factory=list)


def want_list(value: Any, where: str) -> list[Any]:
    """Returns ``value`` if it is a list.

    Raises:
        Refused: It is something else.
    """
    if not isinstance(value, list):
        raise Refused("bad_shape", where, f"must be a list, not {type(value).__name__}")
    return value


def want_object(value: Any, where: str) -> dict[str, Any]:
    """Returns ``value`` if it is an object.

    Raises:
        Refused: It is something else.
    """
    if not isinstance(value, dict):
        raise Refused("bad_shape", where, f"must be an object, not {type(value).__name__}")
    return value


def want_text(value: Any, where: str) -> str:
    """Returns ``value`` if it is a string.

    Raises:
        Refused: It is something else.
    """
    if not isinstance(value, str):
        raise Refused("bad_shape", where, f"must be text, not {type(value).__name__}")
    return value


def row_id(value: Any, left_out: list[str]) -> Any:
    """Returns an id as a row carries it: text, also of a whole number; else ``None``."""
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
        return str(value)
    if value is not None:
        left_out.append("id")
    return None
