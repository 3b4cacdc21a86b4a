"""Whether data keeps a JSON Schema of draft 7, as the validator Ajv 8 with ajv-formats decides it.

For graders that come from services written in JavaScript, whose score it is only where every
keyword means what it means there: numbers are doubles, ``format`` asserts, and a pattern is an
expression of JavaScript. How much of a schema of any draft some data keeps, says
:mod:`touchstone.templates.data_extraction.schema`.

Source: Ajv 8.18's ``lib/vocabularies``, and ``formats.ts`` of ajv-formats 3.0.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from touchstone.scoring.javascript import SPACES, js_search

TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda data: data is None,
    "boolean": lambda data: isinstance(data, bool),
    "number": lambda data: isinstance(data, float) and math.isfinite(data),
    "integer": lambda data: isinstance(data, float) and data.is_integer(),
    "string": lambda data: isinstance(data, str),
    "array": lambda data: isinstance(data, list),
    "object": lambda data: isinstance(data, dict),
}
_MOST = 1e21  # from which JavaScript writes a whole number with an exponent
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# E.g. `2024-02-29`
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
# E.g. `23:59:60.5Z`, `10:00:00+0130`; not `10:00Z`
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}(?:\.[0-9]++)?)"
    r"(?:[zZ]|([+-])([0-9]{2})(?::?([0-9]{2}))?)"
)
# E.g. `T`, ` `
_BETWEEN = re.compile(rf"[tT\s{SPACES}]", re.ASCII)
# E.g. `a.b+c@d-e.org`; not `a@localhost`
_EMAIL = re.compile(
    r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]++(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]++)*+"
    r"@(?:[a-zA-Z0-9]++(?:-++[a-zA-Z0-9]++)*+\.)+[a-zA-Z0-9]++(?:-++[a-zA-Z0-9]++)*+"
)
# E.g. `127.0.0.1`; not `127.0.0.256`
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!\Z)|\Z)){4}")
# E.g. `urn:uuid:123e4567-e89b-12d3-a456-426614174000`
_UUID = re.compile(
    r"(?:urn:uuid:)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A schema inside another, the root."""

    schema: dict[str, Any]
    root: Any

    def keeps(self, schema: Any, data: Any) -> bool:
        """Tells whether data keeps another schema of the same root."""
        return _keeps(schema, data, self.root)


_Decide = Callable[[Any, Any, _Place], bool]  # of the keyword's value, the data, and the place


def doubles(text: str) -> Any:
    """Reads JSON with numbers as JavaScript has them: all of them doubles.

    Raises:
        ValueError: It is not JSON as the standard has it.
        RecursionError: It is nested too deeply.
    """
    return json.loads(text, parse_int=float, parse_constant=_refuse)


def keeps_schema(text: str, schema: str) -> bool:
    """Tells whether a text is JSON, and nothing else, that keeps a schema.

    Args:
        text: The text.
        schema: As JSON.
    """
    try:
        return _keeps(root := _read(schema), doubles(text), root)
    except (ValueError, RecursionError):
        return False


def referred(reference: str, root: Any) -> Any:
    """Returns what a reference such as ``#/definitions/name`` leads to.

    Raises:
        LookupError, TypeError, ValueError: It leads nowhere.
    """
    for part in reference.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        root = root[int(part)] if isinstance(root, list) else root[part]
    return root


@lru_cache(maxsize=16)
def _read(schema: str) -> Any:
    return doubles(schema)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _keeps(schema: Any, data: Any, root: Any) -> bool:
    if isinstance(schema, bool):
        return schema
    place = _Place(schema, root)
    for keyword, value in schema.items():
        kind, decide = KEYWORDS.get(keyword, _TOLD)
        if (not kind or TYPES[kind](data)) and not decide(value, data, place):
            return False
    return True


