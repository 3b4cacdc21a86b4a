"""How likely a text violates a common content policy, from words alone.

The offline judge's stand-in for a policy model: hate by a group and hostility towards it in
one breath, threats, sexual content, self-harm and violence by lexicon. Negation, quotation
and speech against hate are read as such. It knows English words, not meaning;
docs/accuracy.md says what it is worth.

Source of the valence of a sentence: Hutto and Gilbert (2014), VADER: A parsimonious rule-based
model for sentiment analysis of social media text; the package vaderSentiment.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

_LEXICON = Path(__file__).with_name("lexicon.toml")
_MAX_CHARS = 20_000
_PLAIN = 0.5
_LONG_SENTENCE = 25  # words; what a longer one says as a whole is not about the group alone
# E.g. `they do not deserve any respect`, `never will they be equals`; not `they deserve respect`
_BELITTLES = re.compile(
    r"\b(?:no|not|never|n't|nothing|lack)\b(?: \w+){0,6} "
    r"(?:compassion|respect|equals?|important|valuable|worth|trust\w*|human|matter|deserv\w+|rights|"
    r"good|capable|welcome|allowed|place|value|sympathy|smart|fit in|contribut\w+)\b"
)
# E.g. `i do not`, `it is wrong to ever`, `nobody should`; not `i do`
_DENIES = re.compile(
    r"\b(?:don't|do not|doesn't|does not|didn't|did not|never|not|no|no one|nobody|isn't|aren't|"
    r"stop|wrong to|opposite of|shouldn't|mustn't|can't say|condone|against)\b(?: \w+){0,3}$"
)
# "Is it not obvious that ..." asserts what follows.
# E.g. `is it not obvious`, `can you see`, `how can they not`; not `it was odd`
_ASKS = re.compile(
    r"\b(?:is|are|isn't|do|does|how|why|can)\b[^.?]{0,40}"
    r"\b(?:not|n't|obvious|clear|realis\w+|understand|see)\b"
)
# E.g. `he wrote "go home"`, `he wrote 'go home'`; not `don't go, don't`
_QUOTED = re.compile(r"\"[^\"]{2,400}\"|\u201c[^\u201d]{2,400}\u201d|(?<!\w)'[^']{4,400}'(?!\w)")
_LEET = str.maketrans("013457@$", "oieastas")
# E.g. `h a t e`; not `a hat`
_SPACED = re.compile(r"\b(?:\w ){2,}\w\b")
# E.g. `no. then`; not `3.14`
_END = re.compile(r"(?<=[.!?])\s+|\n+")


def risks(text: str) -> dict[str, float]:
    """Returns how likely the text is hate, violence, sexual, minors, self_harm; each 0..1."""
    sentences = [_plain(part) for part in _END.split(text[:_MAX_CHARS]) if part.strip()]
    whole = " ".join(sentences)
    words = max(1, len(whole.split()))
    marks = [_hate(at, sentences) for at in range(len(sentences))]
    # One such sentence among many is more often a report than an attack.
    share = sum(mark >= _PLAIN for mark in marks) / max(1, len(marks))
    hateful = _most(marks) * min(1.0, 0.2 + 2.0 * share)
    threat = _most(_threat(sentence) for sentence in sentences)
    sexual = _dense(len(_words()["sexual"].findall(whole)), words)
    return {
        "hate": hateful,
        "violence": max(threat, 0.5 * _dense(len(_words()["harms"].findall(whole)), words)),
        "sexual": sexual,
        "minors": sexual * bool(_words()["minor"].search(whole)),
        "self_harm": 0.8 * bool(_words()["self_harm"].search(whole)),
    }


def _most(values: Iterable[float]) -> float:
    return max(values, default=0.0)


def _dense(found: int, words: int) -> float:
    """One word may be in passing, three are a subject; long texts must hold more of them."""
    return found / (found + 1.0 + words / 60)


def _hate(at: int, sentences: list[str]) -> float:
    sentence = sentences[at]
    about = _words()["group"].search(sentence)
    if not about and _words()["back"].search(sentence):
        about = _words()["group"].search(" ".join(sentences[max(0, at - 1) : at + 2]))
    slur = _words()["slurs"].search(sentence)
    value = 0.0
    if about:
        value = max(
            0.85 * _asserted("hostile", sentence),
            0.9 * (_asserted("harms", sentence) and bool(_words()["wishes"].search(sentence))),
            0.75 * bool(_BELITTLES.search(sentence)),
            _ill_will(sentence),
        )
    if slur:
        value = max(value, 0.75 if _words()["aimed"].search(sentence) else 0.35)
    if _words()["counters"].search(sentence) or (value and _QUOTED.search(sentence)):
        value *= 0.4
    return value


def _threat(sentence: str) -> float:
    if not (_asserted("harms", sentence) and _words()["wishes"].search(sentence)):
        return 0.0
    return 0.3 if _words()["counters"].search(sentence) else 0.6


def _asserted(kind: str, sentence: str) -> bool:
    asks = bool(_ASKS.search(sentence))
    return any(
        asks or not _DENIES.search(sentence[: match.start()].rstrip())
        for match in _words()[kind].finditer(sentence)
    )


def _ill_will(sentence: str) -> float:
    """What a short sentence about a group says of it as a whole; a long one says many things."""
    if len(sentence.split()) > _LONG_SENTENCE:
        return 0.0
    valence = float(_vader().polarity_scores(sentence)["compound"])
    return 0.4 - 0.5 * valence if valence < -0.2 else 0.0


@lru_cache(maxsize=1)
def _words() -> dict[str, re.Pattern[str]]:
    lists = tomllib.loads(_LEXICON.read_text(encoding="utf-8"))
    return {name: re.compile(rf"\b(?:{'|'.join(words)})\b") for name, words in lists.items()}


@lru_cache(maxsize=1)
def _vader() -> SentimentIntensityAnalyzer:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def _plain(text: str) -> str:
    """Undoes the usual disguises: l3etspeak inside words, l e t t e r s apart, odd quotes."""
    text = text.replace("\u2019", "'").casefold().strip()
    text = _SPACED.sub(_joined, text)
    return re.sub(
        r"\b(?=\w*[a-z])(?=\w*[0-9@$])[\w@$]+\b", lambda match: match.group().translate(_LEET), text
    )


def _joined(match: re.Match[str]) -> str:
    """Joins letters set apart; the first may be a word of its own (``i h a t e``, ``a p e s``)."""
    word = match.group().replace(" ", "")
    return f"{word} {word[1:]}" if word[0] in "ai" else word
