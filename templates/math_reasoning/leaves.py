"""Whether two expressions without structure have the same value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from touchstone.scoring.units import Unit, read_unit
from touchstone.templates.math_reasoning.evaluate import (
    Inexact,
    TooLarge,
    Undefined,
    approximate,
    decimals,
    exact,
    variables,
)
from touchstone.templates.math_reasoning.tree import Node

# Decides what floating point cannot tell apart: (candidate, reference) -> equal.
Confirm = Callable[[Node, Node], bool]

# Where two different expressions would agree only by chance: fractions of primes.
_PRIMES = (101, 211, 307, 401, 503, 601, 701, 809, 907, 1009, 1103, 1201, 1301, 1409, 1511, 1601)
_DENOMINATORS = (97, 499, 1733, -389)
# Floating point that differs by less than this share of what was added up proves nothing.
_BLUR = 1e-9


@dataclass(frozen=True, slots=True)
class Conventions:
    """What is a convention rather than mathematics; see the template's settings.

    ``alternatives`` is the row's own: solutions are asked for, so that ``12 or 8`` names both.
    """

    percent: Literal["lenient", "fraction", "unit"] = "lenient"
    unit: Literal["optional", "required", "ignored"] = "optional"
    assignment: bool = True
    rounding: bool = True
    ordered_lists: bool = False
    interval_as_inequality: bool = True
    tolerance: float = 0.0
    relative_tolerance: float = 0.0
    alternatives: bool = False


def same_value(a: Node, b: Node, conventions: Conventions, confirm: Confirm) -> bool:
    """Returns whether candidate ``a`` has the value of reference ``b``, units and all."""
    if a == b:
        return True
    if a[0] in ("text", "const") or b[0] in ("text", "const"):
        if _words(a) is not None and _words(a) == _words(b):
            return True
        if "text" in (a[0], b[0]):
            return False
    if "deg" in (a[0], b[0]) and a[0] != b[0] and _is_angle(a, b, conventions, confirm):
        return True
    (a, unit_a), (b, unit_b) = _unit(a), _unit(b)
    if unit_a is None and unit_b is not None and conventions.unit == "required":
        return False
    if unit_a and unit_b and conventions.unit != "ignored":
        if unit_a.dimensions != unit_b.dimensions:
            return False
        a, b = _scaled(a, unit_a.size / unit_b.size), b
    if ((unit_a is not None) and b[0] == "percent") or ((unit_b is not None) and a[0] == "percent"):
        return False
    if a[0] == "percent" or b[0] == "percent":
        return _same_percent(a, b, conventions, confirm)
    if a[0] == "base" or b[0] == "base":
        return _same_base(a, b)
    return _same_number(a, b, conventions, confirm)


def _words(node: Node) -> str | None:
    if node[0] in ("text", "var", "const"):
        return " ".join(str(node[1]).lower().split()).strip(" .")
    return None


def _unit(node: Node) -> tuple[Node, Unit | None]:
    match node:
        case ("unit", inner, name):
            unit = read_unit(name)
            # `5 units` are five of whatever is counted.
            plain = not unit.dimensions or unit.dimensions[0][0] == "'unit"
            return inner, None if plain else unit
        case ("deg", inner):
            return inner, read_unit("degree")
        case ("neg", inner):
            bare, unit = _unit(inner)
            return (("neg", bare), unit) if unit else (node, None)
        case ("mul", [*factors, last]) if factors:
            bare, unit = _unit(last)
            return (("mul", [*factors, bare]), unit) if unit else (node, None)
    return node, None


def _is_angle(a: Node, b: Node, conventions: Conventions, confirm: Confirm) -> bool:
    """Returns whether an angle in degrees is one in radians."""
    angle, other = (a, b) if a[0] == "deg" else (b, a)
    if other[0] == "unit":
        if read_unit(other[2]).dimensions != (("rad", 1),):
            return False
        other = other[1]
    return other[0] != "num" and _same_number(angle, other, conventions, confirm)


def _scaled(node: Node, factor: Fraction) -> Node:
    if factor == 1:
        return node
    return ("mul", [node, ("num", factor.numerator, factor.denominator, -1)])


def _same_percent(a: Node, b: Node, conventions: Conventions, confirm: Confirm) -> bool:
    if a[0] == b[0]:
        return _same_number(a[1], b[1], conventions, confirm)
    if conventions.percent != "unit" and _same_number(a, b, conventions, confirm):
        return True
    if conventions.percent == "fraction":
        return False
    if b[0] == "percent":
        return _same_number(a, b[1], conventions, confirm)
    # Without its sign, only a reference above 1 can be meant as a percentage.
    try:
        return abs(exact(b)) >= 1 and _same_number(a[1], b, conventions, confirm)
    except ArithmeticError:
        return False


def _same_base(a: Node, b: Node) -> bool:
    if a[0] == b[0] == "base":
        return a[2] == b[2] and int(a[1]) == int(b[1])
    based, other = (a, b) if a[0] == "base" else (b, a)
    return other[0] == "num" and other[2] == 1 and str(other[1]) == based[1]


def _same_number(a: Node, b: Node, conventions: Conventions, confirm: Confirm) -> bool:
    names = variables(a) | variables(b)
    points = sample_points(names)
    loose = decimals(a) or decimals(b) or conventions.tolerance or conventions.relative_tolerance
    try:
        pairs = _exact_pairs(a, b, points)
        if all(x == y for x, y, _ in pairs):
            return True
        if not loose:
            return False
        return all(x == y or _near(a, b, x, y, p, conventions) for x, y, p in pairs)
    except TooLarge:
        return confirm(a, b)
    except Inexact:
        pass
    except OverflowError:
        return False
    except Undefined:
        return False
    return _same_float(a, b, points, conventions, confirm)


class _Pair(NamedTuple):
    a: Fraction
    b: Fraction
    point: dict[str, Fraction]


def _exact_pairs(a: Node, b: Node, points: list[dict[str, Fraction]]) -> list[_Pair]:
    pairs = []
    for point in points:
        try:
            pairs.append(_Pair(exact(a, point), exact(b, point), point))
        except Undefined:
            if len(points) == 1:
                raise
    if not pairs:
        raise Undefined("no value anywhere")
    return pairs


def _near(
    a: Node,
    b: Node,
    x: Fraction,
    y: Fraction,
    point: dict[str, Fraction],
    conventions: Conventions,
) -> bool:
    """Returns whether two exact values are as near as tolerance or rounding allows."""
    difference = float(abs(x - y))
    if _within(difference, float(y), conventions):
        return True
    return conventions.rounding and _rounds(a, b, complex(x), complex(y), point, 0.0, difference)


def sample_points(names: set[str]) -> list[dict[str, Fraction]]:
    """Returns where expressions in these variables are compared; one empty point for none."""
    if not names:
        return [{}]
    return [
        {
            name: Fraction(
                _PRIMES[(place + shift) % len(_PRIMES)] + 2 * (place // len(_PRIMES)), bottom
            )
            for place, name in enumerate(sorted(names))
        }
        for shift, bottom in enumerate(_DENOMINATORS)
    ]


def _same_float(
    a: Node, b: Node, points: list[dict[str, Fraction]], conventions: Conventions, confirm: Confirm
) -> bool:
    rounded = seen = False
    for point in points:
        try:
            (x, scale_x), (y, scale_y) = approximate(a, point), approximate(b, point)
        except Undefined:
            continue
        except TooLarge:
            return confirm(a, b)
        except Inexact:
            continue
        seen = True
        blur = _BLUR * max(scale_x, scale_y)
        difference = abs(x - y)
        if difference <= blur or _within(difference, y, conventions):
            continue
        if not conventions.rounding or not _rounds(a, b, x, y, point, blur, difference):
            return False
        rounded = True
    if not seen:
        return confirm(a, b)
    # A decimal that agrees with an irrational number is as equal as it can be.
    if (
        rounded
        or decimals(a)
        or decimals(b)
        or conventions.tolerance
        or conventions.relative_tolerance
    ):
        return True
    return confirm(a, b)


def _within(difference: float, y: complex, conventions: Conventions) -> bool:
    allowed = max(conventions.tolerance, conventions.relative_tolerance * abs(y))
    # One part in 10^12 for the binary form of the tolerance itself.
    return allowed > 0 and difference <= allowed * (1 + 1e-12)


def _rounds(
    a: Node,
    b: Node,
    x: complex,
    y: complex,
    point: dict[str, Fraction],
    blur: float,
    difference: float,
) -> bool:
    """Returns whether one side is the other, rounded or cut to the digits it shows.

    A decimal needs three significant digits, or two after the point, to stand for 1/3 or
    sqrt(2): 0.33 and 1.41, but neither 0.3 nor 1.4. Between two finite
    decimals less is allowed: an answer finer than the reference may round to it when it is
    within 0.1 %, and one that is coarser needs six significant digits.
    """
    slack_a, slack_b = _slack(a, x, point), _slack(b, y, point)
    if _finite(a) and _finite(b):
        if slack_a == slack_b or difference > max(slack_a, slack_b) / 2 + blur:
            return False
        return difference <= (5e-7 if slack_a > slack_b else 1e-3) * abs(y)
    slack = slack_a + slack_b
    size = max(abs(x), abs(y))
    if slack > 0.05 * size or slack > max(0.0101, 0.01 * size):
        return False
    if slack_b == 0 and _literal(a) and not x.imag:
        return rounds_to(y.real, x.real, slack)
    if slack_a == 0 and _literal(b) and not y.imag:
        return rounds_to(x.real, y.real, slack)
    return difference <= slack + blur


def rounds_to(exact_value: float, shown: float, unit: float) -> bool:
    """Returns whether a value is shown rounded, or cut, to a place worth ``unit``."""
    difference = abs(exact_value - shown)
    cut = abs(shown) < abs(exact_value) and difference < unit * (1 - 1e-9)
    return cut or difference <= unit / 2 * (1 + 1e-9)


def _literal(node: Node) -> bool:
    return node[0] == "num" or (node[0] == "neg" and node[1][0] == "num")


def _slack(node: Node, value: complex, point: dict[str, Fraction]) -> float:
    """Returns what the last digits of decimals leave open: 0.01 for ``x + 1.41``.

    A decimal counts where it is the only number of its term, powers of ten aside. ``1.41 pi``
    is a rounded value; ``331 * 1.00`` is another value, with room of any width around it.
    """
    opened: list[int] = []
    seen = 0
    for term in _terms(node):
        count = decimals(term)
        if count == 1 and not _can_scale(term):
            opened.append(seen)
        seen += count
    return sum(abs(approximate(node, point, at)[0] - value) for at in opened[:40])


def _terms(node: Node) -> Iterator[Node]:
    match node:
        case ("add", terms):
            for term in terms:
                yield from _terms(term)
        case ("neg", inner):
            yield from _terms(inner)
        case _:
            yield node


def _can_scale(node: Node) -> bool:
    """Returns whether a term holds a number beside its decimal that could scale it at will."""
    match node:
        case ("num", top, bottom, places):
            return places <= 0 and not (_power_of_ten(top) and _power_of_ten(bottom))
        case ("root", inner, _):
            return _can_scale(inner)
        case ("pow", base, exponent) if not decimals(exponent):
            return _can_scale(base)
    inner = (part for child in node[1:] for part in (child if isinstance(child, list) else [child]))
    return any(_can_scale(part) for part in inner if isinstance(part, tuple))


def _power_of_ten(number: int) -> bool:
    # Python refuses to write out a number of more digits; such a one scales nothing honest.
    return number.bit_length() < 10_000 and str(number).rstrip("0") == "1"


def _finite(node: Node) -> bool:
    """Returns whether a constant, or each part of a complex one, has a decimal form that ends."""
    return all(_ends(_with_unit_i(node, i)) for i in (1, 2))


def _with_unit_i(node: Node, value: int) -> Node:
    """Returns a constant with a real number for i, which has no digits of its own."""
    if node == ("const", "i"):
        return ("num", value, 1, -1)
    return tuple(
        _with_unit_i(part, value)
        if isinstance(part, tuple)
        else [_with_unit_i(one, value) for one in part]
        if isinstance(part, list) and all(isinstance(one, tuple) for one in part)
        else part
        for part in node
    )


def _ends(node: Node) -> bool:
    try:
        bottom = exact(node).denominator
    except ArithmeticError:
        return False
    for prime in (2, 5):
        while bottom % prime == 0:
            bottom //= prime
    return bottom == 1
