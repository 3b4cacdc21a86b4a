# ruff: noqa: RUF001 - words of other scripts are compared
"""How two leaves are compared: each is read once, as the type of what is expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from touchstone.lazy import pattern
from touchstone.scoring.amounts import Money, near, read_money, read_number
from touchstone.scoring.clocks import Clock, read_time
from touchstone.scoring.currencies import currency_names
from touchstone.scoring.dates import DateOrder, Moment, read_date, read_duration
from touchstone.scoring.figures import in_figures
from touchstone.scoring.lexicon import LENGTHS_OF_TIME, MONTHS, NO, POWERS_OF_TEN, WEEKDAYS, YES
from touchstone.scoring.numerals import digits
from touchstone.scoring.similarity import plain
from touchstone.scoring.units import unit_names
from touchstone.templates.data_extraction.addresses import looks_like_address, read_address
from touchstone.templates.data_extraction.phones import Phone, looks_like_phone, read_phone
from touchstone.templates.data_extraction.prose import agreement, names_differ
from touchstone.templates.data_extraction.quantities import read_quantity
from touchstone.templates.data_extraction.ranges import read_range

Scalar = Literal[
    "exact", "string", "text", "enum", "number", "money", "date", "time", "duration", "quantity",
    "phone", "address", "range", "boolean",
]  # fmt: skip

# A string of this many words is prose, where a near match is worth something.
_PROSE_WORDS = 8
_MAX_DIGITS = 10_000
_MARKS = ("q", "quarter", "pt", "dt", "am", "pm", "uhr")  # of quarters, ISO 8601 and times
_MAX_TYPED = 100  # characters; a longer string is neither a number nor a date
_TRUE, _FALSE = YES | {"y"}, NO | {"n"}
# E.g. `05/03/2024 (ngày 5 tháng 3 năm 2024)`; not `(5)`
_AGAIN = pattern(r"([^()（）]+?)\s?[(（]([^()（）]+)[)）]")
# E.g. `007`, `-01`; not `0.5`
_CODE = pattern(r"\s*[-+]?0[0-9].*", re.DOTALL)
# E.g. `de89370400440532013000`, `https://x.com/`; not `new york`
_WRITTEN_TWICE = pattern(r"[a-z]{2}[0-9]{2}[a-z0-9]{11,30}|https?://\S+")
# E.g. `4111111111111111`; not `123456789`
_NUMBERED = pattern(r"[0-9]{12,30}")
# E.g. `AB12 3CD`, `1Z 999 AA1`; not `Apt 4B`, `AB-1`
_CODED = pattern(r"[A-Z0-9 ]{5,40}")
# E.g. `ab-123-cd`, `ab.12`; not `1.5`, `well-known`
_GROUPED = pattern(r"(?=.*[a-z])(?=.*[0-9])[a-z0-9]+(?:[-. ][a-z0-9]+){1,6}")
# E.g. the stops of `Dr. A. Smith, Jr.`; not that of `1.5`
_STOPS = pattern(r"(?<=[^\W\d_])\.(?=\s|,|$|[A-Z]\b)|,(?=\s(?:[JjSs]r|[IVX]{2,4}|Ph\.?D|M\.?D)\b)")
# E.g. what stands between the numbers of `2 x 500 mg`, `10x20 cm`; not in `0x1F`
_BY = pattern(r"(?<=[0-9a-z])\s?\u00d7\s?(?=[0-9])|(?<=[0-9])(?<!\b0)\s?[xX*]\s?(?=[0-9])")
# E.g. `12e3`, `1/2`, `5k`; not `12`, `5 million`
_NO_PLAIN_NUMBER = pattern(r".*[0-9](?:[eE]|/|\s?[a-zA-Z]{1,2}\s*$).*", re.DOTALL)
# E.g. `100 W`; not `3 w`, `PW`
_WATTS = pattern(r"[0-9.,]+\s?W")
# E.g. `2024`, `10-15`; not `2024-05`, `20 May 2024`, `10/15`
_NO_DATE = pattern(r"^(?:[0-9\s]*|[0-9]{1,2}\s?-\s?[0-9]{1,2})$")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say about comparing.

    Attributes:
        number_tolerance: Largest relative difference of two equal numbers.
        text_threshold: Similarity below which prose earns nothing.
        case_sensitive: Whether case differs in strings and prose.
        date_order: How ``03/04/2014`` is read.
    """

    number_tolerance: float = 0.0
    text_threshold: float = 0.8
    case_sensitive: bool = False
    date_order: DateOrder = "mdy"


