"""Searches with a pattern that came with a row: bounded in time, whatever the text.

A pattern and the completion it meets were not written by the same person; one nested
repetition would let a completion hold a grader up for hours. Plain words go through ``re``,
anything else through ``regex``, which can stop.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from touchstone.outcomes import BadReference

TIMEOUT_S = 1.0
MAX_LENGTH = 1000  # characters of a pattern


class TooSlow(BadReference):
    """A pattern found no end on a text. Both had a part in it, so it counts against the text."""

    blame = "ask"


_DOUBLED = re.compile(r"(?<!\\)[+*?}]\+")
_PLAIN = re.compile(r"[\w ,;:'\"!-]*")


def count(pattern: str, text: str, *, before: str = "", after: str = "", case: bool = False) -> int:
    """Returns how often the pattern is found, without overlaps.

    Args:
        pattern: A regular expression; one that is not well-formed (``C++``) is taken
            literally.
        text: Where to look.
        before: What must stand before it, as a regular expression.
        after: What must stand after it.
        case: Upper and lower case differ.

    Raises:
        BadReference: The pattern is too long.
        TooSlow: It takes more than a second on this text.
    """
    compiled = _compiled(pattern, before, after, 0 if case else re.IGNORECASE)
    if isinstance(compiled, re.Pattern):
        return sum(1 for _ in compiled.finditer(text))
    try:
        return sum(1 for _ in compiled.finditer(text, timeout=TIMEOUT_S))
    except TimeoutError as exc:
        raise TooSlow(
            f"reference_answer: pattern {pattern!r} takes more than {TIMEOUT_S:g} s on this "
            "completion; write it without nested repetition"
        ) from exc


@lru_cache(maxsize=512)
def _compiled(pattern: str, before: str, after: str, flags: int) -> Any:
    if len(pattern) > MAX_LENGTH:
        raise BadReference(f"reference_answer: a pattern is longer than {MAX_LENGTH} characters")
    if _PLAIN.fullmatch(pattern):
        return re.compile(before + pattern + after, flags)
    import regex

    try:
        # Possessive in newer engines, an error in the published checkers': `C++` is a name.
        if _DOUBLED.search(pattern):
            raise regex.error("a repetition of a repetition")
        regex.compile(pattern)
    except regex.error:
        return re.compile(before + re.escape(pattern) + after, flags)
    # `regex` numbers its flags as `re` does.
    return regex.compile(before + pattern + after, flags)
