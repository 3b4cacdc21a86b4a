"""Reads one mathematical answer into a tree of plain tuples; nothing is ever evaluated here."""

from __future__ import annotations

from touchstone.scoring.units import read_unit
from touchstone.templates.math_reasoning.atoms import MAX_DEPTH, Atoms
from touchstone.templates.math_reasoning.evaluate import variables
from touchstone.templates.math_reasoning.measures import joins, measured, together, unit_at
from touchstone.templates.math_reasoning.names import FUNCTIONS, GREEK
from touchstone.templates.math_reasoning.tokens import NotMathematics, Plain, Token, tokenize
from touchstone.templates.math_reasoning.tree import ZERO, Node, added, depth, flat, multiplied

MAX_TREE_DEPTH = 120
_RELATIONS = {
    "=": "=", "==": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "<>": "!=",
    "le": "<=", "ge": ">=", "ne": "!=", "approx": "~", "in": "in", "equiv": "=",
}  # fmt: skip
_SETS = {"cup": "cup", "cap": "cap", "setminus": "minus", "backslash": "minus"}
_JOINERS = {"and", "or"}
_PERCENTS = {"percent", "percentage", "pct"}
# Commands that a factor can begin with.
_OPENING = FUNCTIONS | GREEK | {
    "frac", "sqrt", "pi", "infty", "{", "begin", "lfloor", "lceil", "binom", "overline", "sum",
    "prod", "angle",
}  # fmt: skip


def parse(text: Plain, *, thousands: bool = True, letters: bool = False) -> Node:
    """Returns the tree of an answer.

    Args:
        text: In the one notation that is tokenized.
        thousands: Whether ``1,234`` outside brackets is one number rather than two.
        letters: Whether ``5 m`` is five times m rather than five metres.

    Raises:
        NotMathematics: The grammar does not know it, or it is nested or sized beyond reason.
    """
    tokens = tokenize(text)
    if not tokens:
        raise NotMathematics("nothing there")
    tree = _Parser(tokens, thousands, letters).whole()
    if depth(tree) > MAX_TREE_DEPTH:
        raise NotMathematics("nested too deeply")
    return tree


