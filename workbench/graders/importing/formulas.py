"""A multi-grader's formula: as Python over ``scores``, and how low and high it can come out."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import cast

from touchstone.scoring.formula import Formula, FormulaError

Range = tuple[float, float]
MEAN_NOTE = (
    "a mean pays a wrong answer for what else it passes; `touchstone check` shows it, and the line "
    "`reward =` of the reward file is the place to change it"
)
_MODULE_FUNCTIONS = ("floor", "ceil", "exp", "sqrt", "log")
_MONOTONE: dict[str, Callable[[float], float]] = {
    name: getattr(math, name) for name in _MODULE_FUNCTIONS
}


def in_python(formula: Formula, names: Mapping[str, str]) -> str:
    """Returns a formula as Python that reads each score from ``scores``.

    Args:
        formula: The formula.
        names: Its names to the keys of ``scores``.
    """

    class Scores(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            """Reads a score."""
            return ast.Subscript(ast.Name("scores"), ast.Constant(names[node.id]))

        def visit_Call(self, node: ast.Call) -> ast.expr:
            """Calls Python's function of the same name."""
            name = cast("ast.Name", node.func).id
            args = [cast("ast.expr", self.visit(arg)) for arg in node.args]
            return ast.Call(ast.Name(f"math.{name}" if name in _MONOTONE else name), args, [])

    tree = ast.parse(ast.unparse(formula.tree), mode="eval").body
    # Of texts it holds names alone, so that no quote is inside one.
    return ast.unparse(cast("ast.expr", Scores().visit(tree))).replace("'", '"')


def mean(names: Sequence[str], weights: Sequence[Fraction], total: Fraction | None = None) -> str:
    """Returns a mean by weights as Python that reads each score from ``scores``.

    It has whole numbers for weights, so that their sum is exact and no mean leaves its bounds.

    Args:
        names: Of the scores.
        weights: One for each.
        total: What they are divided by; their sum by default.
    """
    total = sum(weights, Fraction(0)) if total is None else total
    whole = math.lcm(total.denominator, *(weight.denominator for weight in weights))
    terms = [
        f'{weight * whole} * scores["{name}"]'.removeprefix("1 * ")
        for name, weight in zip(names, weights, strict=True)
        if weight
    ]
    return f"round(({' + '.join(terms)}) / {total * whole}, 12)"


def range_of(formula: Formula, ranges: Mapping[str, Range]) -> Range:
    """Returns between which values a formula lies, given those of its names.

    The bounds hold, and are the nearest ones where no name comes twice.

    Raises:
        FormulaError: It may have no finite value there.
    """
    try:
        low, high = _range(formula.tree, ranges)
    except FormulaError:
        raise
    except (ArithmeticError, ValueError) as exc:
        raise FormulaError(f"has no bounds: {exc}") from exc
    if not (math.isfinite(low) and math.isfinite(high)):
        raise FormulaError("has no bounds")
    return low, high


def _range(node: ast.expr, ranges: Mapping[str, Range]) -> Range:
    match node:
        case ast.Constant(value=value):
            number = float(cast("float", value))
            return number, number
        case ast.Name(id=name):
            return ranges[name]
        case ast.UnaryOp(op=op, operand=operand):
            low, high = _range(operand, ranges)
            return (-high, -low) if isinstance(op, ast.USub) else (low, high)
        case ast.BinOp(left=left, op=op, right=right):
            return _joined(op, _range(left, ranges), _range(right, ranges))
        case ast.Call(func=ast.Name(id=name), args=args):
            return _called(name, [_range(arg, ranges) for arg in args])
    raise FormulaError(f"unexpected {type(node).__name__}")  # Formula lets nothing else through


def _joined(op: ast.operator, a: Range, b: Range) -> Range:
    match op:
        case ast.Add():
            return a[0] + b[0], a[1] + b[1]
        case ast.Sub():
            return a[0] - b[1], a[1] - b[0]
        case ast.Mult():
            return _ends(x * y for x, y in itertools.product(a, b))
        case ast.Div():
            if b[0] <= 0 <= b[1]:
                raise FormulaError("may divide by zero")
            return _ends(x / y for x, y in itertools.product(a, b))
    if a[0] < 0:
        raise FormulaError("may raise a negative number to a power")
    # Monotone in each, so that the ends of the ranges decide.
    return _ends(math.pow(x, y) for x, y in itertools.product(a, b))


def _called(name: str, args: list[Range]) -> Range:
    if name in ("min", "max"):
        pick = min if name == "min" else max
        return pick(low for low, _ in args), pick(high for _, high in args)
    ((low, high),) = args
    if name == "abs":
        return (0.0 if low <= 0 <= high else min(abs(low), abs(high))), max(abs(low), abs(high))
    return float(_MONOTONE[name](low)), float(_MONOTONE[name](high))


def _ends(values: Iterable[float]) -> Range:
    found = list(values)
    return min(found), max(found)