class Comparator:
    """Compares the leaves of one row; what a leaf says is read once and kept."""

    def __init__(self) -> None:
        self._values: dict[tuple[Any, ...], Any] = {}
        self._kinds: dict[str, Scalar] = {}

    def share(self, expected: Any, got: Any, kind: Scalar | None, rules: Rules) -> float:
        """Returns how well a leaf meets the expected one, 0..1; only prose is ever between.

        Args:
            expected: A scalar that is not null.
            got: Any scalar.
            kind: The comparator, ``None`` to infer it from ``expected``.
            rules: The settings' part.
        """
        if type(expected) is type(got) and expected == got:
            return 1.0
        given = kind is not None
        kind = kind or self.infer(expected)
        if kind == "text":
            one, other = _plain(expected, rules), _plain(got, rules)
            if one != other and names_differ(str(expected), str(got)):
                return 0.0
            return agreement(one, other, rules.text_threshold)
        if kind == "string" and not given and _written_alike(expected, got, rules):
            return 1.0
        wanted = self._value(expected, kind, rules)
        if wanted is None:
            return float(_plain(expected, rules) == _plain(got, rules))
        found = self._value(got, kind, rules)
        if not given and isinstance(expected, str):
            if kind == "number" and isinstance(got, str) and _CODE.fullmatch(got):
                return 0.0
            if found is None and kind in _ALSO:
                return self._read_as(_ALSO[kind], expected, got, rules)
        return float(found is not None and _same(wanted, found, rules))

    def _read_as(self, kind: Scalar, expected: Any, got: Any, rules: Rules) -> float:
        one, other = (self._value(leaf, kind, rules) for leaf in (expected, got))
        return float(one is not None and one == other)

    def infer(self, expected: Any) -> Scalar:
        """Returns :func:`infer` of a value, and keeps it."""
        if not isinstance(expected, str):
            return infer(expected)
        if expected not in self._kinds:
            self._kinds[expected] = infer(expected)
        return self._kinds[expected]

    def key(self, leaf: Any, kind: Scalar, rules: Rules) -> Hashable:
        """Returns what leaves that are the same under a comparator have in common.

        Different leaves may have it in common too: it says which pairs to look at.
        """
        value = None if kind == "text" else self._value(leaf, kind, rules)
        tolerant = rules.number_tolerance > 0
        match value:
            case None:
                return _plain(leaf, rules)
            case Decimal():
                return None if tolerant else value
            case Money():
                return None if tolerant else (value.amount, value.per)
            case Phone():
                return value.digits[-7:]
            case Clock() | Moment():
                return value.instant
        return value

    def _value(self, leaf: Any, kind: Scalar, rules: Rules) -> Any:
        """Returns what a leaf says as a value of this kind, ``None`` where it says none."""
        key = (kind, type(leaf), leaf, rules.date_order, rules.case_sensitive)
        if key not in self._values:
            value = self._said_twice(leaf, kind, rules) if isinstance(leaf, str) else None
            if value is None:
                value = _READERS[kind](leaf, rules)
            if value is None and kind in _SPOKEN and (said := _in_figures(leaf)):
                value = _READERS[kind](said, rules)
            self._values[key] = value
        return self._values[key]

    def _said_twice(self, text: str, kind: Scalar, rules: Rules) -> Any:
        """Returns the one value of a text that says it again in brackets: ``5 ft (60 in)``."""
        match = _AGAIN.fullmatch(text) if len(text) <= _MAX_TYPED else None
        if match is None or kind not in _LOOKS:
            return None
        inside = self._value(match[2], kind, rules)
        # What is written out settles how `05/03/2024` before it is read.
        orders: tuple[DateOrder, ...] = ("mdy", "dmy") if kind == "date" else (rules.date_order,)
        for order in orders:
            before = self._value(match[1], kind, replace(rules, date_order=order))
            if inside is not None and before is not None and _same(before, inside, rules):
                return inside
        return None


