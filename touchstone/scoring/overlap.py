"""How much of a reference's words a text shares: BLEU, GLEU, METEOR and ROUGE.

Each is its library's definition for one text and one reference, 0..1. Words of BLEU, GLEU and
METEOR are what stands between white space; ROUGE has its own.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from touchstone.scoring.similarity import common
from touchstone.scoring.stem import stem

_LONGEST_NGRAM = 4
# METEOR's weight of recall, and how a broken order is paid for.
_ALPHA, _BETA, _GAMMA = 0.9, 3.0, 0.5
_NO_WORD = re.compile(r"[^a-z0-9]+")


def bleu(text: str, reference: str) -> float:
    """Returns BLEU-4 with even weights and no smoothing: 0.0 where no four words in a row agree.

    Source: Papineni et al., "BLEU" (2002), as NLTK's ``sentence_bleu`` computes it.
    """
    counts, brevity = bleu_counts(text, reference)
    if not all(shared for shared, _ in counts):
        return 0.0
    logs = sum(math.log(shared / own) for shared, own in counts)
    return brevity * math.exp(logs / len(counts))


def bleu_counts(
    text: str, reference: str, longest: int = _LONGEST_NGRAM
) -> tuple[list[tuple[int, int]], float]:
    """Returns what BLEU is made of.

    Returns:
        For runs of one word to ``longest``: how many of the text's the reference has too, and how
        many the text has. Then the penalty for a text that is shorter than the reference, 0..1.
    """
    words, wanted = text.split(), reference.split()
    counts = []
    for n in range(1, longest + 1):
        own = _ngrams(words, n)
        counts.append(((own & _ngrams(wanted, n)).total(), own.total()))
    if len(words) > len(wanted):
        return counts, 1.0
    return counts, math.exp(1 - len(wanted) / len(words)) if words else 0.0


def gleu(text: str, reference: str) -> float:
    """Returns the lower one of precision and recall of all runs of one to four words.

    Source: Wu et al., "Google's Neural Machine Translation System" (2016), as NLTK's
    ``sentence_gleu`` computes it.
    """
    words, wanted = text.split(), reference.split()
    shared = own = theirs = 0
    for n in range(1, _LONGEST_NGRAM + 1):
        a, b = _ngrams(words, n), _ngrams(wanted, n)
        shared, own, theirs = shared + (a & b).total(), own + a.total(), theirs + b.total()
    most = max(own, theirs)
    return shared / most if most else 0.0


def meteor(text: str, reference: str) -> float:
    """Returns METEOR of equal words and equal stems, with its penalty for a broken order.

    Source: Lavie and Agarwal, "Meteor" (2007), as NLTK's ``meteor_score`` computes it where
    WordNet knows no word: its third stage, synonyms, needs that database and is left out.
    """
    words, wanted = text.lower().split(), reference.lower().split()
    pairs: list[tuple[int, int]] = []
    left, right = list(range(len(words))), list(range(len(wanted)))
    for form in (str, stem):
        found = _aligned([form(words[i]) for i in left], [form(wanted[j]) for j in right])
        pairs += [(left[i], right[j]) for i, j in found]
        taken = {i for i, _ in found}, {j for _, j in found}
        left = [place for i, place in enumerate(left) if i not in taken[0]]
        right = [place for j, place in enumerate(right) if j not in taken[1]]
    if not pairs:
        return 0.0
    pairs.sort()
    chunks = 1 + sum((c - a, d - b) != (1, 1) for (a, b), (c, d) in itertools.pairwise(pairs))
    precision, recall = len(pairs) / len(words), len(pairs) / len(wanted)
    mean = precision * recall / (_ALPHA * precision + (1 - _ALPHA) * recall)
    return (1 - _GAMMA * (chunks / len(pairs)) ** _BETA) * mean


def rouge(text: str, reference: str, n: int | None) -> float:
    """Returns ROUGE's F1: of runs of ``n`` words, or of the longest common subsequence for None.

    A word is a run of ASCII letters and digits in lower case, and is not stemmed.

    Source: Lin, "ROUGE" (2004), as the package ``rouge-score`` computes it.
    """
    words, wanted = _rouge_words(text), _rouge_words(reference)
    if n is None:
        shared, own, theirs = common(words, wanted), len(words), len(wanted)
    else:
        a, b = _ngrams(words, n), _ngrams(wanted, n)
        shared, own, theirs = (a & b).total(), a.total(), b.total()
    return 2 * shared / (own + theirs) if shared else 0.0


def _ngrams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + n]) for at in range(len(words) - n + 1))


def _rouge_words(text: str) -> list[str]:
    return _NO_WORD.sub(" ", text.lower()).split()


def _aligned(words: Sequence[str], wanted: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs equal words from the end on, each with the last one of the other side still free."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(wanted):
        places[word].append(place)
    return [
        (place, places[word].pop())
        for place, word in reversed(list(enumerate(words)))
        if places.get(word)
    ]
