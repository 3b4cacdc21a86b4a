"""The nodes of a tree: what they are, and how the small ones are made.

Nodes: ``("num", p, q, places)`` is p/q, written with ``places`` decimals (-1: not as a
decimal); ``("var", name)``; ``("const", pi|e|i|oo|...)``; ``("add"|"mul", [nodes])``;
``("neg"|"fact"|"percent"|"deg"|"abs"|"floor"|"ceil", node)``; ``("div"|"pow"|"root", a, b)``;
``("pm", a, b)``; ``("fn"|"call", name, [nodes])``; ``("base", digits, base)``;
``("seq", open, close, [nodes])``, closed by ``or`` where one of bare values counts;
``("matrix", [[nodes]])``; ``("rel", [ops], [nodes])``; ``("sets", op, [nodes])``;
``("ratio", [nodes])``; ``("unit", node, name)``; ``("text", words)``.
"""

from __future__ import annotations

from typing import Any

from touchstone.templates.math_reasoning.tokens import NotMathematics

Node = tuple[Any, ...]
MAX_DIGITS = 1200
ZERO: Node = ("num", 0, 1, -1)


def literal(digits: str) -> Node:
    """Returns the node of a decimal literal."""
    mantissa, _, exponent = digits.replace(",", "").lower().partition("e")
    whole, dot, fraction = mantissa.partition(".")
    power = int(exponent or 0)
    if len(whole) + len(fraction) > MAX_DIGITS or abs(power) > MAX_DIGITS:
        raise NotMathematics("a number of more than 1,200 digits")
    top, bottom = int((whole + fraction) or "0"), 10 ** len(fraction)
    top, bottom = (top * 10**power, bottom) if power >= 0 else (top, bottom * 10**-power)
    return ("num", top, bottom, max(len(fraction) - power, 0) if dot else -1)


def added(terms: list[Node]) -> Node:
    """Returns the sum of some terms; of one, that term."""
    return terms[0] if len(terms) == 1 else ("add", terms)


def multiplied(factors: list[Node]) -> Node:
    """Returns the product of some factors; of one, that factor."""
    return factors[0] if len(factors) == 1 else ("mul", factors)


def flat(node: Node) -> str:
    """Returns a node as the text of an index or a unit's power."""
    if node[0] == "num":
        return str(node[1]) if node[2] == 1 else f"{node[1]}/{node[2]}"
    if node[0] in ("var", "const", "text"):
        return str(node[1])
    return "".join(flat(part) if isinstance(part, tuple) else str(part) for part in node)


def depth(tree: Node) -> int:
    """Returns how deep a tree is, without recursion: `x!!!!...` nests where no bracket does."""
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [
            node
            for parent in level
            for child in (parent if isinstance(parent, list) else parent[1:])
            for node in ([child] if isinstance(child, tuple | list) else [])
        ]
    return deepest
