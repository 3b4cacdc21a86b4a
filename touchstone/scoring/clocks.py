# ruff: noqa: RUF001 - letters of other scripts are what is looked for
"""Times of day as people write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from touchstone.lazy import pattern
from touchstone.scoring.lexicon import SMALL_NUMBERS, as_read
from touchstone.scoring.numerals import digits

_MAX_LENGTH = 50  # characters
_EVENING = (
    "de la tarde|de la noche|da tarde|da noite|du soir|de l'après-midi|вечера|дня|abends"
    "|nachmittags|sore|malam|di sera|del pomeriggio|akşam"
)
_MORNING = "de la mañana|da manhã|du matin|утра|morgens|vormittags|pagi|di mattina|sabah"
_AFTERNOON = (
    "م",
    "下午",
    "午後",
    "中午",
    "晚上",
    "晚间",
    "오후",
    "저녁",
    "chiều",
    "tối",
    "ch",
    *_EVENING.split("|"),
)
_WORDS = {"noon": 12, "midday": 12, "12 noon": 12, "midnight": 0, "12 midnight": 0, "正午": 12,
          "mittag": 12, "mitternacht": 0,
          "midi": 12, "minuit": 0, "mediodía": 12, "medianoche": 0,
          "meio-dia": 12, "meia-noite": 0, "полдень": 12, "полночь": 0,
          "정오": 12, "자정": 0}  # fmt: skip
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420,
    "mdt": -360, "pst": -480, "pdt": -420, "cet": 60, "cest": 120, "mez": 60, "mesz": 120,
    "eet": 120, "eest": 180, "msk": 180, "jst": 540, "kst": 540, "hkt": 480, "sgt": 480,
}  # fmt: skip
_HALF_BEFORE = "上午|午前|早上|凌晨|清晨|오전|下午|午後|中午|晚上|晚间|오후|저녁"
_HALF_AFTER = rf"{_EVENING}|{_MORNING}|[ap]\.? ?m\.?(?!\w)|ص|م|sáng|chiều|tối|sa\b|ch\b"
# E.g. `10:30 PM`, `22h30`, `22.30 Uhr`, `10 giờ 30`, `下午10时30分`, `15:30:00.5+02:00`
_TIME = pattern(
    rf"(?P<before>{_HALF_BEFORE})?\s?(?P<h>[0-9]{{1,2}})"
    r"(?:(?P<colon>:)(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9}))?)?"
    r"|\s?(?P<word>h|uhr|時|时|点|點|시|giờ|ч)\.?(?:\s?(?P<wm>[0-9]{1,2})\s?(?:分|분|phút|min|m|мин)?"
    r"(?:\s?(?P<ws>[0-9]{1,2})\s?(?:秒|초|giây|s))?)?"
    r"|(?P<point>\.)(?P<pm>[0-9]{2}))?"
    rf"(?:\s?(?P<uhr>uhr|h|hrs|hours|o'clock)\b)?\s?(?P<after>{_HALF_AFTER})?"
    r"\s?(?P<zone>(?:utc|gmt)?[+-][0-9]{1,2}(?::?[0-9]{2})?|[a-z]{1,4})?"
)
# A part of an hour by its first letters, and what says that it has passed.
_PARTS = {"half": 30, "medi": 30, "meia": 30, "mezz": 30, "quar": 15, "vier": 15, "cuar": 15}
_LATER = frozenset(("past", "after", "nach", "y", "e"))
# E.g. `half past 10 pm`, `a quarter to 5`, `20 minutes past 3`, `viertel nach 4`
_PAST = pattern(
    r"(?:an? |un |une )?(?P<part>half|quarter|viertel|[0-9]{1,2})(?: minutes?| minuten)? "
    r"(?P<way>past|after|nach|to|till|before|of|vor) (?P<h>[0-9]{1,2})(?: uhr| o'clock)?"
    r"(?P<rest>\s.*)?"
)
# E.g. `las 10 y media`, `alle 10 e mezza`, `10 giờ kém 15`; not `10 heures et demie`, a length
_AND_PART = pattern(
    r"(?:las? |le |alle )?(?P<h>[0-9]{1,2})(?: giờ)? (?P<way>y|e|menos|meno|kém)(?: un)? "
    r"(?P<part>medi[oa]|meia|mezz[oa]|cuarto|quarto|[0-9]{1,2})(?P<rest>\s.*)?"
)
# E.g. `halb 11`, `halb acht`: halfway to eight
_HALF_TO = pattern(r"halb (?P<hour>[0-9]{1,2}|[a-zöü]{3,6})(?: uhr)?")
# E.g. `十点半`, `10시 반`, `10 giờ rưỡi`
_HALF_PAST = pattern(r"([点點時时시]|giờ)\s?(?:半|반|rưỡi)")
# An hour in a word that may also be something else.
# E.g. that of `三点`, `la una y`, `ba giờ`; not of `una hora`
_HOUR = pattern(
    r"[一二两兩三四五六七八九十](?=[点點時时])|(?<=\bla )una(?= (?:y|menos)\b)|\b\w{2,4}(?= giờ\b)"
)
# E.g. `3 часа дня`; not `3 часа`, a length of time
_HOUR_OF = pattern(r"([0-9]) час(?:ов|а|)(?= (?:дня|утра|вечера|ночи))")
# E.g. `1500 hrs`, `0930h`
_MILITARY = pattern(r"(?P<h>[0-2][0-9])(?P<m>[0-5][0-9])\s?(?:hrs|hours|h|uhr)")
# What parts a time from the day before it.
_AT = pattern(r"t(?=[0-9])|,?\s(?:at|um|à|a las|às|alle|kl\.?|в|lúc|@)?\s?|(?<=[日일号])")
_TAIL = 40


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day.

    Attributes:
        second: Since midnight.
        offset: Minutes ahead of UTC, ``None`` when no zone is given.
    """

    second: Fraction
    offset: int | None = None

    def same(self, other: Clock) -> bool:
        """Decides whether both are the same time, zones taken into account where both state one."""
        if self.offset is None or other.offset is None:
            return self.second == other.second
        return self.instant == other.instant

    @property
    def instant(self) -> Fraction:
        """Seconds since midnight in UTC, as far as a zone is given."""
        return (self.second - 60 * (self.offset or 0)) % 86400