def infer(expected: Any) -> Scalar:
    """Returns the comparator that the expected value asks for.

    JSON's booleans and numbers are themselves. A string is a date, a time, a duration, an amount of
    money, a quantity, a phone number, a number or an address when it reads as one and as nothing
    else a person would use that spelling for: ``007`` stays a string (its zeros matter), and so
    does ``2014`` stay a number. Eight words or more are prose; anything else is a string.
    """
    if isinstance(expected, bool):
        return "boolean"
    return "number" if isinstance(expected, int | Decimal) else _infer_text(str(expected))


def _infer_text(text: str) -> Scalar:
    if len(text) <= _MAX_TYPED:
        if any(c.isdigit() for c in text):
            for kind, reads in (_LOOKS if _may_have_a_unit(text) else _LOOKS_OF_DIGITS).items():
                if reads(text):
                    return kind
        elif read_duration(text):
            return "duration"
        elif read_time(text):
            return "time"
        elif " " in text and _looks_like_money(text):
            return "money"
        elif said := _in_figures(text):
            for kind in _SPOKEN:
                if _LOOKS[kind](said):
                    return kind
    prose = text.count(" ") >= _PROSE_WORDS - 1 and len(text.split()) >= _PROSE_WORDS
    return "text" if prose else "string"


def _may_have_a_unit(text: str) -> bool:
    """Whether a text may be a date, a time or an amount of anything, told by its words alone."""
    if ":" in text or "$" in text or not text.isascii():
        return True
    words = _LETTERS.findall(text.lower())
    return not words or any(word in _KNOWN_WORDS for word in words)


def _looks_like_number(text: str) -> bool:
    plain_form = not _CODE.fullmatch(text) and not _NO_PLAIN_NUMBER.fullmatch(text)
    return plain_form and read_number(text) is not None


def _looks_like_money(text: str) -> bool:
    money = read_money(text)
    return money is not None and bool(money.currencies)


# How a string with a digit in it looks, the likeliest first.
_LOOKS: dict[Scalar, Callable[[str], Any]] = {
    "phone": looks_like_phone,
    "number": _looks_like_number,
    "date": lambda text: not _NO_DATE.fullmatch(text) and read_date(text),
    "time": read_time,
    "duration": lambda text: not _WATTS.fullmatch(text) and read_duration(text),
    "money": _looks_like_money,
    "quantity": read_quantity,
    "range": read_range,
    "address": looks_like_address,
}
_LOOKS_OF_DIGITS: dict[Scalar, Callable[[str], Any]] = {
    kind: _LOOKS[kind] for kind in ("phone", "number", "range", "address")
}
# E.g. `15 heures`, `9 часов 5 минут`; not `15 hours`, which no time of day is
_HOURS_SAID = pattern(r"[0-9]\s?(?:heures?|час(?:а|ов)?|horas|Uhr)\b", re.IGNORECASE)
# What a text that reads as the one may be as well: pounds are weights too, `2h30` is both.
_ALSO: dict[Scalar, Scalar] = {"money": "quantity", "time": "duration"}
# What people also say in words.
_SPOKEN: tuple[Scalar, ...] = ("number", "time", "duration", "money", "quantity")
# E.g. `kg`; not `12`
_LETTERS = pattern(r"[a-z]+")
_KNOWN_WORDS = frozenset(
    part
    for names in (
        LENGTHS_OF_TIME,
        MONTHS,
        WEEKDAYS,
        POWERS_OF_TEN,
        currency_names(),
        unit_names(),
        _MARKS,
    )
    for name in names
    for part in _LETTERS.findall(name.lower())
)


def _same(wanted: Any, found: Any, rules: Rules) -> bool:
    match wanted:
        case Decimal():
            return near(wanted, found, rules.number_tolerance)
        case Money():
            return found.meets(wanted, rules.number_tolerance)
        case Phone() | Clock() | Moment():
            return wanted.same(found)
    return type(wanted) is type(found) and wanted == found


def _number(value: Any, _: Rules) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | Decimal):
        return Decimal(value)
    if len(value) > _MAX_DIGITS:
        return None
    number = read_number(value)
    if number is None and len(value) <= _MAX_TYPED:
        # `1200` may be written `$1,200.00`: the reference names no currency to disagree with.
        money = read_money(value)
        number = money.amount if money and not money.per else None
    return number


