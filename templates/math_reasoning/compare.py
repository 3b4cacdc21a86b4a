"""Whether two answers are the same: text, then exact values, then structure and symbols.

The cascade never guesses: an answer that the grammar cannot read is equal only to the same text,
or to what the caged symbolic comparison says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from touchstone.lazy import pattern
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.choices import NO_OPTIONS, is_choice
from touchstone.templates.math_reasoning.equivalents import (
    components,
    with_argument,
    with_constants,
)
from touchstone.templates.math_reasoning.evaluate import variables
from touchstone.templates.math_reasoning.intervals import Piece, reals
from touchstone.templates.math_reasoning.kinds import is_code, kind_of, named_values, same_kind
from touchstone.templates.math_reasoning.layouts import parts_of
from touchstone.templates.math_reasoning.leaves import (
    Confirm,
    Conventions,
    same_value,
    sample_points,
)
from touchstone.templates.math_reasoning.shapes import (
    assigned,
    is_alternative,
    items_of,
    matrix_of,
    quotient,
    reduced,
)
from touchstone.templates.math_reasoning.tokens import MAX_TEXT
from touchstone.templates.math_reasoning.tree import Node

MAX_ITEMS = 64
How = Literal["text", "exact", "symbolic"]
# What the symbolic comparison of two texts that the grammar cannot read says.
ConfirmText = Callable[[str, str], bool]
# E.g. `ten (10)`, `0.5 (1/2)`; not `f(10)`
_RESTATED = pattern(r"\s{0,2}([^()]{1,60}?)\s\(([^()]{1,60})\)")
# E.g. `two words`; not `\sin x`, `x + y`
_PROSE = pattern(r"(?<![\\{A-Za-z])[A-Za-z]{2,}\s+[A-Za-z]{2,}")
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!=", "~": "~", "in": "in"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What compared, and how; ``readable`` tells whether the grammar knew the candidate."""

    equal: bool
    how: How
    readable: bool = True


def same_answer(
    candidate: Answer,
    reference: Answer,
    conventions: Conventions,
    confirm: Confirm,
    confirm_text: ConfirmText,
) -> Comparison:
    """Compares a candidate's final answer with the reference.

    Args:
        candidate: The final answer.
        reference: The right answer.
        conventions: What counts as the same.
        confirm: Decides on two trees that exact arithmetic cannot.
        confirm_text: Decides on two texts when the grammar reads one of them not.
    """
    said = _compared(candidate, reference, conventions, confirm, confirm_text)
    twice = None if said.equal else _RESTATED.fullmatch(candidate.text)
    if twice and all(
        _compared(Answer(one), reference, conventions, confirm, confirm_text).equal
        for one in twice.groups()
    ):
        return Comparison(True, "exact")
    return said


def _compared(
    candidate: Answer,
    reference: Answer,
    conventions: Conventions,
    confirm: Confirm,
    confirm_text: ConfirmText,
) -> Comparison:
    if candidate == reference:
        return Comparison(True, "text")
    if len(candidate.text) > MAX_TEXT:
        return Comparison(False, "text", readable=False)
    if candidate.words == reference.words:
        return Comparison(True, "text")
    parts = _same_in_parts(candidate, reference, conventions, confirm, confirm_text)
    if parts is not None:
        return parts
    chosen = _same_choice(candidate, reference, conventions, confirm, confirm_text)
    if chosen is not None:
        return Comparison(chosen, "text")
    kind = kind_of(reference.text)
    if kind is not None:
        said = same_kind(kind, candidate.text, reference.text)
        if said is not None:
            return Comparison(said, "text")
    elif is_code(candidate.text):
        # Letters in an order are no product, whatever the reference is.
        return Comparison(False, "text", readable=False)
    ours, theirs = [*candidate.readings, *candidate.cheered], reference.readings
    if not ours or not theirs:
        mathematical = "\\" in reference.text or bool(theirs)
        worth = mathematical and _worth_asking(candidate.text)
        equal = worth and confirm_text(candidate.text, reference.text)
        return Comparison(equal, "symbolic", readable=bool(ours))
    asked = False

    def asking(a: Node, b: Node) -> bool:
        nonlocal asked
        asked = True
        return confirm(a, b)

    comparer = _Comparer(conventions, asking)
    try:
        equal = any(comparer.same(a, b) for a in ours for b in theirs)
    except RecursionError:
        # The reference alone was read and is no deeper than itself: the candidate is.
        return Comparison(False, "exact", readable=False)
    return Comparison(equal, "symbolic" if asked else "exact")


