r"""Compares numbers of roots in this process: small enough that it can neither run on nor grow.

Most answers that need more than fractions are of this kind, ``2\sqrt{3}/3``, and need no cage.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException

from touchstone.templates.math_reasoning.tree import Node

_DIGITS = 70
_MOST_NODES = 100
_LARGEST = 10**30  # of a literal
_MOST_POWER = 12
# As the cage has it: what agrees to 45 digits is the same; near zero nothing is sure.
_SAME = Decimal("1e-45")
_NEAR_ZERO = Decimal("1e-20")
_FAR = Decimal("1e60")
_CONSTANTS = {
    "pi": Decimal("3.1415926535897932384626433832795028841971693993751058209749445923078164062862"),
    "e": Decimal("2.7182818284590452353602874713526624977572470936999595749669676277240766303535"),
}


def same_radicals(a: Node, b: Node) -> bool | None:
    """Returns whether two real numbers of roots are the same to 45 digits.

    ``None``: one of them has something else in it, is large, near zero or not real.
    """
    reader = _Radicals()
    try:
        x, y = reader.value(a), reader.value(b)
        size = max(abs(x), abs(y))
        if not _NEAR_ZERO < size < _FAR:
            return None
        return reader.context.subtract(x, y).copy_abs() <= size * _SAME
    except (_Other, DecimalException):
        return None


class _Other(ValueError):
    """A part that is no such number, or too large for one."""


class _Radicals:
    def __init__(self) -> None:
        self.context = Context(prec=_DIGITS, rounding=ROUND_HALF_EVEN)
        self._nodes = 0

    def value(self, node: Node) -> Decimal:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise _Other
        match node:
            case ("num" | "const", *_):
                return self._literal(node)
            case ("neg", inner):
                return self.context.minus(self.value(inner))
            case ("add", [*terms]):
                total = Decimal(0)
                for term in terms:
                    total = self.context.add(total, self.value(term))
                return total
            case ("mul", [*factors]):
                product = Decimal(1)
                for factor in factors:
                    product = self.context.multiply(product, self.value(factor))
                return product
            case ("div", top, bottom):
                return self.context.divide(self.value(top), self.value(bottom))
            case ("root", inner, ("num", int(degree), 1, _)):
                return self._power(self.value(inner), 1, degree)
            case ("pow", base, ("num", int(p), int(q), _)):
                return self._power(self.value(base), p, q)
            case ("pow", base, ("neg", ("num", int(p), int(q), _))):
                return self._power(self.value(base), -p, q)
        raise _Other

    def _literal(self, node: Node) -> Decimal:
        match node:
            case ("num", int(p), int(q), _) if max(abs(p), q) <= _LARGEST:
                return self.context.divide(Decimal(p), Decimal(q))
            case ("const", "pi" | "e" as name):
                return _CONSTANTS[name]
        raise _Other

    def _power(self, base: Decimal, p: int, q: int) -> Decimal:
        if max(abs(p), q) > _MOST_POWER or q < 1 or (base <= 0 and q > 1):
            raise _Other
        raised = self.context.power(base, p)
        if q == 2:
            return self.context.sqrt(raised)
        return raised if q == 1 else self.context.power(raised, self.context.divide(1, Decimal(q)))
