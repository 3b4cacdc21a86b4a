"""JSON Schemas that a grader brings along: taken where Ajv decides them as Touchstone does."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import Any

from touchstone.scoring.javascript import js_search
from touchstone.scoring.json_schema import FORMATS, KEYWORDS, TYPES, doubles, referred, same

_TOLD = frozenset({
    "$schema", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly",
    "writeOnly", "definitions", "$defs", "nullable", "then", "else",
})  # fmt: skip
_SCHEMAS = frozenset({
    "items", "propertyNames", "contains", "not", "additionalProperties", "if", "then", "else",
})  # fmt: skip
_LISTS = frozenset({"allOf", "anyOf", "oneOf"})
_NAMED = frozenset({"properties", "definitions", "$defs"})
_COUNTS = frozenset({
    "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
})  # fmt: skip
_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
# What every object of JavaScript has, so that Ajv takes it for a field of the data.
_INHERITED = frozenset({
    "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__", "__proto__",
    "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString",
    "toString", "valueOf",
})  # fmt: skip
# E.g. `#`, `#/definitions/a`; not `other.json`
_REFERENCE = re.compile(r"#(?:/[^%]*)?")
# E.g. `http://json-schema.org/draft-07/schema#`
_DRAFT = re.compile(r"http://json-schema\.org/draft-07/schema#?")
_DEEPEST = 100


class NotDecided(ValueError):
    """A schema has what Ajv refuses, or decides otherwise; the message names the place in it."""


def written(schema: Any, *, references: bool = True) -> str:
    """Returns a schema as a reward file holds it.

    Args:
        schema: Plain data.
        references: Whether ``$ref`` leads into the schema.

    Raises:
        NotDecided: Ajv refuses some of it, or decides it otherwise.
    """
    text = json.dumps(schema, ensure_ascii=False)
    read = doubles(text)
    if not isinstance(read, dict):
        raise NotDecided("the schema must be an object")
    _check(read, "", read if references else None, _DEEPEST)
    return text


def _check(schema: Any, place: str, root: Any, left: int) -> None:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise NotDecided(f"{place} must be an object, true or false")
    if not left:
        raise NotDecided(f"{place} is nested too deeply")
    for keyword, value in schema.items():
        where = f"{place}/{keyword}"
        if keyword not in KEYWORDS and keyword not in _TOLD:
            raise NotDecided(f"{where} is no keyword of draft 7 that Ajv decides as it is here")
        if problem := _problem(keyword, value, schema, root):
            raise NotDecided(f"{where} {problem}")
        if keyword in _SCHEMAS:
            _check(value, where, root, left - 1)
        for name, part in _parts(keyword, value):
            _check(part, f"{where}/{name}", root, left - 1)


def _parts(keyword: str, value: Any) -> Iterable[tuple[str | int, Any]]:
    """Returns the schemas that a keyword holds by name or in a list."""
    if keyword in _NAMED:
        return value.items()
    return enumerate(value) if keyword in _LISTS else ()


def _problem(keyword: str, value: Any, schema: Mapping[str, Any], root: Any) -> str:
    """Returns what is wrong with a keyword's value, ``""`` for nothing."""
    number = isinstance(value, float) and math.isfinite(value)
    if keyword in _COUNTS and not (number and value >= 0 and value.is_integer()):
        return "must be a whole number from 0"
    if keyword in _NUMBERS and not (number and (value > 0 or keyword != "multipleOf")):
        return "must be a number" + (" above 0" if keyword == "multipleOf" else "")
    if keyword in {"uniqueItems", "nullable"} and not isinstance(value, bool):
        return "must be true or false"
    if keyword in _NAMED and not isinstance(value, dict):
        return "must be an object"
    if (keyword in _LISTS or keyword == "enum") and not (isinstance(value, list) and value):
        return "must be a list that is not empty"
    return _PROBLEMS.get(keyword, lambda *_: "")(value, schema, root)


def _wrong_type(value: Any, schema: Mapping[str, Any], _root: Any) -> str:
    kinds: list[Any] = value if isinstance(value, list) and value else [value]
    if any(not isinstance(kind, str) or kind not in TYPES for kind in kinds):
        return f"must be of {', '.join(TYPES)}"
    if schema.get("nullable") is False and "null" in kinds:
        return "is null, and nullable is false"
    return "names one twice" if len(set(kinds)) < len(kinds) else ""


def _wrong_names(value: Any, _schema: Any, _root: Any) -> str:
    if not isinstance(value, list | dict) or not all(isinstance(name, str) for name in value):
        return "must be a list of texts"
    if len(set(value)) < len(value):
        return "names one twice"
    inherited = sorted(_INHERITED.intersection(value))
    return f"names {inherited[0]}, which every object of JavaScript has" if inherited else ""


def _wrong_pattern(value: Any, _schema: Any, _root: Any) -> str:
    try:
        js_search(value, "")
    except (re.error, TypeError, OverflowError, RecursionError) as exc:
        return f"is no regular expression of Python: {exc}"
    return ""


def _wrong_reference(value: Any, schema: Mapping[str, Any], root: Any) -> str:
    seen: list[Any] = []
    while value not in seen:
        seen.append(value)
        if not isinstance(value, str) or not _REFERENCE.fullmatch(value):
            return "must lead into the schema itself, as #/definitions/name"
        try:
            schema = referred(value, root)
        except (LookupError, TypeError, ValueError):
            return "leads nowhere"
        if not isinstance(schema, dict | bool):
            return "leads to no schema"
        if isinstance(schema, bool) or "$ref" not in schema:
            return ""
        value = schema["$ref"]
    return "leads to itself"


_PROBLEMS: dict[str, Callable[[Any, Mapping[str, Any], Any], str]] = {
    "type": _wrong_type,
    "enum": lambda value, *_: (
        "holds a value twice" if any(same(*two) for two in combinations(value, 2)) else ""
    ),
    "required": _wrong_names,
    "properties": _wrong_names,
    "pattern": _wrong_pattern,
    "$ref": _wrong_reference,
    "format": lambda value, *_: (
        "" if isinstance(value, str) and value in FORMATS else f"is none of {', '.join(FORMATS)}"
    ),
    "$schema": lambda value, *_: (
        "" if isinstance(value, str) and _DRAFT.fullmatch(value) else "is not that of draft 7"
    ),
    "nullable": lambda _, schema, __: "" if "type" in schema else "needs a type",
    "if": lambda _, schema, __: "" if schema.keys() & {"then", "else"} else "needs then or else",
    "then": lambda _, schema, __: "" if "if" in schema else "needs if",
    "else": lambda _, schema, __: "" if "if" in schema else "needs if",
}
