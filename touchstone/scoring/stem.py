"""English words without their endings, by Porter's rules as NLTK extends them."""

from __future__ import annotations

import itertools

_IRREGULAR = {
    "sky": "sky", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "news": "news",
    "innings": "inning", "inning": "inning", "outings": "outing", "outing": "outing",
    "cannings": "canning", "canning": "canning", "howe": "howe", "proceed": "proceed",
    "exceed": "exceed", "succeed": "succeed",
}  # fmt: skip
# Ending to what takes its place, where the stem before it has a measure above 0; the first
# ending that fits decides.
_STEP_2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ("fulli", "ful"), ("logi", "log"),
)  # fmt: skip
_STEP_3 = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"),
    ("ful", ""), ("ness", ""),
)  # fmt: skip
# Taken off where the measure is above 1; `ion` only behind an s or a t.
_STEP_4 = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
)  # fmt: skip


def stem(word: str) -> str:
    """Returns a word's stem, in lower case.

    Source: Porter, "An algorithm for suffix stripping", Program 14.3 (1980); the deviations
    are those of NLTK's default mode, which METEOR goes by.
    """
    word = word.lower()
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= 2:
        return word
    for step in (_plural, _past, _y_to_i, _step_2, _step_3, _step_4, _final_e):
        word = step(word)
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


def _consonants(word: str) -> list[bool]:
    """Tells of every letter whether it is a consonant; a y is one behind a vowel, or in front."""
    found: list[bool] = []
    for letter in word:
        after_consonant = bool(found) and found[-1]
        found.append(letter not in "aeiou" and not (letter == "y" and after_consonant))
    return found


def _measure(word: str) -> int:
    """Returns how often a vowel is followed by a consonant."""
    kinds = _consonants(word)
    return sum(not a and b for a, b in itertools.pairwise(kinds))


def _ends_short(word: str) -> bool:
    """Tells whether it ends consonant, vowel, consonant (no w, x, y), or is vowel, consonant."""
    kinds = _consonants(word)
    if len(word) == 2:
        return kinds == [False, True]
    return kinds[-3:] == [True, False, True] and word[-1] not in "wxy"


def _plural(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + ("ie" if len(word) == 4 else "i")
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past(word: str) -> str:
    if word.endswith("ied"):
        return word[:-3] + ("ie" if len(word) == 4 else "i")
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        base = word.removesuffix(ending)
        if base != word and not all(_consonants(base)):
            return _mended(base)
    return word


def _mended(base: str) -> str:
    """Returns a verb without its ending as it is written alone: ``hopp`` as ``hop``."""
    if base.endswith(("at", "bl", "iz")):
        return base + "e"
    if len(base) >= 2 and base[-1] == base[-2] and _consonants(base)[-1]:
        return base if base[-1] in "lsz" else base[:-1]
    return base + "e" if _measure(base) == 1 and _ends_short(base) else base


def _y_to_i(word: str) -> str:
    base = word.removesuffix("y")
    return base + "i" if base != word and len(base) > 1 and _consonants(base)[-1] else word


def _step_2(word: str) -> str:
    if word.endswith("alli") and _measure(word[:-4]) > 0:
        return _step_2(word[:-2])
    for ending, instead in _STEP_2:
        if word.endswith(ending):
            base = word.removesuffix(ending)
            # The l of `logi` counts with the stem, so that `geo` is long enough.
            counted = base + "l" if ending == "logi" else base
            return base + instead if _measure(counted) > 0 else word
    return word


def _step_3(word: str) -> str:
    for ending, instead in _STEP_3:
        if word.endswith(ending):
            base = word.removesuffix(ending)
            return base + instead if _measure(base) > 0 else word
    return word


def _step_4(word: str) -> str:
    for ending in _STEP_4:
        if word.endswith(ending):
            base = word.removesuffix(ending)
            fits = _measure(base) > 1 and (ending != "ion" or base[-1] in "st")
            return base if fits else word
    return word


def _final_e(word: str) -> str:
    base = word.removesuffix("e")
    if base == word:
        return word
    measure = _measure(base)
    return base if measure > 1 or (measure == 1 and not _ends_short(base)) else word
