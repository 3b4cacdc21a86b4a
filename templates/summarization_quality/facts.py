"""Finds the facts of a text that can be checked by rule: its numbers, dates and names.

A fact has several forms, and two facts agree when they share one: ``5,000`` is ``5000`` and
``five thousand``, ``U.S.`` is ``US`` and ``United States``, ``27 March 2015`` holds what
``2015-03-27`` holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Literal

from touchstone.scoring.numerals import whole_number
from touchstone.scoring.prose import MARKS
from touchstone.scoring.words import MONTHS, ONES, SCALE_WORDS, SCALES, TENS
from touchstone.templates.summarization_quality.reading import FUNCTION_WORDS, Text, read, stem

Kind = Literal["number", "date", "name"]

_SPELLED = ONES | TENS
_SCALES = {"hundred": 100} | {word: 10**power for word, power in SCALES.items()}
_HOUR = "|".join(word for word, number in ONES.items() if 1 <= number <= 12)
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
# E.g. `9th of October, 2024`, `Oct. 9`, `2024-10-09`, `9/10/2024`, `9.10.2024`; not `October 2024`,
# `in 2024`
_DATE = re.compile(
    rf"\b(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m1>{_MONTH})\b"
    rf"|(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?![\d,.]*\d))"
    r"(?:,?\s+(?P<y1>\d{4})\b)?"
    r"|\b(?P<y3>\d{4})-(?P<m3>\d{2})-(?P<d3>\d{2})\b"
    r"|\b(?P<a>\d{1,2})[/.](?P<b>\d{1,2})[/.](?P<y4>\d{4})\b",
    re.IGNORECASE,
)
# E.g. `3.2 million`, `5,000`, `12k`, `40-billion`; not `v1`
_DIGITS = re.compile(
    r"(?<![\w.])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"(?:[\s-]?(?P<scale>{'|'.join(SCALE_WORDS)}|[kmb]n?|tn)\b)?",
    re.IGNORECASE,
)
_NUMBER_WORD = "|".join((*_SPELLED, *SCALE_WORDS))
# E.g. `twenty-one`, `two hundred and five`; not `some`
_WORDS = re.compile(
    rf"\b(?:{_NUMBER_WORD})(?:(?:[\s-]+and)?[\s-]+(?:{_NUMBER_WORD}))*\b", re.IGNORECASE
)
_LONGEST_NAME = 8
_LONGEST_NUMBER = 40
# Words as often as numbers; a pair is often inferred from a list of two.
_NOT_COUNTED = {"one", "two", "zero"}
# E.g. `well-known`, `U.S.`, `,`; not ` `
_PIECE = re.compile(rf"[^\W_][\w{MARKS}]*(?:[.'\u2019-][^\W_][\w{MARKS}]*)*\.?|[^\w\s]")
# E.g. `Ada's`; not `dress`
_POSSESSIVE = re.compile(r"['\u2019]s$")
# E.g. `U.S.`; not `US`
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+")
_INSIDE = {"of", "de", "van", "von", "der", "la", "al", "bin"}
_ALIASES = {"usa": "us", "america": "us", "britain": "uk", "gb": "uk"}
_TITLES = set(
    """mr mrs ms dr sir prof professor president lord lady ceo cfo cto coo chief executive officer
    chair chairman chairwoman director minister senator governor mayor captain""".split()  # noqa: SIM905 - read as prose
)
# Words that say a number without one, and what may stand for them.
_UNIT_WORDS: dict[str, tuple[str, ...]] = {
    "dozen": ("12",), "dozens": ("12",), "half": ("50", "0.5"), "halves": ("50", "0.5"),
    "halved": ("50", "0.5"), "quarter": ("25", "0.25"), "quarters": ("25", "75", "0.75"),
    "third": ("33", "3"), "thirds": ("66", "67"),
    "fifth": ("20", "5"), "fifths": ("20", "40", "60", "80"),
    "tenth": ("10",), "double": ("2", "100"), "doubled": ("2", "100"), "doubling": ("2", "100"),
    "twice": ("2",), "twofold": ("2",), "triple": ("3",), "tripled": ("3",), "thrice": ("3",),
    "couple": ("2",), "pair": ("2",), "decade": ("10",), "decades": ("10",), "century": ("100",),
    "fortnight": ("14",), "score": ("20",), "first": ("1",), "second": ("2",), "fourth": ("4",),
    "sixth": ("6",), "seventh": ("7",), "eighth": ("8",), "ninth": ("9",), "eleventh": ("11",),
    "twelfth": ("12",), "noon": ("12",), "midnight": ("12",),
}  # fmt: skip
# E.g. `5 p.m.`, `5:30pm`, `17:00`, `17h30`; not `5 pounds`, `1:2:3`
_TIME = re.compile(
    r"(?<![\d:.,])(?P<hour>[01]?\d|2[0-3])(?:[:h](?P<minute>[0-5]\d)(?![\d:])"
    r"(?:\s?(?P<half1>[ap])\.?m\b\.?)?|\s?(?P<half2>[ap])\.?m\b\.?)",
    re.IGNORECASE,
)
# E.g. `ten in the evening`, `5 o'clock`; not `ten people in the evening`
_SPOKEN = re.compile(
    rf"\b(?:(?P<hour>\d{{1,2}}|{_HOUR})(?: o['\u2019]?clock)?"
    r"(?: in the (?P<part>morning|afternoon|evening)| at (?P<night>night))"
    rf"|(?P<bare>\d{{1,2}}|{_HOUR}) o['\u2019]?clock)\b",
    re.IGNORECASE,
)
# E.g. `Q3`; not `Q10`
_QUARTER = re.compile(r"\b[Qq]([1-4])\b")
# What frames a summary and claims nothing.
# E.g. `1. It rained`, `(2) it`, `- it`; not `1.5 points`
_LIST_MARK = re.compile(
    r"^[^\S\n]*(?:[-*+>\u2022\u2013\u2014\u30fb\u25cf\u25aa]|\(?\d{1,3}[.)\u3001\uff09](?!\d))[^\S\n]*",
    re.MULTILINE,
)
# E.g. `## Executive Summary`, `**Key Points:**`, `Key Points:`; not `It rained. Nobody came: why?`
_HEADING = re.compile(
    r"^[^\S\n]{0,9}#{1,6}[^\S\n][^\n]*$|^[^\S\n]{0,9}(?:\*\*|__)[^*_\n]{1,60}(?:\*\*|__):?[^\S\n]{0,9}$"
    r"|^[^\S\n]{0,9}(?:\*\*|__)?[^\W\d_][^:.*_\n]{0,30}:(?:\*\*|__|(?=\s|$))",
    re.MULTILINE,
)
# Above this share of capitalised content words, capitals mark nothing: a headline.
_TITLE_CASE = 0.8
# German capitalises every noun, so that capitals mark nothing either.
_GERMAN = {"der", "die", "das", "und", "nicht", "ein", "eine", "ist", "den", "mit"}
_GERMAN_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class Fact:
    """One checkable fact.

    Attributes:
        text: As it stands in the text.
        kind: What it is.
        forms: What it is known by, any one of them enough.
    """

    text: str
    kind: Kind
    forms: frozenset[str]


class Facts:
    """The facts of a text, in the order they stand."""

    def __init__(self, text: Text) -> None:
        self._text = text

    @cached_property
    def all(self) -> tuple[Fact, ...]:
        """Every fact, repeated as often as it is stated."""
        return _stated(self._text)

    @cached_property
    def claims(self) -> tuple[Fact, ...]:
        """Every fact that it claims: not its list marks, headings and labels."""
        return _stated(read(_LIST_MARK.sub("", _HEADING.sub("", self._text.plain))))

    @cached_property
    def forms(self) -> frozenset[str]:
        """Every form of every number, date and name, and of every word that may name."""
        known = {form for fact in self.all for form in fact.forms}
        for fact in self.all:
            known.update(_initials(_naming(fact)) if fact.kind == "name" else ())
            # A time bears its hour out, on a clock of twelve hours and of twenty-four.
            clock = (form[1:].partition(":") for form in fact.forms if fact.kind == "date")
            hours = [int(hour) for hour, colon, _ in clock if colon]
            known.update(str(hour) for one in hours for hour in (one, one % 12 or 12))
        for word in self._text.words:
            known.add(_ALIASES.get(word, word))
            known.update(_UNIT_WORDS.get(word, ()))
        known.update(_QUARTER.findall(self._text.plain))
        known.update(self._text.stems)
        return frozenset(known)

    @cached_property
    def values(self) -> tuple[Decimal, ...]:
        """Every number large enough to be rounded when it is retold."""
        found = (Decimal(f) for fact in self.all if fact.kind == "number" for f in fact.forms)
        return tuple(value for value in found if value >= 1000)

    def support(self, fact: Fact) -> bool:
        """Tells whether this text bears the fact out.

        A large number may be rounded by up to 5 %, a share said in words (``half``); a name
        needs half of its words, or words with the same beginning (``Italian`` for ``Italy``).
        """
        if fact.forms & self.forms:
            return True
        if fact.kind == "number":
            stated = [Decimal(form) for form in fact.forms]
            return any(_rounds(number, value) for number in stated for value in self.values)
        names = _naming(fact) if fact.kind == "name" else []
        return fact.kind == "name" and 2 * sum(map(self._has, names)) >= len(names)

    def keep(self, fact: Fact) -> bool:
        """Tells whether this text, a summary, retells the fact; a surname is enough."""
        if fact.kind == "number":
            values = [Decimal(form) for form in fact.forms]
            if any(_rounds(stated, value) for stated in self.values for value in values):
                return True
        return bool(fact.forms & self.forms) or (
            fact.kind == "name" and any(map(self._has, _naming(fact)[-1:]))
        )

    def _has(self, word: str) -> bool:
        return (
            word in self.forms
            or stem(word) in self.forms
            or (len(word) >= 5 and word[:4] in self._beginnings)
        )

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        return frozenset(word[:4] for word in self._text.words if len(word) >= 4)


def _stated(text: Text) -> tuple[Fact, ...]:
    rest = text.plain
    dates = list(_dates(rest))
    rest = _DATE.sub(" ; ", rest)
    dates += [*_times(rest), *_spoken(rest)]
    rest = _QUARTER.sub(" ; ", _SPOKEN.sub(" ; ", _TIME.sub(" ; ", rest)))
    return (*dates, *_numbers(rest), *_names(text))


@lru_cache(maxsize=64)
def facts_of(text: Text) -> Facts:
    """Returns the facts of a text; the rollouts of one prompt share those of its source."""
    return Facts(text)


def is_counted(fact: Fact, summary: Text, source: Text) -> bool:
    """Says whether a fact that the source does not state may be held against a summary.

    Word lists read numbers and names of English. There a number or date is counted, and a
    name of several words; a lone capital may be another name of what the source has.
    """
    known = summary.english and source.english
    return known and (fact.kind != "name" or len(_naming(fact)) > 1)


def invented(summary: Text, *sources: Text) -> tuple[Fact, ...]:
    """Returns the facts of a summary that none of the sources states, each once."""
    found: dict[frozenset[str], Fact] = {}
    for fact in facts_of(summary).claims:
        if not any(facts_of(source).support(fact) for source in sources):
            found.setdefault(fact.forms, fact)
    return tuple(found.values())


def _dates(text: str) -> Iterator[Fact]:
    for match in _DATE.finditer(text):
        part = match.groupdict()
        year = part["y1"] or part["y3"] or part["y4"]
        if part["a"]:
            a, b = int(part["a"]), int(part["b"])
            days = {(a, b), (b, a)}
        else:
            month = part["m1"] or part["m2"]
            number = MONTHS[month.lower()] if month else int(part["m3"])
            days = {(number, int(part["d1"] or part["d2"] or part["d3"]))}
        forms = {f"{m:02}-{d:02}" for m, d in days if 1 <= m <= 12 and 1 <= d <= 31}
        if forms:
            yield Fact(match[0], "date", frozenset(forms))
        if year:
            yield Fact(year, "number", frozenset({_plain(Decimal(year))}))


def _times(text: str) -> Iterator[Fact]:
    for match in _TIME.finditer(text):
        hour, minute = int(match["hour"]), match["minute"] or "00"
        half = (match["half1"] or match["half2"] or "").lower()
        if half:
            hours = {hour % 12 + 12 * (half == "p")}
        else:
            hours = {hour, hour + 12} if hour < 12 else {hour}
        yield Fact(match[0].strip(), "date", frozenset(f"t{h}:{minute}" for h in hours))


def _spoken(text: str) -> Iterator[Fact]:
    for match in _SPOKEN.finditer(text):
        said = (match["hour"] or match["bare"]).lower()
        hour = int(said) if said.isdigit() else _SPELLED[said]
        if not 1 <= hour <= 12:
            continue
        part = (match["part"] or match["night"] or "").lower()
        first, second = hour % 12, hour % 12 + 12
        hours = {"": {first, second}, "morning": {first}}.get(part, {second})
        yield Fact(match[0], "date", frozenset(f"t{h}:00" for h in hours))


def _numbers(text: str) -> Iterator[Fact]:
    for match in _DIGITS.finditer(text):
        if len(match["number"]) > _LONGEST_NUMBER:
            continue
        value = Decimal(match["number"].replace(",", ""))
        scale = (match["scale"] or "").lower()
        yield Fact(match[0].strip(), "number", frozenset({_plain(value * _SCALES.get(scale, 1))}))
    for match in _WORDS.finditer(_DIGITS.sub(" ; ", text)):
        words = re.split(r"[\s-]+", match[0].lower())
        if words[0] in _SCALES or (len(words) == 1 and words[0] in _NOT_COUNTED):
            continue  # "hundreds of", "a million": no exact number
        if (value := whole_number(match[0].lower())) is not None:
            yield Fact(match[0], "number", frozenset({_plain(value)}))


def _names(text: Text) -> Iterator[Fact]:
    content = [t for t in text.tokens if t.casefold() not in FUNCTION_WORDS and t[0].isalpha()]
    capitals = sum(token[0].isupper() for token in content)
    german = sum(word in _GERMAN for word in text.words)
    if capitals >= _TITLE_CASE * len(content) or german > _GERMAN_SHARE * len(text.words):
        return
    for sentence in text.sentences:
        for first, run in _capital_runs(sentence.plain):
            if len(run) == 1 and (first or len(run[0]) < 2):
                continue  # capitalised for opening the sentence, as far as one can tell
            yield Fact(" ".join(run), "name", frozenset(_name_forms(run)))


def _capital_runs(sentence: str) -> Iterator[tuple[bool, list[str]]]:
    """Yields runs of capitalised words, and whether a run opens the sentence or a quote."""
    run: list[str] = []
    between: list[str] = []
    opens = first = True
    for piece in _PIECE.findall(sentence):
        word = _POSSESSIVE.sub("", piece)
        plain = word.casefold().rstrip(".")
        if _names_something(word, plain):
            opens = opens if run else first
            run += [*between, word if _DOTTED.fullmatch(word) else word.rstrip(".")]
            between = []
        elif run and plain in _INSIDE:
            between.append(plain)
        elif run:
            yield opens, run
            run, between = [], []
        if run and word != piece:
            yield opens, run
            run, between = [], []
        first = not piece[0].isalnum() and piece not in ",-()"
    if run:
        yield opens, run


def _names_something(word: str, plain: str) -> bool:
    grammar = re.split(r"['\u2019]", plain)[0] in FUNCTION_WORDS and not (
        len(word) > 1 and word.isupper()
    )
    # By Unicode: many scripts have no capitals, and what is not ASCII need not be one.
    capital = word[0].isalpha() and any(map(str.isupper, word))
    return capital and not grammar and plain not in MONTHS


def _naming(fact: Fact) -> list[str]:
    """Returns the words of a name that name somebody or something."""
    words = [_ALIASES.get(word, word) for word in read(fact.text).words]
    return [word for word in words if word not in _INSIDE | _TITLES]


def _name_forms(run: list[str]) -> Iterator[str]:
    """The whole name, and its initials where it has several words."""
    words = [re.sub(r"[^\w]", "", word).casefold() for word in run]
    words = [_ALIASES.get(word, word) for word in words if word not in _TITLES]
    yield " ".join(words)
    if len(words) > 1:
        yield "".join(word[0] for word in words if word not in _INSIDE)
    if len(words) == 1 and words[0].isalpha():
        yield stem(words[0])


def _initials(words: list[str]) -> Iterator[str]:
    """The initials of every part of a name: ``us`` of ``united states senate``."""
    letters = "".join(word[0] for word in words[:_LONGEST_NAME])
    for start in range(len(letters)):
        yield from (letters[start:end] for end in range(start + 2, len(letters) + 1))


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _rounds(stated: Decimal, value: Decimal) -> bool:
    """Tells whether ``told`` is ``value`` rounded to the digits that it shows."""
    digits = stated.normalize().as_tuple()
    unit = Decimal(10) ** int(digits.exponent)
    return abs(stated - value) <= min(unit / 2, value / 20)
