"""Whether a row is one that a model can be asked, and its answer graded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from touchstone.contract import Sample, parse


def problem_of(row: Mapping[str, Any]) -> str:
    """Returns what is wrong with a row's prompt, its field first; ``""`` where nothing is."""
    return next(_problems(row), "")


def _problems(row: Mapping[str, Any]) -> Iterator[str]:
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "a row needs messages"
        return
    read = parse([row]).rows[0]
    if not isinstance(read, Sample) and not read.preflight:  # a dataset row has no answer yet
        yield read.detail
        return
    for index, turn in enumerate(messages):
        place, content = f"messages[{index}]", turn.get("content")
        if not isinstance(turn.get("role"), str):
            yield f"{place}.role must be a string"
        if not isinstance(content, str | list | None):
            yield f"{place}.content must be a string, not {type(content).__name__}"
        elif isinstance(content, list) and not all(isinstance(one, Mapping) for one in content):
            yield f"{place}.content must be a string, or a list of objects"
    if row.get("metadata") and not isinstance(row["metadata"], Mapping):
        yield f"metadata must be an object, not {type(row['metadata']).__name__}"
