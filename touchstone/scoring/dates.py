# ruff: noqa: RUF001 - letters of other scripts are what is looked for
"""Dates and lengths of time as people write them, read to one value."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from touchstone.lazy import pattern
from touchstone.scoring.clocks import clock_at_end, read_time
from touchstone.scoring.figures import in_figures
from touchstone.scoring.lexicon import (
    LENGTHS_OF_TIME,
    MONTHS,
    SMALL_NUMBERS,
    WEEKDAYS,
    as_read,
    connected,
)
from touchstone.scoring.numerals import digits, whole_number

DateOrder = Literal["mdy", "dmy"]

_LEAP = 4  # stands for any year
_MAX_LENGTH = 100  # characters of a date; those of a range of two
_ORDINAL = pattern(r"\b([0-9]{1,2})(?:st|nd|rd|th|ere|er|eme|ème|e|o|a|-?го)\b\.?(?=[\s,]|$)")
_YEAR_FIRST = pattern(r"([0-9]{4})([-/.]) ?([0-9]{1,2})(?:\2 ?([0-9]{1,2}))?\.?")
_PARTING = pattern(r", ?| (?:on |le |am )?")
_COMPACT = pattern(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_YEAR_LAST = pattern(r"([0-9]{1,2})([-/.])\s?([0-9]{1,2})\2\s?([0-9]{4}|[0-9]{2})")
_NO_YEAR = pattern(r"([0-9]{1,2})([-/])([0-9]{1,2})")
_MONTH_YEAR = pattern(r"([0-9]{1,2})[-/.]([0-9]{4})")
_WEEK = pattern(r"([0-9]{4})-?w([0-9]{2})-?([1-7])")
_DAY_OF_YEAR = pattern(r"([0-9]{4})-([0-9]{3})")
_QUARTER = pattern(
    r"(?:q|quarter |t)([1-4])[ /,'-]*([0-9]{4}|(?<=')[0-9]{2})|([1-4])q ([0-9]{4})"
    r"|([0-9]{4})[ /-]*(?:q|t)([1-4])"
    r"|([0-9]{4})年第?([1-4一二三四])季度?"
)
_QUARTERS = ("first", "second", "third", "fourth")
_QUARTER_WORDS = pattern(r"^(first|second|third|fourth) quarter (?:of )?")
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "民國": 1911, "民国": 1911}
# E.g. `2024-09-01 (sun)`, `(Mo.)`; not `(1)`
_IN_BRACKETS = pattern(r"\s?\(([^\W\d_]{2,12})\.?\)")
_BUDDHIST = 543  # years that Thailand counts more
# E.g. `พ.ศ. 2567`; without a name, no other era has come as far
_THAI_YEAR = pattern(
    r"(?:(?:พ\.ศ\.?|พุทธศักราช)\s?(?P<thai>[0-9]{4})|(?:ค\.ศ\.?|คริสต์ศักราช)\s?(?P<ours>[0-9]{4})"
    r"|\b(?P<year>2[45][0-9]{2}))\b"
)
_THAI = pattern(r"[\u0e01-\u0e2e]")
_EAST = pattern(
    r"(?P<era>令和|平成|昭和|大正|(?:中華)?民[國国])?\s?(?:(?P<year>[0-9〇零一二三四五六七八九]{1,4}|元)\s?[年년]\s?)?"
    r"(?P<month>[0-9一二三四五六七八九十]{1,3})\s?[月월]\s?"
    r"(?:(?P<day>[0-9一二三四五六七八九十]{1,3})\s?[日号號일])?"
    r"\s?(?:\(?(?:星期|周|週)?[一二三四五六日天月火水木金土월화수목금토일]\)?(?:曜日?|요일)?)?"
)
_EAST_YEAR = pattern(r"([0-9]{4})[년年]")
_EAST_DIGITS = {char: str(n % 10) for n, char in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_VIETNAM = pattern(
    r"(?:(?:chủ nhật|thứ \w+|cn|t[2-7]),? )?"
    r"(?:tháng (?P<first>[0-9]{1,2}) ngày (?P<then>[0-9]{1,2})(?:,? (?:năm )?)?(?P<last>[0-9]{4})"
    r"|(?:ngày )?(?:(?P<day>[0-9]{1,2}) )?tháng (?P<month>[0-9]{1,2}|\w+(?: (?:một|hai))?)"
    r"(?:,? (?:năm )?|/)?(?P<year>[0-9]{4})?)"
)
_FIRST_AND_LAST = {"giêng": "1", "chạp": "12"}
_FILLERS = """the day of on de del d le la el den der dem da di em o a van am au feira r roku
    г года год р року م"""
_FILLER = frozenset(_FILLERS.split())
_TOKEN = pattern(r"'?[0-9]+|[^\W\d]+(?:['-][^\W\d]+)*")
_NOT_IN_A_DATE = pattern(r"[^\w\s,.'/()-]")
# E.g. `2024-05-20 to 2024-05-25`, `from 1 May 2024 until 3 May 2024`
_BETWEEN = pattern(
    r"\s(?:to|until|till|through|and|bis|au|à|al|a|até|ate|hasta|по|до|đến|tới|إلى|-|~)\s"
    r"|\s?(?:/|~|から|至|到|부터|--)\s?"
)
_OPENING = pattern(r"(?:from|between|von|vom|du|de|del|desde|с|từ|من|自|从)\s?")
_CLOSING = pattern(r"\s?(?:まで|까지|止)")
_TWO_DAYS = pattern(r"\b([0-9]{1,2})\.?\s?-\s?([0-9]{1,2})\b(?![-/])")

_ISO_DURATION = pattern(
    r"(?P<sign>[+-]?)p(?=.)(?:(?P<years>N)y)?(?:(?P<months>N)m)?(?:(?P<weeks>N)w)?(?:(?P<days>N)d)?"
    r"(?:t(?=.)(?:(?P<hours>N)h)?(?:(?P<minutes>N)m)?(?:(?P<seconds>N)s)?)?".replace(
        "N", r"[0-9]{1,12}(?:[.,][0-9]{1,9})?"
    )
)
_CLOCK_DURATION = pattern(r"([0-9]{1,6}):([0-5][0-9]):([0-5][0-9])")
_HOURS_AND = pattern(r"([0-9]{1,6}) ?h ?([0-5][0-9])")
_MONTHS_IN = {"year": 12, "month": 1}
_SECONDS_IN = {"week": 604800, "day": 86400, "hour": 3600, "minute": 60, "second": 1}
_WORDS = pattern(r"[0-9]{1,12}(?:[.,][0-9]{1,9})?|\([0-9a-z -]{1,40}\)|\(s\)|[^\W\d_]+|\S")
_JOINS = frozenset(
    (*",،.-", "(s)", "and", "und", "et", "y", "e", "en", "og", "och", "и", "và", "و")
)
_EAST_NUMBERS = "一二两兩三四五六七八九十"
_DUALS = {"سنتان": "year", "عامان": "year", "شهران": "month", "أسبوعان": "week", "يومان": "day",
          "ساعتان": "hour", "دقيقتان": "minute", "fortnight": "week"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moment:
    """A year, a month of a year, a day, or a time of a day.

    Attributes:
        year: Four digits; ``None`` for a day of any year.
        month: ``None`` when only the year is known.
        day: ``None`` when only the month is known.
        second: Of the day; midnight when no time is given.
        offset: Minutes ahead of UTC, ``None`` when no zone is given.
        until: The end of a range of days that begins here.
    """

    year: int | None
    month: int | None = None
    day: int | None = None
    second: Fraction = Fraction(0)
    offset: int | None = None
    until: Moment | None = None

    def same(self, other: Moment) -> bool:
        """Decides whether both are the same moment, as precisely as each is stated.

        Zones are taken into account where both state one.
        """
        if (self.until is None) != (other.until is None):
            return False
        if self.until and other.until and not self.until.same(other.until):
            return False
        if self.offset is None or other.offset is None or self.offset == other.offset:
            mine = (self.year, self.month, self.day, self.second)
            return mine == (other.year, other.month, other.day, other.second)
        return self.instant == other.instant

    @property
    def instant(self) -> tuple[Fraction, bool, bool]:
        """Seconds since the year 1, in UTC where a zone is given, and how precise it is."""
        days = date(
            _LEAP if self.year is None else self.year, self.month or 1, self.day or 1
        ).toordinal()
        seconds = days * 86400 + self.second - 60 * (self.offset or 0)
        return seconds, self.month is None, self.day is None


def read_date(text: str, order: DateOrder = "mdy") -> Moment | None:
    """Returns the moment that a text states and nothing else, or ``None``.

    ``2014-05-20``, ``20140520``, ``2014-05``, ``2014``, ``5/20/2014``, ``20.05.2014``,
    ``May 20, 2014``, ``20th day of May 2014``, ``1 de enero de 2025``, ``2025年1月1日``, each
    with a time behind it if need be; a week's day (``2025-W01-3``) and a year's
    (``2025-001``), a quarter (``Q1 2024``, its three months), a day of any year (``10/24``), and
    a range of two days.

    Args:
        text: Any text.
        order: How ``03/04/2014`` is read. A day above 12 settles the order itself, and
            points (``03.04.2014``) mean day first.
    """
    text = as_read(text).replace("_", " ")
    if not 3 <= len(text) <= _MAX_LENGTH:
        return None
    if _THAI.search(text):
        text = _THAI_YEAR.sub(_of_thailand, text)
        text = text.removeprefix("วันที่").strip()
    text = _IN_BRACKETS.sub(lambda m: "" if m[1] in WEEKDAYS else m[0], text)
    text = _QUARTER_WORDS.sub(_quarter, connected(text))
    return _read_moment(text, order) or _read_range(text, order)


def read_duration(text: str) -> tuple[Fraction, Fraction] | None:
    """Returns a duration as months and seconds, or ``None``.

    ISO 8601 (``P3Y``, ``PT36H``), words (``3 years``, ``eighteen (18) months``, ``1 year and
    6 months``, ``3-year``, ``2h30m``, ``3 Jahre``, ``3年``) and ``1:30:00``. A year is 12 months
    and a week 7 days; a month has no fixed number of days, so that ``1 month`` is not
    ``30 days``.
    """
    text = as_read(text).replace("_", " ")
    if not 2 <= len(text) <= _MAX_LENGTH:
        return None
    if iso := _ISO_DURATION.fullmatch(text):
        given = iso.groupdict("")
        sign = -1 if given.pop("sign") == "-" else 1
        parts = [(u[:-1], Fraction(v.replace(",", "."))) for u, v in given.items() if v]
        return _total([(unit, sign * value) for unit, value in parts])
    if clock := _CLOCK_DURATION.fullmatch(text):
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return Fraction(0), Fraction(hours * 3600 + minutes * 60 + seconds)
    if both := _HOURS_AND.fullmatch(text):
        return Fraction(0), Fraction(int(both[1]) * 3600 + int(both[2]) * 60)
    if text in _DUALS:
        return _total([(_DUALS[text], Fraction(2))])
    return _read_words(as_read(in_figures(text)))


def _read_moment(text: str, order: DateOrder) -> Moment | None:
    if clock := clock_at_end(text):
        day = _read_day(clock.before, order)
        if day and day.day and clock.time:
            return replace(day, second=clock.time.second, offset=clock.time.offset)
    for parting in list(_PARTING.finditer(text))[:3]:
        time = read_time(text[: parting.start()])
        day = _read_day(text[parting.end() :], order) if time else None
        if time and day and day.day:
            return replace(day, second=time.second, offset=time.offset)
    return _read_day(text, order)


def _read_range(text: str, order: DateOrder) -> Moment | None:
    """Reads two days with what parts them, or one month's two days."""
    if two := _TWO_DAYS.search(text):
        ends = [_read_day(text[: two.start()] + n + text[two.end() :], order) for n in two.groups()]
        if all(end and end.day and end.month for end in ends) and _named(text):
            return _span(*ends)
    text = _CLOSING.sub("", _OPENING.sub("", text, count=1))
    for mark in _BETWEEN.finditer(text):
        start, end = text[: mark.start()], text[mark.end() :]
        ends = [_read_moment(part.strip(), order) for part in (start, end)]
        if ends[1] and ends[1].year and (not ends[0] or not ends[0].year):
            ends[0] = _read_moment(f"{start.strip()} {ends[1].year}", order)
        if span := _span(*ends):
            return span
    return None