def same(one: Any, other: Any) -> bool:
    """Tells whether two values of JSON are equal: a truth is no number, as in Python it is."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


def _type(kinds: Any, data: Any, place: _Place) -> bool:
    kinds = kinds if isinstance(kinds, list) else [kinds]
    nullable = data is None and place.schema.get("nullable", False)
    return nullable or any(TYPES[kind](data) for kind in kinds)


def _multiple(of: float, data: float, _place: _Place) -> bool:
    share = data / of
    return share.is_integer() and abs(share) < _MOST


def _unique(wanted: bool, data: list[Any], _place: _Place) -> bool:
    seen: dict[Any, list[Any]] = {}
    for one in data if wanted else ():
        plain = one is None or isinstance(one, str | float)
        alike = seen.setdefault(one if plain else type(one), [])
        if any(same(one, other) for other in alike):
            return False
        alike.append(one)
    return True


def _additional(rest: Any, data: dict[str, Any], place: _Place) -> bool:
    known = place.schema.get("properties", {})
    return all(place.keeps(rest, value) for key, value in data.items() if key not in known)


def _if(condition: Any, data: Any, place: _Place) -> bool:
    branch = "then" if place.keeps(condition, data) else "else"
    return place.keeps(place.schema.get(branch, True), data)


def _date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1] + leap


def _time(text: str) -> bool:
    found = _TIME.fullmatch(text)
    if found is None:
        return False
    hour, minute, second = int(found[1]), int(found[2]), float(found[3])
    sign, hours, minutes = -1 if found[4] == "-" else 1, int(found[5] or 0), int(found[6] or 0)
    if hours > 23 or minutes > 59:
        return False
    if hour <= 23 and minute <= 59 and second < 60:
        return True
    minute -= minutes * sign  # a leap second ends a day of UTC
    hour -= hours * sign + (minute < 0)
    return hour in (23, -1) and minute in (59, -1) and second < 61


def _date_time(text: str) -> bool:
    parts = _BETWEEN.split(text)
    return len(parts) == 2 and _date(parts[0]) and _time(parts[1])


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _date,
    "time": _time,
    "date-time": _date_time,
    "email": lambda text: _EMAIL.fullmatch(text) is not None,
    "ipv4": lambda text: _IPV4.fullmatch(text) is not None,
    "uuid": lambda text: _UUID.fullmatch(text) is not None,
}
# What kind of data each says something of, "" for any, and what.
KEYWORDS: dict[str, tuple[str, _Decide]] = {
    "$ref": ("", lambda value, data, at: at.keeps(referred(value, at.root), data)),
    "type": ("", _type),
    "enum": ("", lambda value, data, _: any(same(one, data) for one in value)),
    "const": ("", lambda value, data, _: same(value, data)),
    "minimum": ("number", lambda value, data, _: data >= value),
    "maximum": ("number", lambda value, data, _: data <= value),
    "exclusiveMinimum": ("number", lambda value, data, _: data > value),
    "exclusiveMaximum": ("number", lambda value, data, _: data < value),
    "multipleOf": ("number", _multiple),
    "minLength": ("string", lambda value, data, _: len(data) >= value),
    "maxLength": ("string", lambda value, data, _: len(data) <= value),
    "pattern": ("string", lambda value, data, _: js_search(value, data)),
    "format": ("string", lambda value, data, _: FORMATS[value](data)),
    "minItems": ("array", lambda value, data, _: len(data) >= value),
    "maxItems": ("array", lambda value, data, _: len(data) <= value),
    "uniqueItems": ("array", _unique),
    "items": ("array", lambda value, data, at: all(at.keeps(value, one) for one in data)),
    "contains": ("array", lambda value, data, at: any(at.keeps(value, one) for one in data)),
    "minProperties": ("object", lambda value, data, _: len(data) >= value),
    "maxProperties": ("object", lambda value, data, _: len(data) <= value),
    "required": ("object", lambda value, data, _: all(key in data for key in value)),
    "propertyNames": ("object", lambda value, data, at: all(at.keeps(value, key) for key in data)),
    "properties": (
        "object",
        lambda value, data, at: all(
            at.keeps(one, data[key]) for key, one in value.items() if key in data
        ),
    ),
    "additionalProperties": ("object", _additional),
    "allOf": ("", lambda value, data, at: all(at.keeps(one, data) for one in value)),
    "anyOf": ("", lambda value, data, at: any(at.keeps(one, data) for one in value)),
    "oneOf": ("", lambda value, data, at: sum(at.keeps(one, data) for one in value) == 1),
    "not": ("", lambda value, data, at: not at.keeps(value, data)),
    "if": ("", _if),
}
_TOLD: tuple[str, _Decide] = ("", lambda *_: True)  # a keyword that asserts nothing by itself
