"""Names that mean nothing outside an answer, and vectors by their components.

Constants of integration, the argument of a function that is being defined, and unit vectors may
be called what the writer likes: they are put into the reference's notation before values count.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from touchstone.lazy import pattern
from touchstone.templates.math_reasoning.evaluate import variables
from touchstone.templates.math_reasoning.tree import ZERO, Node, added, multiplied

# E.g. `C`, `c_1`, `K`, `A`; not `x`
_CONSTANT = pattern(r"[CcKk](?:_\w)?|[ABD]")
# E.g. `C`, `C_1`, `c_2`; not `A`, which may be given
_SURE_CONSTANT = pattern(r"[Cc]_\d|C")
_MOST = 3
_UNIT_VECTORS: tuple[Node, ...] = (("const", "i"), ("var", "j"), ("var", "k"))


def with_constants(ours: Node, theirs: Node) -> Iterator[Node]:
    """Yields an answer with the reference's letters for its constants, in every order.

    Only letters that the reference uses for constants and nothing else are given away: ``C``,
    ``C_1``, ``c_2``; and only to as many letters of the answer that the reference does not have.
    """
    known, named = variables(theirs), variables(ours)
    wanted = sorted(name for name in known if _SURE_CONSTANT.fullmatch(name))
    free = sorted(n for n in named if _CONSTANT.fullmatch(n) and n not in known - set(wanted))
    if not 0 < len(wanted) == len(free) <= _MOST or not _arbitrary(theirs, wanted):
        return
    for order in permutations(wanted):
        names = dict(zip(free, order, strict=True))
        if any(one != other for one, other in names.items()):
            yield renamed(ours, names)


def _arbitrary(node: Node, names: list[str]) -> bool:
    """Whether names are added to something, or are a factor of what is: ``... + C``."""
    body = node[2][-1] if node[0] == "rel" else node
    terms = body[1] if body[0] == "add" else [body]
    alone = [variables(term) & set(names) for term in terms]
    factor = node[0] == "rel" and names == ["C"] and any(alone)
    several = len(names) > 1 or factor or any(term == ("var", names[0]) for term in terms)
    return several and all(len(one) < 2 for one in alone)


def renamed(node: Node, names: dict[str, str]) -> Node:
    """Returns a tree with other names for some of its variables."""
    if node[0] == "var":
        return ("var", names.get(node[1], node[1]))
    return tuple(_renamed(part, names) for part in node)


def _renamed(part: object, names: dict[str, str]) -> object:
    if isinstance(part, tuple) and part and isinstance(part[0], str):
        return renamed(part, names)
    if isinstance(part, list):
        return [_renamed(one, names) for one in part]
    return part


def with_argument(ours: Node, theirs: Node) -> Node:
    """Returns ``P(t) = ..`` in the reference's ``x`` where both define one function."""
    one, other = _defined(ours), _defined(theirs)
    if one is None or other is None or one[0] != other[0] or one[1] == other[1]:
        return ours
    if other[1] in variables(ours) or one[1] in variables(theirs):
        return ours
    return renamed(ours, {one[1]: other[1]})


def _defined(node: Node) -> tuple[str, str] | None:
    """Returns the function and the argument that ``f(x) = ..`` names."""
    match node:
        case ("rel", ["=", *_], [("call", name, [("var", argument)]), *_]):
            return name, argument
        case ("rel", ["=", *_], [("mul", [("var", name), ("var", argument)]), *_]):
            return name, argument
    return None


def components(node: Node, size: int) -> Node | None:
    """Returns a sum of multiples of the unit vectors i, j and k as a tuple, ``None``: it is none.

    Args:
        node: Such as ``2i - k``.
        size: How many components there are.
    """
    if not 2 <= size <= 3:
        return None
    found: list[list[Node]] = [[] for _ in range(size)]
    for sign, term in _terms(node, positive=True):
        factors = term[1] if term[0] == "mul" else [term]
        axes = [at for at, axis in enumerate(_UNIT_VECTORS[:size]) if axis in factors]
        if len(axes) != 1 or sum(factor in _UNIT_VECTORS for factor in factors) != 1:
            return None
        rest = [factor for factor in factors if factor not in _UNIT_VECTORS]
        value = multiplied(rest) if rest else ("num", 1, 1, -1)
        found[axes[0]].append(value if sign else ("neg", value))
    return ("seq", "(", ")", [added(parts) if parts else ZERO for parts in found])


def _terms(node: Node, *, positive: bool) -> Iterator[tuple[bool, Node]]:
    match node:
        case ("add", terms):
            for term in terms:
                yield from _terms(term, positive=positive)
        case ("neg", inner):
            yield from _terms(inner, positive=not positive)
        case _:
            yield positive, node
