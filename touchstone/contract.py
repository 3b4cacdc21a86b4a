"""Bedrock's contract: raw event in, samples out; results in, reply out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

JSON = Any


@dataclass(frozen=True, slots=True)
class Sample:
    """One rollout to grade, whatever form its event had.

    Attributes:
        id: As it came, of any JSON type.
        messages: The turns, each a dict with ``role`` and the ``content`` as it came.
        prompt: Text of the turns before the last.
        completion: Text of the last turn, without its thinking.
        thinking: What was removed from the completion as thinking.
        reference: The reference answer, decoded where it was JSON in a string; ``None``
            when absent.
        fields: Every other field of the row, from top level and metadata.
        tools: Tool definitions of the row.
        raw: The row as it came.
    """

    id: JSON
    messages: tuple[dict[str, Any], ...]
    prompt: str
    completion: str
    thinking: str
    reference: JSON
    fields: dict[str, Any]
    tools: JSON
    raw: JSON
