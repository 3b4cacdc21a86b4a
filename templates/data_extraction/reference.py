"""Reads the reference of a row: the data it expects, alone or with its schema and rules."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

import msgspec

from touchstone.contract import Sample
from touchstone.jsontext import decoded
from touchstone.outcomes import BadReference
from touchstone.scoring.code_blocks import split_blocks
from touchstone.scoring.compose import counted
from touchstone.templates.data_extraction.calls import ExpectedCalls, as_answer, read_expected_calls
from touchstone.templates.data_extraction.formats import Choice, Unreadable, check_bounds, read_json
from touchstone.templates.data_extraction.layout import check_patterns
from touchstone.templates.data_extraction.paths import Compare, FieldRule, FieldRules
from touchstone.templates.data_extraction.schema import skeleton, unwrapped
from touchstone.templates.data_extraction.settings import Settings
from touchstone.tool_calls import calls_in_reference
from touchstone.typed import typed

_WRAPPER = {"expected", "schema", "fields", "patterns", "sections"}
_field_rule = typed(FieldRule)


@dataclass(frozen=True, slots=True)
class Reference:
    """What a row expects.

    Attributes:
        expected: The data; where only the form counts, its shape as far as a schema tells it.
        schema: Of the payload, ``None`` where there is none.
        fields: How leaves are compared.
        patterns: What must be found in the answer.
        sections: What it must have a section of.
        calls: The tool calls that are expected, ``None`` where it is other data.
    """

    expected: Any
    schema: Any
    fields: FieldRules
    patterns: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    calls: ExpectedCalls | None = None


def counts_content(settings: Settings) -> bool:
    """Whether the reward depends on what is said; else the form alone is checked."""
    return bool(counted(settings) - {"format_compliance"})


def read_reference(sample: Sample, settings: Settings) -> Reference:
    """Returns the reference of a row: the data itself, a wrapper of it, or tool calls.

    A wrapper has ``expected`` and no key but ``schema``, ``fields``, ``patterns`` and
    ``sections``. Where the form alone counts, nothing need be expected, and no reference be there.

    Raises:
        BadReference: There is no expected data, or its schema or fields are unusable.
    """
    given = _decoded(sample.reference)
    calls = read_expected_calls(given, sample.tools, sample.tool_calls)
    try:
        if calls is not None:
            return _of_calls(calls, settings)
        return _of_data(given, settings)
    except ValueError as exc:
        raise BadReference(f"reference_answer: {exc}") from exc


def _decoded(reference: Any) -> Any:
    """Reads a text that is data after all: fenced, or of numbers that JSON's decoder gave up on."""
    if not isinstance(reference, str) or calls_in_reference(reference):
        return reference
    blocks, outside = split_blocks(reference)
    fenced = len(blocks) == 1 and not outside.strip()
    try:
        return read_json(blocks[0].text if fenced else reference).data
    except Unreadable:
        return reference


def _of_calls(calls: ExpectedCalls, settings: Settings) -> Reference:
    rules = {**settings.fields, **_read_fields(calls.fields)}
    fields = {f"[*].{path.removeprefix('$').removeprefix('.')}": r for path, r in rules.items()}
    if calls.ordered:
        fields["$"] = FieldRule(compare="ordered")
    check_bounds(calls.data)
    return Reference(exact(calls.data), None, FieldRules(fields), calls=calls)


def _of_data(given: Any, settings: Settings) -> Reference:
    content = counts_content(settings)
    own: dict[str, Any] = {}
    if (
        isinstance(given, dict)
        and given.keys() <= _WRAPPER
        and ("expected" in given or not content)
    ):
        own, given = given, given.get("expected")
    elif content and not isinstance(given, dict | list):
        what = "missing" if given is None else f"text, not data: {str(given)[:60]!r}"
        what = what if given is None or isinstance(given, str) else f"a {type(given).__name__}"
        raise BadReference(f"reference_answer is {what}; it must be an object or a list")
    elif not content and not isinstance(given, dict | list):
        given = None
    schema = unwrapped(own.get("schema", settings.schema))
    patterns, sections = (
        tuple(_read_texts(own, key, getattr(settings, key))) for key in ("patterns", "sections")
    )
    fields = {**settings.fields, **_read_fields(own.get("fields"))}
    check_bounds(given)
    expected = skeleton(schema) if given is None and not content else exact(given)
    return Reference(expected, schema, FieldRules(fields), patterns, sections)


def _read_texts(own: dict[str, Any], key: str, default: list[str]) -> list[str]:
    texts = own.get(key, default)
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise BadReference(f"reference_answer.{key} must be a list of texts")
    if key == "patterns":
        check_patterns(texts)
    return texts


def gold(reference: Any, tools: Any = None) -> str | None:
    """Returns the answer that a reference asks for, ``None`` where it asks for none."""
    given = _decoded(decoded(reference))
    calls = read_expected_calls(given, tools, ())
    if calls is not None:
        called = (json.dumps(call, ensure_ascii=False) for call in as_answer(calls))
        return "\n".join(f"<tool_call>{call}</tool_call>" for call in called) or "Nothing to call."
    if isinstance(given, dict) and given.keys() <= _WRAPPER and "expected" in given:
        given = decoded(given["expected"])
    return json.dumps(given, ensure_ascii=False) if isinstance(given, dict | list) else None


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


def exact(data: Any) -> Any:
    """Returns data with floats as the decimals that they were written as.

    Raises:
        ValueError: It is no JSON.
    """
    if isinstance(data, Choice):
        return Choice(tuple(map(exact, data.values)), data.optional)
    if isinstance(data, dict):
        return {str(key): exact(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [exact(value) for value in data]
    if isinstance(data, float):
        if not math.isfinite(data):
            raise ValueError("NaN, Infinity or a number beyond a float's range is no JSON")
        return Decimal(repr(data))
    if data is None or isinstance(data, bool | int | Decimal | str):
        return data
    raise ValueError(f"{type(data).__name__} is no JSON type")
