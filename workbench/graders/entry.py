"""An entry of graders.toml as text: what was read back is what was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from touchstone.sanitize import one_line

_WIDTH = 80  # a list that is longer has a line for each of its values
_LONGEST_COMMENT = 400


def entry(
    name: str,
    made: Mapping[str, Any],
    settings: Mapping[str, Any],
    comments: Iterable[str] = (),
) -> str:
    """Returns the tables of one grader.

    Args:
        name: Of the grader.
        made: The keys of its own table, as ``template``.
        settings: Those of its ``settings``; a list of tables gets a table for each.
        comments: Sentences that stand above it, one line each.
    """
    tables = {key: value for key, value in settings.items() if _are_tables(value)}
    plain = {key: value for key, value in settings.items() if key not in tables}
    lines = [f"# {one_line(text, _LONGEST_COMMENT)}" for text in comments]
    lines += [f"[graders.{name}]", *_pairs(made)]
    if plain:
        lines += ["", f"[graders.{name}.settings]", *_pairs(plain)]
    for key, rows in tables.items():
        for row in rows:
            lines += ["", f"[[graders.{name}.settings.{_key(key)}]]", *_pairs(row)]
    return "\n".join(lines) + "\n"


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _pairs(table: Mapping[str, Any]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items()]


def _value(value: Any) -> str:
    """Returns a value as TOML, on one line but for texts of several and long lists."""
    if isinstance(value, str):
        if "\n" in value:
            lines = [_quoted(line)[1:-1] for line in value.split("\n")]
            return '"""\n' + "\n".join(lines) + '"""'
        return _quoted(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        flat = [_value(one) for one in value]
        if sum(map(len, flat)) < _WIDTH:
            return "[" + ", ".join(flat) + "]"
        return "[\n" + "".join(f"  {one},\n" for one in flat) + "]"
    return json.dumps(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[\w-]+", key, re.ASCII) else _quoted(key)
