"""Values of trees: exact fractions where there are any, floating point with an error scale.

Both are bounded: no intermediate of the exact value has more than :data:`MAX_BITS` bits, and
floating point takes the same time whatever the number.
"""

from __future__ import annotations

import cmath
import hashlib
import math
from collections.abc import Mapping
from fractions import Fraction

from touchstone.templates.math_reasoning.tree import Node

MAX_BITS = 40_000
Point = Mapping[str, Fraction]
_DEGREE = math.pi / 180


class Inexact(ArithmeticError):
    """The value is not a rational number, or not one that can be found exactly here."""


class TooLarge(Inexact):
    """The value has more digits than anyone will compute."""


class Undefined(ArithmeticError):
    """There is no value: a division by zero, a matrix of the wrong shape, a text."""


def exact(node: Node, point: Point | None = None) -> Fraction:
    """Returns the exact value.

    Args:
        node: A tree without structure (no tuple, relation or set).
        point: Values of the variables.

    Raises:
        Inexact: It is irrational, complex, infinite or of unknown value.
        TooLarge: It would have more than :data:`MAX_BITS` bits.
        Undefined: It has no value at all.
    """
    return _Exact(point or {}).value(node)


class _Exact:
    def __init__(self, point: Point) -> None:
        self._point = point

    def value(self, node: Node) -> Fraction:
        return _bounded(self._value(node))

    def _value(self, node: Node) -> Fraction:  # noqa: C901 - one case per kind of node
        match node:
            case ("num", p, q, _):
                return Fraction(p, q)
            case ("var", name):
                return self._variable(name)
            case ("add", terms):
                total = Fraction(0)
                for term in terms:
                    total = _bounded(total + self.value(term))
                return total
            case ("mul", factors):
                product = Fraction(1)
                for factor in factors:
                    product = _bounded(product * self.value(factor))
                return product
            case ("neg", inner):
                return -self.value(inner)
            case ("div", top, bottom):
                divisor = self.value(bottom)
                if divisor == 0:
                    raise Undefined("a division by zero")
                return self.value(top) / divisor
            case ("percent", inner):
                return self.value(inner) / 100
            case ("pow", base, exponent):
                return self._power(self.value(base), self.value(exponent))
            case ("root", inner, degree):
                index = self.value(degree)
                if index == 0:
                    raise Undefined("a zeroth root")
                return self._power(self.value(inner), 1 / index)
            case ("abs", inner):
                return abs(self.value(inner))
            case ("floor", inner):
                return Fraction(math.floor(self.value(inner)))
            case ("ceil", inner):
                return Fraction(math.ceil(self.value(inner)))
            case ("fact", inner):
                return self._factorial(self.value(inner))
            case ("base", digits, base):
                return self._digits(digits, base)
            case ("call", name, arguments):
                return self._unknown(name, arguments)
            case ("fn", name, arguments):
                return self._function(name, arguments)
            case ("ratio", [first, second]):
                return self.value(("div", first, second))
        if node[0] in ("text", "seq", "matrix", "rel", "sets", "ratio"):
            raise Undefined(f"no value for {node[0]}")
        raise Inexact(f"no exact value for {node[0]}")

    def _variable(self, name: str) -> Fraction:
        if name not in self._point:
            raise Inexact(f"no value for {name}")
        return self._point[name]

    def _power(self, base: Fraction, exponent: Fraction) -> Fraction:
        if exponent.denominator == 1:
            power = exponent.numerator
            if base == 0 and power < 0:
                raise Undefined("zero to a negative power")
            if (
                abs(power) * max(base.numerator.bit_length(), base.denominator.bit_length())
                > MAX_BITS
            ):
                if abs(base) in (0, 1):
                    return base if power % 2 else base * base
                raise TooLarge("a power of too many digits")
            return base**power
        if base < 0 or exponent.denominator > 64:
            raise Inexact("a root of a negative number")
        root = _root(base, exponent.denominator)
        return self._power(root, Fraction(exponent.numerator))

    def _factorial(self, value: Fraction) -> Fraction:
        if value.denominator != 1 or value < 0:
            raise Inexact("a factorial of something else than a natural number")
        if value > 2000:
            raise TooLarge("a factorial of too many digits")
        return Fraction(math.factorial(value.numerator))

    def _digits(self, digits: str, base: int) -> Fraction:
        try:
            return Fraction(int(digits, base))
        except ValueError as exc:
            raise Undefined(f"{digits} is not a number in base {base}") from exc

    def _unknown(self, name: str, arguments: list[Node]) -> Fraction:
        """A function nobody knows: any value will do, as long as it is the same for the same.

        What is true for such values is true for the function, except by chance.
        """
        if name in ("sum", "prod") and (terms := self._terms(arguments)) is not None:
            return self.value(("add" if name == "sum" else "mul", terms)) if terms else Fraction(0)
        values = []
        point = dict(self._point)
        if name in ("sum", "prod") and arguments[0][0] == "rel" and arguments[0][2][0][0] == "var":
            # The bound variable's name means nothing outside.
            point[arguments[0][2][0][1]] = Fraction(104729, 7919)
        inner = _Exact(point)
        for argument in arguments:
            parts = argument[2] if argument[0] == "rel" else [argument]
            values += [inner.value(part) for part in parts]
        said = ";".join(f"{value.numerator:x}/{value.denominator:x}" for value in values)
        digest = hashlib.blake2b(f"{name}({said})".encode(), digest_size=6).digest()
        return Fraction(int.from_bytes(digest, "big"), 2**40)

    def _terms(self, arguments: list[Node]) -> list[Node] | None:
        """Returns the terms of a sum or product with a few known ones, as numbers."""
        low, high, body = arguments
        if low[0] != "rel" or low[1] != ["="] or low[2][0][0] != "var":
            return None
        try:
            first, last = self.value(low[2][1]), self.value(high)
        except ArithmeticError:
            return None
        if first.denominator != 1 or last.denominator != 1 or not 0 <= last - first < 300:
            return None
        terms: list[Node] = []
        for k in range(int(first), int(last) + 1):
            value = _Exact({**self._point, low[2][0][1]: Fraction(k)}).value(body)
            terms.append(("num", value.numerator, value.denominator, -1))
        return terms

    def _function(self, name: str, arguments: list[Node]) -> Fraction:
        if name == "det" and arguments[0][0] == "matrix":
            return _determinant([[self.value(cell) for cell in row] for row in arguments[0][1]])
        values = [self.value(argument) for argument in arguments]
        if name in ("max", "min"):
            return (max if name == "max" else min)(values)
        whole = all(value.denominator == 1 for value in values)
        if name in ("gcd", "lcm") and whole:
            return Fraction(
                (math.gcd if name == "gcd" else math.lcm)(*(v.numerator for v in values))
            )
        if name == "binom" and whole and 0 <= values[1] <= values[0] <= 5000:
            return Fraction(math.comb(values[0].numerator, values[1].numerator))
        if name in (
            "log",
            "lg",
            "ln",
            "exp",
            "sin",
            "tan",
            "asin",
            "atan",
            "sinh",
            "tanh",
        ) and values == [0 if name not in ("log", "lg", "ln") else 1]:
            return Fraction(1 if name == "exp" else 0)
        if name == "log" and len(values) == 2:
            return _logarithm(values[0], values[1])
        if name == "lg" or (name == "log" and values[0] == 1):
            return _logarithm(values[0], Fraction(10))
        raise Inexact(f"no exact value of {name}")