def _span(start: Moment | None, end: Moment | None) -> Moment | None:
    if start is None or end is None or (start.day is None) != (end.day is None):
        return None
    return replace(start, until=end)


def _named(text: str) -> bool:
    return any(word in MONTHS for word in _TOKEN.findall(text)) or "月" in text


def _read_day(text: str, order: DateOrder) -> Moment | None:
    text = text.strip().strip(",").strip()
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
    return _read_rare(text, order) or _read_named(text)


def _read_rare(text: str, order: DateOrder) -> Moment | None:
    if match := _MONTH_YEAR.fullmatch(text):
        return _moment(int(match[2]), int(match[1]))
    if match := _NO_YEAR.fullmatch(text):
        return _either(int(match[1]), int(match[3]), None, order == "dmy")
    if match := _WEEK.fullmatch(text):
        return _of_date(lambda: date.fromisocalendar(*(int(part) for part in match.groups())))
    if match := _DAY_OF_YEAR.fullmatch(text):
        return _of_day_of_year(int(match[1]), int(match[2]))
    if match := _QUARTER.fullmatch(text):
        return _of_quarter([part for part in match.groups() if part])
    if match := _EAST_YEAR.fullmatch(text):
        return _moment(int(match[1]))
    if match := _EAST.fullmatch(text):
        return _of_east(match)
    if match := _VIETNAM.fullmatch(text):
        return _of_vietnam(match)
    return None


