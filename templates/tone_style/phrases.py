"""Phrases that must or must not stand in a text: whole words, in any case and spacing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from touchstone.judge import clean
from touchstone.scoring.prose import fold, stands_alone

# E.g. `word`, `!`; not `- `
_PART = re.compile(r"[^\W_]+|[^\w\s-]")
# Shorter words have other words as their would-be forms: `even`, `evening`.
_LONG_ENOUGH = 5


def kept(phrases: Iterable[str], text: str) -> list[str]:
    """Returns the phrases that stand in the text as written, case and spacing aside."""
    read = fold(clean(text))
    return [phrase for phrase in phrases if _stands(phrase, read)]


def broken(phrases: Iterable[str], text: str) -> list[str]:
    """Returns the banned phrases that the text uses, in any regular form of their words.

    ``guarantee`` covers ``guarantees``, ``guaranteed`` and ``guaranteeing``; irregular forms
    are phrases of their own.
    """
    read = fold(clean(text))
    return [phrase for phrase in phrases if _stands(phrase, read, banned=True)]


def without(phrases: Iterable[str], text: str) -> str:
    """Returns the text as it reads, with the phrases cut out."""
    read = fold(clean(text))
    for phrase in phrases:
        read = _pattern(phrase, forms=False).sub(
            lambda found: " " if stands_alone(found.string, *found.span()) else found[0], read
        )
    return read


def _stands(phrase: str, read: str, *, banned: bool = False) -> bool:
    found = _pattern(phrase, forms=banned).finditer(read)
    return any(one[0] and stands_alone(read, *one.span(), sure=banned) for one in found)


@lru_cache(maxsize=1024)
def _pattern(phrase: str, *, forms: bool) -> re.Pattern[str]:
    read = fold(clean(phrase))
    parts: list[str] = []
    end = 0
    for found in _PART.finditer(read):
        if parts and found.start() > end:
            parts.append(r"[\s_*-]+")
        word = found.group()
        parts.append(_forms(word) if forms and word.isalpha() else re.escape(word))
        end = found.end()
    return re.compile("".join(parts) or re.escape(read))


def _forms(word: str) -> str:
    if len(word) < _LONG_ENOUGH:
        return rf"{word}(?:'?s)?"
    if word.endswith("e"):
        return rf"{word[:-1]}(?:e(?:'?s|d|ing)?|ing)"
    if word.endswith("y"):
        return rf"{word[:-1]}(?:y(?:'?s|ed|ing)?|ie[sd])"
    return rf"{word}(?:'?s|es|ed|ing)?"
