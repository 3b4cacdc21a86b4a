"""Tables that one JSON value holds: a list a column, or what pandas' ``to_json`` writes.

Told by their make and by a column that is named like a prompt or like turns, so that a record
whose fields are lists stays a record.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from touchstone.workbench.data.forms.columns import PROMPTS, TURNS
from touchstone.workbench.data.names import plain


def rows_of_table(value: Any) -> list[dict[str, Any]] | None:
    """Returns the rows of a value that is a table in one of four makes, ``None`` for others.

    The makes are a list a column, and ``to_json`` with ``orient`` columns, index and split; its
    records and table are a list and an object with ``data``, which are read elsewhere.
    """
    if not isinstance(value, dict) or not value:
        return None
    if {"columns", "data"} <= value.keys() <= {"columns", "index", "data"}:
        return _split(value["columns"], value["data"])
    columns = list(value.values())
    if all(isinstance(column, list) for column in columns):
        return _by_column(value)
    if all(isinstance(column, dict) for column in columns):
        return _by_index(value)
    return None


def _split(columns: Any, data: Any) -> list[dict[str, Any]] | None:
    if not isinstance(columns, list) or not isinstance(data, list) or not _named(columns):
        return None
    if not all(isinstance(row, list) and len(row) == len(columns) for row in data):
        return None
    return [_row(columns, row) for row in data]


def _by_column(value: dict[str, list[Any]]) -> list[dict[str, Any]] | None:
    """Reads columns of one length, of which one holds a prompt or a list of turns a row."""
    sizes = {len(column) for column in value.values()}
    prompts = [column for name, column in value.items() if plain(name) in PROMPTS]
    turns = [column for name, column in value.items() if plain(name) in TURNS]
    asked = any(_all(column, str) for column in prompts) or any(_all(c, list) for c in turns)
    if len(sizes) != 1 or not asked or (len(value) == 1 and "input" in value):
        return None
    return [_row(list(value), row) for row in zip(*value.values(), strict=True)]


def _by_index(value: dict[str, dict[str, Any]]) -> list[dict[str, Any]] | None:
    """Reads an object of cells by row for each column, or of cells by column for each row."""
    inner = list(value.values())
    if _named(list(value)) and all(key.isdigit() for column in inner for key in column):
        keys = dict.fromkeys(key for column in inner for key in column)
        return [_row(list(value), [column.get(key) for column in inner]) for key in keys]
    if all(key.isdigit() for key in value) and all(_named(list(row)) for row in inner):
        return [_row(list(row), list(row.values())) for row in inner]
    return None


def _named(columns: list[Any]) -> bool:
    return all(isinstance(c, str) for c in columns) and any(
        plain(column) in {*PROMPTS, *TURNS} for column in columns
    )


def _all(column: list[Any], kind: type) -> bool:
    return bool(column) and all(isinstance(cell, kind) for cell in column)


def _row(columns: list[str], cells: Sequence[Any]) -> dict[str, Any]:
    return {k: v for k, v in zip(columns, cells, strict=True) if v is not None}
