"""The structure of answers: lists, tuples, matrices, assignments, intervals, plus-or-minus."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from touchstone.templates.math_reasoning.evaluate import Inexact, Undefined, exact, variables
from touchstone.templates.math_reasoning.tree import Node

_LETTERS: tuple[Node, ...] = (("const", "e"), ("const", "i"))
_MAX_CELLS = 400
# Each further product multiplies the work by the number of rows.
_MAX_MATRICES = 3


def reduced(node: Node) -> Node:
    """Returns the node with plus-or-minus written out and matrix arithmetic done."""
    if node[0] == "ratio" and len(node[1]) == 2 and _is_name(node[1][0]):
        # `x: 42` names a value, as `x = 42` does; `AB : CD` is a ratio.
        node = node if variables(node[1][1]) else ("rel", ["="], node[1])
    if node[0] == "rel" and node[1] == ["in"] and node[2][1][:2] == ("seq", "{"):
        node = node[2][1]
    if node[0] == "pow" and node[2] == ("var", "T") and node[1][0] in ("matrix", "seq"):
        node = _transposed(node[1])
    if node[0] == "matrix" and len(node[1]) == len(node[1][0]) == 1:
        node = node[1][0][0]
    if node[0] == "seq" and node[1] in ("", "{"):
        items = [part for item in node[3] for part in _signs(item)]
        return ("seq", node[1], node[2], [_with_matrices(item) for item in items])
    parts = _signs(node)
    if len(parts) > 1:
        return ("seq", "", "", [_with_matrices(part) for part in parts])
    return _with_matrices(node)


def _transposed(node: Node) -> Node:
    """Returns a matrix with its rows as columns; a tuple is a row and a column alike."""
    return (
        ("matrix", [list(row) for row in zip(*node[1], strict=True)])
        if node[0] == "matrix"
        else node
    )


def items_of(node: Node) -> list[Node] | None:
    """Returns the items of a set or of an unbracketed list; ``None`` for anything else."""
    if node[0] == "seq" and node[1] in ("", "{"):
        return node[3]
    if node == ("const", "empty"):
        return []
    return None


def is_alternative(node: Node) -> bool:
    """Returns whether of bare values only one counts, ``12 or 8``; ``x = 12 or x = 8`` is a set."""
    return node[:3] == ("seq", "", "or")


def matrix_of(node: Node) -> list[list[Node]] | None:
    """Returns rows; a tuple or list is a column, like a matrix of one row or one column."""
    if node[0] == "matrix":
        rows = node[1]
        return [[cell] for cell in rows[0]] if len(rows) == 1 else rows
    if node[0] == "seq" and node[3]:
        if all(item[0] == "seq" for item in node[3]):
            return [item[3] for item in node[3]]
        return [[item] for item in node[3]]
    return None


def _is_asked(node: Node) -> bool:
    """Whether an expression is of names alone that are no coordinates: ``a + b``, ``m/n``."""
    names = variables(node)
    return (
        node[0] in ("add", "mul", "div")
        and len(names) > 1
        and not names & {"x", "y", "z"}
        and all(
            part[0] == "var"
            for child in node[1:]
            for part in (child if isinstance(child, list) else [child])
        )
    )


def assigned(node: Node) -> tuple[Node, Node] | None:
    """Returns ``(name, value)`` of ``x = 2``, ``2 = x``, ``f(x) = ...`` or ``z = 1 + 1 = 2``.

    Also of a calculation, ``28 + 32 = 60``. The value is the last that an equals sign reaches,
    before any "approximately".
    """
    if node[0] != "rel":
        return None
    _, operators, members = node
    if operators[0] == "in" or any(op not in ("=", "~") for op in operators):
        return None
    if _is_contradicted([member for member in members if not variables(member)]):
        return None
    if _is_name(members[0]):
        reach = next((i for i, op in enumerate(operators) if op == "~" and i), len(operators))
        return members[0], members[reach]
    if len(members) == 2 and _is_name(members[1]):
        return members[1], members[0]
    if len(members) == 2 and _is_asked(members[0]) and not variables(members[1]):
        return members[0], members[1]
    if not any(variables(member) for member in members):
        return members[0], members[-1]  # a calculation: 28 + 32 = 60
    return None


def _is_contradicted(values: list[Node]) -> bool:
    """Whether equal values differ: ``x = 5 = 6``, ``2 + 2 = 5``; a rounded one does not."""
    found: set[Fraction] = set()
    for value in values:
        try:
            found.add(exact(value))
        except ArithmeticError:
            return False
    return len(found) > 1 and all(value.denominator == 1 for value in found)


def _is_name(node: Node) -> bool:
    match node:
        case ("var" | "text" | "call", *_):
            return True
        case ("abs", inner):
            return _is_name(inner)
        case ("sets", _, parts):
            return all(_is_name(part) for part in parts)
        case ("ratio", parts):
            return all(_is_name(part) for part in parts)
        case ("pow", ("var", _), ("neg", ("num", 1, 1, _)) | ("var", "T")):
            return True  # the inverse of a function or a matrix, or its transpose
        case ("seq", "(", ")", items):
            return bool(items) and all(item[0] == "var" for item in items)
        case ("mul", factors):
            # AB, the segment, and m(x), P(A) or zeta(2), which are read as products.
            first, *rest = factors
            known = first[0] == "var" and all(factor[0] == "num" for factor in rest)
            return known or all(
                f[0] in ("var", "call") or f in _LETTERS or (f[0] == "pow" and _is_name(f))
                for f in factors
            )
    return False


def _signs(node: Node) -> list[Node]:
    """Writes out plus-or-minus: the upper signs, then the lower."""
    if not _has(node, "pm"):
        return [node]
    return [_signed(node, upper=True), _signed(node, upper=False)]


def _has(node: Any, kind: str) -> bool:
    if isinstance(node, tuple):
        return (bool(node) and node[0] == kind) or any(_has(part, kind) for part in node[1:])
    return isinstance(node, list) and any(_has(part, kind) for part in node)


def _signed(node: Any, *, upper: bool) -> Any:
    if isinstance(node, list):
        return [_signed(part, upper=upper) for part in node]
    if not isinstance(node, tuple):
        return node
    if node[0] == "pm":
        left, right = _signed(node[1], upper=upper), _signed(node[2], upper=upper)
        return ("add", [left, right if upper else ("neg", right)])
    return (node[0], *(_signed(part, upper=upper) for part in node[1:]))


def _with_matrices(node: Node) -> Node:
    """Does sums and products of matrices, so that what is left has one matrix at the top."""
    if node[0] not in ("add", "mul", "neg") or not _has(node, "matrix"):
        return node
    parts = [_with_matrices(part) for part in (node[1] if node[0] != "neg" else [node[1]])]
    if node[0] == "mul" and sum(part[0] == "matrix" for part in parts) > _MAX_MATRICES:
        return node
    if node[0] == "neg":
        return _times(("num", -1, 1, -1), parts[0])
    result = parts[0]
    for part in parts[1:]:
        result = _plus(result, part) if node[0] == "add" else _times(result, part)
    return result


def _plus(a: Node, b: Node) -> Node:
    if a[0] != "matrix" or b[0] != "matrix" or [len(r) for r in a[1]] != [len(r) for r in b[1]]:
        return ("add", [a, b])
    return ("matrix", [[("add", [x, y]) for x, y in zip(p, q, strict=True)]
                       for p, q in zip(a[1], b[1], strict=True)])  # fmt: skip


def _times(a: Node, b: Node) -> Node:
    if a[0] == "matrix" and b[0] == "matrix":
        if len(a[1][0]) != len(b[1]) or len(a[1]) * len(b[1][0]) > _MAX_CELLS:
            return ("mul", [a, b])
        columns = list(zip(*b[1], strict=True))
        return ("matrix", [
            [
                ("add", [("mul", [x, y]) for x, y in zip(row, column, strict=True)])
                for column in columns
            ]
            for row in a[1]
        ])  # fmt: skip
    if a[0] == "matrix":
        a, b = b, a
    if b[0] == "matrix":
        return ("matrix", [[("mul", [a, cell]) for cell in row] for row in b[1]])
    return ("mul", [a, b])


def quotient(a: Node, b: Node, points: list[dict[str, Fraction]]) -> Fraction | None:
    """Returns the constant that ``a`` is of ``b`` at every point, ``None`` if it is not one."""
    found: set[Fraction] = set()
    for point in points:
        try:
            top, bottom = exact(a, point), exact(b, point)
        except Undefined:
            continue
        except Inexact:
            return None
        if bottom == 0 or top == 0:
            return None
        found.add(top / bottom)
    return found.pop() if len(found) == 1 else None