class _Parser(Atoms):
    """Reads tokens by recursive descent, from the loosest binding, a list, to the atoms.

    Beside its place in the tokens it keeps how deep it is in nodes, brackets and bars.
    """

    def __init__(self, tokens: list[Token], thousands: bool, letters: bool) -> None:
        super().__init__(tokens, thousands)
        self._letters = letters

    def whole(self) -> Node:
        node = self._list("", "")
        if self._at < len(self._tokens):
            raise NotMathematics(f"unexpected {self._tokens[self._at].text!r}")
        return node

    def _list(self, opened: str, closed: str) -> Node:
        """Items up to a closing bracket (not taken); one item without brackets is itself."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotMathematics("nested too deeply")
        groups: list[list[Node]] = [[]]
        start = self._at
        while not self._ends(closed):
            groups[-1].append(self._relation())
            while groups[-1][-1][0] == "unit" and self._number_next():
                if not read_unit(groups[-1][-1][2]).known:
                    raise NotMathematics("a noun between two numbers")
                groups[-1].append(self._sum())
            if self._skip(";"):
                groups.append([])
            elif not self._separator() and not self._ends(closed):
                token = self._peek()
                raise NotMathematics(f"unexpected {token.text if token else ''!r}")
        self._depth -= 1
        rows = [row for row in groups if row]
        items = (
            [i for row in rows for i in row]
            if all(len(r) == 1 for r in rows) or opened
            else [row[0] if len(row) == 1 else ("seq", "", "", row) for row in rows]
        )
        if len(rows) == 1 and not opened:
            items = rows[0]
        if not opened:
            items = together(items)
        if not opened and len(items) == 1:
            return items[0]
        alternative = (
            not opened and self._says_or(start) and not any(i[0] in ("rel", "seq") for i in items)
        )
        return ("seq", opened, "or" if alternative else closed, items)

    def _says_or(self, start: int) -> bool:
        return any(token.text.strip() == "or" for token in self._tokens[start : self._at])

    def _number_next(self) -> bool:
        token = self._peek()
        return token is not None and token.kind == "number"

    def _inside(self, opened: str, closed: str) -> Node:
        """The items of a bracket that is open already, which is closed here."""
        self._brackets += 1
        node = self._list(opened, closed)
        self._brackets -= 1
        self._expect(closed)
        return node

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
        if token.text in {",", "and", "or", "&"} or (token.kind == "text" and joins(token.text)):
            self._at += 1
            while self._is(",", "and", "or") or (self._is_joining_text()):
                self._at += 1
            return True
        return False

    def _is_joining_text(self) -> bool:
        token = self._peek()
        return token is not None and token.kind == "text" and joins(token.text)

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
                left = added(terms) if terms else ZERO
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
            raise NotMathematics("nested too deeply")
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
        # `33\frac13\%`: the sign is of the whole.
        share = right[0] == "percent" and right[1][0] == "div" and last[0] == "num"
        right = right[1] if share else right
        if last[0] == "num" and last[2] == 1 and last[3] == -1 and len(factors) == 1:
            if (
                right[0] == "div"
                and right[1][0] == right[2][0] == "num"
                and right[1][1] < right[2][1]
            ):
                factors.pop()
                mixed = ("add", [last, right])
                return ("percent", mixed) if share else mixed
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
            raise NotMathematics("two numbers side by side")
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
            return token.text in _OPENING or (token.text == "|" and not self._bars)
        return token.text in ("(", "[", "{") or (token.text == "|" and not self._bars)

    def _unit_here(self) -> bool:
        return self._unit_end() > self._at

    def _unit_end(self) -> int:
        token = self._peek()
        if self._letters and token and token.kind == "name" and len(token.text) <= 2:
            return self._at
        return unit_at(self._tokens, self._at)

    def _with_unit(self, node: Node) -> Node:
        """Takes the unit that follows a number; what has an unknown in it has none."""
        end = self._unit_end()
        if end == self._at:
            return node
        if variables(node) and self._tokens[self._at].kind != "text":
            return node
        words, self._at = self._tokens[self._at : end], end
        return measured(node, words)

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
            elif self._is("'") and node[0] in ("var", "call"):
                node = self._primed(node)
            elif self._skip("!"):
                node = ("fact", node)
            elif self._is("%") and not self._tokens[self._at].spaced:
                self._take()
                node = ("percent", node)
            elif self._is("_"):
                node = self._subscript(node)
            elif node[0] == "var" and self._indexed():
                node = ("var", f"{node[1]}_{self._take().text}")
            elif self._is("degrees", "degree", "deg", "circ"):
                self._take()
                node = ("deg", node)
            else:
                return node

    def _primed(self, node: Node) -> Node:
        """A derivative by its name: ``y'``, ``f''(x)``."""
        name = node[1]
        while self._skip("'"):
            name += "'"
        if self._skip("("):
            return ("call", name, list(self._inside("(", ")")[3]))
        return ("var", name)

    def _indexed(self) -> bool:
        """Whether a number touches the letter before it, which is its index: ``x1``."""
        token, letter = self._peek(), self._tokens[self._at - 1]
        return (
            token is not None
            and token.kind == "number"
            and token.text.isdecimal()
            and not self._is("^", ahead=1)
            and not token.spaced
            and letter.kind == "name"
        )

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
        raise NotMathematics("a subscript on something without a name")

    def _argument(self, signed: bool = False) -> Node:
        r"""An argument of ``^``, ``_`` or ``\sqrt``: braced, or the next factor."""
        if self._skip("{"):
            return ZERO if self._skip("}") else self._inside("", "}")
        if signed and self._is("-", "+"):
            sign = self._take().text
            node = self._argument(signed=True)
            return ("neg", node) if sign == "-" else node
        node = self._primary()
        # Powers bind to the right: 2^3^2 is 2^9.
        return ("pow", node, self._argument(signed=True)) if signed and self._skip("^") else node
