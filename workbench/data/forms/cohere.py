"""Cohere's chat on InvokeModel: the new message beside the history."""

from __future__ import annotations

from typing import Any

from touchstone.workbench.data.forms.draft import Draft, Refused, want_list, want_object, want_text
from touchstone.workbench.data.forms.form import Form
from touchstone.workbench.data.forms.tools import read_tools
from touchstone.workbench.data.forms.turns import read_turns

_READ = {"message", "chat_history", "preamble", "tools"}
_MARKS = {
    "chat_history", "preamble", "conversation_id", "search_queries_only", "preamble_override",
    "prompt_truncation", "citation_quality", "return_prompt", "force_single_step",
    "raw_prompting", "connectors", "documents", "tool_results", "tools", "max_tokens",
    "max_input_tokens", "temperature", "stop_sequences",
}  # fmt: skip
_KEYS = _READ | _MARKS | {
    "model", "stream", "p", "k", "seed", "frequency_penalty", "presence_penalty",
    "response_format", "safety_mode", "return_preamble", "search_options",
}  # fmt: skip
# Texts that the model answers from; in what words they reached it is the vendor's own affair.
_GROUNDS = {"documents": "document", "tool_results": "tool_use", "connectors": "tool"}


class Cohere(Form):
    """Chat of Command R and its kin; a reply that calls a tool names no id, so it is refused."""

    name = "cohere"
    groups = ("invoke", "logs")
    keys = frozenset({"message"})
    prompt = "message"
    texts = (("text",),)
    ends = frozenset({"finish_reason", "generation_id"})
    call_starts = (("tool_calls",), ("tool_call_delta",))

    def matches(self, record: dict[str, Any]) -> bool:
        """Tells whether a record has one new message of text, and a key that only Cohere's have."""
        return isinstance(record.get("message"), str) and bool(_MARKS & record.keys())

    def read(self, record: dict[str, Any]) -> Draft:
        """Reads a chat request.

        Raises:
            Refused: It has documents, connectors or tool results, its history has calls of
                tools, which name no id that tells whose result is whose, or see ``read_turns``.
        """
        for key, kind in _GROUNDS.items():
            if record.get(key):
                raise Refused(kind, key, f"an RFT row has no place for {key}")
        draft = Draft()
        draft.messages = read_turns(_history(record), draft.left_out, "chat_history")
        if record.get("preamble"):
            preamble = want_text(record["preamble"], "preamble")
            draft.messages.insert(0, {"role": "system", "content": preamble})
        asked = want_text(record.get("message"), "message")
        draft.messages.append({"role": "user", "content": asked})
        if record.get("tools"):
            draft.tools = read_tools(record["tools"], draft.left_out)
        draft.left_out += [key for key in record if key in _KEYS and key not in _READ]
        draft.fields = {k: v for k, v in record.items() if k not in _KEYS}
        return draft


def _history(request: dict[str, Any]) -> list[dict[str, Any]]:
    said = []
    for index, turn in enumerate(want_list(request.get("chat_history") or [], "chat_history")):
        turn = want_object(turn, where := f"chat_history[{index}]")
        if turn.get("tool_calls") or turn.get("tool_results"):
            raise Refused("tool_use", where, "calls of tools in a history have no ids to keep")
        rest = {k: v for k, v in turn.items() if k != "message"}
        said.append(rest | {"content": turn.get("message")})
    return said


FORM = Cohere()
