"""What the offline judge measures in place of each question to a model.

Lexical proxies, each for a reason, none of them understanding: they see which words a summary
takes, keeps, repeats and breaks off, never what it means. docs/accuracy.md says what each is
worth against human ratings.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from touchstone.judge import JudgeRequest
from touchstone.templates.summarization_quality.facts import facts_of, invented
from touchstone.templates.summarization_quality.reading import Text, grams, read, runs
from touchstone.templates.summarization_quality.rules import coverage, distinct_share, is_finished

SOURCE, GOLD, FACTS = "source", "reference summary", "key facts"

# A sentence of fewer words is a fragment more often than not.
_FRAGMENT = 5
# So many words in a row are taken from the source; fewer are shared with it by chance.
_PASSAGE = 3
# Content words that a summary of usual length has room for.
_ROOM = 30


def faithfulness(request: JudgeRequest) -> float:
    """Measures whether each sentence can be traced to one place of the source, within 0..1.

    The mean, over sentences, of the share of content words that two neighbouring sentences
    of the source hold, times the share of numbers, dates and names that the source or a reference
    has, squared; the first words astray cost most. A sentence that joins passages of which the
    source says nothing together counts half: it may tell of one what was said of another. It
    cannot see a false claim made of the words of one place, and takes facts drawn together from
    afar for less than true.
    """
    source = _source(request)
    traced = [_traced(part, source) for part in read(request.completion).sentences if part.content]
    astray = 1 - sum(traced) / len(traced) if traced else 1.0
    return (1 - (astray + astray**0.5) / 2) * _borne_out(request)


def relevance(request: JudgeRequest) -> float:
    """Measures how much of what the source is about the summary tells, within 0..1.

    Salient words held, as against the most that this length and a usual length could hold,
    less what is said twice. A reference summary, where there is one, counts for half.
    """
    summary, source = read(request.completion), _source(request)
    covered = (coverage(summary, source) * coverage(summary, source, room=_ROOM)) ** 0.5
    gold = read(request.context.get(GOLD, ""))
    if gold.content:
        covered = (covered + _overlap(summary, gold)) / 2
    return covered * distinct_share(summary) ** 4 / (1 + 0.2 * _slips(summary))


def coherence(request: JudgeRequest) -> float:
    """Measures whether the sentences build on each other, within 0..1.

    Falls with what is said twice, and with every sentence that goes on elsewhere than where
    the one before it stood in the source: a summary that jumps about is hard to follow.
    """
    summary, source = read(request.completion), _source(request)
    places = [_place(part, source) for part in summary.sentences]
    jumps = sum(not 0 <= later - place <= 2 for place, later in pairwise(places))
    return distinct_share(summary) ** 4 / (1 + 0.1 * jumps)


def fluency(request: JudgeRequest) -> float:
    """Measures whether each sentence is well made, within 0..1.

    Falls with every slip (a word doubled, a fragment, an end that breaks off) and with wording
    that is not the source's, where generated text fails most: content words that it does not use,
    and neighbours that it never sets side by side.
    """
    summary, source = read(request.completion), _source(request)
    wording = 1 - (_strange(summary, source) + _unpaired(summary, source)) / 4
    return wording / (1 + 0.25 * _slips(summary))


def _borne_out(request: JudgeRequest) -> float:
    summary = read(request.completion)
    given = (read(request.context.get(name, "")) for name in (GOLD, FACTS))
    claims = {fact.forms for fact in facts_of(summary).claims}
    if not claims or not summary.english:
        return 1.0
    return (1 - len(invented(summary, _source(request), *given)) / len(claims)) ** 2


def _source(request: JudgeRequest) -> Text:
    return read(request.context.get(SOURCE) or request.task)


@lru_cache(maxsize=64)
def _places(source: Text) -> tuple[frozenset[str], ...]:
    """Returns the stems of every two neighbouring sentences."""
    parts = [frozenset(part.stems) for part in source.sentences]
    return tuple(one | two for one, two in pairwise(parts)) or tuple(parts)


def _traced(part: Text, source: Text) -> float:
    """Returns the share of a sentence's content that its best place holds, half if it is joined."""
    held = max(sum(word in place for word in part.content) for place in _places(source))
    return held / len(part.content) / (2 if _is_joined(part, source) else 1)


