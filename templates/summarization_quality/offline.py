"""What the offline judge measures in place of each question to a model.

Lexical proxies, each for a reason, none of them understanding: they see which words a summary
takes, keeps, repeats and breaks off, never what it means. docs/accuracy.md says what each is
worth against human ratings.
"""

from __future__ import annotations

from itertools import pairwise

from templates.summarization_quality.reading import PRONOUNS, Text, read, runs
from templates.summarization_quality.rules import coverage, distinct_share, is_finished
from touchstone.judge import JudgeRequest

SOURCE, GOLD, FACTS = "source", "reference summary", "key facts"

# A sentence of fewer words is a fragment more often than not.
_FRAGMENT = 5
# Content words that a summary of usual length has room for.
_ROOM = 30


def faithfulness(request: JudgeRequest) -> float:
    """Measures what the source bears out, within 0..1.

    Falls with the share of content words that the source does not have, numbers counting
    double: a made-up claim needs words from somewhere. It cannot see a false claim made of
    the source's own words.
    """
    return max(0.0, 1 - 1.5 * _strange(read(request.completion), _source(request)))


def relevance(request: JudgeRequest) -> float:
    """Measures how much of what the source is about the summary tells, within 0..1.

    Salient words held, as against the most that this length and a usual length could hold,
    less what is said twice. A reference summary, where there is one, counts for half.
    """
    summary, source = read(request.completion), _source(request)
    told = (coverage(summary, source) * coverage(summary, source, room=_ROOM)) ** 0.5
    gold = read(request.context.get(GOLD, ""))
    if gold.content:
        told = (told + _overlap(summary, gold)) / 2
    return told**0.5 * distinct_share(summary) ** 4 / (1 + 0.2 * _slips(summary))


def coherence(request: JudgeRequest) -> float:
    """Measures whether the sentences build on each other, within 0..1.

    Falls with what is said twice, the plainest break of a text's thread, and when the
    first sentence opens with a pronoun that refers to nothing yet.
    """
    summary = read(request.completion)
    lost = bool(summary.words) and summary.words[0] in PRONOUNS
    return distinct_share(summary) ** 6 * (0.75 if lost else 1.0)


def fluency(request: JudgeRequest) -> float:
    """Measures whether each sentence is well made, within 0..1.

    Falls with every slip (a word doubled, a fragment, an end that breaks off) and with the
    share of content words that the source does not use, where generated wording fails most.
    """
    summary = read(request.completion)
    wording = 1 - _strange(summary, _source(request))
    return wording / (1 + 0.5 * _slips(summary))


def _source(request: JudgeRequest) -> Text:
    return read(request.context.get(SOURCE) or request.task)


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
