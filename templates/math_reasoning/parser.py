"""Reads one mathematical answer into a tree of plain tuples; nothing is ever evaluated here.

Nodes: ``("num", p, q, places)`` is p/q, written with ``places`` decimals (-1: not as a
decimal); ``("var", name)``; ``("const", pi|e|i|oo|...)``; ``("add"|"mul", [nodes])``;
``("neg"|"fact"|"percent"|"deg"|"abs"|"floor"|"ceil", node)``; ``("div"|"pow"|"root", a, b)``;
``("pm", a, b)``; ``("fn"|"call", name, [nodes])``; ``("base", digits, base)``;
``("seq", open, close, [nodes])``; ``("matrix", [[nodes]])``; ``("rel", [ops], [nodes])``;
``("sets", op, [nodes])``; ``("ratio", [nodes])``; ``("unit", node, name)``; ``("text", words)``.
"""

from __future__ import annotations

import re

from templates.math_reasoning.atoms import FUNCTIONS, GREEK, Atoms
from templates.math_reasoning.reader import MAX_DEPTH, Node, added, flat, multiplied
from templates.math_reasoning.tokens import Unreadable, plain, tokenize
from templates.math_reasoning.units import is_unit

MAX_TREE_DEPTH = 120
_RELATIONS = {
    "=": "=", "==": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "<>": "!=",
    "le": "<=", "ge": ">=", "ne": "!=", "approx": "~", "in": "in", "equiv": "=",
}  # fmt: skip
_SETS = {"cup": "cup", "cap": "cap", "setminus": "minus", "backslash": "minus"}
_SPACED = re.compile(r"([-+]?\$?\s*)(\d{1,3}(?: \d{3})+)((?:\.\d+)?\D*)")
_EUROPEAN = re.compile(r"([-+]?)(\d{1,3}(?:\.\d{3})+),(\d+)(\D*)")
_JOINERS = {"and", "or"}
_PERCENTS = {"percent", "percentage", "pct"}


def parse(text: str, *, thousands: bool = True) -> Node:
    """Returns the tree of an answer.

    Args:
        text: LaTeX or plain.
        thousands: Whether ``1,234`` outside brackets is one number rather than two.

    Raises:
        Unreadable: The grammar does not know it, or it is nested or sized beyond reason.
    """
    text = plain(text)
    if spaced := _SPACED.fullmatch(text):
        text = spaced[1] + spaced[2].replace(" ", "") + spaced[3]
    elif european := _EUROPEAN.fullmatch(text):
        text = f"{european[1]}{european[2].replace('.', '')}.{european[3]}{european[4]}"
    text = re.sub(r"(?<=\d)\s*[xX]\s*(?=10\s*\^)", "*", text)
    tokens = tokenize(text.strip().rstrip(".;,"))
    if not tokens:
        raise Unreadable("nothing there")
    tree = _Parser(tokens, thousands).whole()
    if _depth(tree) > MAX_TREE_DEPTH:
        raise Unreadable("nested too deeply")
    return tree


