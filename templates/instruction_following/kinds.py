"""What a published instruction kind is: what it asks for, its arguments, and its check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

Relation = Literal["less than", "at least"]
Count = Annotated[int, msgspec.Meta(ge=0)]
Ordinal = Annotated[int, msgspec.Meta(ge=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Texts = Annotated[list[Text], msgspec.Meta(min_length=1)]
Letter = Annotated[str, msgspec.Meta(min_length=1, max_length=1)]


@dataclass(frozen=True, slots=True)
class Kind:
    """One instruction kind.

    Attributes:
        asks: What it asks for; argument names in braces are filled in.
        types: Argument names and their types.
        check: Completion and arguments to whether the instruction is followed.
    """

    asks: str
    types: Mapping[str, Any]
    check: Callable[[str, Any], bool]


def answered_kind(asks: str, check: Callable[[str, Any], bool], **types: Any) -> Kind:
    """Returns a kind that a completion without any text never follows."""
    return Kind(asks, types, lambda text, given: bool(text.strip()) and check(text, given))