@dataclass(frozen=True, slots=True)
class At:
    """A time at the end of a text, and the text before it."""

    before: str
    time: Clock


def read_time(text: str, *, dated: bool = False) -> Clock | None:
    """Returns the time of day that a text states and nothing else, or ``None``.

    ``22:30``, ``10:30 PM``, ``10pm``, ``22h30``, ``22.30 Uhr``, ``10 giờ 30``, ``下午10时30分``,
    ``오후 10시 30분``, ``noon``, each with a zone behind it if need be. A bare number is none.

    Args:
        text: Any text.
        dated: A day stands before it.
    """
    text = as_read(text)
    if not 2 <= len(text) <= _MAX_LENGTH:
        return None
    if text in _WORDS:
        return Clock(Fraction(_WORDS[text] * 3600))
    match = _TIME.fullmatch(_with_minutes(text))
    # `9:00-17:00` is two times; only behind a day is `-05:00` surely a zone.
    two = match and match["colon"] and not match["s"] and (match["zone"] or "").startswith("-")
    return _of(match) if match and (dated or not two) else None


def _with_minutes(text: str) -> str:
    """Returns a time whose words tell its hour or minutes in figures: ``half past ten``."""
    text = digits(_HOUR.sub(lambda m: str(SMALL_NUMBERS.get(m[0], m[0])), text))
    text = _HOUR_OF.sub(r"\1 ч", _HALF_PAST.sub(r"\1 30", text))
    if match := _MILITARY.fullmatch(text):
        return f"{match['h']}:{match['m']}"
    if match := _HALF_TO.fullmatch(text):
        said = match["hour"]
        hour = int(said) if said.isdigit() else int(SMALL_NUMBERS.get(said, 0))
        return _clock(hour, -30) if hour else text
    if match := _PAST.fullmatch(text) or _AND_PART.fullmatch(text):
        part = match["part"]
        minutes = int(part) if part.isdigit() else _PARTS[part[:4]]
        signed = minutes if match["way"] in _LATER else -minutes
        return _clock(int(match["h"]), signed) + (match["rest"] or "")
    return text


def _clock(hour: int, minutes: int) -> str:
    """Returns an hour with so many minutes added; the hour before one is twelve."""
    total = hour * 60 + minutes
    return "{}:{:02}".format(*divmod(total if total >= 60 else total + 720, 60))


def clock_at_end(text: str) -> At | None:
    """Returns the time that a text of :func:`as_read` ends in, behind something else."""
    start = max(0, len(text) - _TAIL)
    for parting in _AT.finditer(text, start):
        time = read_time(text[parting.end() :], dated=True) if parting.start() else None
        if time:
            return At(text[: parting.start()], time)
    return None


def _of(match: re.Match[str]) -> Clock | None:
    half = match["before"] or match["after"] or ""
    if not (match["colon"] or match["word"] or match["uhr"] or half):
        return None
    if match["point"] and not (match["uhr"] or half):
        return None
    hour, minute = int(match["h"]), int(match["m"] or match["wm"] or match["pm"] or 0)
    second = int(match["s"] or match["ws"] or 0)
    if half:
        if not 1 <= hour <= 12 and not (match["before"] and hour <= 23):
            return None
        hour = _in_half(hour, half)
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = Fraction(f"0.{match['f']}") if match["f"] else Fraction(0)
    offset = _offset(match["zone"]) if match["zone"] else None
    if match["zone"] and offset is None:
        return None
    return Clock(hour * 3600 + minute * 60 + second + fraction, offset)


def _in_half(hour: int, half: str) -> int:
    if hour > 12:
        return hour
    return hour % 12 + (12 if half in _AFTERNOON or half[:2] in ("p", "pm", "p.", "p ") else 0)


def _offset(zone: str) -> int | None:
    if zone in _ZONES:
        return _ZONES[zone]
    digits = re.fullmatch(r"(?:utc|gmt)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?", zone)
    if digits is None:
        return None
    minutes = int(digits[2]) * 60 + int(digits[3] or 0)
    return minutes if digits[1] == "+" else -minutes
