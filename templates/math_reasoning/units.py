"""Where units are told from the letters, words and numbers beside them."""

from __future__ import annotations

import re
from fractions import Fraction

from touchstone.lazy import pattern
from touchstone.scoring.figures import SEVERAL
from touchstone.scoring.units import is_power_word, unit_named

# What stands before an amount as well as behind it.
CURRENCIES = "$€£¥₹₫₩₽元"
# One letter after a number is a unit only if hardly anybody names a variable so there.
_LETTERS = set("mgsNJWVAKCFTHLlhM")
# Words that multiply what comes before them.
MULTIPLIERS = {
    "hundred": Fraction(100), "thousand": Fraction(1000), "million": Fraction(10**6),
    "billion": Fraction(10**9), "gross": Fraction(144),
    "hundreds": Fraction(100), "thousands": Fraction(1000),
    "millions": Fraction(10**6), "billions": Fraction(10**9),
    "half": Fraction(1, 2), "halves": Fraction(1, 2), "third": Fraction(1, 3),
    "thirds": Fraction(1, 3), "quarter": Fraction(1, 4), "quarters": Fraction(1, 4),
    "fourths": Fraction(1, 4), "fifth": Fraction(1, 5), "fifths": Fraction(1, 5),
    "sixths": Fraction(1, 6), "eighths": Fraction(1, 8), "tenths": Fraction(1, 10),
    "hundredths": Fraction(1, 100), "thousandths": Fraction(1, 1000),
} | {word: Fraction(number) for word, (number, unit) in SEVERAL.items() if not unit}  # fmt: skip


# Units that languages without spaces write behind a number, to their symbols.
_EASTERN = {
    name: symbol
    for symbol, names in {
        "km": "キロメートル 公里 千米 킬로미터", "cm": "センチメートル センチ 厘米 公分 센티미터",
        "mm": "ミリメートル 毫米 밀리미터", "m": "メートル 米 미터",
        "kg": "キログラム 公斤 千克 킬로그램",
        "g": "グラム 克 그램", "L": "リットル 升 리터", "mL": "ミリリットル 毫升 밀리리터",
        "h": "時間 小时 小時 시간", "min": "分間 分钟 分鐘",
    }.items()
    for name in names.split()
}  # fmt: skip
# E.g. `36平方センチメートル`, `5 公里`; not `米`
_EASTERN_UNIT = pattern(
    rf"(?<=\d)\s?(平方|立方|제곱|세제곱)?({'|'.join(sorted(_EASTERN, key=len, reverse=True))})"
)


_PER = {"時速": "h", "时速": "h", "시속": "h", "每小时": "h", "分速": "min", "분속": "min",
        "每分钟": "min", "秒速": "s", "초속": "s", "每秒": "s"}  # fmt: skip
# E.g. `時速4 km`, `每秒5 m`; not `時速`
_SPEED = pattern(rf"({'|'.join(_PER)})\s?(\d[\d.,]{{0,12}}\s?[kc]?m)(?![a-z])")


# E.g. `3時間30分`, `3小时`, `2시간 반`, `3時間半`; not `3時`
_EASTERN_TIME = pattern(
    r"(\d{1,4})\s?(?:時間|小时|小時|시간)\s?(?:(\d{1,2})\s?(?:分钟|分鐘|分間?|분)|(半|반))?"
)


def with_symbols(text: str) -> str:
    """Returns a text with units of languages without spaces as symbols: ``36 cm^2``."""
    text = _EASTERN_UNIT.sub(_symbol, _EASTERN_TIME.sub(_hours, text))
    return _SPEED.sub(lambda match: f"{match[2]}/{_PER[match[1]]}", text)


def _hours(match: re.Match[str]) -> str:
    hours = f"{match[1]}.5 h" if match[3] else f"{match[1]} h"
    return f"{hours} {match[2]} min" if match[2] else hours


def _symbol(match: re.Match[str]) -> str:
    power = {None: "", "平方": "^2", "제곱": "^2"}.get(match[1], "^3")
    return f" {_EASTERN[match[2]]}{power}"


def is_unit(word: str) -> bool:
    """Returns whether a word after a number is read as its unit.

    Few small letters must be a symbol as it is written: ``2mt`` is a product, ``2 mT`` is not.
    """
    factors = len(word) < 4 and word.isascii() and word.islower()
    return unit_named(word, folded=not factors) is not None or is_power_word(word)


def is_letter_unit(letter: str) -> bool:
    """Returns whether a single letter, set off behind a number, is its unit."""
    return letter in _LETTERS
