"""Unicode's normal forms, in time proportional to the text.

One letter can be written as one character or as a letter and its marks. What is compared as
language is brought into one form here; a program, a payload or an id never is.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, Literal

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

# Marks in a row that are put in order. The library takes the square of their number.
# Source: Unicode Standard Annex 15, stream-safe text format.
_MOST_MARKS = 30


def normal(text: str, form: Form = "NFC") -> str:
    """Returns a text in a normal form; a letter with more than 30 marks is several pieces."""
    if text.isascii():
        return text
    return "".join(unicodedata.normalize(form, piece) for piece in _pieces(text))


def unaccented(text: str) -> str:
    """Returns a text without the accents of its letters, in NFC."""
    if text.isascii():
        return text
    letters = "".join(c for c in normal(text, "NFD") if not unicodedata.combining(c))
    return normal(letters)


def normal_data(value: Any) -> Any:
    """Returns JSON data with every text in it in NFC; names of fields stay as they are."""
    if isinstance(value, str):
        return normal(value)
    if isinstance(value, list):
        return [normal_data(inner) for inner in value]
    if isinstance(value, dict):
        return {key: normal_data(inner) for key, inner in value.items()}
    return value


def _pieces(text: str) -> Iterator[str]:
    start = marks = 0
    for index, char in enumerate(text):
        marks = marks + 1 if unicodedata.category(char)[0] == "M" else 0
        if marks > _MOST_MARKS:
            yield text[start:index]
            start, marks = index, 1
    yield text[start:]
