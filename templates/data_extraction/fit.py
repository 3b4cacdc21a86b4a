"""Gives XML and CSV, which know only text and rows, the shape that is expected of them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from touchstone.scoring.amounts import read_number
from touchstone.scoring.tables import Table
from touchstone.templates.data_extraction.comparators import infer
from touchstone.templates.data_extraction.formats import Parsed


def fit(parsed: Parsed, expected: Any, schema: Any = None) -> Parsed:
    """Returns the same payload with its data shaped like ``expected``.

    Only what the format cannot say is settled: whether XML's root is a name or a wrapper,
    whether one element is a list of one, whether a CSV table is a list of rows, one row, a
    column or a field of an object, and whether ``30`` is a number. Values never change
    otherwise, and JSON and YAML come back as they are.
    """
    if parsed.typed:
        return parsed
    data = parsed.data
    data = _without_root(data, expected) if parsed.format == "xml" else _table(data, expected)
    return Parsed(
        _typed(_shaped(data, expected), expected, schema), parsed.format, parsed.overruled
    )


def rows_of(table: Table, expected: Any) -> list[dict[str, str]]:
    """Returns the rows of a table of Markdown as objects, under the expected names.

    The heads are written for people, so that ``Unit price`` is ``unit_price``. Where no head is an
    expected name and there are two columns, it is one object: each line is a name and its value.
    """
    names = {_folded(key): key for key in _keys(expected)}
    head = [names.get(_folded(cell), cell) for cell in table.head]
    rows = [dict(zip(head, row, strict=True)) for row in table.rows]
    lines = [table.head, *table.rows] if _folded(table.head[0]) in names else table.rows
    pairs = {names.get(_folded(line[0]), line[0]): line[1] for line in lines if len(line) == 2}
    named = len(pairs.keys() & names.values())
    if isinstance(expected, dict) and len(head) == 2 and named > len(set(head) & {*names.values()}):
        return [pairs]
    return rows


def _keys(expected: Any) -> list[str]:
    """Returns the names that rows of the expected data have."""
    if isinstance(expected, dict):
        inner = next(iter(expected.values()), None)
        alone = len(expected) == 1 and isinstance(inner, list)
        return _keys(inner) if alone else list(expected)
    items = expected if isinstance(expected, list) else []
    return list(dict.fromkeys(key for item in items if isinstance(item, dict) for key in item))


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _without_root(data: dict[str, Any], expected: Any) -> Any:
    name, content = next(iter(data.items()))
    if isinstance(expected, dict) and name in expected and set(expected) == {name}:
        return data
    return content


def _table(rows: list[dict[str, str]], expected: Any) -> Any:
    if isinstance(expected, list):
        column = len(rows[0]) == 1 and not any(isinstance(item, dict) for item in expected)
        return [cell for row in rows for cell in row.values()] if column else rows
    if isinstance(expected, dict):
        if len(expected) == 1 and isinstance(next(iter(expected.values())), list):
            return {next(iter(expected)): _table(rows, next(iter(expected.values())))}
        return rows[0] if len(rows) == 1 else rows
    return rows


def _shaped(data: Any, expected: Any) -> Any:
    if isinstance(expected, list):
        if isinstance(data, dict) and len(data) == 1:
            # <items><item/><item/></items>: the inner name only says that these are items.
            inner = next(iter(data.values()))
            data = inner if not _is_item(data, expected) else [data]
        if data is None:
            return []
        data = data if isinstance(data, list) else [data]
        sample = expected[0] if expected else None
        return [_shaped(item, sample) for item in data]
    if isinstance(expected, dict) and isinstance(data, dict):
        return {key: _shaped(value, expected.get(key)) for key, value in data.items()}
    return data


def _is_item(data: dict[str, Any], expected: list[Any]) -> bool:
    return any(isinstance(item, dict) and data.keys() <= item.keys() for item in expected)


def _typed(data: Any, expected: Any, schema: Any) -> Any:
    """Reads texts as the JSON type that the schema or the expected value asks for."""
    if isinstance(data, dict):
        wanted = expected if isinstance(expected, dict) else {}
        rules = schema.get("properties") if isinstance(schema, dict) else None
        rules = rules if isinstance(rules, dict) else {}
        return {k: _typed(v, wanted.get(k), rules.get(k)) for k, v in data.items()}
    if isinstance(data, list):
        sample = expected[0] if isinstance(expected, list) and expected else None
        items = schema.get("items") if isinstance(schema, dict) else None
        return [_typed(value, sample, items) for value in data]
    return _typed_leaf(data, expected, schema) if isinstance(data, str) else data


def _typed_leaf(text: str, expected: Any, schema: Any) -> Any:
    declared = schema.get("type") if isinstance(schema, dict) else None
    kinds = declared if isinstance(declared, list) else [declared]
    if "string" in kinds or (declared is None and isinstance(expected, str)):
        return text
    if text in ("true", "false") and ("boolean" in kinds or isinstance(expected, bool)):
        return text == "true"
    if text in ("", "null") and "null" in kinds:
        return None
    numeric = "number" in kinds or "integer" in kinds
    if numeric or (declared is None and expected is not None and infer(expected) == "number"):
        number = read_number(text)
        if number is not None:
            return (
                int(number) if number == number.to_integral_value() and _small(number) else number
            )
    return text


def _small(number: Decimal) -> bool:
    return number.adjusted() < 1000
