"""What JavaScript does with text, for graders that come from services written in it."""

from __future__ import annotations

import re

# E.g. `\\$`, `[$]`, `$`, `.`, `(?<`; not `(?<=`
_PARTS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*+\]?|\$|\.|\(\?<(?![=!])", re.DOTALL)
# White space that `\s` does not mean to Python where letters are those of ASCII.
SPACES = "\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_IN_PYTHON = {
    "$": r"\Z",
    ".": "[^\n\r\u2028\u2029]",
    "(?<": "(?P<",
    r"\s": rf"[\s{SPACES}]",
    r"\S": rf"[^\s{SPACES}]",
}
# E.g. `\\\\`, `\\s`
_ESCAPE = re.compile(r"\\.", re.DOTALL)


def js_search(pattern: str, text: str) -> bool:
    """Tells whether an expression of JavaScript finds something in a text.

    As there a dollar is the text's end alone, a dot no end of a line, white space that of Unicode,
    letters, digits and the ends of words are those of ASCII, and ``(?<name>...)`` names a group.

    Raises:
        re.error: Python has no such expression.
    """
    found = _PARTS.sub(lambda part: _in_python(part[0]), pattern)
    return re.search(found, text, re.ASCII) is not None


def levenshtein(text: str, other: str) -> int:
    """Returns how many characters to put in, take out or replace make one text of another.

    A character is one of JavaScript's, which has two for one beyond U+FFFF.

    Source: Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances"
    (2003); fastest-levenshtein 1.0.
    """
    a, b = sorted((_units(text), _units(other)), key=len)
    places: dict[int, int] = {}
    for index, unit in enumerate(a):
        places[unit] = places.get(unit, 0) | (1 << index)
    full = (1 << len(a)) - 1
    last = full ^ (full >> 1)
    more, less, distance = full, 0, len(a)  # of the column: where it rises, where it falls
    for unit in b:
        same = places.get(unit, 0)
        along = (((same & more) + more) ^ more) | same
        rise, fall = less | (full & ~(along | more)), more & along
        distance += bool(rise & last) - bool(fall & last)
        rise, fall = (rise << 1 | 1) & full, fall << 1 & full
        more, less = fall | (full & ~(same | less | rise)), rise & (same | less)
    return distance if a else len(b)


def _units(text: str) -> memoryview:
    return memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")


def _in_python(part: str) -> str:
    if part.startswith("["):
        return _ESCAPE.sub(lambda one: one[0] + SPACES if one[0] == r"\s" else one[0], part)
    return _IN_PYTHON.get(part, part)
