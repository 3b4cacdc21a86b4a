"""Sets of real numbers: intervals, unions, complements, and inequalities in one unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from touchstone.templates.math_reasoning.evaluate import approximate, exact, variables
from touchstone.templates.math_reasoning.shapes import items_of
from touchstone.templates.math_reasoning.tree import Node

_OO: Node = ("const", "oo")
_MINUS_OO: Node = ("neg", _OO)
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
# A union of more pieces than this is compared as it is written.
_MOST = 100


class Piece(NamedTuple):
    """One interval; a point is one that begins and ends in it.

    Attributes:
        low: Where it begins.
        high: Where it ends.
        has_low: Whether it holds its beginning.
        has_high: Whether it holds its end.
    """

    low: Node
    high: Node
    has_low: bool
    has_high: bool


@dataclass(frozen=True, slots=True)
class Reals:
    """A set of real numbers.

    Attributes:
        names: The unknown whose values it holds, if it names one.
        pieces: In order and apart, where their ends are numbers; else as written.
    """

    names: frozenset[str]
    pieces: tuple[Piece, ...]


WHOLE = Piece(_MINUS_OO, _OO, has_low=False, has_high=False)


def reals(node: Node) -> Reals | None:
    """Returns the set of reals that a tree is, ``None`` where it is none.

    Reads intervals, unions, intersections and differences of them, ``x in [0, 1)``,
    ``1 < x <= 3``, ``|x - 1| < 3``, ``x != 3``, and ``x < 1 or x > 3``.
    """
    listed = items_of(node)
    if listed is not None:
        return _listed(node, listed)
    if node[0] == "sets":
        return _combined(node[1], [reals(part) for part in node[2]])
    if node[0] == "seq" and len(node[3]) == 2:
        low, high = node[3]
        return Reals(frozenset(), (Piece(low, high, node[1] == "[", node[2] == "]"),))
    if node == ("const", "reals"):
        return Reals(frozenset(), (WHOLE,))
    if node[0] == "rel":
        return _solved(node)
    return None


def _listed(node: Node, items: list[Node]) -> Reals | None:
    if node[1] == "{":
        if any(item[0] in ("rel", "seq", "sets", "text") for item in items):
            return None
        return Reals(frozenset(), _merged([Piece(item, item, True, True) for item in items]))
    parts = [reals(item) for item in items if item[0] != "text"]
    if not parts or any(part is None for part in parts):
        return None
    union = _combined("cup", parts)
    # `x > 1 and x < 3`: nobody writes a union that is everything.
    return _combined("cap", parts) if union and union.pieces == (WHOLE,) else union


def _combined(op: str, parts: list[Reals | None]) -> Reals | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or not known:
        return None
    names = frozenset[str]().union(*(part.names for part in known))
    pieces = known[0].pieces
    for part in known[1:]:
        if op == "cup":
            pieces = _merged([*pieces, *part.pieces])
        else:
            other = part.pieces if op == "cap" else _complement(part.pieces)
            joined = None if other is None else _intersected(pieces, other)
            if joined is None:
                return None
            pieces = joined
    return Reals(names, pieces)


def _place(node: Node) -> float | None:
    """Returns where an end is on the line, ``None`` where it is no real number."""
    if node == _OO:
        return float("inf")
    if node == _MINUS_OO:
        return float("-inf")
    try:
        value, _ = approximate(node)
    except (ArithmeticError, RecursionError):
        return None
    return value.real if abs(value.imag) < 1e-12 else None


def _merged(pieces: list[Piece]) -> tuple[Piece, ...]:
    """Puts pieces in order, and those together that touch; as they are if ends are unknown."""
    places = [(_place(piece.low), _place(piece.high)) for piece in pieces]
    if len(pieces) > _MOST or any(None in ends for ends in places):
        return tuple(pieces)
    ordered = sorted(pieces, key=lambda piece: (_place(piece.low) or 0.0, not piece.has_low))
    joined: list[Piece] = []
    for piece in ordered:
        if joined and _touch(joined[-1], piece):
            joined[-1] = _joined(joined[-1], piece)
        else:
            joined.append(piece)
    return tuple(joined)


def _touch(first: Piece, second: Piece) -> bool:
    end, start = _place(first.high) or 0.0, _place(second.low) or 0.0
    return start < end or (start == end and (first.has_high or second.has_low))


def _joined(first: Piece, second: Piece) -> Piece:
    end, other = _place(first.high) or 0.0, _place(second.high) or 0.0
    if other > end or (other == end and second.has_high):
        return Piece(first.low, second.high, first.has_low, second.has_high)
    return first


def _complement(pieces: tuple[Piece, ...]) -> tuple[Piece, ...] | None:
    merged = _merged(list(pieces))
    if any(_place(end) is None for piece in merged for end in (piece.low, piece.high)):
        return None
    found: list[Piece] = []
    low, has_low = _MINUS_OO, False
    for piece in merged:
        if piece.low != _MINUS_OO:
            found.append(Piece(low, piece.low, has_low, not piece.has_low))
        low, has_low = piece.high, not piece.has_high
    if not merged or low != _OO:
        found.append(Piece(low, _OO, has_low, has_high=False))
    return tuple(found)


def _intersected(a: tuple[Piece, ...], b: tuple[Piece, ...]) -> tuple[Piece, ...] | None:
    """The complement of the union of both complements."""
    if len(a) * len(b) > _MOST:
        return None
    first, second = _complement(a), _complement(b)
    if first is None or second is None:
        return None
    return _complement((*first, *second))


def _solved(node: Node) -> Reals | None:
    _, operators, members = node
    if operators == ["in"] and members[0][0] == "var":
        inner = reals(members[1])
        return Reals(frozenset({members[0][1]}), inner.pieces) if inner else None
    names = {name for member in members for name in variables(member)}
    if not names or any(op not in (*_FLIPPED, "!=") for op in operators):
        return None
    found = [_one(op, members[i], members[i + 1]) for i, op in enumerate(operators)]
    return _combined("cap", list(found)) if len(found) > 1 else found[0]


def _one(op: str, left: Node, right: Node) -> Reals | None:
    """Returns the solutions of ``left op right``, where one unknown is linear in it."""
    for node, other, sense in ((left, right, op), (right, left, _FLIPPED.get(op, op))):
        if node[0] == "var" and node[1] not in variables(other):
            return Reals(frozenset({node[1]}), tuple(_half(sense, other)))
        if node[0] == "abs" and not variables(other):
            return _within(sense, node[1], other)
    names = variables(left) | variables(right)
    if len(names) != 1:
        return None
    name = names.pop()
    line = _line(("add", [left, ("neg", right)]), name)
    if line is None:
        return None
    slope, root = line
    at: Node = ("num", root.numerator, root.denominator, -1)
    return Reals(frozenset({name}), tuple(_half(op if slope > 0 else _FLIPPED.get(op, op), at)))


def _half(op: str, at: Node) -> Iterator[Piece]:
    if op[0] in "<!":
        yield Piece(_MINUS_OO, at, has_low=False, has_high=op == "<=")
    if op[0] in ">!":
        yield Piece(at, _OO, has_low=op == ">=", has_high=False)


def _within(op: str, inner: Node, bound: Node) -> Reals | None:
    """Returns the solutions of ``|inner| op bound``."""
    above, below = _one(op, inner, bound), _one(_FLIPPED.get(op, op), inner, ("neg", bound))
    return _combined("cap" if op[0] in "<!" else "cup", [above, below])


def _line(node: Node, name: str) -> tuple[Fraction, Fraction] | None:
    """Returns slope and root of what is linear in an unknown."""
    try:
        at = [exact(node, {name: Fraction(x)}) for x in (0, 1, 2, 7)]
    except ArithmeticError:
        return None
    slope = at[1] - at[0]
    if slope == 0 or at[2] != at[0] + 2 * slope or at[3] != at[0] + 7 * slope:
        return None
    return slope, -at[0] / slope
