"""Text of strangers made safe to look at: nothing in it moves, hides or runs, here or there."""

from __future__ import annotations

import re
import unicodedata

_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)
# Marks that pile up on one character reach over the lines above and below it.
_MOST_MARKS = 4


def visible(text: str, limit: int | None = None) -> str:
    """Returns text in which control, direction and zero-width characters are seen, not obeyed.

    Args:
        text: Anything: a completion, an error message, a name.
        limit: Characters to keep, two thirds from the beginning and the rest from the end;
            what is left out is counted in its place.
    """
    if limit is not None and len(text) > limit:
        head = limit * 2 // 3
        tail = limit - head
        left_out = len(text) - limit
        return f"{_plain(text[:head])}\n[… {left_out:,} characters …]\n{_plain(text[-tail:])}"
    return _plain(text)


def one_line(text: str, limit: int = 400) -> str:
    """Returns ``visible`` text without line breaks."""
    return " ".join(visible(text, limit).split())


def _plain(text: str) -> str:
    shown = _SUSPECT.sub(_name, text.replace("\r\n", "\n"))
    if shown.isascii():
        return shown
    kept, marks = [], 0
    for char in shown:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def _name(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"
