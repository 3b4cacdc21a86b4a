"""Names of fields, whatever the case and the marks between their words."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(4096)
def words(name: str) -> tuple[str, ...]:
    """Returns the words of a name: ``referenceResponse`` and ``Reference-Response`` are alike."""
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(4096)
def plain(name: str) -> str:
    """Returns a name as columns are called here: ``System Prompt`` is ``system_prompt``."""
    return "_".join(words(name))


def find(columns: Collection[str], name: str) -> str:
    """Returns the column of this name, the one that is written so first; ``""`` for none."""
    if name in columns:
        return name
    return next((column for column in columns if plain(column) == name), "")


def renamed(record: dict[str, Any], known: Collection[str]) -> dict[str, Any]:
    """Returns a record whose fields are called as is known, where only case or marks differ."""
    result = {}
    for name, value in record.items():
        named = plain(name)
        result[named if named in known and named not in record else name] = value
    return result
