"""What the offline judge measures in place of each question to a model.

Lexical proxies, each for a reason, none of them understanding: they see which words a summary
takes, keeps, repeats and breaks off, never what it means. docs/accuracy.md says what each is
worth against human ratings.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from touchstone.judge import JudgeRequest
from touchstone.templates.summarization_quality.facts import facts_of, invented
from touchstone.templates.summarization_quality.reading import Text, grams, read, runs
from touchstone.templates.summarization_quality.rules import coverage, distinct_share, is_finished

SOURCE, GOLD, FACTS = "source", "reference summary", "key facts"

# A sentence of fewer words is a fragment more often than not.
_FRAGMENT = 5
# Content words that a summary of usual length has room for.
_ROOM = 30


def faithfulness(request: JudgeRequest) -> float:
    """Measures whether each sentence can be traced to one place of the source, within 0..1.

    The mean, over sentences, of the share of content words that two neighbouring sentences
    of the source hold, times the share of numbers, dates and names that the source or a reference
    has, squared; the first words astray cost most. It cannot see a false claim made
    of the words of one place, and takes facts drawn together from afar for less than true.
    """
    places = _places(_source(request))
    traced = [_traced(part, places) for part in read(request.completion).sentences if part.content]
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

    Falls with every slip (a word doubled, a fragment, an end that breaks off) and with the
    share of content words that the source does not use, where generated wording fails most.
    """
    summary = read(request.completion)
    wording = 1 - _strange(summary, _source(request))
    return wording / (1 + 0.5 * _slips(summary))


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


def _traced(part: Text, places: tuple[frozenset[str], ...]) -> float:
    """Returns the share of a sentence's content that its best place holds."""
    held = max(sum(word in place for word in part.content) for place in places)
    return held / len(part.content)


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
