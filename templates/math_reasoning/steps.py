# ruff: noqa: RUF001 - typography is what it reads
r"""Checks the arithmetic and the algebra that a solution claims on its way.

Claims are read from calculator notes (``<<16-3=13>>``), from formulas (``$...$``, ``\[...\]``,
aligned lines) and from plain lines (``3 * 5 = 15``). Every two neighbours of a chain that are
numbers must be equal, up to the digits shown; linear equations in one unknown that follow each
other must have the same solution. What cannot be read with certainty is not a claim: a false alarm
would punish honest work.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any, NamedTuple

from touchstone.lazy import pattern
from touchstone.scoring.locales import LOCALES, guess
from touchstone.templates.math_reasoning.claims import claims
from touchstone.templates.math_reasoning.evaluate import approximate, exact, variables
from touchstone.templates.math_reasoning.leaves import rounds_to
from touchstone.templates.math_reasoning.parser import parse
from touchstone.templates.math_reasoning.tokens import NotMathematics, mended, plain
from touchstone.templates.math_reasoning.tree import ZERO, Node

MAX_CHECKED = 40_000
MAX_CLAIMS = 600
# E.g. `<<16-3=13>>`; not `<<16>>`
_NOTE = pattern(r"<<([^<>=]{1,200})=([^<>=]{1,60})>>")
# E.g. `$3+4=7$`, `$$x=1$$`, `\[x=1\]`, `\begin{align}x&=1\end{align}`; not `from $5 to $6`, `$x=$`
_FORMULA = pattern(
    r"\$\$(.{1,2000}?)\$\$|\\\[(.{1,2000}?)\\\]|\\\((.{1,2000}?)\\\)"
    r"|\\begin\{(?:align|aligned|gather|equation)\*?\}(.{1,2000}?)\\end"
    r"|(?<!\\)\$([^$\n]{0,2000}[^$\n+\-*/=(\s])\s*(?<!\\)\$(?!\d)",
    re.DOTALL,
)
# E.g. `Let us suppose`, `or`, `substituting`, `in step 2`; not `so we get`
_NO_LINK = pattern(
    r"\b(?:let|if|suppose|assume|case|when|or|and|other|check|substitut\w*|plug\w*|not|second|another|try|for|where|put)\b|\d",
    re.IGNORECASE,
)
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
# E.g. `- x`, `2. x`; not `-x`
_BULLET = pattern(r"^[ \t]{0,4}(?:\d{1,2}[.)]|[-*•])[ ]", re.MULTILINE)
# E.g. `6.0\times10^{-3}`; not `6 \times 10`
_SCIENTIFIC = pattern(
    r"(?<![\d^.])(\d{1,30}(?:\.\d{1,30})?)\s?(?:\\times|\\cdot|×|\*)\s?(10\s?\^\s?(?:\{-?\d{1,5}\}|-?\d{1,5}))"
)

# E.g. `\equiv`, `\pmod 5`; not `=`
_CONGRUENT = pattern(r"≡|\\equiv|\\p?mod|\bmod\b")
_OPERATION = {"add", "mul", "div", "pow", "root", "fact", "fn", "ratio"}


@dataclass(frozen=True, slots=True)
class Steps:
    """What was checked.

    Attributes:
        checked: How many different claims.
        false: The false ones, as written, in order.
        numbers: Every number that a claim has.
    """

    checked: int = 0
    false: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()


class _Line(NamedTuple):
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Relation:
    text: str
    operators: list[str]
    members: list[Node]
    start: int
    end: int


def check_steps(completion: str) -> Steps:
    """Checks every claim of a completion."""
    verdicts: dict[str, bool] = {}
    before: tuple[_Relation, str, Fraction] | None = None
    text = _BULLET.sub(lambda m: " " * len(m[0]), mended(completion[:MAX_CHECKED]))
    text = text.replace("→", "\n")
    for name, verdict in _claimed(text):
        verdicts.setdefault(name, verdict)
    for relation in _relations(text):
        for name, verdict in _chain(relation):
            verdicts.setdefault(name, verdict)
        root = _linear_root(relation)
        if root and before and root[0] == before[1]:
            between = text[before[0].end : relation.start]
            if (
                len(between) <= 60
                and not _NO_LINK.search(between)
                and before[0].text != relation.text
                and not (_gives(before[0]) and _gives(relation))
            ):
                same = root[1] == before[2] or _shown(relation.members[-1], root[1], before[2])
                verdicts.setdefault(f"{before[0].text}, so {relation.text}", same)
        before = (relation, *root) if root else None
    numbers = {number for name in verdicts for number in numbers_in(name)}
    false = tuple(name for name, right in verdicts.items() if not right)
    return Steps(len(verdicts), false, frozenset(numbers))


def _gives(relation: _Relation) -> bool:
    """Whether a relation is a value of a name: two of them that differ are two solutions."""
    left, right = relation.members[0], relation.members[-1]
    right = right[1] if right[0] == "neg" else right
    match right:
        case ("num", *_):
            return left[0] == "var"
        case ("div", ("num", top, 1, _), ("num", bottom, 1, _)):
            return left[0] == "var" and math.gcd(top, bottom) == 1
    return False


def numbers_in(text: str) -> set[str]:
    """Returns the numbers of a text, without separators and trailing zeros."""
    found = re.findall(r"\d[\d,]*(?:\.\d+)?", text)
    return {_bare(number.replace(",", "")) for number in found}


def _bare(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _relations(text: str) -> Iterator[_Relation]:
    """Yields what can be read with certainty, in order."""
    found = [_Line(m.start(), m.end(), f"{m[1]}={m[2]}") for m in _NOTE.finditer(text)]
    rest = _NOTE.sub(lambda m: "\x00" * len(m[0]), text)
    for match in _FORMULA.finditer(rest):
        body = next(group for group in match.groups() if group)
        found += [_Line(match.start(), match.end(), line) for line in _lines(body)]
    rest = _FORMULA.sub(lambda m: "\x00" * len(m[0]), rest)
    # A calculator's note stands between a calculation and its result.
    rest = re.sub(r"=(\s*\$?)(\x00+)(?=[\d.])", lambda m: "=" + m[1] + " " * len(m[2]), rest)
    found += _equations(rest)
    for line in sorted(found, key=lambda line: line[:2])[:MAX_CLAIMS]:
        relation = _read(line)
        if relation:
            yield relation


def _lines(formula: str) -> list[str]:
    r"""Splits aligned formulas; a line that begins with ``=`` goes on from the one before."""
    formula = re.sub(r"\\(?:begin|end)\{(?:align|aligned|gather|split|equation)\*?\}", " ", formula)
    if r"\begin" in formula:
        return [formula]
    lines = [line.replace("&", " ").strip() for line in re.split(r"\\\\", formula)]
    joined: list[str] = []
    for line in lines:
        if joined and line.startswith(("=", r"\approx", r"\le", r"\ge")):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return [
        part
        for line in joined
        for part in re.split(r"\\(?:implies|Rightarrow|Longrightarrow)|;", line)
    ]


def _equations(text: str) -> list[_Line]:
    """Finds lines that are one equation with a single-letter unknown, such as ``2x + 3 = 7``."""
    found = []
    for match in re.finditer(
        r"^[ \t]*([-+*/^().\d a-z]{1,60}=[-+*/^().\d a-z]{1,60})[ \t.]*$", text, re.MULTILINE
    ):
        letters = set(re.findall(r"[a-z]+", match[1]))
        if len(letters) == 1 and len(min(letters)) == 1:
            found.append(_Line(match.start(1), match.end(1), match[1]))
    return found


def _read(line: _Line) -> _Relation | None:
    if len(line.text) > 400 or _CONGRUENT.search(line.text):
        return None
    if not re.search(r"[=≈<>]|\\approx|\\le|\\ge|\\ne", line.text):
        return None
    try:
        tree = parse(plain(_SCIENTIFIC.sub(r"(\1*\2)", line.text)))
    except (NotMathematics, RecursionError):
        return None
    if tree[0] != "rel":
        return None
    return _Relation(
        " ".join(line.text.split()).strip(" .,$"), tree[1], tree[2], line.start, line.end
    )


def _claimed(text: str) -> Iterator[tuple[str, bool]]:
    """Yields the claims of plain text, formulas and notes left out."""
    rest = _NOTE.sub(lambda m: " " * len(m[0]), text)
    rest = _FORMULA.sub(lambda m: "\x00" * len(m[0]), rest)
    comma = LOCALES[guess(text)].decimal == ","
    for claim in islice(claims(rest, comma=comma), MAX_CLAIMS):
        sides = [_side(side) for side in (claim.left, claim.right)]
        if None in sides or not any(side and _works(side) for side in sides):
            continue
        left, right = (side for side in sides if side)
        verdict = _checked(left, right, "=" if claim.sign == "=" else "~")
        if verdict and _trivial([left, right]):
            continue
        if verdict or (verdict is False and not claim.mixed):
            yield claim.shown, verdict


def _side(text: str) -> Node | None:
    bare = re.sub(r"[$€£]", "", text)
    try:
        tree = parse(plain(bare))
    except (NotMathematics, RecursionError):
        return None
    return None if variables(tree) or tree[0] in ("seq", "rel", "text") else tree


def _chain(relation: _Relation) -> Iterator[tuple[str, bool]]:
    """Yields every pair of neighbours that are numbers, one of them worked out."""
    members = relation.members
    for place, op in enumerate(relation.operators):
        left, right = members[place], members[place + 1]
        if op in _ORDERS and (order := _ordered(left, right, op)) is not None:
            yield relation.text, order
        if op not in ("=", "~") or _plain_unit(left) != _plain_unit(right):
            continue
        if not (_works(left) or _works(right)) or left == right:
            continue
        verdict = _checked(left, right, op)
        if verdict and _trivial([left, right]):
            continue
        if verdict is not None:
            whole = len(relation.operators) == 1
            yield (relation.text if whole else f"{relation.text} (step {place + 1})"), verdict


def _checked(left: Node, right: Node, op: str) -> bool | None:
    """Returns whether a claim is true in some reading of it; ``None`` where none is certain."""
    verdict = _true(left, right, op)
    if verdict is not False:
        return verdict
    # Of degrees, or of base ten, perhaps; and `45 + 8%` says what it likes.
    other = _in_degrees([left, right])
    if other != [left, right]:
        return _true(other[0], other[1], op) or (None if _has_log([left, right]) else False)
    return None if any(_adds_percent(side) for side in (left, right)) else False


def _trivial(node: Any) -> bool:
    """Whether a claim shows no work: it adds nothing, or multiplies or divides by one."""
    match node:
        case ("add", parts) if any(part[:2] in (("num", 0), ("neg", ZERO)) for part in parts):
            return True
        case ("mul", parts) if any(part[:3] == ("num", 1, 1) for part in parts):
            return True
        case ("div", _, ("num", 1, 1, _)) | ("pow", _, ("num", 1, 1, _)):
            return True
    return isinstance(node, tuple | list) and any(_trivial(part) for part in node)


def _has_log(node: Any) -> bool:
    if isinstance(node, tuple) and node[:2] == ("fn", "log"):
        return True
    return isinstance(node, tuple | list) and any(_has_log(part) for part in node)


def _adds_percent(node: Node) -> bool:
    return node[0] == "add" and len({part[0] == "percent" for part in node[1]}) > 1


def _in_degrees(node: Any) -> Any:
    """Returns a tree with its bare angles in degrees and its logarithms of base ten."""
    match node:
        case ("fn", "log", [inner]):
            return ("fn", "lg", [inner])
        case ("fn", "sin" | "cos" | "tan" as name, [("num", *_) as angle]):
            return ("fn", name, [("deg", angle)])
        case tuple() | list():
            return type(node)(_in_degrees(part) for part in node)
    return node


def _ordered(left: Node, right: Node, op: str) -> bool | None:
    """Returns whether two numbers are in the order that is claimed."""
    a, b = _number(left), _number(right)
    return None if a is None or b is None else _ORDERS[op](a, b)


def _works(node: Node) -> bool:
    return node[0] in _OPERATION or (
        node[0] in ("neg", "percent", "unit", "deg") and _works(node[1])
    )


def _plain_unit(node: Node) -> str:
    return "" if node[0] != "unit" or _works(node[1]) else "unit"


def _true(left: Node, right: Node, op: str) -> bool | None:
    """Returns whether ``left op right``; ``None`` where either has no certain value."""
    a, b = _number(left), _number(right)
    if a is None or b is None:
        return None
    irrational = isinstance(a, float) or isinstance(b, float)
    if (
        a == b
        or (right[0] == "percent" and a == b * 100)
        or (left[0] == "percent" and b == a * 100)
    ):
        return True
    places = max(_places(left), _places(right))
    try:
        a, b = float(a), float(b)
    except OverflowError:
        return False
    # Also lets pass what floating point makes of a decimal: 14.999999999999998 for 15.
    if (irrational or places > 9) and abs(a - b) <= 1e-9 * max(1.0, abs(a), abs(b)):
        return True
    if op == "~":
        # An approximation is good to its last digit, and a whole one to three digits.
        unit = 10.0**-places if places >= 0 else max(1.0, abs(b) / 100)
    elif places > 0:
        shown = _places(right)
        unit = 10.0 ** -(shown if shown > 0 and _works(left) and not _works(right) else places)
    else:
        return False
    percents = [side[0] == "percent" for side in (left, right)]
    if any(percents) and not all(percents):
        # The digits shown are of the percentage, and `0.125 * 100 = 12.5%` means the same.
        x, y = (a * 100 if percents[0] else a), (b * 100 if percents[1] else b)
        return any(rounds_to(u, v, unit) for u, v in ((x, y), (x, y * 100), (x * 100, y)))
    if op == "~":
        return abs(a - b) <= unit
    return rounds_to(a, b, unit) if _places(right) >= _places(left) else rounds_to(b, a, unit)


def _number(node: Node) -> Fraction | float | None:
    if node[0] == "unit":
        node = node[1]
    try:
        return exact(node)
    except ArithmeticError:
        pass
    try:
        value, _ = approximate(node)
    except ArithmeticError:
        return None
    return value.real if abs(value.imag) < 1e-12 else None


def _places(node: Node) -> int:
    match node:
        case ("num", _, _, int(places)):
            return places
        case ("neg" | "percent" | "unit" | "deg", inner, *_):
            return _places(inner)
        case ("add" | "mul", parts):
            return max(_places(part) for part in parts)
        case ("div", top, bottom):
            return max(_places(top), _places(bottom))
    return -1


def _linear_root(relation: _Relation) -> tuple[str, Fraction] | None:
    """Returns the unknown and the root of a linear equation in one unknown."""
    if relation.operators != ["="]:
        return None
    left, right = relation.members
    names = variables(left) | variables(right)
    if len(names) != 1:
        return None
    name = names.pop()
    difference = ("add", [left, ("neg", right)])
    try:
        at = [exact(difference, {name: Fraction(x)}) for x in (0, 1, 2, 7)]
    except ArithmeticError:
        return None
    slope = at[1] - at[0]
    if slope == 0 or at[2] != at[0] + 2 * slope or at[3] != at[0] + 7 * slope:
        return None
    return name, -at[0] / slope


def _shown(last: Node, root: Fraction, other: Fraction) -> bool:
    places = _places(last)
    return places > 0 and abs(root - other) <= Fraction(1, 10**places)