class _Passage(NamedTuple):
    """Words of a summary from ``start`` to ``end`` that the source has from each of ``places``."""

    start: int
    end: int
    places: tuple[int, ...]


def _is_joined(part: Text, source: Text) -> bool:
    """Tells whether a sentence joins passages that no sentence of the source holds in order.

    With a word of its own between them, a sentence tells what is between them.
    """
    _, sentence_of, _ = _indexed(source)
    return any(
        not _follows(other, one, sentence_of)
        for one, other in pairwise(_passages(part, source))
        if other.start == one.end
    )


def _follows(later: _Passage, earlier: _Passage, sentence_of: tuple[int, ...]) -> bool:
    """Tells whether one sentence of the source holds two passages in this order."""
    length = earlier.end - earlier.start
    # Of each sentence the first place behind the earlier one, and the last of the later one.
    ends = {sentence_of[place + length - 1]: place + length for place in reversed(earlier.places)}
    starts = {sentence_of[place]: place for place in later.places}
    return any(end <= starts.get(sentence, -1) for sentence, end in ends.items())


def _passages(part: Text, source: Text) -> list[_Passage]:
    """Returns the passages of a sentence, each the longest that starts where the last ended."""
    words, (known, _, places) = part.words, _indexed(source)
    found, start = [], 0
    while start < len(words):
        lengths = {
            place: _shared(words, start, known, place) for place in places.get(words[start], ())
        }
        longest = max(lengths.values(), default=0)
        if longest >= _PASSAGE * part.grain:
            best = tuple(place for place, length in lengths.items() if length == longest)
            found.append(_Passage(start, start + longest, best))
        start += longest if longest >= _PASSAGE * part.grain else 1
    return found


def _shared(one: tuple[str, ...], start: int, other: tuple[str, ...], place: int) -> int:
    """Returns how many words two texts have alike from these places on."""
    most = min(len(one) - start, len(other) - place)
    return next((n for n in range(most) if one[start + n] != other[place + n]), most)


@lru_cache(maxsize=64)
def _indexed(source: Text) -> tuple[tuple[str, ...], tuple[int, ...], dict[str, list[int]]]:
    """Returns a source's words, the number of each one's sentence, and the places of each."""
    numbered = [(word, at) for at, part in enumerate(source.sentences) for word in part.words]
    places: dict[str, list[int]] = defaultdict(list)
    for place, (word, _) in enumerate(numbered):
        places[word].append(place)
    return tuple(word for word, _ in numbered), tuple(at for _, at in numbered), places


def _place(part: Text, source: Text) -> int:
    """Returns the number of the source's sentence that shares most with this one."""
    mine, pairs = frozenset(part.content), grams(part, 2)
    shared = [len(mine & frozenset(s.content)) + len(pairs & grams(s, 2)) for s in source.sentences]
    return max(range(len(shared)), key=shared.__getitem__)


def _strange(summary: Text, source: Text) -> float:
    """Returns the weighted share of content words that the source does not have."""
    known = frozenset(source.stems)
    weights = [(word, 2 if word[0].isdigit() else 1) for word in summary.content]
    total = sum(weight for _, weight in weights)
    return sum(weight for word, weight in weights if word not in known) / total if total else 0.0


def _unpaired(summary: Text, source: Text) -> float:
    """Returns the share of neighbouring words that stand nowhere so in the source."""
    known = _pairs(source)
    pairs = [pair for part in summary.sentences for pair in pairwise(part.words)]
    return sum(pair not in known for pair in pairs) / len(pairs) if pairs else 0.0


@lru_cache(maxsize=64)
def _pairs(source: Text) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(source.words))


def _slips(summary: Text) -> float:
    doubled = sum(
        first == second for part in summary.sentences for first, second in pairwise(part.words)
    )
    fragments = sum(len(part.words) < _FRAGMENT for part in summary.sentences)
    return 2 * doubled + fragments + (not is_finished(summary))


def _overlap(summary: Text, gold: Text) -> float:
    """Returns the F1 of content words, and of pairs of stems, against a good summary."""
    scores = []
    for mine, wanted in (
        (set(summary.content), set(gold.content)),
        (set(runs(summary.stems, 2)), set(runs(gold.stems, 2))),
    ):
        total = len(mine) + len(wanted)
        scores.append(2 * len(mine & wanted) / total if total else 0.0)
    return sum(scores) / 2
