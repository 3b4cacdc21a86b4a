"""Which words stand for which decision: the usual ones and a user's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from touchstone.normal import normal
from touchstone.scoring import prose

Decision = Literal["allow", "review", "block"]

# What may stand around a label that is a number.
# E.g. `**1**`, `(1)`, `1.`; not `one`
_NUMBER = re.compile(r"[\s*_\"'`(\[]*+\d++[\s*_\"'`)\].!]*+")
_LANGUAGES = Path(__file__).with_name("languages.toml")
_LISTS = ("decision_keys", "weak_keys", "category_keys", "negations")
# Hindi writes one nasal in two ways: `हटाएँ`, `हटाएं`.
_NASAL = str.maketrans("\u0901", "\u0902")


@dataclass(frozen=True)
class Labels:
    """Which words stand for which decision: the usual ones and a user's own.

    Attributes:
        own: The user's words of each decision.
        keys: The user's names for the decision itself: ``quyết định``.
    """

    own: tuple[tuple[Decision, tuple[str, ...]], ...] = ()
    keys: tuple[str, ...] = ()

    @classmethod
    def of(cls, own: Mapping[Decision, list[str]], keys: Iterable[str] = ()) -> Labels:
        """Returns the usual words and ``own``, which win where they disagree.

        Raises:
            ValueError: A word is empty or stands for two decisions.
        """
        plain: list[tuple[Decision, tuple[str, ...]]] = [
            (decision, tuple(map(plain_label, words))) for decision, words in own.items()
        ]
        seen: dict[str, Decision] = {}
        for decision, words in plain:
            for word in words:
                if not word or seen.setdefault(word, decision) != decision:
                    raise ValueError(f"labels: {word!r} must stand for one decision")
        return cls(tuple(plain), tuple(filter(None, map(plain_label, keys))))

    def exact(self, value: object) -> Decision | None:
        """Returns the decision of a value that is nothing but a label, be it a whole number."""
        value = str(value) if type(value) is int else value
        if not isinstance(value, str):
            return None
        label = plain_label(value)
        # `-1` and `1%` are numbers of their own.
        alone = not label.isdecimal() or _NUMBER.fullmatch(value)
        return _vocabulary(self).lone.get(label) if alone else None

    def plain(self, text: str) -> Decision | None:
        """Returns the decision of a text that is nothing but a label, even in a sentence."""
        return _vocabulary(self).words.get(plain_label(text))

    def mentions(self, text: str) -> Iterator[tuple[Decision, int]]:
        """Yields each label in a text of lower-case words, with where it stands."""
        known = _vocabulary(self)
        for match in known.pattern.finditer(text):
            yield known.words[" ".join(re.split(r"[\s_-]+", match.group()))], match.start()

    def named(self, text: str) -> tuple[set[Decision], str]:
        """Returns the decisions that a text has a label of, in any language, and what is left."""
        said, found = f" {plain_label(text)} ", set[Decision]()
        for label, decision in _vocabulary(self).longest_first:
            if label in said:
                said = said.replace(label, " ")
                found.add(decision)
        return found, said.strip()


def without(word: str, said: str) -> str:
    """Returns a text without a word or label, both as :func:`plain_label` has them."""
    return f" {said} ".replace(_whole(word), " ").strip()


def _whole(word: str) -> str:
    return word if prose.is_unspaced(word) else f" {word} "


def plain_label(text: str) -> str:
    """Returns a label or key as it is compared: lower case, words parted by one space."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text) if not text.isupper() else text
    return " ".join(prose.words(normal(text).replace("_", " ").translate(_NASAL)))


@lru_cache(maxsize=1)
def of_languages() -> dict[str, Any]:
    """Returns keys and labels in all languages, as :func:`plain_label` has them.

    Under ``categories`` the names of each, under ``english`` the labels that English sentences
    hold, and under ``prose`` how sentences of other languages rule on content, as patterns.
    """
    read = tomllib.loads(_LANGUAGES.read_text(encoding="utf-8"))
    plain = {name: _lines(read[name]) for name in _LISTS}
    labels = {
        place: {name: _lines(text) for name, text in read[place].items()}
        for place in ("labels", "categories", "english")
    }
    return {**plain, **labels, "prose": read["prose"]}


def _lines(text: str) -> tuple[str, ...]:
    return tuple(plain_label(line) for line in text.splitlines() if line)


class _Vocabulary(NamedTuple):
    words: dict[str, Decision]
    lone: dict[str, Decision]  # the words too
    pattern: re.Pattern[str]
    longest_first: tuple[tuple[str, Decision], ...]  # the lone ones, between spaces


@lru_cache(maxsize=32)
def _vocabulary(labels: Labels) -> _Vocabulary:
    known = of_languages()
    lone, words = _by_word(known["labels"].items()), _by_word(known["english"].items())
    own = _by_word(labels.own)
    lone |= own
    # In a sentence a number counts something.
    words |= {word: decision for word, decision in own.items() if not word.isdecimal()}
    longest_first = sorted(words, key=len, reverse=True)
    either = "|".join(re.escape(word).replace(r"\ ", r"[\s_-]+") for word in longest_first)
    lone |= words
    return _Vocabulary(
        words,
        lone,
        re.compile(rf"(?<!\w)(?:{either})(?!\w)"),
        tuple((_whole(word), lone[word]) for word in sorted(lone, key=len, reverse=True)),
    )


def _by_word(groups: Iterable[tuple[Decision, Iterable[str]]]) -> dict[str, Decision]:
    return {word: decision for decision, group in groups for word in group}