def _same_in_parts(
    candidate: Answer,
    reference: Answer,
    conventions: Conventions,
    confirm: Confirm,
    confirm_text: ConfirmText,
) -> Comparison | None:
    """Compares values by their names, and parts (a), (b) each with its own; else in order.

    ``None`` where the reference has neither, or the candidate no names for its values.
    """

    def same(said: Answer, part: Answer, how: Conventions) -> Comparison:
        return same_answer(said, part, how, confirm, confirm_text)

    theirs, ours = named_values(reference.text), named_values(candidate.text)
    if theirs and ours:
        each = theirs.keys() == ours.keys() and all(
            same(Answer(ours[name]), Answer(value), conventions).equal
            for name, value in theirs.items()
        )
        return Comparison(each, "exact")
    if (wanted := parts_of(reference.text)) is None:
        return None
    if (parts := parts_of(candidate.text)) is not None:
        each = len(parts) == len(wanted) and all(
            same(Answer(said), Answer(part), conventions).equal
            for said, part in zip(parts, wanted, strict=True)
        )
        return Comparison(each, "exact")
    whole = Answer(", ".join(wanted))
    return same(candidate, whole, replace(conventions, ordered_lists=len(set(wanted)) > 1))


def _worth_asking(candidate: str) -> bool:
    """Whether a text is a formula; in prose, Math-Verify would pick one out as it likes."""
    return "\\" in candidate and len(candidate) <= 1000 and not _PROSE.search(candidate)


def _same_choice(
    candidate: Answer,
    reference: Answer,
    conventions: Conventions,
    confirm: Confirm,
    confirm_text: ConfirmText,
) -> bool | None:
    """Compares letters of a multiple choice; ``None`` where the reference is no letter."""
    theirs, ours = (NO_OPTIONS.stated(answer.text) for answer in (reference, candidate))
    if theirs is None or not is_choice(reference.text):
        return None
    if ours and (not theirs.content or not ours.content or ours.letter != theirs.letter):
        return ours.letter == theirs.letter
    if theirs.content:
        said, wanted = Answer(ours.content) if ours else candidate, Answer(theirs.content)
        return same_answer(said, wanted, conventions, confirm, confirm_text).equal
    return None


def _same_name(ours: Node, theirs: Node) -> bool:
    """Whether two names are one; either may leave off an argument or an index: ``x = 2, 3``."""
    return ours == theirs or any(name in _names(ours) for name in _names(theirs)[:1])


def _is_graph(ours: Node, theirs: Node) -> bool:
    """Whether one names a function and the other its graph: ``f(x)`` and ``y``."""
    sides = [ours, theirs] if ours == ("var", "y") else [theirs, ours]
    return sides[0] == ("var", "y") and sides[1][0] == "call" and sides[1][2] == [("var", "x")]


def _names(node: Node) -> tuple[str, ...]:
    """Returns what a name may be called, in full first: ``y(x)`` is y, ``x_1`` x."""
    match node:
        case ("var", name):
            return (name, name.partition("_")[0])
        case ("call", name, [("var", _)]):
            return (name,)
        case ("mul", [("var", name), ("var", index)]):
            return (name, f"{name}_{index}")
    return ()


def _without_exceptions(items: list[Node]) -> list[Node]:
    """Returns items without what only says where a value is defined: ``..., x != 1``."""
    return [item for item in items if not (item[0] == "rel" and item[1] == ["!="])]


def _as_tuple(node: Node, other: Node) -> Node:
    """Returns a vector in i, j and k as the tuple or the matrix beside it writes it."""
    rows = matrix_of(other)
    if node[:2] == ("fn", "binom") and rows:
        return ("seq", "(", ")", node[2])
    if rows is None or node[0] in ("seq", "matrix") or any(len(row) != 1 for row in rows):
        return node
    return components(node, len(rows)) or node


