"""How hard a text is to read: Flesch and Kincaid's grade, with syllables estimated by rule.

For English prose. A dictionary of syllables weighs more than this whole room; the rules here
are right or one off on nearly every word, and their errors cancel out over a text.
"""

from __future__ import annotations

import re

from touchstone.lazy import pattern
from touchstone.scoring.text import sentences

_WORD = pattern(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_GROUPS = pattern(r"[aeiouy]+")
# A final e is silent, and so are most of -es and -ed; -le after a consonant is not.
_SILENT = pattern(
    r"(?:[^aeiouyl]|[aeiouy]l|[^aeiouy]r)e$|(?<=[^aeiouy])ely$|(?<=[^aeiouy])e(?=ment|ful|less|ness)"
    r"|(?<![aeiouysxzcg])(?<![cs]h)(?<![^aeiouy]l)es$|(?<=[^aeioudt])ed$"
)
# Two vowels that are said apart.
_APART = pattern(
    r"i[ao](?!us|n|l|r)|[^tscgx]i(?:on|an|al|ar|ous)|[^gq]ua(?!rd)|eo(?!u|ple)|iu|ui(?=ty)|"
    r"[aeiou]ing|e(?=a(?:t(?:e|i|or)))|sm$|(?!^)y[aeiou]"
)
_LINE_MARKS = pattern(r"^[^\S\n]*(?:[-*+#>\u2022]+|\d{1,4}[.)])[^\S\n]*")


def syllables(word: str) -> int:
    """Returns the estimated number of syllables of an English word, at least 1."""
    plain = re.sub(r"['\u2019].*", "", word.lower())
    count = len(_GROUPS.findall(plain)) - len(_SILENT.findall(plain)) + len(_APART.findall(plain))
    return max(1, count)


def reading_grade(text: str) -> float | None:
    """Returns the school grade (US) that the text asks for, or ``None`` for no words.

    ``0.39 * words per sentence + 11.8 * syllables per word - 15.59``; usually 0 to 18, below
    0 for very short words and sentences. A line end is a sentence's end too, since headings
    and list items seldom have a full stop.

    Source: Kincaid et al. (1975), Derivation of new readability formulas for Navy enlisted
    personnel.
    """
    parts = [
        sentence
        for line in text.splitlines()
        for sentence in sentences(_LINE_MARKS.sub("", line))
        if _WORD.search(sentence)
    ]
    words = [word for sentence in parts for word in _WORD.findall(sentence)]
    if not words:
        return None
    spoken = sum(map(syllables, words))
    return 0.39 * len(words) / len(parts) + 11.8 * spoken / len(words) - 15.59
