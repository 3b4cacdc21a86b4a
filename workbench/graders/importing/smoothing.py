"""BLEU as it comes out where runs of words that nothing shares are not counted as 0: by each way.

Source: Chen and Cherry, "A Systematic Comparison of Smoothing Techniques for Sentence-Level BLEU"
(2014), as NLTK's ``SmoothingFunction`` computes them, and by its names.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

from touchstone.scoring.overlap import bleu_counts

Counts = list[tuple[int, int]]
_EPSILON = 0.1
_K = 5  # of method4


def smoothed(text: str, reference: str) -> Iterator[tuple[str, float]]:
    """Yields each way's name, and BLEU by it."""
    longer, brevity = bleu_counts(text, reference, 5)
    longer = [(shared, max(own, 1)) for shared, own in longer]
    counts, words = longer[:4], len(text.split())
    if not counts[0][0]:
        return
    ways = {
        "method1": [(shared or _EPSILON) / own for shared, own in counts],
        "method2": [(shared + bool(n)) / (own + bool(n)) for n, (shared, own) in enumerate(counts)],
        "method3": _falling(counts, 1.0),
        "method4": _falling(counts, math.log(words) / _K) if words > 1 else [],
        "method5": _averaged([shared / own for shared, own in longer]),
    }
    for name, shares in ways.items():
        if len(shares) == len(counts) and all(shares):
            logs = sum(map(math.log, shares)) / len(shares)
            yield name, brevity * math.exp(logs)


def _falling(counts: Counts, scale: float) -> list[float]:
    """Returns shares of which each one that is 0 is half of the one that was 0 before."""
    shares, nothing = [], 0
    for shared, own in counts:
        nothing += not shared
        shares.append(shared / own if shared else scale / 2**nothing / own)
    return shares


def _averaged(shares: list[float]) -> list[float]:
    """Returns the mean of each share with the mean before and the share behind it."""
    made, before = [], shares[0] + 1
    for share, behind in itertools.pairwise(shares):
        before = (before + share + behind) / 3
        made.append(before)
    return made