def _coordinates(node: Node, other: Node) -> Node:
    """Returns a point with its name, ``P(1, 2)``, as the tuple beside it writes it."""
    match node:
        case ("call", name, items) if name.isupper() and other[0] == "seq":
            return ("seq", "(", ")", items)
        case ("mul", [("var", name), ("seq", "(", ")", items)]) if other[0] == "seq":
            return ("seq", "(", ")", items) if name.isupper() else node
    return node


def _in_turn(node: Node, other: Node) -> Node:
    """Returns a chain of numbers, ``1 < 2 < 3``, as the list of them that stands beside it."""
    if node[0] != "rel" or other[0] != "seq" or len(set(node[1])) != 1 or node[1][0] not in "<>":
        return node
    return node if any(variables(member) for member in node[2]) else ("seq", "(", ")", node[2])


def _unnumbered(node: Node, other: Node) -> Node:
    """Returns ``x_1 = 4, x_2 = -2`` as a set of values, where what stands beside it numbers none.

    Numbered values of one name are solutions, which have no order of their own.
    """
    named = [assigned(item) for item in items_of(node) or ()]
    names = [str(one[0][1]) for one in named if one and one[0][0] == "var" and "_" in one[0][1]]
    if len(named) < 2 or len(names) < len(named) or len({n.partition("_")[0] for n in names}) > 1:
        return node
    beside = [assigned(item) for item in items_of(other) or ()]
    if any(one and "_" in str(one[0]) for one in beside):
        return node
    return ("seq", "{", "}", [one[1] for one in named if one])


def _by_name(items: list[Node]) -> list[Node]:
    """Returns named values in the order of their names: ``y = 2, x = 1`` is (1, 2)."""
    named = [assigned(item) for item in items]
    if all(one and one[0][0] == "var" for one in named):
        return sorted(items, key=lambda item: str((assigned(item) or item)[0]))
    return items


