"""Anthropic's Messages, as InvokeModel and Anthropic's own API take them."""

from __future__ import annotations

from typing import Any

from touchstone.workbench.data.forms.draft import Draft
from touchstone.workbench.data.forms.form import Form
from touchstone.workbench.data.forms.tools import read_tools
from touchstone.workbench.data.forms.turns import read_turns, system_text

_BLOCKS = {"tool_use", "tool_result", "thinking", "redacted_thinking"}
_KEYS = {
    "model", "messages", "system", "max_tokens", "temperature", "top_p", "top_k", "thinking",
    "stop_sequences", "tools", "tool_choice", "metadata", "stream", "anthropic_version", "id",
    "anthropic_beta", "service_tier", "container", "context_management",
}  # fmt: skip
_READ = {"messages", "system", "tools", "anthropic_version", "model", "id"}


class Anthropic(Form):
    """Messages; their answer is the list of blocks that a reply calls its content."""

    name = "anthropic"
    groups = ("invoke", "logs")
    keys = frozenset({"messages"})
    turns = "messages"
    parameters = frozenset({"anthropic_version", "max_tokens", "stop_sequences"})
    deltas = (("delta", "text"),)
    call_starts = (("content_block", "name"),)

    def matches(self, record: dict[str, Any]) -> bool:
        """Tells Messages from Chat Completions: a system prompt beside the turns, or its blocks."""
        turns = record.get("messages")
        if not isinstance(turns, list):
            return False
        if "anthropic_version" in record:
            return True
        if "system" in record and ("max_tokens" in record or record.keys() <= _KEYS):
            return True
        tools = record.get("tools")
        if isinstance(tools, list) and any("input_schema" in t for t in tools if _is_object(t)):
            return True
        return any(_has_own_block(turn) for turn in turns)

    def read(self, record: dict[str, Any]) -> Draft:
        """Reads the body of a Messages call.

        Raises:
            Refused: See ``read_turns`` and ``read_tools``.
        """
        draft = Draft()
        draft.messages = read_turns(record.get("messages"), draft.left_out)
        if record.get("system"):
            text = system_text(record["system"], draft.left_out)
            draft.messages.insert(0, {"role": "system", "content": text})
        if record.get("tools"):
            draft.tools = read_tools(record["tools"], draft.left_out)
        draft.left_out += [key for key in record if key in _KEYS and key not in _READ]
        draft.fields = {k: v for k, v in record.items() if k not in _KEYS}
        return draft

    def message(self, reply: dict[str, Any]) -> dict[str, Any] | None:
        """Returns the reply itself where its content is a list of blocks."""
        return reply if isinstance(reply.get("content"), list) else None

    def is_reply(self, value: dict[str, Any]) -> bool:
        """Tells a reply by its role or its end: other JSON may have a list of contents."""
        ours = value.get("role") == "assistant" or "stop_reason" in value
        return ours and self.message(value) is not None


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _has_own_block(turn: Any) -> bool:
    content = turn.get("content") if isinstance(turn, dict) else None
    if not isinstance(content, list):
        return False
    types = [block.get("type") for block in content if isinstance(block, dict)]
    return any(isinstance(name, str) and name in _BLOCKS for name in types)


FORM = Anthropic()
