"""The smallest parts of an expression: numbers, names, functions, brackets, matrices."""

from __future__ import annotations

import re
from collections.abc import Callable

from templates.math_reasoning.reader import MAX_DEPTH, Node, Reader, multiplied, number
from templates.math_reasoning.tokens import Token, Unreadable

FUNCTIONS = {
    "sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "sinh", "cosh", "tanh",
    "log", "ln", "lg", "exp", "sqrt", "cbrt", "gcd", "lcm", "max", "min", "det",
}  # fmt: skip
GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "iota",
    "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
    "Gamma", "Delta", "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega", "ell",
}  # fmt: skip
_WORDS = {"pi": "pi", "infty": "oo", "infinity": "oo", "inf": "oo", "oo": "oo", "emptyset": "empty"}
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?([eE][+-]?\d+)?")
# Short words that would otherwise be read as products of their letters.
_ENGLISH = {
    "an", "are", "as", "at", "be", "by", "for", "get", "has", "he", "her", "him", "his", "how",
    "if", "in", "is", "it", "its", "let", "me", "my", "no", "not", "now", "of", "on", "one",
    "our", "out", "per", "she", "so", "sum", "the", "to", "two", "us", "was", "we", "who",
    "why", "yes", "you", "all", "any", "but", "can", "did", "do", "few", "had", "may", "more",
    "new", "nor", "off", "old", "own", "put", "say", "see", "six", "ten", "too", "try",
    "use", "via", "way", "yet",
}  # fmt: skip


