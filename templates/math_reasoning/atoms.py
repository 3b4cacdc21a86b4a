"""The atoms of an expression: numbers, names, functions, commands, brackets and matrices."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from touchstone.lazy import pattern
from touchstone.templates.math_reasoning.cursor import Cursor
from touchstone.templates.math_reasoning.names import (
    ALIASES,
    CONSTANTS,
    FUNCTIONS,
    GREEK,
    is_word,
    known,
    split,
)
from touchstone.templates.math_reasoning.tokens import NotMathematics, Token
from touchstone.templates.math_reasoning.tree import ZERO, Node, literal, multiplied

MAX_DEPTH = 40
_I: Node = ("const", "i")
_OPERATORS = {"+", "-", "*", "/", "^", "=", "<", ">", "<=", ">="}
# E.g. `1,234,567.8`, `1,234e5`; not `1,23`
_THOUSANDS = pattern(r"\d{1,3}(,\d{3})+(\.\d+)?([eE][+-]?\d+)?")


# A word that names a value as a letter does.
# E.g. `Distance`; not `PV`
_WORD_NAME = pattern(r"[A-Z][a-z]{3,20}")


class Atoms(Cursor):
    """Reads what binds tightest; what stands inside of it is read by the rest of the grammar."""

    def __init__(self, tokens: list[Token], thousands: bool) -> None:
        super().__init__(tokens)
        self._depth = 0
        self._brackets = 0
        self._bars = 0
        self._thousands = thousands

    @abstractmethod
    def _list(self, opened: str, closed: str) -> Node: ...

    @abstractmethod
    def _inside(self, opened: str, closed: str) -> Node: ...

    @abstractmethod
    def _relation(self) -> Node: ...

    @abstractmethod
    def _sum(self) -> Node: ...

    @abstractmethod
    def _term(self) -> Node: ...

    @abstractmethod
    def _signed(self) -> Node: ...

    @abstractmethod
    def _power(self) -> Node: ...

    @abstractmethod
    def _argument(self, signed: bool = False) -> Node: ...

    @abstractmethod
    def _starts_factor(self) -> bool: ...

    def _digit_or_braced(self) -> Node:
        r"""An argument of ``\frac``, which may be a single digit of a longer number."""
        token = self._peek()
        if token is not None and token.kind == "number" and len(token.text) > 1:
            # `\frac12,1`: the comma is none of the number's.
            self._tokens[self._at : self._at + 1] = _apart(token)
            token = self._tokens[self._at]
            if len(token.text) == 1:
                return self._argument()
            self._tokens[self._at] = Token("number", token.text[1:])
            return literal(token.text[0])
        return self._argument()

    def _primary(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotMathematics("nested too deeply")
        try:
            token = self._take()
            if token.kind == "number":
                return self._number(token)
            if token.kind == "text":
                return ("text", token.text)
            if token.kind == "name":
                return self._name(token)
            if token.kind == "command":
                return self._command(token.text)
            return self._bracketed(token.text)
        finally:
            self._depth -= 1

    def _number(self, token: Token) -> Node:
        if "," in token.text:
            whole = _THOUSANDS.fullmatch(token.text)
            if not (
                whole and self._thousands and not self._brackets and not token.text.startswith("0")
            ):
                self._at -= 1
                self._tokens[self._at : self._at + 1] = _apart(token)
                return self._primary()
        if self._is(".") and self._is("overline", ahead=1):
            self._at += 1
        if self._is("overline", "dots", "ldots", "cdots"):
            return self._repeating(token)
        return literal(token.text)

    def _repeating(self, token: Token) -> Node:
        if self._take().text != "overline":
            return literal(token.text)
        self._expect("{")
        digits = self._take().text
        self._expect("}")
        head, _, shown = token.text.replace(",", "").partition(".")
        plain = (digits + head + shown).isdecimal() and (digits + head + shown).isascii()
        if not digits or not plain or len(digits + head + shown) > 200:
            raise NotMathematics("a line over something else than digits")
        scale = 10 ** len(shown)
        top = int((head + shown) or "0") * (10 ** len(digits) - 1) + int(digits)
        return ("num", top, scale * (10 ** len(digits) - 1), -1)

    def _name(self, token: Token) -> Node:
        if self._at == 1 and self._is("=") and _WORD_NAME.fullmatch(token.text):
            return ("var", token.text)
        if not known(token.text) and len(token.text) > 1:
            token = self._split(token)
        name = token.text
        lowered = name.lower()
        if lowered in CONSTANTS:
            return ("const", CONSTANTS[lowered])
        if name in ALIASES or lowered in FUNCTIONS or lowered in ALIASES:
            return self._function(ALIASES.get(name, ALIASES.get(lowered, lowered)))
        if name in ("i", "I", "e"):
            return ("const", name.lower())
        return self._variable(name)

    def _split(self, token: Token) -> Token:
        """Puts the names of a run of letters in its place, and returns the first."""
        after = self._peek()
        signed = after is not None and self._is_sign(after)
        if signed or is_word(token.text, beside=self._beside_operator(token)):
            raise NotMathematics(f"the word {token.text!r}")
        first, *rest = split(token.text)
        self._tokens[self._at - 1 : self._at] = [
            Token("name", first, token.spaced),
            *(Token("name", part) for part in rest),
        ]
        return self._tokens[self._at - 1]

    def _beside_operator(self, token: Token) -> bool:
        before = self._tokens[self._at - 2] if self._at > 1 else None
        after = self._peek()
        if after and after.kind == "name" and after.spaced and len(after.text) > 1:
            return known(after.text)
        if before and after and before.text == "(" and after.text == ")":
            # `(my)+(3)`, but not `3 (my)`.
            return any(one.text in _OPERATORS for one in self._tokens)
        touching = before is not None and not token.spaced and before.kind == "number"
        return (
            touching
            or (before is not None and before.text in _OPERATORS)
            or (after is not None and after.text in _OPERATORS)
            or (after is not None and not after.spaced and after.text in ("^", "_", "!"))
        )

    def _is_sign(self, token: Token) -> bool:
        """Whether a minus belongs to the number behind it: ``got -5``."""
        number = self._peek(1)
        return token.text == "-" and token.spaced and number is not None and not number.spaced

    def _variable(self, name: str) -> Node:
        if name in ("f", "g", "h", "F", "G", "P", "Q") and self._is("("):
            self._take()
            return ("call", name, list(self._inside("(", ")")[3]))
        return ("var", name)

    def _function(self, name: str) -> Node:
        power = base = None
        if name == "sqrt" and self._skip("["):
            base = self._sum()
            self._expect("]")
        while self._is("^", "_"):
            if self._take().text == "^":
                power = self._argument(signed=True)
            else:
                base = self._argument()
        if self._is("("):
            self._take()
            inside = list(self._inside("(", ")")[3])
        elif name in ("sqrt", "cbrt"):
            inside = [self._argument()]
        else:
            inside = [self._function_argument()]
        if not inside:
            raise NotMathematics("a function of nothing")
        if name in ("sqrt", "cbrt"):
            root = base or ("num", 2 if name == "sqrt" else 3, 1, -1)
            node: Node = ("root", inside[0], root)
        elif base is not None:
            node = ("fn", name, [*inside, base])
        else:
            node = ("fn", name, inside)
        if (
            power is not None
            and power == ("neg", ("num", 1, 1, -1))
            and name in ("sin", "cos", "tan")
        ):
            return ("fn", "a" + name, inside)
        return ("pow", node, power) if power is not None else node

    def _function_argument(self) -> Node:
        factors = [self._signed()]
        while self._starts_factor() and not self._is("(", "[", *FUNCTIONS):
            factors.append(self._power())
        return multiplied(factors)

    def _command(self, name: str) -> Node:
        if name in FUNCTIONS:
            return self._function(name)
        if name in CONSTANTS:
            return ("const", CONSTANTS[name])
        if name in GREEK:
            return self._variable(name)
        if name == "mathbbR":
            return ("const", "reals")
        handler: dict[str, Callable[[], Node]] = {
            "frac": lambda: ("div", self._digit_or_braced(), self._digit_or_braced()),
            "binom": lambda: ("fn", "binom", [self._digit_or_braced(), self._digit_or_braced()]),
            "{": lambda: self._inside("{", "}"), "begin": self._matrix,
            "overline": lambda: self._named("overline"),
            "angle": lambda: self._named("angle"), "vec": lambda: self._named("vec"),
            "overrightarrow": lambda: self._named("vec"), "triangle": lambda: self._named("vec"),
            "sum": lambda: self._big("sum"), "prod": lambda: self._big("prod"),
            "|": lambda: self._abs("|"), "lfloor": lambda: self._rounded("floor", "rfloor"),
            "lceil": lambda: self._rounded("ceil", "rceil"),
            "langle": lambda: self._angled(),
        }  # fmt: skip
        if name not in handler:
            if name.startswith("mathbb"):
                return ("const", name)
            raise NotMathematics(f"\\{name}")
        return handler[name]()

    def _named(self, name: str) -> Node:
        """A figure over its points: in either direction, but for a vector."""
        braced = self._is("{")
        token = self._peek(1 if braced else 0)
        if token is None or token.kind != "name" or not token.text.isupper() or known(token.text):
            return ("call", name, [self._argument()])
        self._at += 2 if braced else 1
        if braced:
            self._expect("}")
        points = token.text if name == "vec" else min(token.text, token.text[::-1])
        return ("var", f"{name} {points}")

    def _big(self, name: str) -> Node:
        low = high = ZERO
        while self._is("_", "^"):
            if self._take().text == "_":
                self._expect("{")
                low = self._relation()
                self._expect("}")
            else:
                high = self._argument(signed=True)
        body = self._term()
        if low[0] == "rel" and low[2][0] == _I:
            low, body = _named_i(low), _named_i(body)
        return ("call", name, [low, high, body])

    def _rounded(self, name: str, closed: str) -> Node:
        node = self._sum()
        self._expect(closed)
        return (name, node)

    def _angled(self) -> Node:
        return ("seq", "(", ")", list(self._inside("<", "rangle")[3]))

    def _abs(self, closed: str) -> Node:
        self._bars += 1
        node = self._sum()
        self._bars -= 1
        self._expect(closed)
        return ("abs", node)

    def _bracketed(self, opened: str) -> Node:
        if opened == "|":
            return self._abs("|")
        if opened == "{":
            return self._grouped()
        if opened not in "([":
            raise NotMathematics(f"unexpected {opened!r}")
        self._brackets += 1
        bars, self._bars = self._bars, 0
        node = self._list(opened, ")" if opened == "(" else "]")
        self._bars, self._brackets = bars, self._brackets - 1
        closed = self._take().text
        if closed not in (")", "]"):
            raise NotMathematics(f"expected a closing bracket, found {closed!r}")
        items = node[3]
        single = len(items) == 1 and (items[0][0] != "seq" or opened == "(")
        if single and ((opened, closed) in (("(", ")"), ("[", "]")) or items[0][0] == "matrix"):
            # A bracket around one thing only groups; around a pair it is a point or an interval.
            return items[0]
        return ("seq", opened, closed, items)

    def _grouped(self) -> Node:
        """Bare braces: a LaTeX group around one thing, a set around several."""
        node = self._inside("{", "}")
        return node[3][0] if len(node[3]) == 1 else node

    def _matrix(self) -> Node:
        self._expect("{")
        kind = self._take().text
        self._skip("*")
        self._expect("}")
        if kind == "array":
            self._expect("{")
            while not self._skip("}"):
                self._take()
        elif kind == "cases":
            return self._cases()
        elif not kind.endswith("matrix"):
            raise NotMathematics(f"the environment {kind!r}")
        rows = self._rows()
        if not rows or len({len(row) for row in rows}) != 1:
            raise NotMathematics("a matrix with rows of different lengths")
        matrix: Node = ("matrix", rows)
        return ("fn", "det", [matrix]) if kind == "vmatrix" else matrix

    def _cases(self) -> Node:
        """A function in pieces, in any order: a set of values and conditions."""
        rows = self._rows()
        if all(len(row) == 1 for row in rows):
            return ("seq", "", "", [row[0] for row in rows])  # a system
        return ("seq", "{", "}", [("seq", "(", ")", row) for row in rows])

    def _rows(self) -> list[list[Node]]:
        rows: list[list[Node]] = [[]]
        self._brackets += 1
        while not self._is("end"):
            if self._skip("\\"):
                rows.append([])
            elif (token := self._peek()) and token.kind == "text":
                self._at += 1  # `\text{if }` before a condition
            elif self._skip("&", ",", ".", "hline"):
                continue
            else:
                rows[-1].append(self._relation())
        self._brackets -= 1
        self._expect("end")
        self._expect("{")
        self._take()
        self._skip("*")
        self._expect("}")
        return [row for row in rows if row]


def _named_i(node: Node) -> Node:
    """Returns a tree in which ``i`` is a name, as it is below a sum."""
    if node == _I:
        return ("var", "i")
    return tuple(
        [_named_i(one) for one in part]
        if isinstance(part, list) and all(isinstance(one, tuple) for one in part)
        else _named_i(part)
        if isinstance(part, tuple)
        else part
        for part in node
    )


def _apart(token: Token) -> list[Token]:
    """Returns a number as the items that its commas separate."""
    first, comma, rest = token.text.partition(",")
    if not comma:
        return [token]
    return [Token("number", first, token.spaced), Token("mark", ","), Token("number", rest)]
