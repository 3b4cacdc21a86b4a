"""The tokens of an expression, one after the other, and the nodes that both halves build."""

from __future__ import annotations

from typing import Any

from templates.math_reasoning.tokens import Token, Unreadable

Node = tuple[Any, ...]
MAX_DEPTH = 40
MAX_DIGITS = 1200


class Reader:
    """A place in a list of tokens, with how deep it is in brackets and bars."""

    def __init__(self, tokens: list[Token], thousands: bool) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._brackets = 0
        self._thousands = thousands
        self._bars = 0

    def _peek(self, ahead: int = 0) -> Token | None:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _is(self, *texts: str, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token is not None and token.text in texts and token.kind != "text"

    def _take(self) -> Token:
        token = self._peek()
        if token is None:
            raise Unreadable("it ends too early")
        self._at += 1
        return token

    def _skip(self, *texts: str) -> bool:
        if self._is(*texts):
            self._at += 1
            return True
        return False

    def _expect(self, *texts: str) -> None:
        if not self._skip(*texts):
            token = self._peek()
            raise Unreadable(f"expected {texts[0]!r}, found {token.text if token else 'the end'!r}")


def number(digits: str) -> Node:
    """Returns the node of a decimal literal."""
    mantissa, _, exponent = digits.replace(",", "").lower().partition("e")
    whole, dot, fraction = mantissa.partition(".")
    power = int(exponent or 0)
    if len(whole) + len(fraction) > MAX_DIGITS or abs(power) > MAX_DIGITS:
        raise Unreadable("a number of more than 1,200 digits")
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