class Atoms(Reader):
    """Reads what binds tightest; what is inside brackets it leaves to the parser above it."""

    def _list(self, opened: str, closed: str) -> Node:
        raise NotImplementedError

    def _relation(self) -> Node:
        raise NotImplementedError

    def _sum(self) -> Node:
        raise NotImplementedError

    def _term(self) -> Node:
        raise NotImplementedError

    def _signed(self) -> Node:
        raise NotImplementedError

    def _power(self) -> Node:
        raise NotImplementedError

    def _starts_factor(self) -> bool:
        raise NotImplementedError

    def _argument(self, signed: bool = False) -> Node:
        r"""An argument of ``^``, ``_`` or ``\sqrt``: braced, or the next factor."""
        if self._skip("{"):
            self._brackets += 1
            node = self._list("", "}") if not self._is("}") else ("num", 0, 1, -1)
            self._brackets -= 1
            self._expect("}")
            return node
        if signed and self._is("-", "+"):
            sign = self._take().text
            node = self._argument(signed=True)
            return ("neg", node) if sign == "-" else node
        node = self._primary()
        # Powers bind to the right: 2^3^2 is 2^9.
        return ("pow", node, self._argument(signed=True)) if signed and self._skip("^") else node

    def _digit_or_braced(self) -> Node:
        r"""An argument of ``\frac``, which may be a single digit of a longer number."""
        token = self._peek()
        if token is not None and token.kind == "number" and len(token.text) > 1:
            self._tokens[self._at] = Token("number", token.text[1:])
            return number(token.text[0])
        return self._argument()

    def _primary(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Unreadable("nested too deeply")
        try:
            token = self._take()
            if token.kind == "number":
                return self._number(token)
            if token.kind == "text":
                return ("text", token.text)
            if token.kind == "name":
                return self._name(token.text)
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
                first, _, rest = token.text.partition(",")
                self._at -= 1
                self._tokens[self._at : self._at + 1] = [
                    Token("number", first, token.spaced),
                    Token("mark", ","),
                    Token("number", rest),
                ]
                return self._primary()
        if self._is(".") and self._is("overline", ahead=1):
            self._at += 1
        if self._is("overline", "dots", "ldots", "cdots"):
            return self._repeating(token)
        return number(token.text)

    def _repeating(self, token: Token) -> Node:
        if self._take().text != "overline":
            return number(token.text)
        self._expect("{")
        digits = self._take().text
        self._expect("}")
        head, _, shown = token.text.partition(".")
        if not digits.isdigit() or len(digits + shown) > 200:
            raise Unreadable("a line over something else than digits")
        scale = 10 ** len(shown)
        top = int((head + shown) or "0") * (10 ** len(digits) - 1) + int(digits)
        return ("num", top, scale * (10 ** len(digits) - 1), -1)

    def _name(self, name: str) -> Node:
        lowered = name.lower()
        if lowered in _WORDS:
            return ("const", _WORDS[lowered])
        if lowered in FUNCTIONS:
            return self._function(lowered)
        if name in ("i", "I", "e"):
            return ("const", name.lower())
        if len(name) == 1 or name in GREEK:
            return self._variable(name)
        if len(name) <= 3 and lowered not in _ENGLISH and (name.isupper() or name.islower()):
            # Letters side by side are a product; the last may carry an index or a bracket.
            return multiplied([("const", c.lower()) if c in "ieI" else ("var", c) for c in name])
        raise Unreadable(f"the word {name!r}")

    def _variable(self, name: str) -> Node:
        if name in ("f", "g", "h", "F", "G", "P", "Q") and self._is("("):
            self._take()
            self._brackets += 1
            arguments = self._list("(", ")")
            self._brackets -= 1
            self._expect(")")
            return ("call", name, list(arguments[3]))
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
            self._brackets += 1
            inside = list(self._list("(", ")")[3])
            self._brackets -= 1
            self._expect(")")
        elif name in ("sqrt", "cbrt"):
            inside = [self._argument()]
        else:
            inside = [self._function_argument()]
        if not inside:
            raise Unreadable("a function of nothing")
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
        if name in _WORDS:
            return ("const", _WORDS[name])
        if name in GREEK:
            return self._variable(name)
        if name == "mathbbR":
            return ("const", "reals")
        handler: dict[str, Callable[[], Node]] = {
            "frac": lambda: ("div", self._digit_or_braced(), self._digit_or_braced()),
            "binom": lambda: ("fn", "binom", [self._digit_or_braced(), self._digit_or_braced()]),
            "{": self._set, "begin": self._matrix, "overline": lambda: self._named("overline"),
            "angle": lambda: self._named("angle"), "vec": lambda: self._named("vec"),
            "sum": lambda: self._big("sum"), "prod": lambda: self._big("prod"),
            "|": lambda: self._abs("|"), "lfloor": lambda: self._rounded("floor", "rfloor"),
            "lceil": lambda: self._rounded("ceil", "rceil"),
            "langle": lambda: self._angled(),
        }  # fmt: skip
        if name not in handler:
            if name.startswith("mathbb"):
                return ("const", name)
            raise Unreadable(f"\\{name}")
        return handler[name]()

    def _named(self, name: str) -> Node:
        return ("call", name, [self._argument()])

    def _big(self, name: str) -> Node:
        low = high = ("num", 0, 1, -1)
        while self._is("_", "^"):
            if self._take().text == "_":
                self._expect("{")
                low = self._relation()
                self._expect("}")
            else:
                high = self._argument(signed=True)
        return ("call", name, [low, high, self._term()])

    def _rounded(self, name: str, closed: str) -> Node:
        node = self._sum()
        self._expect(closed)
        return (name, node)

    def _angled(self) -> Node:
        self._brackets += 1
        items = self._list("<", "rangle")
        self._brackets -= 1
        self._expect("rangle")
        return ("seq", "(", ")", list(items[3]))

    def _abs(self, closed: str) -> Node:
        self._bars += 1
        node = self._sum()
        self._bars -= 1
        self._expect(closed)
        return ("abs", node)

    def _set(self) -> Node:
        self._brackets += 1
        items = self._list("{", "}")
        self._brackets -= 1
        self._expect("}")
        return items

    def _bracketed(self, opened: str) -> Node:
        if opened == "|":
            return self._abs("|")
        if opened == "{":
            return self._grouped()
        if opened not in "([":
            raise Unreadable(f"unexpected {opened!r}")
        self._brackets += 1
        bars, self._bars = self._bars, 0
        node = self._list(opened, ")" if opened == "(" else "]")
        self._bars, self._brackets = bars, self._brackets - 1
        closed = self._take().text
        if closed not in (")", "]"):
            raise Unreadable(f"expected a closing bracket, found {closed!r}")
        items = node[3]
        if len(items) == 1 and ((opened == "(" and closed == ")") or items[0][0] == "matrix"):
            # A bracket around one thing only groups; around a pair it is a point or an interval.
            return items[0]
        return ("seq", opened, closed, items)

    def _grouped(self) -> Node:
        """Bare braces: a LaTeX group around one thing, a set around several."""
        self._brackets += 1
        node = self._list("{", "}")
        self._brackets -= 1
        self._expect("}")
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
        elif not kind.endswith("matrix"):
            raise Unreadable(f"the environment {kind!r}")
        rows: list[list[Node]] = [[]]
        self._brackets += 1
        while not self._is("end"):
            if self._skip("\\"):
                rows.append([])
            elif self._skip("&") or self._skip("hline"):
                continue
            else:
                rows[-1].append(self._relation())
        self._brackets -= 1
        self._expect("end")
        self._expect("{")
        self._take()
        self._skip("*")
        self._expect("}")
        rows = [row for row in rows if row]
        if not rows or len({len(row) for row in rows}) != 1:
            raise Unreadable("a matrix with rows of different lengths")
        matrix: Node = ("matrix", rows)
        return ("fn", "det", [matrix]) if kind == "vmatrix" else matrix
