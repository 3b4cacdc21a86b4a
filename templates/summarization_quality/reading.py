"""Reads a text into sentences, words and stems, once per text.

Tokenised corpora are read as what they were written as: ``-lrb-`` is a bracket, a full stop
may stand alone, and case may be missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from touchstone.judge import clean
from touchstone.scoring.prose import MARKS, UNSPACED, count_of, is_english, is_unspaced

# Enough of English to tell grammar from content; in other languages every word is content.
_FUNCTION_WORDS = """
    a about above after again against all also am an and any are around as at be because been
    before being below between both but by can could did do does doing down during each even few
    for from further get gets got had has have having he her here hers herself him himself his how
    however i if in into is it its itself just may me might more most must my no nor not now of off
    on once one only or other our out over own per said same say says she should since so some
    still such than that the their them themselves then there these they this those through to too
    under until up upon us very via was we were what when where which while who whom whose why will
    with within without would yet you your s t d ll m re ve
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())

_BRACKETS = {"-lrb-": "(", "-rrb-": ")", "-lsb-": "[", "-rsb-": "]", "``": '"', "''": '"'}
# E.g. `-LRB-`, `''`; not `(a)`
_BRACKET = re.compile(r"-[lr][rs]b-|``|''", re.IGNORECASE)
_LETTER = rf"[^\W\d_][{MARKS}]*"
# Where words are not parted by spaces each character stands for one.
# E.g. `don't`, `U.S.`, `3.14`, `図`, `दिल्ली`; not `--`
_WORD = re.compile(
    rf"[{UNSPACED}][{MARKS}]*"
    rf"|(?:[^\W\d_]\.){{2,}}|\d+(?:[.,]\d+)*|(?:{_LETTER})+(?:['\u2019](?:{_LETTER})+)?"
)
_ENDS = ".!?\u3002\uff01\uff1f\u0964\u0965\u061f\u06d4\u17d4\u104b"
# E.g. `It ends.`, `Really?!"`, `終。`, `है।`; not `3.14`, `no end`
_STOP = re.compile(
    rf"(?<![{_ENDS}])[{_ENDS}]++[\"'\u2019\u201d)\]]*+"
    rf"(?=\s|$|[\u3002\u3040-\u9fff])|[{_ENDS}](?=\u3002)|\n+"
)
# E.g. `by Dr`, `e.g`, `J`, `in the U.S`, `on 9 Oct`; not `the end`
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'])(?:[^\W\d_]|mr|mrs|ms|dr|prof|st|sr|jr|vs|no|gen|col|sgt|lt|capt|rev|hon|sen|"
    r"rep|gov|inc|ltd|co|corp|etc|approx|e\.g|i\.e|(?:[^\W\d_]\.)+[^\W\d_]|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)$",
    re.IGNORECASE,
)
# E.g. `- one`, `2. two`, `# Head`; not `in 2024`
_LISTED = re.compile(r"\s*(?:[-*+#>|\u2022]|\d{1,3}[.)])\s")
_NARROW = 40  # characters: a text that is filled to a width has longer lines
# Characters before a full stop that show whether it ends an abbreviation.
_LOOK_BACK = 12
_SUFFIXES = ("ingly", "ment", "ing", "edly", "ies", "ied", "ed", "es", "ly", "s", "er", "e", "y")


@dataclass(frozen=True)
class Text:
    """A text as the rules see it.

    Attributes:
        plain: Cleaned, with brackets and quotes as themselves.
    """

    plain: str

    @cached_property
    def sentences(self) -> tuple[Text, ...]:
        """Its sentences; a line break ends one too."""
        found, start = [], 0
        for stop in _STOP.finditer(self.plain):
            before = self.plain[max(start, stop.start() - _LOOK_BACK) : stop.start()]
            if stop[0][0] == "." and _ABBREVIATION.search(before):
                continue
            found.append(self.plain[start : stop.end()])
            start = stop.end()
        found.append(self.plain[start:])
        return tuple(Text(part.strip()) for part in found if _WORD.search(part))

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Its words and numbers as written; a possessive ending is no part of a word."""
        found = (re.sub(r"['\u2019]s?$", "", token) for token in _WORD.findall(self.plain))
        return tuple(token for token in found if token.casefold() not in ("s", ""))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Its words in lower case; ``U.S.`` is ``us``, ``5,000`` is ``5000``."""
        return tuple(
            re.sub(r"[.,](?=\d{3}\b|[^\W\d]|$)", "", token.casefold()) for token in self.tokens
        )

    @cached_property
    def length(self) -> int:
        """Its words as a reader counts them, near enough in scripts without spaces."""
        return count_of(self.words)

    @cached_property
    def grain(self) -> int:
        """How many of its words make one of a reader's: 1, or two and more without spaces."""
        if 2 * sum(map(is_unspaced, self.words)) <= len(self.words):
            return 1
        return max(2, round(len(self.words) / max(1, self.length)))

    @cached_property
    def english(self) -> bool:
        """Whether words of English may be looked for in it."""
        return is_english(self.plain)

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """Its words without endings."""
        return tuple(map(stem, self.words))

    @cached_property
    def content(self) -> tuple[str, ...]:
        """Stems of the words that carry content, in order."""
        return tuple(stem(word) for word in self.words if is_content(word))


@lru_cache(maxsize=64)
def read(text: str) -> Text:
    """Returns the text, read; the rollouts of one prompt share the reading of its source."""
    plain = _BRACKET.sub(lambda found: _BRACKETS[found[0].lower()], clean(text)).strip()
    return Text("\n\n".join(map(_unfilled, plain.split("\n\n"))))


def _unfilled(paragraph: str) -> str:
    """Returns a paragraph in one line where only its width broke it into several.

    It did where the first word of each line would not have fitted into the line before; two
    lines show that only where the second goes on in lower case.
    """
    lines = paragraph.strip("\n").split("\n")
    width = max(map(len, lines))
    if len(lines) < 2 or width < _NARROW or any(map(_LISTED.match, lines)):
        return paragraph
    filled = all(
        len(line) + 1 + len(after.split(" ", 1)[0]) > width for line, after in pairwise(lines)
    )
    return " ".join(lines) if filled and (len(lines) > 2 or lines[1][:1].islower()) else paragraph


def is_content(word: str) -> bool:
    """Tells whether a lower-case word carries content rather than grammar."""
    return word not in FUNCTION_WORDS


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """Returns a word without its common English endings, four letters at least."""
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word[: -len(suffix)]
    return word


@lru_cache(maxsize=1024)
def grams(text: Text, n: int) -> frozenset[tuple[str, ...]]:
    """Returns the different runs of ``n`` stems; rollouts of one prompt share their source's."""
    return frozenset(runs(text.stems, n))


def runs(of: tuple[str, ...], n: int) -> list[tuple[str, ...]]:
    """Returns every run of ``n`` neighbours."""
    return [of[i : i + n] for i in range(len(of) - n + 1)]
