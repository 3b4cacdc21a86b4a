"""How many tokens a prompt has: counted by a tokenizer where one is given, else estimated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from touchstone.workbench.rows.storage import DataError

# What a chat template puts around each turn, as ChatML does: start, role, newline, end, newline.
TURN_TOKENS = 5
# How far the estimate was off for 98 of 100 texts, see docs/data.md: the tokens that a model's
# own tokenizer makes are between the estimate divided by the second and by the first of these.
_ENGLISH, _OTHER_SCRIPTS = (0.55, 1.2), (0.35, 1.8)

_WORDS = re.compile(r"[A-Za-z]+")
_LONG_WORDS = re.compile(r"[A-Za-z]{7,}")
_DIGITS = re.compile(r"[0-9]")
_MARKS = re.compile(r"[!-/:-@\[-`{-~]+")
_BREAKS = re.compile(r"\s\s+|[^\S ]")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Size:
    """Tokens of one prompt: ``low`` and ``high`` differ where they are only estimated."""

    low: int
    tokens: int
    high: int


class Counter(Protocol):
    """Counts the tokens of texts.

    Attributes:
        method: How, in words for a person.
    """

    method: str

    def count(self, texts: Sequence[str]) -> Size:
        """Returns the size of a prompt whose turns have these texts."""
        ...


class Estimated:
    """Sizes without a tokenizer, with the bounds of the error."""

    method = (
        "estimated from words, digits and marks; a model's own tokenizer makes between 0.8 and "
        "1.8 times as many of English or code, 0.6 to 2.9 times of other scripts"
    )

    def count(self, texts: Sequence[str]) -> Size:
        """Returns the estimate, with its bounds."""
        english, foreign = map(sum, zip((0.0, 0.0), *map(estimate, texts), strict=True))
        markup = TURN_TOKENS * len(texts)
        low = english / _ENGLISH[1] + foreign / _OTHER_SCRIPTS[1] + markup
        high = english / _ENGLISH[0] + foreign / _OTHER_SCRIPTS[0] + markup
        return Size(int(low), round(english + foreign) + markup, int(high) + 1)


class Counted:
    """Sizes by a model's own tokenizer, and :data:`TURN_TOKENS` for each turn's markup.

    Args:
        path: A ``tokenizer.json``, or a Hugging Face folder that holds one.

    Raises:
        DataError: There is none, or it cannot be read.
    """

    def __init__(self, path: str) -> None:
        from tokenizers import Tokenizer

        file = Path(path)
        file = file / "tokenizer.json" if file.is_dir() else file
        if not file.is_file():
            raise DataError(f"{file}: no such tokenizer")
        try:
            self._tokenizer: Any = Tokenizer.from_file(str(file))
        except Exception as exc:  # the library raises bare Exception on any fault of the file
            raise DataError(f"{file}: not a tokenizer: {exc}") from exc
        self.method = f"counted by {file}, and {TURN_TOKENS} for each turn's markup"

    def count(self, texts: Sequence[str]) -> Size:
        """Returns the exact number of the texts' own tokens."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        tokens = sum(len(one.ids) for one in encoded) + TURN_TOKENS * len(texts)
        return Size(tokens, tokens, tokens)


def counter(tokenizer: str | None) -> Counter:
    """Returns what counts: the tokenizer at this path, or the estimate.

    Raises:
        DataError: There is no such tokenizer.
    """
    return Counted(tokenizer) if tokenizer else Estimated()


def estimate(text: str) -> tuple[float, float]:
    """Returns about how many tokens a vocabulary of 100,000 to 200,000 makes of a text.

    Returns:
        Tokens of its ASCII, and of everything else.
    """
    long = _LONG_WORDS.findall(text)
    marks = _MARKS.findall(text)
    english = len(_WORDS.findall(text)) + (sum(map(len, long)) - 6 * len(long)) / 7
    english += 0.6 * len(_DIGITS.findall(text)) + len(_BREAKS.findall(text))
    english += 0.5 * len(marks) + 0.35 * sum(map(len, marks))
    if text.isascii():
        return english, 0.0
    letters = sum(map(len, _FOREIGN.findall(text)))
    cjk = len(_CJK.findall(text))
    return english, 0.75 * cjk + 0.45 * (letters - cjk)
