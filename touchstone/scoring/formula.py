"""Safe arithmetic over criterion names: parsed by Python's own parser, never evaluated by it.

Allowed: numbers, names, ``+ - * /``, ``^`` (or ``**``) for powers, unary minus, and
``min max abs floor ceil exp sqrt log``.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.settings import nearest

_MAX_LENGTH = 1000  # characters; also bounds the depth that the parser can meet

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {  # name: function, least arguments
    "min": (min, 2),
    "max": (max, 2),
    "abs": (abs, 1),
    "floor": (math.floor, 1),
    "ceil": (math.ceil, 1),
    "exp": (math.exp, 1),
    "sqrt": (math.sqrt, 1),
    "log": (math.log, 1),
}


class FormulaError(ValueError):
    """The formula cannot be read, or has no finite value for these criteria."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that has been read and holds only what is allowed.

    Attributes:
        text: As it was written.
        tree: What it says, as Python's own parser reads it.
    """

    text: str
    tree: ast.expr

    @classmethod
    def parse(cls, text: str) -> Formula:
        """Reads a formula.

        Raises:
            FormulaError: It is not arithmetic, or uses something that is not allowed.
        """
        if len(text) > _MAX_LENGTH:
            raise FormulaError(f"longer than {_MAX_LENGTH} characters")
        try:
            # `^` binds looser than `+` in Python; as `**` it means what people write.
            tree = ast.parse(text.replace("^", "**").strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as exc:
            raise FormulaError("cannot be read as arithmetic") from exc
        _check(tree)
        return cls(text, tree)

    @property
    def names(self) -> frozenset[str]:
        """Returns the names whose values it takes."""
        nodes = list(ast.walk(self.tree))
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        return frozenset(
            node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called
        )

    def check(self, names: Iterable[str]) -> None:
        """Refuses a name that is not among ``names``.

        Raises:
            FormulaError: Names it, and the nearest valid one.
        """
        valid = set(names)
        for name in sorted(self.names - valid):
            raise FormulaError(f"unknown name {name!r}{nearest(name, valid)}")

    def value(self, values: Mapping[str, float]) -> float:
        """Returns the formula's value.

        Raises:
            FormulaError: There is no finite one.
        """
        try:
            result = float(_evaluate(self.tree, values))
        except (ArithmeticError, ValueError) as exc:
            raise FormulaError(f"no value for {dict(values)}: {exc}") from exc
        if not math.isfinite(result):
            raise FormulaError(f"no finite value for {dict(values)}")
        return result


def _check(node: ast.expr) -> None:
    match node:
        case ast.Constant(value=bool()):
            raise FormulaError("True and False are not numbers here")
        case ast.Constant(value=int() | float()) | ast.Name():
            return
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _check(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            _check(left)
            _check(right)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            least = FUNCTIONS[name][1]
            if len(args) < least or (least == 1 and len(args) != 1):
                raise FormulaError(f"{name}() takes {'1 argument' if least == 1 else 'at least 2'}")
            for arg in args:
                _check(arg)
        case _:
            raise FormulaError(
                f"{ast.unparse(node)!r} is not allowed; use numbers, criteria, + - * / ^ and "
                f"{', '.join(FUNCTIONS)}"
            )


def _evaluate(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return float(values[name])
        case ast.UnaryOp(op=op, operand=operand):
            value = _evaluate(operand, values)
            return -value if isinstance(op, ast.USub) else value
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_evaluate(left, values), _evaluate(right, values))
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name][0](*(_evaluate(arg, values) for arg in args))
    raise FormulaError(f"unexpected {type(node).__name__}")  # _check lets nothing else through