class _Parser(Atoms):
    """Reads from the loosest binding, a list, to the tightest that is no atom, a power."""

    def whole(self) -> Node:
        node = self._list("", "")
        if self._at < len(self._tokens):
            raise Unreadable(f"unexpected {self._tokens[self._at].text!r}")
        return node

    def _list(self, opened: str, closed: str) -> Node:
        """Items up to a closing bracket (not taken); one item without brackets is itself."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        groups: list[list[Node]] = [[]]
        while not self._ends(closed):
            groups[-1].append(self._relation())
            if self._skip(";"):
                groups.append([])
            elif not self._separator() and not self._ends(closed):
                token = self._peek()
                raise Unreadable(f"unexpected {token.text if token else ''!r}")
        self._depth -= 1
        rows = [row for row in groups if row]
        items = (
            [i for row in rows for i in row]
            if all(len(r) == 1 for r in rows) or opened
            else [row[0] if len(row) == 1 else ("seq", "", "", row) for row in rows]
        )
        if len(rows) == 1 and not opened:
            items = rows[0]
        if not opened and len(items) == 1:
            return items[0]
        return ("seq", opened, closed, items)

    def _ends(self, closed: str) -> bool:
        token = self._peek()
        return token is None or (
            bool(closed)
            and token.kind != "text"
            and token.text in (closed, *(")]" if closed in ")]" else ""))
        )

    def _separator(self) -> bool:
        token = self._peek()
        if token is None:
            return False
        if token.text in {",", "and", "or", "&"} or (token.kind == "text" and _joins(token.text)):
            self._at += 1
            while self._is(",", "and", "or") or (self._is_joining_text()):
                self._at += 1
            return True
        return False

    def _is_joining_text(self) -> bool:
        token = self._peek()
        return token is not None and token.kind == "text" and _joins(token.text)

    def _relation(self) -> Node:
        members, operators = [self._setop()], []
        while (token := self._peek()) and token.kind != "text" and token.text in _RELATIONS:
            operators.append(_RELATIONS[self._take().text])
            members.append(self._setop())
        return ("rel", operators, members) if operators else members[0]

    def _setop(self) -> Node:
        node = self._ratio()
        while (token := self._peek()) and (
            (token.kind == "command" and token.text in _SETS)
            or (token.text in ("U", "\\") and token.spaced and node[0] == "seq")
        ):
            op = _SETS.get(self._take().text, "cup")
            right = self._ratio()
            node = (
                ("sets", op, [*node[2], right])
                if node[:2] == ("sets", op)
                else ("sets", op, [node, right])
            )
        return node

    def _ratio(self) -> Node:
        parts = [self._sum()]
        while self._skip(":"):
            parts.append(self._sum())
        return ("ratio", parts) if len(parts) > 1 else parts[0]

    def _sum(self) -> Node:
        terms: list[Node] = []
        while True:
            if self._skip("pm", "mp") or (
                self._is("+") and self._is("-", "/", ahead=1) and self._plus_minus()
            ):
                right = self._term()
                left = added(terms) if terms else ("num", 0, 1, -1)
                terms = [("pm", left, right)]
            elif self._skip("+"):
                terms.append(self._term())
            elif self._skip("-"):
                terms.append(("neg", self._term()))
            elif not terms:
                terms.append(self._term())
            else:
                break
        return added(terms)

    def _plus_minus(self) -> bool:
        if self._is("/", ahead=1) and self._is("-", ahead=2):
            self._at += 3
            return True
        return False

    def _term(self) -> Node:
        factors = [self._signed()]
        while True:
            if self._skip("*"):
                factors.append(self._signed())
            elif self._skip("/"):
                factors[-1:] = (
                    [("div", multiplied(factors), self._signed())]
                    if len(factors) == 1
                    else [("div", factors[-1], self._signed())]
                )
            elif self._skip("%", *_PERCENTS):
                # Set off by a space, it is of the whole: `1/2 %`.
                factors[-1] = ("percent", factors[-1])
            elif self._starts_factor():
                factors.append(self._implicit(factors))
            else:
                return self._with_unit(multiplied(factors))

    def _signed(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        if self._skip("-"):
            node: Node = ("neg", self._signed())
        elif self._skip("+"):
            node = self._signed()
        else:
            node = self._power()
        self._depth -= 1
        return node

    def _implicit(self, factors: list[Node]) -> Node:
        """A factor beside another: a mixed number such as ``2 1/2``, or a product."""
        last, right = factors[-1], self._power()
        if last[0] == "num" and last[2] == 1 and last[3] == -1 and len(factors) == 1:
            if (
                right[0] == "div"
                and right[1][0] == right[2][0] == "num"
                and right[1][1] < right[2][1]
            ):
                factors.pop()
                return ("add", [last, right])
            if (
                right[0] == "num"
                and right[2] == 1
                and self._is("/")
                and self._tokens[self._at - 1].spaced
            ):
                self._at += 1
                bottom = self._power()
                if bottom[0] == "num" and right[1] < bottom[1]:
                    factors.pop()
                    return ("add", [last, ("div", right, bottom)])
                return ("div", right, bottom)
        if last[0] == "num" and right[0] == "num":
            raise Unreadable("two numbers side by side")
        return right

    def _starts_factor(self) -> bool:
        token = self._peek()
        if token is None or token.kind == "text":
            return False
        if token.kind == "number":
            return True
        if token.kind == "name":
            return (
                token.text not in _JOINERS
                and not self._unit_here()
                and not (token.text == "U" and token.spaced)
            )
        if token.kind == "command":
            return token.text in FUNCTIONS | GREEK | {
                "frac",
                "sqrt",
                "pi",
                "infty",
                "{",
                "begin",
                "lfloor",
                "lceil",
                "binom",
                "overline",
                "sum",
                "prod",
                "angle",
            } or (token.text == "|" and not self._bars)
        return token.text in ("(", "[", "{") or (token.text == "|" and not self._bars)

    def _unit_here(self) -> bool:
        token = self._peek()
        before = self._tokens[self._at - 1] if self._at else None
        if token is None or token.kind != "name" or before is None:
            return False
        # `10m` is 10 times m; `10 m` is ten metres.
        return is_unit(token.text) and (
            len(token.text) > 1
            or (token.spaced and before.kind == "number" and self._peek(1) is None)
        )

    def _with_unit(self, node: Node) -> Node:
        words: list[str] = []
        while (token := self._peek()) is not None:
            if (token.kind == "text" and not _joins(token.text)) or (
                token.kind == "name" and (self._unit_here() or (words and is_unit(token.text)))
            ):
                words.append(self._take().text)
            elif (
                words
                and token.text == "/"
                and (after := self._peek(1))
                and (after.kind in ("name", "text"))
            ):
                words += [self._take().text, self._take().text]
            elif words and self._skip("^"):
                words.append("^" + flat(self._argument()))
            else:
                break
        unit = " ".join(words).strip(" .")
        return ("unit", node, unit) if unit else node

    def _power(self) -> Node:
        node = self._primary()
        while True:
            if self._skip("^"):
                if self._is("circ") or (self._is("{") and self._is("circ", ahead=1)):
                    braces = self._skip("{")
                    self._take()
                    if braces:
                        self._expect("}")
                    node = ("deg", node)
                elif self._is("'") or self._is("prime"):
                    self._take()
                    node = ("call", "prime", [node])
                else:
                    node = ("pow", node, self._argument(signed=True))
            elif self._skip("!"):
                node = ("fact", node)
            elif self._is("%") and not self._tokens[self._at].spaced:
                self._take()
                node = ("percent", node)
            elif self._is("name") or self._is("circ"):
                self._take()
                node = ("deg", node)
            elif self._is("_"):
                node = self._subscript(node)
            elif self._is("degrees", "degree", "deg"):
                self._take()
                node = ("deg", node)
            else:
                return node

    def _subscript(self, node: Node) -> Node:
        self._take()
        index = self._argument()
        if node[0] == "num" and index[0] == "num" and 2 <= index[1] <= 36:
            return ("base", str(node[1]), index[1])
        if node[0] == "var":
            simple = index[0] in ("num", "var")
            return (
                ("var", f"{node[1]}_{flat(index)}") if simple else ("call", node[1] + "_", [index])
            )
        raise Unreadable("a subscript on something without a name")


def _depth(tree: Node) -> int:
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


def _joins(text: str) -> bool:
    return text.strip(" ,.;").lower() in ("and", "or", ",", "", "and also", "or else")
