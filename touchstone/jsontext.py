"""JSON as its standard has it, and JSON in a string."""

from __future__ import annotations

import json
from typing import Any

JSON = Any


def strict_json(text: str | bytes) -> JSON:
    """Reads JSON as the standard has it: ``NaN`` and ``Infinity`` are refused.

    Raises:
        ValueError: It is not JSON.
        RecursionError: It is nested too deeply.
    """
    return json.loads(text, parse_constant=_refuse_constant)


def written(value: JSON) -> str:
    """Returns a value as JSON; an ellipsis for one that is nested too deeply to be written."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "…"


def decoded(value: JSON) -> JSON:
    """Returns what a string holds when that is a JSON object or list, else the value itself."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            found = strict_json(value)
        except (ValueError, RecursionError):
            return value
        return found if isinstance(found, (dict, list)) else value
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
