"""What rules find in a summary, with no model: facts, length, copying, repetition, form."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from touchstone.outcomes import Metric
from touchstone.scoring.prose import is_unspaced, same_language
from touchstone.templates.summarization_quality.facts import Fact, facts_of, invented, is_counted
from touchstone.templates.summarization_quality.reading import (
    FUNCTION_WORDS,
    Text,
    grams,
    read,
    runs,
)
from touchstone.templates.summarization_quality.reference import Reference

# A passage of this many words that stands in the source is copied, made of runs of so many.
COPIED_RUN, _RUN = 8, 4
# Below this a text says nothing of its source, as far as words tell.
_NO_COVERAGE = 0.1
_DISTINCT = 0.9
# From here on a summary is its source again, in whole or in part.
COPY = 0.8
# A summary this many times its budget is not concise at all.
FAR_TOO_LONG = 1.5
# A summary has room for about one checkable fact in this many words.
_WORDS_PER_FACT = 12
# Function words make about 40 % of English prose and next to nothing of a keyword list.
_PROSE, _LIST = 0.25, 0.1
_HEADLINE = 15
_ROW = 4  # bars that make a row of a table
_A_SENTENCE = 10  # words; fewer may answer in none of the source's words
# E.g. `It ends.`, `He said "no!"`; not `and then`
_ENDED = re.compile(r"[.!?|}\u2026\u3002\uff01\uff1f\u0964\u061f\u06d4][\"'\u2019\u201d)\]\s]*$")
# E.g. `a, b`, `a - b`; not `well-known`
_SEPARATOR = re.compile(r"[,;|/\n\u2022\u3001]|\s[-*]\s")


@dataclass(frozen=True, slots=True)
class Findings:
    """What the rules establish about one summary.

    Attributes:
        words: In the summary.
        compression: Words of the summary per word of the source.
        budget: Most words that it may have.
        room: Most words that a copy may have: the budget where somebody stated it.
        copied: Share of its words in passages copied from the source, within 0..1.
        distinct: 1 for a summary that never says a thing twice, within 0..1.
        coverage: Weight of the source's salient words that it holds, against the most
            that as many words could hold, within 0..1.
        facts_kept: Weighted share of the key facts that it retells, within 0..1; ``None``
            when there are none.
        facts: How many key facts there are.
        stated: The row states them, itself or by its reference summary.
        missing: Key facts that it lacks, the weightiest first.
        invented: Facts that neither the source nor the reference bears out, by word.
        astray: Share of its facts that are invented and counted, one aside, within 0..1.
        known: Source and summary are English, which is what word lists read.
        one_language: They may be in one language, so that shared words tell something.
        finished: Its last sentence comes to an end.
        keyword_list: It is words side by side, not sentences.
    """

    words: int
    compression: float
    budget: int
    room: float
    copied: float
    distinct: float
    coverage: float
    facts_kept: float | None
    facts: int
    stated: bool
    missing: tuple[str, ...]
    invented: tuple[Fact, ...]
    astray: float
    known: bool
    one_language: bool
    finished: bool
    keyword_list: bool

    @property
    def nothing(self) -> str:
        """Says why this is no summary whatever a judge says, or is empty."""
        if self.copied >= COPY and (self.words > self.room or self.compression >= COPY):
            return "a copy of the source"
        if self.one_language and self.compression >= 1 and self.words > self.budget:
            return "no shorter than its source"
        some = self.coverage >= _NO_COVERAGE or self.facts_kept
        if self.known and self.words >= _A_SENTENCE and not some:
            return "it says nothing of the source"
        return "a list of keywords" if self.keyword_list else ""

    def metrics(self) -> tuple[Metric, ...]:
        """Returns them as they are reported beside the criteria."""
        names = sum(fact.kind == "name" for fact in self.invented)
        kept = [] if self.facts_kept is None else [("facts_kept", self.facts_kept)]
        values = [
            *kept,
            ("facts", self.facts),
            ("invented_numbers", len(self.invented) - names),
            ("invented_names", names),
            ("salience_coverage", self.coverage),
            ("words", self.words),
            ("compression", self.compression),
            ("budget_used", self.words / self.budget),
            ("copied", self.copied),
            ("distinct", self.distinct),
            ("finished", self.finished),
        ]
        return tuple(Metric(name, float(value)) for name, value in values)

    def sentences(self) -> tuple[str, ...]:
        """Returns them as a judge is told them."""
        remarks = [
            f"It has {self.words} words, {self.compression:.0%} of the source; the budget is "
            f"{self.budget} words.",
            f"{self.copied:.0%} of its words are copied in passages of {COPIED_RUN} or more.",
        ]
        if self.facts_kept is not None and self.stated and self.known:
            remarks.append(f"It keeps {self.facts_kept:.0%} of the key facts, by weight.")
        if self.distinct < _DISTINCT:
            remarks.append(f"{1 - self.distinct:.0%} of its runs of words stand in it twice.")
        return tuple(remarks)

    def suspicions(self) -> tuple[str, ...]:
        """Returns what word lists suspect, for a judge to look at."""
        remarks: list[str] = []
        if self.invented:
            listed = ", ".join(fact.text for fact in self.invented[:8])
            remarks.append(
                f"Not found in the source by word: {listed}. See whether the source bears them "
                "out in other words."
            )
        if self.missing:
            listed = ", ".join(self.missing[:5])
            remarks.append(f"Not found in the summary by word: {listed}.")
        if self.one_language and self.coverage < _NO_COVERAGE:
            remarks.append("It shares hardly a word with the source.")
        if not self.one_language:
            remarks.append("It may be in another language than its source: see what was asked for.")
        if not self.finished:
            remarks.append("Its last sentence may break off.")
        return tuple(remarks)


def examine(summary: Text, reference: Reference) -> Findings:
    """Returns what the rules find in a summary that is held against this."""
    facts = _key_facts(reference)
    kept = [value * weight for (_, weight), value in zip(facts, _kept(facts, summary), strict=True)]
    stated = bool(reference.key_facts or facts_of(reference.gold).all)
    room = len(facts) if stated else _room(reference)
    reachable = sum(sorted((weight for _, weight in facts), reverse=True)[:room])
    lacking = [(weight - got, text) for (text, weight), got in zip(facts, kept, strict=True)]
    words, of = summary.length, max(1, reference.source.length)
    source = reference.source
    new = invented(summary, source, reference.gold, *map(read, reference.key_facts))
    counted = sum(is_counted(fact, summary, source) for fact in new)
    different = {fact.forms for fact in facts_of(summary).claims}
    return Findings(
        words=words,
        compression=words / of,
        budget=reference.budget,
        room=reference.budget * (1 if reference.stated else FAR_TOO_LONG),
        copied=copied_share(summary, reference.source),
        distinct=distinct_share(summary),
        coverage=coverage(summary, reference.source),
        facts_kept=min(1.0, sum(kept) / reachable) if reachable else None,
        facts=min(room, len(facts)),
        stated=stated,
        missing=tuple(_shown(text) for gap, text in sorted(lacking, key=_gap)[:room] if gap > 0),
        invented=new,
        # One may be computed, or be known to everybody; the judge is told of it.
        astray=max(0, counted - 1) / max(1, len(different)),
        known=summary.english and source.english,
        one_language=same_language(summary.plain, source.plain),
        finished=is_finished(summary),
        keyword_list=is_keyword_list(summary, reference.source),
    )


def copied_share(summary: Text, source: Text) -> float:
    """Returns the share of words in copied passages, within 0..1.

    A passage is :data:`COPIED_RUN` or more words made of runs of four that the source has;
    a single word put in between or exchanged does not hide it. Where a script writes no spaces,
    the characters that make a word, two at least, stand for each word.
    """
    stems, word = summary.stems, summary.grain
    shortest, length = COPIED_RUN * word, _RUN * word
    known = grams(source, length)
    places = [
        place
        for start, run in enumerate(runs(stems, length))
        if run in known
        for place in range(start, start + length)
    ]
    copied, first, last = 0, -1, -2 - word
    for place in [*places, len(stems) + 1 + word]:
        if place > last + 1 + word:
            copied += last - first + 1 if last - first + 1 >= shortest else 0
            first = place
        last = max(last, place)
    return copied / len(stems) if stems else 0.0


def distinct_share(summary: Text) -> float:
    """Returns the lower share of distinct pairs of content words and distinct word triples.

    1 for a text that says nothing twice; a sentence said twice gives about a half.
    """
    shares = [
        len(set(grams)) / len(grams)
        for grams in (runs(summary.content, 2), runs(summary.stems, 3))
        if grams
    ]
    return min(shares, default=1.0)


def coverage(summary: Text, source: Text, room: int = 0) -> float:
    """Returns how much of what the source is about the summary's words name, within 0..1.

    Args:
        summary: What is measured.
        source: What it is about.
        room: Against the best that so many content words could do; as many as the summary
            has by default.
    """
    weights = salience(source)
    said = dict.fromkeys(summary.content)  # in order: a sum of floats depends on it
    most = sum(sorted(weights.values(), reverse=True)[: room or max(5, len(said))])
    return min(1.0, sum(weights.get(word, 0.0) for word in said) / most) if most else 0.0


@lru_cache(maxsize=64)
def salience(source: Text) -> dict[str, float]:
    """Returns what each content stem of a source weighs.

    The logarithm of its count, more the earlier it first stands: news, reports and mails
    open with what they are about.
    """
    counts = Counter(source.content)
    first: dict[str, int] = {}
    for place, word in enumerate(source.content):
        first.setdefault(word, place)
    length = max(1, len(source.content))
    return {
        word: math.log1p(count) / (1 + 4 * first[word] / length) for word, count in counts.items()
    }


def is_finished(summary: Text) -> bool:
    """Tells whether the last sentence ends; a short lone line needs no full stop to."""
    # Thai and its like end no sentence by a mark; a list item needs none.
    markless = bool(summary.words) and is_unspaced(summary.words[-1])
    lines = summary.plain.splitlines()
    listed = len(lines) > 1 and len(lines[-1].split()) <= _HEADLINE
    headline = len(summary.sentences) < 2 and len(summary.words) <= _HEADLINE
    return bool(_ENDED.search(summary.plain)) or markless or listed or headline


def is_keyword_list(summary: Text, source: Text) -> bool:
    """Tells whether a text sets words side by side instead of making sentences.

    Either it is cut into pieces of two or three words, of which a name or a month does not tell
    the language, or it has hardly any of the grammatical words that its source, being English
    prose, does have.
    """
    tabular = summary.plain.count("|") >= _ROW
    if len(summary.words) < 6 or tabular or not source.english:
        return False
    pieces = [len(read(part).words) for part in _SEPARATOR.split(summary.plain)]
    pieces = [length for length in pieces if length]
    if len(pieces) >= 4 and sum(pieces) / len(pieces) <= 2.5:
        return True
    return summary.english and _grammar(source) >= _PROSE and _grammar(summary) < _LIST


def _grammar(text: Text) -> float:
    words = [word for word in text.words if word[0].isalpha()]
    return sum(word in FUNCTION_WORDS for word in words) / len(words) if words else 0.0


def _key_facts(reference: Reference) -> list[tuple[str | Fact, float]]:
    """Returns what must be kept, with its weight: given, else the gold's, else the source's."""
    if reference.key_facts:
        return [(fact, 1.0) for fact in reference.key_facts]
    from_gold = _distinct(facts_of(reference.gold).all)
    if from_gold:
        return [(mentioned.fact, 1.0) for mentioned in from_gold]
    found = _distinct(facts_of(reference.source).all)
    length = max(1, len(found))
    return [(fact, count / (1 + 4 * place / length)) for fact, count, place in found]


class _Mentioned(NamedTuple):
    fact: Fact
    times: int
    first: int


def _distinct(facts: Sequence[Fact]) -> list[_Mentioned]:
    """Returns each fact with its count and the place of its first mention among the facts."""
    found: dict[str, _Mentioned] = {}
    for fact in facts:
        # A surname later stands for the name given in full before.
        key = " ".join(sorted(fact.forms)) if fact.kind != "name" else fact.text.split()[-1]
        first, count, place = found.get(key, _Mentioned(fact, 0, len(found)))
        longer = fact if len(fact.text) > len(first.text) else first
        found[key] = _Mentioned(longer, count + 1, place)
    return list(found.values())


def _room(reference: Reference) -> int:
    return max(1, round(min(reference.budget, 0.5 * reference.source.length) / _WORDS_PER_FACT))


def _kept(facts: list[tuple[str | Fact, float]], summary: Text) -> list[float]:
    held = facts_of(summary)
    return [
        _retold(fact, summary) if isinstance(fact, str) else float(held.keep(fact))
        for fact, _ in facts
    ]


def _retold(statement: str, summary: Text) -> float:
    """Returns how far one or two neighbouring sentences retell a statement, within 0..1.

    Every number and name of it is needed, then most of its other content words.
    """
    wanted = read(statement)
    needed, content = facts_of(wanted).all, set(wanted.content) or set(wanted.stems)
    parts = summary.sentences
    best = 0.0
    for at, part in enumerate(parts):
        window = (
            read(" ".join(p.plain for p in parts[at : at + 2])) if at + 1 < len(parts) else part
        )
        if all(facts_of(window).keep(fact) for fact in needed):
            share = len(content & set(window.stems)) / len(content)
            best = max(best, min(1.0, max(0.0, (share - 0.3) / 0.4)))
    return best


def _gap(lacking: tuple[float, str | Fact]) -> float:
    return -lacking[0]


def _shown(fact: str | Fact) -> str:
    return fact if isinstance(fact, str) else fact.text
