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

_WORDS: dict[Decision, tuple[str, ...]] = {
    "allow": (
        "allow", "allowed", "allowable", "approve", "approved", "accept", "accepted", "acceptable",
        "permit", "permitted", "permissible", "safe", "be kept", "keep it", "keep this", "benign",
        "compliant", "complies", "comply", "non violating", "no violation", "non toxic",
        "harmless", "leave up", "leave it up", "leave this up", "leave this one up", "stay up",
        "stays up", "can stay", "can remain", "within policy",
        "appropriate", "no action", "fine to publish",
    ),
    "review": (
        "human review", "for review", "to review", "manual review",
        "needs review", "flag", "flagged", "escalate", "escalated", "escalating",
        "escalation", "age restrict",
    ),
    "block": (
        "block", "blocked", "blocking", "reject", "rejected", "remove", "removed", "removal",
        "deny", "denied", "disallow", "disallowed", "delete", "deleted", "ban", "banned", "unsafe",
        "violate", "violates", "violating", "violation", "violative", "in violation", "take down",
        "taken down", "take it down", "take this down", "come down", "comes down", "pull it",
        "prohibited", "forbidden", "unacceptable", "non compliant", "inappropriate",
        "impermissible", "toxic", "hateful", "harmful",
    ),
}  # fmt: skip
# Labels only where they stand alone: in a sentence these words mean too much else.
_LONE_WORDS: dict[Decision, tuple[str, ...]] = {
    "allow": (
        "keep", "kept", "publish", "pass", "fine", "clean", "unflagged", "unharmful", "not toxic",
        "not hateful", "non hateful", "not flagged", "does not violate", "not violating",
    ),
    "review": ("review", "warn", "restrict", "unsure"),
    "block": (
        "fail", "refuse", "refused", "decline", "suspend", "offensive", "not safe", "not allowed",
    ),
}  # fmt: skip


_LANGUAGES = Path(__file__).with_name("languages.toml")


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
        """Returns the decision of a value that is nothing but a label."""
        return _vocabulary(self).lone.get(plain_label(value)) if isinstance(value, str) else None

    def plain(self, text: str) -> Decision | None:
        """Returns the decision of a text that is nothing but a label, even in a sentence."""
        return _vocabulary(self).words.get(plain_label(text))

    def mentions(self, text: str) -> Iterator[tuple[Decision, int]]:
        """Yields each label in a text of lower-case words, with where it stands."""
        known = _vocabulary(self)
        for match in known.pattern.finditer(text):
            yield known.words[" ".join(re.split(r"[\s_-]+", match.group()))], match.start()


def plain_label(text: str) -> str:
    """Returns a label or key as it is compared: lower case, words parted by one space."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text) if not text.isupper() else text
    return " ".join(prose.words(normal(text).replace("_", " ")))


@lru_cache(maxsize=1)
def of_languages() -> dict[str, Any]:
    """Returns keys and labels of languages other than English, as :func:`plain_label` has them.

    And how sentences of each rule on content, as patterns, under ``prose``.
    """
    read = tomllib.loads(_LANGUAGES.read_text(encoding="utf-8"))
    plain = {name: _lines(read[name]) for name in ("decision_keys", "category_keys")}
    labels = {name: _lines(text) for name, text in read["labels"].items()}
    return {**plain, "labels": labels, "prose": read["prose"]}


def _lines(text: str) -> tuple[str, ...]:
    return tuple(plain_label(line) for line in text.splitlines() if line)


class _Vocabulary(NamedTuple):
    words: dict[str, Decision]
    lone: dict[str, Decision]  # the words too
    pattern: re.Pattern[str]


@lru_cache(maxsize=32)
def _vocabulary(labels: Labels) -> _Vocabulary:
    lone, words = _by_word(of_languages()["labels"].items()), _by_word(_WORDS.items())
    lone |= _by_word(_LONE_WORDS.items())
    own = _by_word(labels.own)
    words |= own
    longest_first = sorted(words, key=len, reverse=True)
    either = "|".join(re.escape(word).replace(r"\ ", r"[\s_-]+") for word in longest_first)
    return _Vocabulary(words, lone | words, re.compile(rf"(?<!\w)(?:{either})(?!\w)"))


def _by_word(groups: Iterable[tuple[Decision, Iterable[str]]]) -> dict[str, Decision]:
    return {word: decision for decision, group in groups for word in group}
