# ruff: noqa: RUF001 - the words of many languages are its data
"""Days, times of day, days of the week and places in an order, as answers name them."""

from __future__ import annotations

import re

from touchstone.lazy import pattern
from touchstone.scoring.clocks import read_time
from touchstone.scoring.dates import read_date
from touchstone.scoring.lexicon import MONTHS, WEEKDAYS, connected
from touchstone.scoring.numerals import digits
from touchstone.templates.math_reasoning.wording import without_markup

# E.g. `3:30 pm`, `15:30`, `7 p.m.`, `12:00 noon`; not `noon`
_CLOCK = pattern(
    r"(\d{1,2})(?::([0-5]\d))?(?::([0-5]\d))?\s*(?:([ap])\.?\s?m\b\.?|(noon|midnight)|o'clock)?"
)
# E.g. the beginning of `at 7:30`, `в 17:40`; not of `7:30`
_AT = pattern(r"\A(?:at|um|à|a las|às|alle|в|lúc|om) (?=\d)")
# E.g. `7:30 in the morning`, `8 in the evening`; not `morning`
_PART_OF_DAY = pattern(r"(?<=\d) in the (morning|afternoon|evening)$")
# E.g. `2024-05-03`, `3/5/2024`, `3.5.2024`; not `2024`, `3/5`
_DAY = pattern(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}")
# E.g. `2024年3月15日`, `3月5日`, `2024년 3월 15일`; not `3月`
_EASTERN_DAY = pattern(r"(?:\d{4}\s?[年년]\s?)?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日号號일]")
# E.g. `quarter to four`, `half past 3`, `ten past nine`; not `4 past`
_SPOKEN_TIME = pattern(
    r"(?:a )?(quarter|half|[a-z]{3,6}(?:-[a-z]{3,5})?|\d{1,2})(?: minutes)? (past|after|to|before) "
    r"([a-z]{3,6}|\d{1,2})(?: o'clock)?(?P<part> in the (?:morning|afternoon|evening)"
    r"| at night|\s?[ap]\.?m\b\.?)?"
)
# What may be a length of time or a number.
# E.g. `3 h`, `2.5`, `2 h 30 min`; not `Uhr`
_NO_TIME = pattern(r"\d{1,2}\s?h|[\d.\s]{1,9}|.{1,20}\d\s?m(?:in)?\b.{0,9}")
# E.g. `3rd`, `25.º`, `the third place`, `第3`, `2ème`; not `3`, `2e`, `25°`
_ORDINAL = pattern(
    r"(?:(?:in|the|at|her|his|their|el|la|le|der|den|dem|die|das|lo|o|a)\s){0,2}"
    r"(?:(\d{1,6})(?:st|nd|rd|th|\.?[ºª]|ère|er|[eè]me|-?й|-?я|-е)|第\s?(\d{1,6})"
    r"|([^\W\d_]{4,12}(?:-[a-z]{4,7})?))(?:\s[^\W\d_]{3,12})?"
)
_ORDINALS = {
    word: number
    for words in (
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth",
        "erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte",
        "premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième",
        "primero segundo tercero cuarto quinto sexto séptimo octavo noveno décimo",
        "primeiro segundo terceiro quarto quinto sexto sétimo oitavo nono décimo",
        "primo secondo terzo quarto quinto sesto settimo ottavo nono decimo",
        "первый второй третий четвёртый пятый шестой седьмой восьмой девятый десятый",
    )
    for number, word in enumerate(words.split(), 1)
}
# E.g. `星期四`, `木曜日`, `목요일`, `thứ năm`; not `四`
_EASTERN_WEEKDAY = pattern(
    r"(?:星期|礼拜|禮拜|周|週)([一二三四五六日天])|([月火水木金土日])曜日?|([월화수목금토일])요일"
    r"|thứ (hai|ba|tư|năm|sáu|bảy)|(chủ nhật)"
)
# E.g. `on a Monday`, `el lunes`; `` of any other text
_ARTICLES = pattern(r"^(?:on )?(?:an? |the |el |le |il |ein |einem? |am |au |un )?")


def is_day_in_figures(text: str) -> bool:
    """Returns whether a text is a day and written like a calculation: ``2024-05-03``."""
    return _DAY.fullmatch(without_markup(text)) is not None


# E.g. `ngày 14 tháng 7 năm 2024`; not `tháng 7`
_VIETNAMESE_DAY = pattern(
    r"(?:ngày\s)?(\d{1,2})\stháng\s(\d{1,2})(?:,?\snăm)?\s(\d{4})", re.IGNORECASE
)


