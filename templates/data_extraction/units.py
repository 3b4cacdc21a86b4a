"""How much work it is to evaluate data against a schema, told before it is done.

An evaluation makes one unit for each keyword at each value that it is applied to, in every
alternative. Where a schema refers to itself in two alternatives, each level of the data doubles
them: 300 characters can ask for a gigabyte. Units are counted without making them, once for each
pair of a value and a schema, which are at most as many as the one times the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

MAX_UNITS = 60_000  # about 130 MB and 0.2 s of an evaluation
_SAME_VALUE = ("not", "if", "then", "else")
_SAME_VALUE_LISTS = ("allOf", "anyOf", "oneOf")
_SAME_VALUE_MAPS = ("dependentSchemas", "dependencies")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_MEMBERS = ("additionalProperties", "unevaluatedProperties", "propertyNames")
_ITEMS = ("items", "contains", "additionalItems", "unevaluatedItems")


def too_many(data: Any, schema: Any) -> bool:
    """Tells whether evaluating ``data`` takes more than :data:`MAX_UNITS`; an upper estimate."""
    try:
        return _Count(schema).units(data, schema) > MAX_UNITS
    except (RecursionError, _Exhausted):
        return True


class _Exhausted(Exception):
    """Counting is itself too much."""


class _Count:
    def __init__(self, schema: Any) -> None:
        self._named = dict(_anchors(schema))
        self._known: dict[tuple[int, int], int] = {}

    def units(self, data: Any, schema: Any) -> int:
        """Returns the units of ``schema`` at ``data``, those of what is inside both included."""
        if not isinstance(schema, dict):
            return 1
        key = (id(data), id(schema))
        if key not in self._known:
            if len(self._known) > MAX_UNITS:
                raise _Exhausted
            self._known[key] = 0  # a reference in a circle adds nothing
            within = sum(self.units(value, part) for value, part in self._applied(data, schema))
            self._known[key] = 1 + len(schema) + within
        return self._known[key]

    def _applied(self, data: Any, schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
        for keyword in _REFERENCES:
            if isinstance(schema.get(keyword), str):
                yield data, self._target(schema[keyword])
        for keyword in _SAME_VALUE:
            yield data, schema.get(keyword)
        for keyword in _SAME_VALUE_LISTS:
            yield from ((data, part) for part in schema.get(keyword, ()))
        for keyword in _SAME_VALUE_MAPS:
            yield from ((data, part) for part in schema.get(keyword, {}).values())
        if isinstance(data, dict):
            yield from _of_members(data, schema)
        elif isinstance(data, list):
            yield from _of_items(data, schema)

    def _target(self, reference: str) -> Any:
        if "//json-schema.org/" in reference:
            return None  # a schema of schemas, in which each value is looked at once
        name = unquote(reference)
        for known in (name, name.partition("#")[2]):
            if known in self._named:
                return self._named[known]
        raise _Exhausted


def _of_members(data: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    properties = schema.get("properties", {})
    for name, value in data.items():
        if name in properties:
            yield value, properties[name]
        for part in schema.get("patternProperties", {}).values():
            yield value, part
        for keyword in _MEMBERS:
            if keyword in schema and (keyword != "additionalProperties" or name not in properties):
                yield value, schema[keyword]


def _of_items(data: list[Any], schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    items = schema.get("items")
    first = schema.get("prefixItems", items if isinstance(items, list) else [])
    yield from zip(data, first, strict=False)
    for value in data:
        for keyword in _ITEMS:
            if isinstance(schema.get(keyword), dict):
                yield value, schema[keyword]


def _anchors(schema: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yields whatever a reference can name: by its place, its anchor or its id."""
    if isinstance(schema, dict):
        yield pointer, schema
        for keyword in ("$anchor", "$dynamicAnchor", "$id"):
            if isinstance(schema.get(keyword), str):
                yield schema[keyword].lstrip("#"), schema
        for name, part in schema.items():
            yield from _anchors(part, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from _anchors(part, f"{pointer}/{index}")