class _Comparer:
    """Compares trees, part by part."""

    def __init__(self, conventions: Conventions, confirm: Confirm) -> None:
        self._conventions = conventions
        self._confirm = confirm

    def same(self, a: Node, b: Node) -> bool:
        """Returns whether candidate ``a`` says the same as reference ``b``."""
        if a == b:
            return True
        a, b = with_argument(reduced(a), b), reduced(b)
        return self._same_shape(a, b) or any(
            self._same_shape(other, b) for other in with_constants(a, b)
        )

    def _same_shape(self, a: Node, b: Node) -> bool:
        if self._leaves_open(a, b):
            return False
        a, b = _in_turn(a, b), _unnumbered(b, a)
        list_a, list_b = items_of(a), items_of(b)
        if list_a is not None or list_b is not None:
            return self._same_lists(a, b, list_a, list_b)
        return self._same_item(a, b)

    def _leaves_open(self, a: Node, b: Node) -> bool:
        """Whether ``a`` only offers values that ``b`` has all of: ``12 or 8`` for (12, 8)."""
        asked = b[1:3] == ("", "") and self._conventions.alternatives
        return is_alternative(a) and b[0] == "seq" and b[1] != "{" and not asked

    def _same_lists(
        self, a: Node, b: Node, list_a: list[Node] | None, list_b: list[Node] | None
    ) -> bool:
        intervals = self._same_intervals(a, b)
        if intervals is not None:
            return intervals
        if list_a is not None and list_b is not None:
            if max(len(list_a), len(list_b)) > MAX_ITEMS:
                return False
            if self._conventions.ordered_lists:
                return self._in_order(list_a, list_b)
            return self._in_any_order(list_a, list_b)
        # Brackets left off: `1, 2` for (1, 2); or one element of a set for the set.
        loose, other = (list_a, b) if list_a is not None else (list_b, a)
        bare = (a if list_a is not None else b)[1] == ""
        if other[0] == "seq" and bare and other[1] in ("(", "["):
            return self._in_order(_by_name(list_a or other[3]), _by_name(list_b or other[3]))
        if list_a is not None and a[1] == "" and self._says_twice(list_a, b):
            return True
        if list_a is not None and a[1] == "" and len(said := _without_exceptions(list_a)) == 1:
            return len(list_a) > 1 and self.same(said[0], b)
        if loose is not None and len(loose) == 1:
            return self._same_item(*((loose[0], b) if list_a is not None else (a, loose[0])))
        named_a, named_b = assigned(a), assigned(b)
        if self._conventions.assignment and (named_a or named_b):
            value_a, value_b = (named_a[1] if named_a else a), (named_b[1] if named_b else b)
            if (value_a, value_b) != (a, b):
                return self.same(value_a, value_b)
        return False

    def _says_twice(self, items: list[Node], b: Node) -> bool:
        """Whether a list is one value in other notations: ``1/2 or 0.5``."""
        few = 1 < len(items) < 4 and all(items_of(item) is None for item in items)
        return few and all(self._same_item(item, b) for item in items)

    def _in_order(self, a: list[Node], b: list[Node]) -> bool:
        return len(a) == len(b) and all(self.same(x, y) for x, y in zip(a, b, strict=True))

    def _in_any_order(self, a: list[Node], b: list[Node]) -> bool:
        """Matches every item of each list with one of the other; repeats count once."""
        left = list(b)
        extra: list[Node] = []
        for item in a:
            found = next((i for i, other in enumerate(left) if self.same(item, other)), None)
            if found is None:
                extra.append(item)
            else:
                left.pop(found)
        if extra and left:
            return False  # 2, 3, 3 for 2, 2, 3
        return all(any(self.same(item, other) for other in b) for item in extra) and all(
            any(self.same(item, other) for item in a) for other in left
        )

    def _same_item(self, a: Node, b: Node) -> bool:
        a, b = _as_tuple(a, b), _as_tuple(b, a)
        a, b = _coordinates(a, b), _coordinates(b, a)
        if a[0] == "seq" and b[0] == "seq":
            return self._same_tuples(a, b)
        matrix_a, matrix_b = matrix_of(a), matrix_of(b)
        if matrix_a and matrix_b and (a[0] == "matrix" or b[0] == "matrix"):
            return len(matrix_a) == len(matrix_b) and all(
                self._in_order(x, y) for x, y in zip(matrix_a, matrix_b, strict=True)
            )
        intervals = self._same_intervals(a, b)
        if intervals is not None:
            return intervals
        if a[0] == "rel" or b[0] == "rel":
            return self._same_relations(a, b)
        if "ratio" in (a[0], b[0]) and any(x[0] == "num" and x[2] == 1 for x in (a, b)):
            return False  # 2 to 1 is no 2
        if a[0] == "ratio" and b[0] == "ratio" and len(a[1]) == len(b[1]):
            return all(
                self._same_item(("mul", [x, b[1][0]]), ("mul", [y, a[1][0]]))
                for x, y in zip(a[1][1:], b[1][1:], strict=True)
            )
        if any(node[0] in ("seq", "matrix", "sets") for node in (a, b)):
            return a[0] == b[0] == "sets" and a[1] == b[1] and self._in_any_order(a[2], b[2])
        return same_value(a, b, self._conventions, self._confirm)

    def _same_tuples(self, a: Node, b: Node) -> bool:
        if len(a[3]) != len(b[3]):
            return False
        # Two things in brackets may be an interval, so there the brackets say something.
        if len(a[3]) == 2 and (a[1], a[2]) != (b[1], b[2]):
            return False
        return self._in_order(a[3], b[3])

    def _same_intervals(self, a: Node, b: Node) -> bool | None:
        """Compares intervals, unions and inequalities in one variable; ``None``: they are not."""
        relations = [any(n[0] == "rel" for n in (x, *(items_of(x) or ()))) for x in (a, b)]
        if not any(relations) and all(x[0] != "sets" and x != ("const", "reals") for x in (a, b)):
            return None
        ours, theirs = reals(a), reals(b)
        if ours is None or theirs is None:
            return None
        if ours.names and theirs.names and ours.names != theirs.names:
            return False
        if relations[0] != relations[1] and not self._conventions.interval_as_inequality:
            return False
        return len(ours.pieces) == len(theirs.pieces) and all(
            any(self._same_piece(x, y) for y in theirs.pieces) for x in ours.pieces
        )

    def _same_piece(self, a: Piece, b: Piece) -> bool:
        ends = (a.has_low, a.has_high) == (b.has_low, b.has_high)
        return ends and self._in_order([a.low, a.high], [b.low, b.high])

    def _same_relations(self, a: Node, b: Node) -> bool:
        named_a, named_b = assigned(a), assigned(b)
        if a[0] == "rel" and b[0] == "rel":
            if named_a and named_b and _same_name(named_a[0], named_b[0]):
                return self.same(named_a[1], named_b[1])
            if named_a and named_b and _is_graph(named_a[0], named_b[0]):
                return self.same(named_a[1], named_b[1])
            return self._same_chain(a, b)
        if not self._conventions.assignment:
            return False
        if a[0] == "rel" and not named_a:
            return set(a[1]) == {"="} and all(self.same(side, b) for side in a[2])
        if a[0] == "rel":
            return bool(named_a) and self.same(named_a[1], b)  # type: ignore[index]
        return bool(named_b) and self.same(a, named_b[1])  # type: ignore[index]

    def _same_chain(self, a: Node, b: Node) -> bool:
        (_, ops_a, members_a), (_, ops_b, members_b) = a, b
        if len(ops_a) != len(ops_b):
            return False
        if len(ops_a) == 1:
            return self._same_condition(a, b)
        if ops_a != ops_b:
            ops_a, members_a = [_FLIPPED[op] for op in reversed(ops_a)], members_a[::-1]
        return ops_a == ops_b and self._in_order(members_a, members_b)

    def _same_condition(self, a: Node, b: Node) -> bool:
        """Compares ``l op r``: the differences of both sides have a constant quotient."""
        (_, [op_a], [left_a, right_a]), (_, [op_b], [left_b, right_b]) = a, b
        if op_a == op_b and self._in_order([left_a, right_a], [left_b, right_b]):
            return True
        if op_a == _FLIPPED[op_b] and self._in_order([left_a, right_a], [right_b, left_b]):
            return True
        for sides in (a[2], b[2]):
            if any(side[0] in ("seq", "matrix", "sets", "text", "ratio") for side in sides):
                return False
        ours, theirs = ("add", [left_a, ("neg", right_a)]), ("add", [left_b, ("neg", right_b)])
        share = quotient(ours, theirs, sample_points(variables(ours) | variables(theirs)))
        if share is None:
            return False
        return op_a == op_b if share > 0 else op_a == _FLIPPED[op_b]