def read_moment(text: str) -> tuple[int | None, int | None, int | None] | None:
    """Returns the year, month and day that a text names and nothing else."""
    bare = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", without_markup(text))
    bare = _VIETNAMESE_DAY.sub(r"\3-\2-\1", bare)
    bare = " ".join(connected(bare).split())
    words = re.findall(r"[^\W\d_]+", bare.lower())
    months = [MONTHS[word] for word in words if word in MONTHS]
    if not months and not _DAY.fullmatch(bare) and not _EASTERN_DAY.fullmatch(bare):
        return None
    numbers = re.findall(r"\d+", bare)
    if len(months) == 1 and len(words) == 1 and len(numbers) == 1 and len(numbers[0]) <= 2:
        return (None, months[0], int(numbers[0]))
    moment = read_date(bare)
    return None if moment is None else (moment.year, moment.month, moment.day)


def read_clock(text: str) -> tuple[int, str] | None:
    """Returns the second of the day, and how certain it is: of 24 hours, or of 12."""
    bare = _AT.sub("", without_markup(text).lower())
    bare = _PART_OF_DAY.sub(lambda m: " am" if m[1] == "morning" else " pm", bare)
    if bare in ("noon", "midnight"):
        return (43200 if bare == "noon" else 0), "24"
    if spoken := _SPOKEN_TIME.fullmatch(bare):
        return _spoken_time(spoken)
    match = _CLOCK.fullmatch(bare)
    said = match and (match[2] or match[4] or match[5] or "clock" in bare)
    if match is None or not said:
        return None if match or _NO_TIME.fullmatch(bare) else _foreign_time(bare)
    sure = len(match[1]) == 2 and match[1][0] == "0" and not (match[4] or match[5])
    hour, rest = int(match[1]), int(match[2] or 0) * 60 + int(match[3] or 0)
    if match[4] or match[5]:
        late = match[4] == "p" or match[5] == "noon"
        hour = hour % 12 + (12 if late else 0)
        return hour * 3600 + rest, "24"
    sure = sure or hour > 12 or hour == 0
    return (hour * 3600 + rest, "24" if sure else "12") if hour <= 24 else None


def _spoken_time(match: re.Match[str]) -> tuple[int, str] | None:
    """Returns a time in English words, ``quarter to four in the afternoon``."""
    minutes, hour = (
        int(said) if (said := {"quarter": "15", "half": "30"}.get(word) or digits(word)).isdecimal()
        else 99 for word in (match[1], match[3])
    )  # fmt: skip
    if minutes > 59 or not 1 <= hour <= 12:
        return None
    past = match[2] in ("past", "after")
    second = (hour % 12 * 60 + (minutes if past else -minutes)) % 720 * 60
    part = (match["part"] or "").strip()
    if not part:
        return second or 43200, "12"
    night = "night" in part and second >= 6 * 3600
    late = night or "noon" in part or "evening" in part or part[0] == "p"
    return second + 43200 * late, "24"


def _foreign_time(bare: str) -> tuple[int, str] | None:
    """Returns a time as other languages write it, ``14 h 20``."""
    clock = read_time(bare)
    if clock is None or clock.second.denominator != 1:
        return None
    sure = not re.match(r"(?:[1-9]|1[0-2])(?!\d)[^\W\d_\s:.]{0,3}[\s:.\d]*\Z", bare)
    return int(clock.second), "24" if sure or clock.second >= 13 * 3600 else "12"


def read_ordinal(text: str) -> int | None:
    """Returns the place that a text names, ``3rd`` or ``third``; a whole number is one too."""
    bare = without_markup(text).lower()
    if re.fullmatch(r"\d{1,6}", bare):
        return int(bare)
    match = _ORDINAL.fullmatch(bare)
    if match is None:
        return None
    if match[1] or match[2]:
        return int(match[1] or match[2])
    return _ORDINALS.get(match[3]) or _ORDINALS.get(match[3].rstrip("nrsm"))


def read_stated_ordinal(text: str) -> int | None:
    """Returns the place that a reference states as one; ``3`` may be any number."""
    bare = without_markup(text).lower()
    return read_ordinal(text) if not bare.isdecimal() and not bare.startswith("第") else None


def read_weekday(text: str) -> str | None:
    """Returns the day of the week that a text names and nothing else, ``on a Thursday``."""
    bare = _ARTICLES.sub("", without_markup(text).lower())
    if match := _EASTERN_WEEKDAY.fullmatch(bare):
        return next(group for group in match.groups() if group).replace("天", "日")
    return bare if bare in WEEKDAYS and len(bare) > 2 else None


def read_stated_clock(text: str) -> tuple[int, str] | None:
    """A time that a reference states as one; ``11:21`` may be a ratio."""
    found = read_clock(text)
    return found if found and (found[1] == "24" or ":" in text) else None


def same_clock(ours: tuple[int, str], theirs: tuple[int, str]) -> bool:
    """Returns whether two times are the same, as far as both say which half of the day it is."""
    sure = ours[1] == "24" or ours[1] == theirs[1]
    return ours[0] == theirs[0] and (sure or ours[0] >= 13 * 3600)
