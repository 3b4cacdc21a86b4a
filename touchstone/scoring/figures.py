# ruff: noqa: RUF001 - the words of many languages are its data
"""Amounts in words as amounts in figures: ``anderthalb Stunden`` is ``1.5 Stunden``.

What readers of numbers, money, lengths of time and quantities take is figures. This is what goes
before them where a text has words instead: whole numbers and shares (:mod:`.numerals`), halves and
quarters of a unit, and words for several of one, such as a dozen and a decade.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from touchstone.lazy import pattern
from touchstone.scoring.lexicon import as_read
from touchstone.scoring.numerals import digits

_LONGEST = 80  # characters of an amount in words
_A = "an?|one|une?|una?|uma?|un'|ein(?:e[nmrs]?)?|m\u1ed9t|một|одна?|одну|еден|et|ett|een"
_N = r"[0-9]{1,12}"
_EAST = "[一二两兩三四五六七八九]"
_AND_HALF = (
    "and a half|et demie?|(?:y|e) medi[ao]|e mei[ao]|e mezz[ao]|und ein(?:e[nm]?)? halb(?:e[nms]?)?"
    "|с половиной|rưỡi|반|ونصف"
)
_HALF_OF = (
    "half(?: of)?(?: an?)?|(?:(?:ein(?:e[nmrs]?)?) )?halbe?[nmrs]?|(?:une? )?demi(?:e)?|medi[ao]"
    "|mei[ao]|mezz[ao']|nửa|نصف|반|пол(?:овина)?"
)
_UNIT = r"(?P<unit>[^\W\d_]{2,14})"
# How many of what a word for several says.
SEVERAL = {
    "dozen": (12, ""), "dozens": (12, ""), "dutzend": (12, ""), "docena": (12, ""),
    "docenas": (12, ""), "douzaine": (12, ""), "douzaines": (12, ""), "tá": (12, ""),
    "dúzia": (12, ""), "dúzias": (12, ""), "ダース": (12, ""), "다스": (12, ""),
    "дюжина": (12, ""), "дюжины": (12, ""), "дюжин": (12, ""), "score": (20, ""), "chục": (10, ""),
    "fortnight": (2, " weeks"), "fortnights": (2, " weeks"), "decade": (10, " years"),
    "decades": (10, " years"), "century": (100, " years"), "centuries": (100, " years"),
    "década": (10, " years"), "décadas": (10, " years"), "décennie": (10, " years"),
    "décennies": (10, " years"), "jahrzehnt": (10, " years"), "jahrzehnte": (10, " years"),
    "thập kỷ": (10, " years"), "десятилетие": (10, " years"),
}  # fmt: skip


def _half_more(match: re.Match[str]) -> str:
    return f"{int(match['n'] or 1)}.5 {match['unit']}"


def _mixed(match: re.Match[str]) -> str:
    value = int(match["n"] or 0) + Decimal(match["part"]) / int(match["of"])
    return f"{value} " if match["n"] or match.end() < len(match.string) else match[0]


def _east_half(match: re.Match[str]) -> str:
    return f"{digits(match['n'])}.5{match['unit']}"


def _several(match: re.Match[str]) -> str:
    number, unit = SEVERAL[match["several"].lower()]
    return f"{(Decimal(match['n'] or 1) * number).normalize():f}{unit}"


# In this order: a half beside a number, a half beside a unit, a half alone, several of one.
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (pattern(said, re.IGNORECASE), new)
    for said, new in (
        # E.g. `anderthalb Stunden`, `полтора часа`; not `полторы`
        (r"\b(?:anderthalb|eineinhalb|полтор[аы])\b", "1.5"),
        # E.g. `zweieinhalb Jahre`
        (r"\b(?P<n>[^\W\d_]{3,12})einhalb\b", lambda m: f"{digits(m['n'])}.5"),
        # E.g. `2 and a half hours`, `one and a half`
        (rf"\b(?:(?P<n>{_N})|{_A}) (?:and (?:a|one|1) half|с половиной)\b(?: of)?",
         lambda m: f"{m['n'] or 1}.5"),
        # E.g. `an hour and a half`, `une heure et demie`, `2 giờ rưỡi`, `1시간 반`, `ساعة ونصف`
        (rf"^(?:(?:(?P<n>{_N})|{_A}|[한] ?) ?)?{_UNIT} (?:{_AND_HALF})$", _half_more),
        # E.g. `1个半小时`, `一个半小时`
        (rf"(?P<n>{_N}|{_EAST})[个個か]半(?P<unit>[^\W\d_]{{1,3}})", _east_half),
        # E.g. `1時間半`, `2年半`
        (rf"(?P<n>{_N}|{_EAST})(?P<unit>時間|小时|小時|[年天日週周])半", _east_half),
        # E.g. `半小时`, `半年`, `半個月`
        (r"^半[个個]?(?=時間|小时|小時|月|[年天日])", "0.5"),
        # E.g. `полчаса`, `полгода`
        (r"^пол(?=часа|года|дня|минуты|литра|килограмма|метра)", "0.5 "),
        # E.g. `three quarters of an hour`, `a quarter of a year`, `quarter hour`
        (rf"^(?:(?P<n>[13])|an?) ?quarters?(?: of)?(?: an?)? (?={_UNIT}$)",
         lambda m: "0.75 " if m["n"] == "3" else "0.25 "),
        # E.g. `1 1/2`, `3/4 hour`, `1/2 of a year`, `2 1/4 cups`
        (rf"^(?:(?P<n>{_N}) )?(?P<part>[1-9])/(?P<of>[2458])(?![0-9/])(?: of)?(?: an?)?[ -]?",
         _mixed),
        # E.g. `half an hour`, `eine halbe Stunde`, `demi-heure`, `media hora`, `nửa lít`
        (rf"^(?:a )?(?:{_HALF_OF})[ -]?(?={_UNIT}$)(?<=[ '-])", "0.5 "),
        # E.g. `half`, `a half`, `one half`
        (r"^(?:an? |1 )?(?:half|halb|die hälfte|la moitié|la mitad|một nửa|половина|半分|一半)$",
         "0.5"),
        # E.g. `two dozen`, `a decade`, `half a century`
        (rf"^(?:(?:(?P<n>{_N}(?:\.[0-9]+)?)|{_A}) )?(?P<several>{'|'.join(SEVERAL)})$", _several),
    )
)  # fmt: skip
_HINTS = pattern(
    rf"[0-9]/[2458]|half|halb|hälfte|demi|moiti|medi[ao]|mitad|mei[ao]|mezz|nửa|rưỡi|пол|половин|반|半|نصف|quarter"
    rf"|{'|'.join(SEVERAL)}",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)  # one leaf is read by several readers
def in_figures(text: str) -> str:
    """Returns a text with the amount that its words say in figures; else as it is.

    ``twenty-five`` is ``25``, ``hai giờ rưỡi`` is ``2.5 giờ``, ``half a dozen`` is ``6``. A text
    of many words is no amount, and stays.
    """
    if len(text) > _LONGEST:
        return text
    said = digits(as_read(text, case=True))
    for rule, new in _RULES if _HINTS.search(said) else ():
        said = rule.sub(new, said)
    said = said.strip()
    return said if any(char.isdigit() for char in said) else text