def _of_date(make: Callable[[], date]) -> Moment | None:
    try:
        found = make()
    except ValueError:
        return None
    return Moment(found.year, found.month, found.day)


def _of_day_of_year(year: int, number: int) -> Moment | None:
    if not 1 <= number <= 366 or year == 0:
        return None
    found = date(year, 1, 1) + timedelta(number - 1) if year < 9999 else date.max
    return Moment(found.year, found.month, found.day) if found.year == year else None


def _of_quarter(parts: list[str]) -> Moment | None:
    number, year = sorted(_east_number(part) for part in parts)
    year = _full_year(str(year)) if year < 100 else year
    start = _moment(year, 3 * number - 2)
    return _span(start, _moment(year, 3 * number))


def _quarter(words: re.Match[str]) -> str:
    return f"q{_QUARTERS.index(words[1]) + 1} "


def _of_east(match: re.Match[str]) -> Moment | None:
    year = match["year"]
    if year is None or (not match["era"] and len(year) != 4):
        if year or match["era"] or not match["day"]:
            return None
        return _moment(None, _east_number(match["month"]), _east_number(match["day"]))
    number = 1 if year == "元" else _east_number(year)
    day = _east_number(match["day"]) if match["day"] else None
    return _moment(
        number + _ERAS.get((match["era"] or "")[-2:], 0), _east_number(match["month"]), day
    )


