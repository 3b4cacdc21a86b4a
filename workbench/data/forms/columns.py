"""Columns that datasets name alike: for turns, a prompt, an answer."""

from __future__ import annotations

import ast
from typing import Any

from touchstone.workbench.rows.rft import parse_json

# In the order in which they are looked for: the first one there is taken, the others stay fields.
TURNS = ("messages", "conversations", "conversation", "dialog", "dialogue", "turns")
PROMPTS = ("prompt", "question", "instruction", "problem", "sql_prompt", "query", "input")
PAIRS = ("chosen", "chosen_messages")
ANSWERS = ("completion", "response", "output", *PAIRS)


def is_blank(value: Any) -> bool:
    """Tells whether a value is nothing, or text without a word, which is no answer."""
    return value is None or (isinstance(value, str) and not value.strip())


def listed_texts(value: Any) -> list[str]:
    """Returns the texts of a list, also one that a cell of text holds; ``[]`` for other values."""
    value = decoded(value, "[")
    if not isinstance(value, list):
        return [value] if isinstance(value, str) and value.strip() else []
    return [text for text in value if isinstance(text, str)]


def decoded(value: Any, start: str = "[{") -> Any:
    """Returns the list that a cell of text holds, or the cell itself.

    Args:
        value: The cell.
        start: What such a text begins with; by default a list of objects.
    """
    if not isinstance(value, str) or not value.lstrip().startswith(start):
        return value
    try:
        return parse_json(value)
    except ValueError:
        pass
    try:  # as Python prints a list
        return ast.literal_eval(value.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value
