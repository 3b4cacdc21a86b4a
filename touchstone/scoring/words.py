"""English words that stand for numbers: small ones, tens, scales and months."""

from __future__ import annotations

from decimal import Decimal

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_MONTHS = "january february march april may june july august september october november december"

ONES = {word: value for value, word in enumerate(_ONES.split())}  # up to nineteen
TENS = {word: 10 * value for value, word in enumerate(_TENS.split(), 2)}
SCALE_WORDS = ("hundred", "thousand", "million", "billion", "trillion")
# Word or mark of a scale to its power of ten.
SCALES = {
    "k": 3, "thousand": 3,
    "m": 6, "mn": 6, "mio": 6, "million": 6, "millions": 6,
    "b": 9, "bn": 9, "billion": 9, "billions": 9,
    "tn": 12, "trillion": 12,
}  # fmt: skip
# Name of a month, in full or short, to its number.
MONTHS = {
    name[:length]: number
    for number, name in enumerate(_MONTHS.split(), 1)
    for length in (3, len(name))
} | {"sept": 9}
_SHORT = frozenset(word for word in SCALES if len(word) < 3)


def spoken_number(text: str) -> Decimal | None:
    """Returns what English words for a whole number say: ``two hundred and five``."""
    total = part = 0
    words = text.replace("-", " ").split()
    for word in words:
        if word in ONES or word in TENS:
            part += ONES.get(word, TENS.get(word, 0))
        elif word == "hundred":
            part = (part or 1) * 100
        elif word in SCALES and word not in _SHORT:
            total, part = total + (part or 1) * 10 ** SCALES[word], 0
        elif word not in ("and", "a"):
            return None
    return Decimal(total + part) if any(word not in ("and", "a") for word in words) else None
