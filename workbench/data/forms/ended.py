"""How an answer ended: by itself, or cut off, filtered or failed, and then it is none.

A vendor's response says so beside the answer, under one of a few names; what stands there
decides. A guardrail's message, like half an answer, must never become gold.
"""

from __future__ import annotations

import re
from typing import Any

from touchstone.workbench.data.names import plain

_NAMES = {
    "stop_reason", "finish_reason", "completion_reason", "done_reason", "block_reason",
    "amazon_bedrock_guardrail_action", "guardrail_action",
}  # fmt: skip
# In the order in which they are asked; any other word is an end of its own accord.
_ENDS = (
    ("filtered", re.compile(
        r"guardrail|interven|filter|safety|block|prohibit|recitation|spii|refus|toxic|moderat"
    )),
    ("cut off", re.compile(r"max|length|limit|window|incomplete|truncat")),
    ("failed", re.compile(r"error|malformed|unexpected|abort|cancel|time_?out|interrupt")),
)  # fmt: skip
_CUT = {"truncated", "is_truncated", "was_truncated", "incomplete", "is_incomplete"}
_WITHIN = 6
# What was said, which may hold any words, and how it was checked.
_SAID = {"content", "text", "trace", "message", "tool_calls", "arguments"}


def how_ended(response: Any) -> str:
    """Returns ``cut off``, ``filtered`` or ``failed``; ``""`` for an answer that is whole.

    Args:
        response: A vendor's response, a list of its chunks, or the fields beside an answer.
    """
    return _ended(response, _WITHIN)


def _ended(value: Any, depth: int) -> str:
    if isinstance(value, list):
        return next(filter(None, (_ended(each, depth) for each in value)), "")
    if not isinstance(value, dict) or not depth:
        return ""
    for key, inner in value.items():
        if not isinstance(key, str):
            continue
        if inner in (True, "true", "True"):
            if plain(key) in _CUT:
                return "cut off"
        elif isinstance(inner, str):
            if (end := _end_of(inner)) and plain(key) in _NAMES:
                return end
        elif key == "incomplete_details" and isinstance(inner, dict):  # OpenAI's Responses
            return _end_of(str(inner.get("reason"))) or "cut off"
        elif key not in _SAID and (end := _ended(inner, depth - 1)):
            return end
    return ""


def _end_of(reason: str) -> str:
    if len(reason) > 60:
        return ""
    reason = reason.lower()
    return next((end for end, words in _ENDS if words.search(reason)), "")