_TYPES = {
    "unit": "quantity", "deg": "quantity", "percent": "quantity", "matrix": "matrix",
    "ratio": "ratio", "base": "number", "sets": "interval", "num": "number", "pm": "set",
}  # fmt: skip


@lru_cache(maxsize=64)  # all rollouts of a prompt share their reference
def type_of(reference: Answer) -> str:
    """Returns the name of the type that a reference is read and compared as."""
    if named_values(reference.text) or parts_of(reference.text):
        return "parts"
    kind = kind_of(reference.text)
    if kind is not None:
        return kind.name
    if is_choice(reference.text):
        return "choice"
    return _type_of_tree(reference.tree) if reference.tree else "text"


def _type_of_tree(tree: Node) -> str:
    match tree:
        case ("neg", inner):
            return _type_of_tree(inner)
        case ("rel", operators, _):
            return "equation" if set(operators) <= {"=", "~"} else "interval"
        case ("seq", "" | "{", _, items):
            named = items and all(item[0] == "rel" for item in items)
            return "system" if named else "set"
        case ("seq", "(", ")", items):
            return "interval" if any("oo" in str(item) for item in items) else "tuple"
        case ("seq", opened, closed, _):
            return "tuple" if (opened, closed) == ("[", "]") else "interval"
    return _TYPES.get(tree[0], "expression" if variables(tree) else "number")
