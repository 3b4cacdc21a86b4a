"""How two leaves are compared, by the type of what is expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from touchstone.scoring.amounts import near, read_money, read_number, same_currency
from touchstone.scoring.dates import DateOrder, read_date, read_duration
from touchstone.scoring.similarity import plain, similarity

Scalar = Literal[
    "exact", "string", "text", "enum", "number", "money", "date", "duration", "phone", "boolean"
]

# A string of this many words is prose, where a near match is worth something.
_PROSE_WORDS = 8
_MAX_PROSE = 20_000  # characters; of longer texts, only the same one counts (25 ms each)
_MAX_DIGITS = 10_000
_MAX_TYPED = 100  # characters; a longer string is neither a number nor a date
_TRUE, _FALSE = {"true", "yes", "y"}, {"false", "no", "n"}
# E.g. `+44 20 7946`; not `+44`
_INTERNATIONAL = re.compile(r"\+[0-9][0-9 ().\-/]{6,}")
# E.g. `(020) 7946 0958`, `555-123-4567`; not `2024-05-20`
_NATIONAL = re.compile(r"\([0-9]{2,5}\)[0-9 .\-]{5,}|[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4}")
# E.g. `+44 20 7946 0958`, `(555) 123-4567 ext. 12`, `020 7946`
_PHONE = re.compile(
    r"(?P<plus>\+|00)?(?P<rest>[0-9 ().\-/]+?)\s*(?:(?:ext\.?|x|#)\s*(?P<ext>[0-9]+))?"
)
# E.g. `20/05/2024`, `2024-05`; not `2024`, `20 May`
_FULL_DATE = re.compile(r".*[0-9]{4}.*[-/. ].*|.*[-/. ].*[0-9]{4}.*")


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


def compare(expected: Any, got: Any, kind: Scalar | None, rules: Rules) -> float:
    """Returns how well a leaf meets the expected one, 0..1; only prose is ever between.

    Args:
        expected: A scalar that is not null.
        got: Any scalar.
        kind: The comparator, ``None`` to infer it from ``expected``.
        rules: The settings' part.
    """
    if type(expected) is type(got) and expected == got:
        return 1.0
    return _COMPARATORS[kind or infer(expected)](expected, got, rules)


def infer(expected: Any) -> Scalar:
    """Returns the comparator that the expected value asks for.

    JSON's booleans and numbers are themselves. A string is a date, duration, amount of
    money, phone number or number when it reads as one and as nothing else a person would
    use that spelling for: ``007`` stays a string (its zeros matter), and so does ``2014``
    stay a number. Eight words or more are prose; anything else is a string.
    """
    if isinstance(expected, bool):
        return "boolean"
    return "number" if isinstance(expected, int | Decimal) else _infer_text(str(expected))


@lru_cache(maxsize=4096)
def _infer_text(text: str) -> Scalar:
    if len(text) <= _MAX_TYPED and any(c.isdigit() for c in text):
        # A leading zero or an exponent is how codes look.
        code = re.match(r"\s*[-+]?0[0-9]", text) or re.search(r"[0-9][eE]", text)
        if not code and read_number(text) is not None:
            return "number"
        if _FULL_DATE.fullmatch(text) and read_date(text):
            return "date"
        if ":" not in text and read_duration(text):
            return "duration"
        money = read_money(text)
        if money and money[1]:
            return "money"
        if _INTERNATIONAL.fullmatch(text) or _NATIONAL.fullmatch(text):
            return "phone"
    elif len(text) <= _MAX_TYPED and read_duration(text):
        return "duration"
    return (
        "text"
        if text.count(" ") >= _PROSE_WORDS - 1 and len(text.split()) >= _PROSE_WORDS
        else "string"
    )


def _exact(expected: Any, got: Any, _: Rules) -> float:
    numbers = isinstance(expected, int | Decimal) and isinstance(got, int | Decimal)
    same = isinstance(expected, bool) == isinstance(got, bool) and expected == got
    return float(same and (numbers or type(expected) is type(got)))


def _string(expected: Any, got: Any, rules: Rules) -> float:
    return float(_plain(expected, rules) == _plain(got, rules))


def _text(expected: Any, got: Any, rules: Rules) -> float:
    one, other = _plain(expected, rules), _plain(got, rules)
    if max(len(one), len(other)) > _MAX_PROSE:
        return float(one == other)
    alike = similarity(one, other)
    return alike if alike >= rules.text_threshold else 0.0


def _enum(expected: Any, got: Any, _: Rules) -> float:
    return float(_member(expected) == _member(got))


def _number(expected: Any, got: Any, rules: Rules) -> float:
    if isinstance(expected, bool) or isinstance(got, bool):
        return 0.0
    wanted = _as_number(expected)
    if wanted is None:
        return _string(expected, got, rules)
    found = _as_number(got)
    if found is None and isinstance(got, str) and len(got) <= _MAX_TYPED:
        # `1200` may be written `$1,200.00`: the reference names no currency to disagree with.
        money = read_money(got)
        found = money[0] if money else None
    return float(found is not None and near(wanted, found, rules.number_tolerance))


def _money(expected: Any, got: Any, rules: Rules) -> float:
    wanted, found = _as_money(expected), _as_money(got)
    if wanted is None:
        return _string(expected, got, rules)
    return float(
        found is not None
        and same_currency(wanted[1], found[1])
        and near(wanted[0], found[0], rules.number_tolerance)
    )


def _date(expected: Any, got: Any, rules: Rules) -> float:
    wanted = read_date(_short(expected), rules.date_order)
    if wanted is None:
        return _string(expected, got, rules)
    found = read_date(_short(got), rules.date_order)
    return float(found is not None and wanted.same(found))


def _duration(expected: Any, got: Any, rules: Rules) -> float:
    wanted = read_duration(_short(expected))
    if wanted is None:
        return _string(expected, got, rules)
    return float(wanted == read_duration(_short(got)))


def _phone(expected: Any, got: Any, rules: Rules) -> float:
    wanted, found = _as_phone(expected), _as_phone(got)
    if wanted is None:
        return _string(expected, got, rules)
    if found is None or wanted.extension != found.extension:
        return 0.0
    if wanted.international == found.international:
        return float(wanted.digits == found.digits)
    full, local = (wanted[1], found[1]) if wanted[0] else (found[1], wanted[1])
    # Without a country code, the trunk's zero takes its place: +44 20... is 020...
    local = local.removeprefix("0")
    return float(len(local) >= 7 and full.endswith(local) and 0 <= len(full) - len(local) <= 3)


def _boolean(expected: Any, got: Any, rules: Rules) -> float:
    wanted = _as_boolean(expected)
    if wanted is None:
        return _string(expected, got, rules)
    return float(wanted == _as_boolean(got))


_COMPARATORS: dict[Scalar, Callable[[Any, Any, Rules], float]] = {
    "exact": _exact,
    "string": _string,
    "text": _text,
    "enum": _enum,
    "number": _number,
    "money": _money,
    "date": _date,
    "duration": _duration,
    "phone": _phone,
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
    return value if isinstance(value, str) else ("" if isinstance(value, bool) else _spelled(value))


def _member(value: Any) -> str:
    return re.sub(r"[\s_-]+", " ", plain(_spelled(value)))


def _as_number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    return read_number(value) if len(value) <= _MAX_DIGITS else None


def _as_money(value: Any) -> tuple[Decimal, str] | None:
    if isinstance(value, str):
        return read_money(value) if len(value) <= _MAX_TYPED else None
    number = _as_number(value)
    return None if number is None else (number, "")


class _Phone(NamedTuple):
    international: bool
    digits: str
    extension: str


def _as_phone(value: Any) -> _Phone | None:
    match = _PHONE.fullmatch(plain(_short(value))) if len(_short(value)) <= _MAX_TYPED else None
    if match is None:
        return None
    rest = match["rest"].replace("(0)", "") if match["plus"] else match["rest"]
    digits = re.sub(r"[^0-9]", "", rest)
    return _Phone(bool(match["plus"]), digits, match["ext"] or "") if len(digits) >= 5 else None


def _as_boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    word = plain(value) if isinstance(value, str) else ""
    return True if word in _TRUE else False if word in _FALSE else None
