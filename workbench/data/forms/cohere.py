"""Cohere's chat on InvokeModel: the new message beside the history."""

from __future__ import annotations

from typing import Any

from workbench.data.forms.draft import Draft, Refused, want_list, want_object
from workbench.data.forms.tools import read_tools
from workbench.data.forms.turns import read_turns

_READ = {"message", "chat_history", "preamble", "tools"}
# Texts that the model answers from; in what words they reached it is the vendor's own affair.
_GROUNDS = {"documents": "document", "tool_results": "tool_use", "connectors": "tool"}


def matches(request: dict[str, Any]) -> bool:
    """Tells whether a request has one new message of text."""
    return isinstance(request.get("message"), str)


def read(request: dict[str, Any], left_out: list[str]) -> Draft:
    """Reads a chat request of Command R and its kin.

    Raises:
        Refused: It has documents, connectors or tool results, or see ``read_turns``.
    """
    for key, kind in _GROUNDS.items():
        if request.get(key):
            raise Refused(kind, key, f"an RFT row has no place for {key}")
    turns = [{"role": "system", "content": request["preamble"]}] if request.get("preamble") else []
    for index, turn in enumerate(want_list(request.get("chat_history") or [], "chat_history")):
        turn = want_object(turn, f"chat_history[{index}]")
        turns.append({"role": turn.get("role"), "content": turn.get("message")})
    turns.append({"role": "user", "content": request["message"]})
    draft = Draft(read_turns(turns, left_out, "chat_history"), left_out=left_out)
    if request.get("tools"):
        draft.tools = read_tools(request["tools"], left_out)
    left_out += [key for key in request if key not in _READ]
    return draft
