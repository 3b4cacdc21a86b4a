"""Anthropic's Messages, as InvokeModel and Anthropic's own API take them."""

from __future__ import annotations

from typing import Any

from workbench.data.forms.draft import Draft
from workbench.data.forms.tools import read_tools
from workbench.data.forms.turns import read_turns, system_text

_BLOCKS = {"tool_use", "tool_result", "thinking", "redacted_thinking"}
_KEYS = {
    "model", "messages", "system", "max_tokens", "temperature", "top_p", "top_k", "thinking",
    "stop_sequences", "tools", "tool_choice", "metadata", "stream", "anthropic_version", "id",
    "anthropic_beta", "service_tier", "container", "context_management",
}  # fmt: skip
_READ = {"messages", "system", "tools", "anthropic_version", "model", "id"}
# Only a call has these.
PARAMETERS = frozenset({"anthropic_version", "max_tokens", "stop_sequences"})


def matches(request: dict[str, Any]) -> bool:
    """Tells Messages from Chat Completions: a system prompt beside the turns, or its blocks."""
    turns = request.get("messages")
    if not isinstance(turns, list):
        return False
    if "anthropic_version" in request:
        return True
    if "system" in request and ("max_tokens" in request or request.keys() <= _KEYS):
        return True
    tools = request.get("tools")
    if isinstance(tools, list) and any("input_schema" in t for t in tools if isinstance(t, dict)):
        return True
    return any(_has_own_block(turn) for turn in turns)


def read(request: dict[str, Any], left_out: list[str]) -> Draft:
    """Reads the body of a Messages call.

    Raises:
        Refused: See ``read_turns`` and ``read_tools``.
    """
    turns = read_turns(request.get("messages"), left_out)
    if request.get("system"):
        text = system_text(request["system"], left_out)
        turns.insert(0, {"role": "system", "content": text})
    draft = Draft(turns, left_out=left_out)
    if request.get("tools"):
        draft.tools = read_tools(request["tools"], left_out)
    left_out += [key for key in request if key in _KEYS and key not in _READ]
    draft.fields = {k: v for k, v in request.items() if k not in _KEYS}
    return draft


def _has_own_block(turn: Any) -> bool:
    content = turn.get("content") if isinstance(turn, dict) else None
    if not isinstance(content, list):
        return False
    types = [block.get("type") for block in content if isinstance(block, dict)]
    return any(isinstance(name, str) and name in _BLOCKS for name in types)
