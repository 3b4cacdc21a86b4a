"""The 29 instruction kinds of IF-RLVR's training set, by their published ids and argument names.

Each check decides what the published checker decides, its oddities included: ``count:count_unique``
counts marks as words, and any word of one letter is a palindrome. An empty text follows none.

Source: Pyatkin et al. (2025), Generalizing Verifiable Instruction Following; allenai/open-instruct,
``IFEvalG``, whose verdicts are reproduced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from touchstone.scoring import patterns
from touchstone.scoring.text import word_pieces
from touchstone.templates.instruction_following.ifeval import KINDS as IFEVAL
from touchstone.templates.instruction_following.kinds import (
    Count,
    Kind,
    Ordinal,
    Relation,
    Text,
    answered_kind,
)
from touchstone.templates.instruction_following.splitting import split_sentences

# E.g. `a *** b`; not `a ** b`
_WRAPPED = re.compile(r"\s?\*\*\*\s?")
# E.g. `a`, `Z`; not `é`, `1`
_LETTERS = re.compile(r"[a-zA-Z]")
# E.g. `word`, `a-b`; not `Word`, `WORD`
_LOWER_WORDS = re.compile(r"\b[a-z]+\b")


def _compared(number: int, relation: str, limit: int) -> bool:
    return number < limit if relation == "less than" else number >= limit


def _same(text: str, wanted: str) -> bool:
    return text.strip().lower() == wanted.strip().lower()


def _bare(word: str) -> str:
    return re.sub(r"[^\w\s]", "", word).lower()


def _two_parts(parts: list[str]) -> bool:
    # The first and the last may be blank, uncounted.
    return all(part.strip() for part in parts[1:-1]) and sum(bool(p.strip()) for p in parts) == 2


def _one_word_changed(text: str, k: Any) -> bool:
    wanted = k.phrase.split()
    between = re.escape(wanted[0]) + r" .*? " + re.escape(wanted[-1])
    found = [phrase.split() for phrase in re.findall(between, text)]
    if len(found) != k.small_n or any(len(phrase) != len(wanted) for phrase in found):
        return False
    changes = [sum(a != b for a, b in zip(phrase, wanted, strict=True)) for phrase in found]
    return max(changes) <= 1 and changes[-1] == 1


def _hyphenated(text: str) -> bool:
    given = text.split("-")
    parts = split_sentences(text.replace("-", " "))
    return all(part == part.strip() == whole for part, whole in zip(given, parts, strict=False))


def _no_neighbours(text: str) -> bool:
    first = [word[0].lower() for word in text.split()]
    return all(
        len(one) == len(two) == 1 and ord(two) - ord(one) != 1 for one, two in pairwise(first)
    )


def _every_sentence(text: str, at: int, word: str) -> bool:
    parts = [sentence.split() for sentence in split_sentences(text)]
    if not all(parts):
        return False
    ends = (part[at] if at == 0 else _bare(part[at]) for part in parts)
    return all(end.lower() == word.strip().lower() for end in ends)


def _bigrams(text: str) -> bool:
    words = text.split()
    pairs = zip(words[::2], words[1::2], strict=False)
    return all(one.startswith("<<") and two.endswith(">>") for one, two in pairs)


def _composed(text: str, k: Any) -> bool:
    parts = _WRAPPED.split(text)
    if len(parts) != 3 or not all(part.strip() for part in parts):
        return False
    split = [split_sentences(part) for part in parts]
    return all(
        len(part) == k.n_sent and all(len(word_pieces(one)) == k.n_words for one in part)
        for part in split
    )


def _all_unique(text: str) -> bool:
    pieces = word_pieces(text)
    return len(set(pieces)) == len(pieces)


def _at_place(text: str, k: Any) -> bool:
    parts = split_sentences(text)
    words = word_pieces(parts[k.n - 1]) if len(parts) >= k.n else []
    return len(words) >= k.m and words[k.m - 1] == k.keyword.strip()


def _same_ends(text: str) -> bool:
    pieces = word_pieces(text)
    return len(pieces) > 1 and pieces[0].lower() == pieces[-1].lower()


def _copies(text: str, request: str, number: int) -> bool:
    parts = text.split("******")
    return len(parts) == number and all(_same(part, request) for part in parts)


def _plain(asks: str, check: Any) -> Kind:
    return answered_kind(asks, lambda text, _: check(text))


_COPIED = answered_kind(
    "the request again, and nothing else",
    lambda text, k: _same(text, k.prompt_to_repeat),
    prompt_to_repeat=Text,
)

KINDS: Mapping[str, Kind] = {
    "copy:repeat_phrase": answered_kind(
        "{phrase} {small_n} times, each with another word inside",
        _one_word_changed,
        phrase=Text,
        small_n=Ordinal,
    ),
    "copy:copy": _COPIED,
    "copy:copying_simple": _COPIED,
    "copy:copying_multiple": answered_kind(
        "the request {N} times, divided by ******",
        lambda text, k: _copies(text, k.prompt_to_repeat, k.N),
        prompt_to_repeat=Text,
        N=Ordinal,
    ),
    "new:copy_span_idx": answered_kind(
        "characters {n_start} to {n_end} of the request",
        lambda text, k: _same(text, k.prompt_to_repeat[k.n_start : k.n_end]),
        prompt_to_repeat=Text,
        n_start=Count,
        n_end=Count,
    ),
    "detectable_format:sentence_hyphens": _plain("sentences joined by hyphens", _hyphenated),
    "detectable_format:square_brackets": _plain(
        "every word in square brackets",
        lambda text: all(word[0] == "[" and word[-1] == "]" for word in text.split()),
    ),
    "detectable_format:bigram_wrapping": _plain("every two words in << and >>", _bigrams),
    "keywords:no_adjacent_consecutive": _plain(
        "no two neighbours begin with letters that follow each other", _no_neighbours
    ),
    "keywords:word_once": answered_kind(
        "{keyword} once", lambda text, k: patterns.count(k.keyword.strip(), text) == 1, keyword=Text
    ),
    "keywords:word_count_different_numbers": answered_kind(
        "{keyword} appears {relation} {frequency} times",
        lambda text, k: _compared(patterns.count(k.keyword.strip(), text), k.relation, k.frequency),
        keyword=Text,
        frequency=Count,
        relation=Relation,
    ),
    "keywords:exclude_word_harder": answered_kind(
        "{keyword} is not used",
        lambda text, k: f" {k.keyword.strip()} " not in text,
        keyword=Text,
    ),
    "keywords:palindrome": _plain(
        "a palindrome", lambda text: any(word == word[::-1] for word in text.split())
    ),
    "keywords:keyword_specific_position": answered_kind(
        "{keyword} as word {m} of sentence {n}", _at_place, keyword=Text, n=Ordinal, m=Ordinal
    ),
    "keywords:start_end": _plain("the same word first and last", _same_ends),
    "paragraphs:paragraphs": _plain(
        "two paragraphs, divided by ***", lambda text: _two_parts(_WRAPPED.split(text))
    ),
    "paragraphs:paragraphs2": _plain(
        "two paragraphs, divided by a blank line", lambda text: _two_parts(text.split("\n\n"))
    ),
    "first_word:first_word_sent": answered_kind(
        "each sentence begins with {first_word}",
        lambda text, k: _every_sentence(text, 0, k.first_word),
        first_word=Text,
    ),
    "first_word:first_word_answer": answered_kind(
        "the first word is {first_word}",
        lambda text, k: _same(text.split()[0], k.first_word),
        first_word=Text,
    ),
    "last_word:last_word_sent": answered_kind(
        "each sentence ends with {last_word}",
        lambda text, k: _every_sentence(text, -1, k.last_word),
        last_word=Text,
    ),
    "last_word:last_word_answer": answered_kind(
        "the last word is {last_word}",
        lambda text, k: _same(_bare(text.split()[-1]), k.last_word),
        last_word=Text,
    ),
    "punctuation:punctuation_dot": _plain("no full stop", lambda text: "." not in text),
    "punctuation:punctuation_exclamation": _plain("no !", lambda text: "!" not in text),
    "count:lowercase_counting": answered_kind(
        "at most {N} words in lower case",
        lambda text, k: len(_LOWER_WORDS.findall(text)) <= k.N,
        N=Count,
    ),
    "letters:letter_counting": answered_kind(
        "{relation} {N} letters",
        lambda text, k: _compared(len(_LETTERS.findall(text)), k.relation, k.N),
        N=Count,
        relation=Relation,
    ),
    "letters:letter_counting2": IFEVAL["keywords:letter_frequency"],
    "count:counting_composition": answered_kind(
        "three paragraphs of {n_sent} sentences of {n_words} words, divided by ***",
        _composed,
        n_sent=Ordinal,
        n_words=Ordinal,
    ),
    "count:count_unique": _plain("no word twice", _all_unique),
    "count:count_increment_word": answered_kind(
        "{keyword1} once and {keyword2} twice",
        lambda text, k: (
            [patterns.count(word.strip(), text) for word in (k.keyword1, k.keyword2)] == [1, 2]
        ),
        keyword1=Text,
        keyword2=Text,
    ),
}
