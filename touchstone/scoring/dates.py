"""Dates and durations as people write them (English names), read to one value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from touchstone.scoring.similarity import plain
from touchstone.scoring.words import MONTHS, ONES, TENS

DateOrder = Literal["mdy", "dmy"]

_WEEKDAY = re.compile(r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?")
_FILLER = re.compile(r"\b(?:the|day|of)\b|[,.]")
_ORDINAL = re.compile(r"\b([0-9]{1,2})(?:st|nd|rd|th)\b")
_CLOCK = re.compile(
    r"(?:t|,?\s+(?:at\s+)?)(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})"
    r"(?::(?P<s>[0-9]{2})(?:[.,](?P<f>[0-9]{1,9}))?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>z|utc|gmt|[+-][0-9]{2}:?[0-9]{2})?"
)
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})(?:\2([0-9]{1,2}))?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")

_ISO_DURATION = re.compile(
    r"(?P<sign>[+-]?)p(?=.)(?:(?P<years>N)y)?(?:(?P<months>N)m)?(?:(?P<weeks>N)w)?(?:(?P<days>N)d)?"
    r"(?:t(?=.)(?:(?P<hours>N)h)?(?:(?P<minutes>N)m)?(?:(?P<seconds>N)s)?)?".replace(
        "N", r"[0-9]{1,12}(?:[.,][0-9]{1,9})?"
    )
)
_CLOCK_DURATION = re.compile(r"([0-9]{1,6}):([0-5][0-9]):([0-5][0-9])")
_MONTHS_IN = {"year": 12, "month": 1}
_SECONDS_IN = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60, "second": 1}
_UNITS = {
    spelling: unit
    for unit, spellings in {
        "year": "year years yr yrs y", "month": "month months mo mos mth mths",
        "week": "week weeks wk wks w", "day": "day days d", "hour": "hour hours hr hrs h",
        "minute": "minute minutes min mins", "second": "second seconds sec secs s",
    }.items()
    for spelling in spellings.split()
}  # fmt: skip
_SMALL = ONES | {"a": 1, "an": 1}
_PART = re.compile(
    r"(?P<number>[0-9]{1,12}(?:\.[0-9]{1,9})?"
    r"|[a-z]+(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)"
    r"\s*(?:\((?P<digits>[0-9]{1,12})\)\s*)?"
    r"(?P<unit>[a-z]+)\.?(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s+|$)"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A year, a month of a year, a day, or a time of a day.

    Attributes:
        year: Four digits.
        month: ``None`` when only the year is known.
        day: ``None`` when only the month is known.
        second: Of the day; midnight when no time is given.
        offset: Minutes ahead of UTC, ``None`` when no zone is given.
    """

    year: int
    month: int | None = None
    day: int | None = None
    second: Fraction = Fraction(0)
    offset: int | None = None

    def same(self, other: Moment) -> bool:
        """Decides whether both are the same moment, as precisely as each is stated.

        Zones are taken into account where both state one.
        """
        if self.offset is None or other.offset is None or self.offset == other.offset:
            mine = (self.year, self.month, self.day, self.second)
            return mine == (other.year, other.month, other.day, other.second)
        return self._utc() == other._utc()

    def _utc(self) -> Fraction:
        days = date(self.year, self.month or 1, self.day or 1).toordinal()
        return days * 86400 + self.second - 60 * (self.offset or 0)


def read_date(text: str, order: DateOrder = "mdy") -> Moment | None:
    """Returns the moment that a text states and nothing else, or ``None``.

    ``2014-05-20``, ``20140520``, ``2014-05``, ``2014``, ``5/20/2014``, ``20.05.2014``,
    ``May 20, 2014``, ``20th day of May 2014``, each with a time behind it if need be.

    Args:
        text: Any text.
        order: How ``03/04/2014`` is read. A day above 12 settles the order itself, and
            points (``03.04.2014``) mean day first.
    """
    text = plain(text).replace("_", " ")
    if not 4 <= len(text) <= 60:
        return None
    clock = next((m for m in _CLOCK.finditer(text) if m.end() == len(text)), None)
    day = _read_day(text[: clock.start()] if clock else text, order)
    if day is None or clock is None:
        return day
    time = _read_clock(clock)
    if time is None or day.day is None:
        return None
    return Moment(day.year, day.month, day.day, *time)


