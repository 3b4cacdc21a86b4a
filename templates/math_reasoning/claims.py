# ruff: noqa: RUF001 - typography is what it reads
"""Finds the calculations that plain text claims: chains of equals signs, labels and units.

A claim is the two sides of an equals sign, cut where the sentence around them begins. Nouns that
are counted and one unit that all of it is measured in say nothing; where units differ, only what
agrees is a claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from touchstone.lazy import pattern
from touchstone.scoring.locales import LOCALES, with_points
from touchstone.scoring.units import read_unit
from touchstone.templates.math_reasoning.names import FUNCTIONS
from touchstone.templates.math_reasoning.units import MULTIPLIERS, is_unit

_LONGEST = 400
_FUNCTION = "|".join(sorted(FUNCTIONS - {"det", "max", "min", "abs"}, key=len, reverse=True))
_BECAUSE = "|".join(word for one in LOCALES.values() for word in one.because if word.isalpha())
# E.g. `it. Then`, `, so`, `; `, ` → `, `|`, `。`; not `1.5`, `1,000`
_BREAK = pattern(
    r"\x00+|(?<=[^\d\s])\.\s|(?<=\d)\.(?=\s|$)|[,:]\s|;|[。，、]|\||→|⟹|=>|\?|✓|\s(?:so|and|but|or|not)\s"
    rf"|\s(?:{_BECAUSE})\s"
)
# E.g. `=`, `≈`; not `==`, `<=`
_SIGN = pattern(r"(?<![<>=!:])(?:=|≈)(?!=)")
_N = r"\d[\d,]*(?:\.\d+)?"
_WORDED = tuple(
    (pattern(said, re.IGNORECASE), new)
    for said, new in (
        (rf"({_N})\s+times\s+(?={_N})", r"\1 * "),
        (rf"({_N})\s+plus\s+(?={_N})", r"\1 + "),
        (rf"({_N})\s+minus\s+(?={_N})", r"\1 - "),
        (rf"({_N})\s+divided by\s+(?={_N})", r"\1 / "),
        (rf"\bhalf of\s+({_N})(?=\s*(?:=|≈|is|equals))", r"\1 / 2"),
        (rf"({_N})\s*%\s+of\s+\$?({_N})", r"\1 / 100 * \2"),
        (rf"([-+*/]\s*{_N})\s+(?:is|equals|gives|makes)\s+(?=\$?{_N})", r"\1 = "),
        (rf"({_N}\s*)[xX](\s*)(?=\$?{_N})", r"\1*\2"),
        (r"(?<=\d)['’](?=\d{3})", ""),
        (r"[−–]", "-"),
        (r"\*\*|__", ""),
    )
)
# A number with the words behind it, which may be its unit or what is counted.
# E.g. `5 km`, `12 eggs/day`, `150 km / h`; not `5 * 3`
_MEASURED = pattern(
    rf"({_N})[ ]?((?:[a-zA-Zµ²³]+|/[a-zA-Z]+)"
    r"(?:[ ]?/[ ]?[a-zA-Z]+|[ ][a-zA-Z]{3,}(?=[ ]*[-+*/×÷·=≈]|\Z))?)"
)

# E.g. `3b`, `2x`; not `3 b`, `3km`
_LETTERED = pattern(r"\d[a-zA-Z](?![^\W_])")
# E.g. `10`; not the number of `10 m`, `10x`
_ALONE = pattern(rf"(?<![\d.,^/]){_N}(?![\d.,]?\d|\s?[a-zA-Zµ°%(²³]|\s?/)")
# What a side of plain arithmetic is made of.
_SIDE = rf"(?:{_FUNCTION}|[\d\s().,+\-*/×÷·^!%√½¼¾⅓⅔$€£_{{}}°²³⁴]|\\times|\\cdot|\\div)"
# E.g. `so 2(9) - 1`, `is √25`, `sin 30°`, `c`
_LEFT = pattern(rf"{_SIDE}*\Z")
# E.g. `16 apples`, `5!`, `c`
_RIGHT = pattern(rf"{_SIDE}*")
# E.g. `R2`, `remainder 2`, `with 2 left`, `million`, `x`; not `!`
_CHANGES = pattern(
    rf"\s*(?:r\.?\s?\d|remainder|with\s+\d|{'|'.join(MULTIPLIERS)}|percent|more|less|mod|[a-zA-Z]\b(?!\w)|[\^(:])",
    re.IGNORECASE,
)


class Claim(NamedTuple):
    """Two sides that are said to be equal, as numbers alone.

    Attributes:
        start: Where in the text its chain begins.
        left: The left side.
        sign: ``=`` or ``≈``.
        right: The right side.
        shown: As written.
        mixed: Its numbers are measured in different units.
    """

    start: int
    left: str
    sign: str
    right: str
    shown: str
    mixed: bool


def claims(text: str, *, comma: bool) -> Iterator[Claim]:
    """Yields the calculations that lines of plain text claim, in order."""
    place = 0
    for line in text.split("\n"):
        start, place = place, place + len(line) + 1
        if not _SIGN.search(line) and not re.search(
            r"\d\s+(?:is|equals|gives|makes)\s+\$?\d", line
        ):
            continue
        if len(line) <= 2000:
            said = (with_points(line, sure=True) or line) if comma else line
            yield from _of_line(said, start)


def _of_line(line: str, start: int) -> Iterator[Claim]:
    line = re.sub(r"^\s*(?:[-*•]\s+|\d+[.)]\s+)", "", line)
    for said, new in _WORDED:
        line = said.sub(new, line)
    asked = {match.start() for match in re.finditer(r"\?", line)}
    place = 0
    for match in [*_BREAK.finditer(line), None]:
        end = match.start() if match else len(line)
        if end not in asked:
            yield from _of_part(line[place:end], start + place)
        place = match.end() if match else end


def _of_part(part: str, start: int) -> Iterator[Claim]:
    sides = _SIGN.split(part)
    signs = _SIGN.findall(part)
    if not signs or len(part) > _LONGEST:
        return
    for number, sign in enumerate(signs):
        left = _left(sides[number], first=number == 0)
        right = _right(sides[number + 1])
        if left and right and re.search(r"\d", left) and re.search(r"\d", right):
            mixed = len(_units(sides[number]) | _units(sides[number + 1])) > 1
            yield Claim(start, left, sign, right, f"{left.strip()} {sign} {right.strip()}", mixed)


def _left(side: str, *, first: bool) -> str | None:
    """Returns the arithmetic that a side ends with, ``None`` where it is cut out of more."""
    match = _LEFT.search(_uncounted(side))
    if match is None or not match[0].strip():
        return None
    before = match.string[: match.start()]
    if before and (not first or re.search(r"(?:[a-zA-Z_]|[\])}²³'])$", before[-1:])):
        # A letter that touches it is a factor; a word is where the sentence ends.
        word = re.search(r"[a-zA-Z]+$", before)
        if not (first and word and len(word[0]) > 2 and match[0][:1].isspace()):
            return None
    said = match[0].strip().lstrip(",.)")
    said = said[1:] if said.startswith("(") and said.count("(") > said.count(")") else said
    return None if re.match(r"[*/×÷·^+!]", said) else said


def _right(side: str) -> str | None:
    """Returns the arithmetic that a side begins with."""
    bare = _uncounted(side)
    match = _RIGHT.match(bare)
    if match is None or _CHANGES.match(bare[match.end() :]):
        return None
    said = re.sub(r"\s\($", "", match[0].rstrip()).rstrip(" .,($")
    said = said.partition(")")[0] if said.count(")") > said.count("(") else said
    return None if re.search(r"[-+*/×÷·^]$", said) else said


def _uncounted(side: str) -> str:
    """Returns a side without the nouns that are counted, measures as factors.

    A letter that touches some of its numbers, ``3b + 10``, is an unknown.
    """
    if _LETTERED.search(side) and _ALONE.search(side):
        return side
    return _MEASURED.sub(_number, side)


def _number(match: re.Match[str]) -> str:
    number, words = match[1], match[2].strip()
    first = re.split(r"[ /]", words)[0]
    if first.lower() in MULTIPLIERS or first.lower() in FUNCTIONS:
        return match[0]
    counted = is_unit(first) or len(first) > 2 or words.startswith("/")
    return number if counted else match[0]


def _units(side: str) -> set[str]:
    """Returns the units that a side's numbers carry."""
    words = (match[2].strip() for match in _MEASURED.finditer(side))
    return {str(read_unit(word)) for word in words if is_unit(re.split(r"[ /]", word)[0])}