def _east_number(text: str) -> int:
    """Reads digits, or Chinese ones; ``二十四`` is 24 and ``二〇二四`` is 2024."""
    if "十" not in text:
        return int("".join(_EAST_DIGITS.get(char, char) for char in text))
    tens, _, ones = text.partition("十")
    return 10 * (_east_number(tens) if tens else 1) + (_east_number(ones) if ones else 0)


def _of_thailand(match: re.Match[str]) -> str:
    year = match["ours"] or int(match["thai"] or match["year"]) - _BUDDHIST
    return f" {year} "


def _of_vietnam(match: re.Match[str]) -> Moment | None:
    if match["first"]:
        return _moment(int(match["last"]), int(match["first"]), int(match["then"]))
    word = digits(_FIRST_AND_LAST.get(match["month"], match["month"]))
    month = int(word) if word.isdecimal() else 0
    day = int(match["day"]) if match["day"] else None
    if match["year"] is None and day is None:
        return None
    return _moment(int(match["year"]) if match["year"] else None, month, day)


def _read_named(text: str) -> Moment | None:
    """Reads a day whose month is a word, in any language."""
    text = _ORDINAL.sub(r"\1", text)
    if _NOT_IN_A_DATE.search(text):
        return None
    words = [word for word in _TOKEN.findall(text.replace("-", " ")) if word not in _FILLER]
    words = [word for word in words if word not in WEEKDAYS or word in MONTHS]
    places = [index for index, word in enumerate(words) if word in MONTHS]
    numbers = [(index, word) for index, word in enumerate(words) if index not in places]
    if len(places) != 1 or not all(word.strip("'").isdigit() for _, word in numbers):
        return None
    years = [(i, word) for i, word in numbers if len(word) == 4 or word.startswith("'")]
    days = [(i, word) for i, word in numbers if (i, word) not in years]
    if not years and len(days) == 2 and days[0][0] < places[0] < days[1][0]:
        years = [days.pop()]  # `20 May 24`
    if len(years) > 1 or len(days) > 1 or any(len(word) > 2 for _, word in days):
        return None
    if not years and not days:
        return None
    year = _full_year(years[0][1].strip("'")) if years else None
    return _moment(year, MONTHS[words[places[0]]], int(days[0][1]) if days else None)


