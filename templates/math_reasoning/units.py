"""Where units are told from the letters, words and numbers beside them."""

from __future__ import annotations

from fractions import Fraction

from touchstone.scoring.units import is_power_word, unit_named

# What stands before an amount as well as behind it.
CURRENCIES = "$€£¥₹₫₩₽元"
# One letter after a number is a unit only if hardly anybody names a variable so there.
_LETTERS = set("mgsNJWVAKCFTHLlhM")
# Words that multiply what comes before them.
MULTIPLIERS = {
    "hundred": Fraction(100), "thousand": Fraction(1000), "million": Fraction(10**6),
    "billion": Fraction(10**9), "dozen": Fraction(12), "gross": Fraction(144),
    "dozens": Fraction(12), "hundreds": Fraction(100), "thousands": Fraction(1000),
    "millions": Fraction(10**6), "billions": Fraction(10**9), "score": Fraction(20),
    "half": Fraction(1, 2), "halves": Fraction(1, 2), "third": Fraction(1, 3),
    "thirds": Fraction(1, 3), "quarter": Fraction(1, 4), "quarters": Fraction(1, 4),
    "fourths": Fraction(1, 4), "fifth": Fraction(1, 5), "fifths": Fraction(1, 5),
    "sixths": Fraction(1, 6), "eighths": Fraction(1, 8), "tenths": Fraction(1, 10),
    "hundredths": Fraction(1, 100), "thousandths": Fraction(1, 1000),
}  # fmt: skip


def is_unit(word: str) -> bool:
    """Returns whether a word after a number is read as its unit.

    Few small letters must be a symbol as it is written: ``2mt`` is a product, ``2 mT`` is not.
    """
    factors = len(word) < 4 and word.isascii() and word.islower()
    return unit_named(word, folded=not factors) is not None or is_power_word(word)


def is_letter_unit(letter: str) -> bool:
    """Returns whether a single letter, set off behind a number, is its unit."""
    return letter in _LETTERS
