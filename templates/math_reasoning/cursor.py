"""A place in a row of tokens: looking ahead, taking, skipping and expecting."""

from __future__ import annotations

from touchstone.templates.math_reasoning.tokens import NotMathematics, Token


class Cursor:
    """Where a parser is in its tokens; what the grammar is made of knows nothing else of them."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def _peek(self, ahead: int = 0) -> Token | None:
        place = self._at + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _is(self, *texts: str, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token is not None and token.text in texts and token.kind != "text"

    def _take(self) -> Token:
        token = self._peek()
        if token is None:
            raise NotMathematics("it ends too early")
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
            raise NotMathematics(
                f"expected {texts[0]!r}, found {token.text if token else 'the end'!r}"
            )