def _bounded(value: Fraction) -> Fraction:
    if value.numerator.bit_length() + value.denominator.bit_length() > MAX_BITS:
        raise TooLarge("too many digits")
    return value


def _root(value: Fraction, degree: int) -> Fraction:
    if max(value.numerator, value.denominator).bit_length() > 4096:
        raise Inexact("a root of a very large number")
    parts = []
    for part in (value.numerator, value.denominator):
        guess = math.isqrt(part) if degree == 2 else _integer_root(part, degree)
        if guess**degree != part:
            raise Inexact("an irrational root")
        parts.append(guess)
    return Fraction(parts[0], parts[1])


def _integer_root(value: int, degree: int) -> int:
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= value else (low, middle - 1)
    return low


def _logarithm(value: Fraction, base: Fraction) -> Fraction:
    if value <= 0 or base <= 0 or base == 1:
        raise Undefined("a logarithm out of its domain")
    if any(max(x.numerator, x.denominator).bit_length() > 900 for x in (value, base)):
        raise Inexact("a logarithm of a very large number")
    guess = round(math.log(value) / math.log(base))
    if abs(guess) <= 1000 and base**guess == value:
        return Fraction(guess)
    raise Inexact("an irrational logarithm")


def _determinant(rows: list[list[Fraction]]) -> Fraction:
    if any(len(row) != len(rows) for row in rows) or len(rows) > 12:
        raise Undefined("the determinant of a matrix that is not square")
    rows = [list(row) for row in rows]
    result = Fraction(1)
    for i in range(len(rows)):
        pivot = next((r for r in range(i, len(rows)) if rows[r][i]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != i:
            rows[i], rows[pivot], result = rows[pivot], rows[i], -result
        result *= rows[i][i]
        for r in range(i + 1, len(rows)):
            factor = rows[r][i] / rows[i][i]
            rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    return result


def approximate(node: Node, point: Point | None = None, bumped: int = -1) -> tuple[complex, float]:
    """Returns the value in floating point, and the largest magnitude that was added up in it.

    Args:
        node: As for :func:`exact`.
        point: Values of the variables.
        bumped: Which decimal literal, counted from the left, to raise by one in its last place:
            how much the value then moves is what that literal leaves open.

    Raises:
        Undefined: No value, or none that floating point can hold.
        Inexact: It has a part whose value is unknown.
    """
    meter = _Approximate(point or {}, bumped)
    try:
        value = meter.value(node)
    except (OverflowError, ZeroDivisionError, ValueError) as exc:
        raise Undefined(str(exc)) from exc
    if not cmath.isfinite(value):
        raise Undefined("not finite")
    return value, max(meter.scale, abs(value))


def decimals(node: Node) -> int:
    """Returns how many decimal literals a tree has."""
    if node[0] == "num":
        return int(node[3] > 0)
    return sum(decimals(part) for child in node[1:] for part in _nodes(child))


def _nodes(child: object) -> list[Node]:
    if isinstance(child, tuple):
        return [child]
    if isinstance(child, list):
        return [node for part in child for node in _nodes(part)]
    return []


def variables(node: Node) -> set[str]:
    """Returns the names of a tree's variables."""
    if node[0] == "var":
        return {node[1]}
    return {name for child in node[1:] for part in _nodes(child) for name in variables(part)}


_FLOAT_FUNCTIONS = {
    "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "asin": cmath.asin, "acos": cmath.acos,
    "atan": cmath.atan, "sinh": cmath.sinh, "cosh": cmath.cosh, "tanh": cmath.tanh,
    "exp": cmath.exp, "ln": cmath.log, "lg": cmath.log10,
    "sec": lambda z: 1 / cmath.cos(z), "csc": lambda z: 1 / cmath.sin(z),
    "cot": lambda z: 1 / cmath.tan(z),
}  # fmt: skip


class _Approximate:
    def __init__(self, point: Point, bumped: int) -> None:
        self._point = point
        self._bumped = bumped
        self._seen = 0
        self.scale = 0.0

    def value(self, node: Node) -> complex:  # noqa: C901 - one case per kind of node
        match node:
            case ("num", p, q, places):
                return self._literal(p, q, places)
            case ("var", name):
                if name not in self._point:
                    raise Inexact(f"no value for {name}")
                return complex(self._point[name])
            case ("const", name):
                if name not in ("pi", "e", "i"):
                    raise Undefined(f"no value for {name}")
                return {"pi": complex(math.pi), "e": complex(math.e), "i": 1j}[name]
            case ("add", terms):
                values = [self.value(term) for term in terms]
                self.scale = max(self.scale, *(abs(v) for v in values))
                return sum(values)
            case ("mul", factors):
                product = complex(1)
                for factor in factors:
                    product *= self.value(factor)
                return product
            case ("neg", inner):
                # Minus a complex number has a minus zero, which is on the wrong side of a root.
                return 0 - self.value(inner)
            case ("div", top, bottom):
                return self.value(top) / self.value(bottom)
            case ("pow", base, exponent):
                return self.value(base) ** self.value(exponent)
            case ("root", inner, degree):
                return self.value(inner) ** (1 / self.value(degree))
            case ("percent", inner):
                return self.value(inner) / 100
            case ("deg", inner):
                return self.value(inner) * _DEGREE
            case ("abs", inner):
                return complex(abs(self.value(inner)))
            case ("floor" | "ceil", inner):
                inside = self.value(inner)
                return complex((math.floor if node[0] == "floor" else math.ceil)(inside.real))
            case ("fn", name, arguments):
                return self._function(name, [self.value(argument) for argument in arguments])
        return complex(exact(node, self._point))

    def _literal(self, p: int, q: int, places: int) -> complex:
        value = p / q
        if places > 0:
            if self._seen == self._bumped:
                value += math.copysign(10.0**-places, value)
            self._seen += 1
        return complex(value)

    def _function(self, name: str, values: list[complex]) -> complex:
        if name == "log":
            base = values[1] if len(values) > 1 else complex(math.e)
            return cmath.log(values[0]) / cmath.log(base)
        if name in _FLOAT_FUNCTIONS and len(values) == 1:
            return _FLOAT_FUNCTIONS[name](values[0])
        if name in ("max", "min"):
            return complex((max if name == "max" else min)(value.real for value in values))
        raise Inexact(f"no value of {name}")
