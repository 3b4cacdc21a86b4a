"""Changes of a text that no reader sees, or that only courtesy makes."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from touchstone.normal import normal
from touchstone.workbench.check.cases import Case

_SAME = "no reader sees a difference"


def ends(_: Case, text: str) -> Iterator[tuple[str, str, str]]:
    """Yields a text with blanks at its ends, and in other forms of the same characters."""
    yield "space:behind", f"{text}  \n\n", _SAME
    yield "space:in front", f"\n\n{text}", _SAME
    yield "space:at every line's end", re.sub(r"(?m)$", "  ", text), _SAME
    yield "space:a tab behind", f"{text}\t", _SAME
    yield "characters:decomposed", normal(text, "NFD"), _SAME


def around(case: Case, text: str) -> Iterator[tuple[str, str, str]]:
    """Yields the same, and a text with other line ends."""
    yield from ends(case, text)
    yield "space:lines of Windows", text.replace("\r\n", "\n").replace("\n", "\r\n"), _SAME
    yield "characters:curly apostrophes", text.replace("'", "\u2019"), _SAME
    if "{" not in text:  # JSON knows no such blank
        yield "characters:spaces that do not break", text.replace(" ", "\u00a0", 1), _SAME


def wrapped(_: Case, text: str) -> Iterator[tuple[str, str, str]]:
    """Yields a text whose paragraphs are wrapped, as mail and terminals do."""
    for width in (60, 80):
        paragraphs = [_fill(part, width) for part in text.split("\n\n")]
        yield f"layout:wrapped at {width}", "\n\n".join(paragraphs), "only line breaks differ"


def _fill(paragraph: str, width: int) -> str:
    """Wraps a paragraph; a list or a poem has lines of its own, which stay."""
    return paragraph if "\n" in paragraph else textwrap.fill(paragraph, width)
