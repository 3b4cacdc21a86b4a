"""Reads the reference of a row: the data it expects, alone or with its schema and rules."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

import msgspec

from templates.data_extraction.formats import Unreadable, check_bounds, read_json
from templates.data_extraction.paths import Compare, FieldRule, FieldRules
from templates.data_extraction.settings import Settings
from touchstone.outcomes import BadReference
from touchstone.typed import typed

_WRAPPER = {"expected", "schema", "fields"}
_field_rule = typed(FieldRule)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a row expects."""

    expected: Any
    schema: Any
    fields: FieldRules


def read_reference(reference: Any, settings: Settings) -> Reference:
    """Returns the reference of a row: the data itself, or ``{expected, schema?, fields?}``.

    Raises:
        BadReference: There is no expected data, or its schema or fields are unusable.
    """
    if isinstance(reference, str):
        # JSON that the contract's decoder gives up on (an integer of 5,000 digits, say).
        try:
            reference = read_json(reference).data
        except Unreadable as exc:
            raise BadReference(f"reference_answer is text, not data: {exc}") from exc
    if not isinstance(reference, dict | list):
        what = "missing" if reference is None else f"a {type(reference).__name__}"
        raise BadReference(f"reference_answer is {what}; it must be an object or a list")
    expected, schema, fields = reference, settings.schema, settings.fields
    if isinstance(reference, dict) and "expected" in reference and reference.keys() <= _WRAPPER:
        expected = reference["expected"]
        schema = reference.get("schema", settings.schema)
        fields = {**settings.fields, **_read_fields(reference.get("fields"))}
    try:
        check_bounds(expected)
        return Reference(_exact(expected), schema, FieldRules(fields))
    except ValueError as exc:
        raise BadReference(f"reference_answer: {exc}") from exc


def _read_fields(fields: Any) -> dict[str, FieldRule]:
    if not isinstance(fields or {}, dict):
        raise BadReference("reference_answer.fields must be an object of path to rule")
    rules = {}
    for path, rule in (fields or {}).items():
        try:
            rules[path] = _field_rule(rule)
        except msgspec.ValidationError as exc:
            valid = f"compare is one of {', '.join(get_args(Compare))}"
            raise BadReference(f"reference_answer.fields[{path!r}]: {exc}; {valid}") from exc
    return rules


def _exact(data: Any) -> Any:
    """Returns data with floats as the decimals that they were written as."""
    if isinstance(data, dict):
        return {str(key): _exact(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_exact(value) for value in data]
    if isinstance(data, float):
        if not math.isfinite(data):
            raise ValueError("NaN, Infinity or a number beyond a float's range is no JSON")
        return Decimal(repr(data))
    if data is None or isinstance(data, bool | int | Decimal | str):
        return data
    raise ValueError(f"{type(data).__name__} is no JSON type")
