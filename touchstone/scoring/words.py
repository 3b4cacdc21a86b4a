"""English words that stand for numbers: small ones, tens, scales and months."""

from __future__ import annotations

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