def _either(first: int, second: int, year: int | None, day_first: bool) -> Moment | None:
    day, month = (first, second) if day_first else (second, first)
    return _moment(year, month, day) or _moment(year, day, month)


def _full_year(year: str) -> int:
    # POSIX's pivot: 69 to 99 are the last century.
    return int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 69 else 2000)


def _moment(year: int | None, month: int | None = None, day: int | None = None) -> Moment | None:
    try:
        date(_LEAP if year is None else year, month or 1, day or 1)
    except ValueError:
        return None
    # A month or day of 0 is no date, and must not pass for an absent one.
    return None if month == 0 or day == 0 else Moment(year, month, day)


def _read_words(text: str) -> tuple[Fraction, Fraction] | None:
    """Reads numbers, each with a unit of time behind it."""
    words = [part for word in _WORDS.findall(text) for part in _apart(word)]
    parts: list[tuple[str, Fraction]] = []
    number: Fraction | None = None
    for word in words:
        if word in LENGTHS_OF_TIME and number is not None:
            parts.append((LENGTHS_OF_TIME[word], number))
            number = None
        elif word not in _JOINS:
            number = _joined(number, word)
            if number is None:
                return None
    if number is not None and parts and parts[-1][0] == "hour" and number < 60:
        parts.append(("minute", number))  # `1 heure 30`
        number = None
    # A lone `5m` is as much a length.
    if number is not None or not parts or (len(parts) == 1 and words[-1] == "m"):
        return None
    return _total(parts)


def _apart(word: str) -> list[str]:
    return [word[0], word[1:]] if word[0] in _EAST_NUMBERS and len(word) > 1 else [word]


def _joined(before: Fraction | None, word: str) -> Fraction | None:
    """Returns a number with the next word of it: `twenty two`, or the same again, `two (2)`."""
    if word.startswith("(") and len(word) > 1:
        inside = word.strip("()")
        again = Decimal(inside) if inside.isdigit() else whole_number(inside)
        return before if again is not None and before == Fraction(again) else None
    value = word.replace(",", ".") if word[0].isdigit() else SMALL_NUMBERS.get(word)
    if value is None:
        return None
    if before is None:
        return Fraction(value)
    tens = before in range(20, 100, 10) and 0 < Fraction(value) < 10
    return before + Fraction(value) if tens and not word[0].isdigit() else None


def _total(parts: list[tuple[str, Fraction]]) -> tuple[Fraction, Fraction]:
    months = sum((v * _MONTHS_IN[u] for u, v in parts if u in _MONTHS_IN), Fraction(0))
    seconds = sum((v * _SECONDS_IN[u] for u, v in parts if u in _SECONDS_IN), Fraction(0))
    return months, seconds