def read_duration(text: str) -> tuple[Fraction, Fraction] | None:
    """Returns a duration as months and seconds, or ``None``.

    ISO 8601 (``P3Y``, ``PT36H``), words (``3 years``, ``eighteen (18) months``, ``1 year and
    6 months``) and ``1:30:00``. A year is 12 months and a week 7 days; a month has no fixed
    number of days, so that ``1 month`` is not ``30 days``.
    """
    text = plain(text).replace("_", " ")
    if not 2 <= len(text) <= 100:
        return None
    if iso := _ISO_DURATION.fullmatch(text):
        given = iso.groupdict("")
        sign = -1 if given.pop("sign") == "-" else 1
        parts = [(u[:-1], Fraction(v.replace(",", "."))) for u, v in given.items() if v]
        return _total([(unit, sign * value) for unit, value in parts])
    if clock := _CLOCK_DURATION.fullmatch(text):
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return Fraction(0), Fraction(hours * 3600 + minutes * 60 + seconds)
    return _read_words(text)


def _read_day(text: str, order: DateOrder) -> Moment | None:
    text = text.strip()
    if match := _YEAR_FIRST.fullmatch(text):
        year, _, month, day = match.groups()
        return _moment(int(year), int(month), int(day) if day else None)
    if match := _COMPACT.fullmatch(text):
        return _moment(*(int(part) for part in match.groups()))
    if match := _YEAR_LAST.fullmatch(text):
        first, mark, second, year = match.groups()
        day_first = mark == "." or order == "dmy"
        return _either(int(first), int(second), _full_year(year), day_first)
    if re.fullmatch(r"[0-9]{4}", text):
        return _moment(int(text))
    return _read_named(text)


def _read_named(text: str) -> Moment | None:
    words = _FILLER.sub(" ", _ORDINAL.sub(r"\1", _WEEKDAY.sub(" ", text))).replace("-", " ").split()
    months = [MONTHS[word] for word in words if word in MONTHS]
    numbers = [word for word in words if word not in MONTHS]
    if len(months) != 1 or not all(word.isascii() and word.isdigit() for word in numbers):
        return None
    years = [word for word in numbers if len(word) == 4]
    days = [word for word in numbers if len(word) <= 2]
    if len(years) != 1 or len(days) > 1 or len(years) + len(days) != len(numbers):
        return None
    return _moment(int(years[0]), months[0], int(days[0]) if days else None)


def _either(first: int, second: int, year: int, day_first: bool) -> Moment | None:
    day, month = (first, second) if day_first else (second, first)
    return _moment(year, month, day) or _moment(year, day, month)


def _full_year(year: str) -> int:
    # POSIX's pivot: 69 to 99 are the last century.
    return int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 69 else 2000)


def _moment(year: int, month: int | None = None, day: int | None = None) -> Moment | None:
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    # A month or day of 0 is no date, and must not pass for an absent one.
    return None if month == 0 or day == 0 else Moment(year, month, day)


def _read_clock(clock: re.Match[str]) -> tuple[Fraction, int | None] | None:
    hour, minute, second = int(clock["h"]), int(clock["m"]), int(clock["s"] or 0)
    if clock["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if clock["half"][0] == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    fraction = Fraction(f"0.{clock['f']}") if clock["f"] else Fraction(0)
    zone, offset = clock["zone"], None
    if zone:
        offset = 0
        if zone[0] in "+-":
            minutes = int(zone[1:3]) * 60 + int(zone[-2:])
            offset = minutes if zone[0] == "+" else -minutes
    return hour * 3600 + minute * 60 + second + fraction, offset


def _read_words(text: str) -> tuple[Fraction, Fraction] | None:
    parts: list[tuple[str, Fraction]] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None or match["unit"] not in _UNITS:
            return None
        value = _count(match["number"])
        if value is None or (match["digits"] and Fraction(match["digits"]) != value):
            return None
        parts.append((_UNITS[match["unit"]], value))
        position = match.end()
    return _total(parts) if parts else None


def _count(text: str) -> Fraction | None:
    if text[0].isdigit():
        return Fraction(text)
    tens, _, ones = text.replace("-", " ").partition(" ")
    if not ones:
        value = _SMALL.get(tens, TENS.get(tens))
        return None if value is None else Fraction(value)
    if tens in TENS and 0 < _SMALL.get(ones, 0) < 10:
        return Fraction(TENS[tens] + _SMALL[ones])
    return None


def _total(parts: list[tuple[str, Fraction]]) -> tuple[Fraction, Fraction]:
    months = sum((v * _MONTHS_IN[u] for u, v in parts if u in _MONTHS_IN), Fraction(0))
    seconds = sum((v * _SECONDS_IN[u] for u, v in parts if u in _SECONDS_IN), Fraction(0))
    return months, seconds