def _money(value: Any, rules: Rules) -> Money | None:
    if isinstance(value, str):
        return read_money(value) if len(value) <= _MAX_TYPED else None
    number = _number(value, rules)
    return None if number is None else Money(number)


def _boolean(value: Any, _: Rules) -> bool | None:
    if isinstance(value, bool):
        return value
    word = plain(value) if isinstance(value, str) else ""
    return True if word in _TRUE else False if word in _FALSE else None


def _exact(value: Any, _: Rules) -> tuple[str, Any]:
    if isinstance(value, bool | str):
        return type(value).__name__, value
    return "number", Decimal(value)


def _member(value: Any, _: Rules) -> str:
    return re.sub(r"[\s_-]+", " ", plain(_spelled(value)))


def _written_alike(expected: str, got: Any, rules: Rules) -> bool:
    """Whether two strings are one in ways of writing that no language tells apart."""
    if not isinstance(got, str):
        return False
    if _undivided(expected) == _undivided(got) or _is_joined(expected, got):
        return True
    one, other = (_written(_BY.sub(" x ", text)) for text in (expected, got))
    return bool(one) and _plain(one, rules) == _plain(other, rules)


def _undivided(text: str) -> str:
    """Returns what is written in groups without them, an address of the web without its slash."""
    bare = text.replace(" ", "").casefold()
    digits = bare.replace("-", "")
    if _NUMBERED.fullmatch(digits):
        return digits
    coded = _CODED.fullmatch(text) and any(c.isdigit() for c in text) and not text.isdigit()
    apart = coded or _WRITTEN_TWICE.fullmatch(bare)
    return bare.removesuffix("/") if apart else text


def _is_joined(one: str, other: str) -> bool:
    """Whether a code is written with hyphens or stops between its groups, and once without any."""
    with_groups, joined = sorted((one.strip().casefold(), other.strip().casefold()), key=len)[::-1]
    return (
        joined.isalnum()
        and any(map(str.isdigit, joined))
        and any(map(str.isalpha, joined))
        and _GROUPED.fullmatch(with_groups) is not None
        and re.sub(r"[-. ]", "", with_groups) == joined
    )


def _written(text: str) -> str:
    """Returns a name without the stops of its abbreviations, and its numbers in figures."""
    return digits(_STOPS.sub("", text)) if " " in text and len(text) <= _MAX_TYPED else text


def _hour_of_day(text: str) -> Clock | None:
    """Returns the time that a language says as it says a length: ``15 heures 30``, ``9 часов``."""
    length = read_duration(text) if _HOURS_SAID.search(text) else None
    return Clock(length[1]) if length and not length[0] and length[1] < 24 * 3600 else None


def _in_figures(value: Any) -> str:
    """Returns a leaf that says an amount in words in figures; nothing for any other leaf."""
    if not isinstance(value, str) or len(value) > _MAX_TYPED:
        return ""
    said = in_figures(value)
    return said if said != value else ""


def _texts(read: Callable[[str], Any]) -> Callable[[Any, Rules], Any]:
    return lambda value, _: read(_short(value))


# What a leaf says as a value of each kind, ``None`` where it says none.
_READERS: dict[Scalar, Callable[[Any, Rules], Any]] = {
    "exact": _exact,
    "string": lambda value, rules: _plain(value, rules),
    "enum": _member,
    "number": _number,
    "money": _money,
    "date": lambda value, rules: read_date(_short(value), rules.date_order),
    "time": _texts(lambda text: read_time(text) or _hour_of_day(text)),
    "duration": _texts(read_duration),
    "quantity": _texts(read_quantity),
    "phone": _texts(read_phone),
    "address": _texts(read_address),
    "range": _texts(read_range),
    "boolean": _boolean,
}


def _plain(value: Any, rules: Rules) -> str:
    return plain(_spelled(value), case=rules.case_sensitive)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        value = Decimal(value)  # str of a huge int is refused, str of a Decimal is not
    return str(value)


def _short(value: Any) -> str:
    """Returns a leaf as text for readers of short ones; nothing of what is too long."""
    if isinstance(value, bool):
        return ""
    text = value if isinstance(value, str) else _spelled(value)
    return text if len(text) <= _MAX_TYPED else ""
