"""An example of every form that is known, by the form's name."""

from dataclasses import dataclass, field
from typing import Any

from tests.data.convert_goldens_rows import SYSTEM, USER


@dataclass(frozen=True)
class Example:
    """A record, which asks what 6*7 is, and a reply to it.

    Attributes:
        record: The record; it says nothing beside its prompt that a row would carry.
        reply: The same form's reply, which says 42; empty for rows of datasets.
        learned: A record that ends with the answer to learn; empty where requests have no turns.
    """

    record: dict[str, Any]
    reply: dict[str, Any] = field(default_factory=dict)
    learned: dict[str, Any] = field(default_factory=dict)


def _converse(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text}]}


def _gemini(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


ASKED, ANSWER = USER["content"], {"role": "assistant", "content": "42"}
EXAMPLES = {
    "converse": Example(
        {"modelId": "m", "messages": [_converse("user", ASKED)]},
        {"output": {"message": _converse("assistant", "42")}},
        {"messages": [_converse("user", ASKED), _converse("assistant", "42")]},
    ),
    "anthropic": Example(
        {"anthropic_version": "bedrock-2023-05-31", "messages": [USER]},
        {"role": "assistant", "content": [{"type": "text", "text": "42"}]},
        {"system": SYSTEM["content"], "messages": [USER, ANSWER]},
    ),
    "gemini": Example(
        {"contents": [_gemini("user", ASKED)]},
        {"candidates": [{"content": _gemini("model", "42"), "finishReason": "STOP"}]},
        {"contents": [_gemini("user", ASKED), _gemini("model", "42")]},
    ),
    "bedrock-eval": Example(
        {"conversationTurns": [{"prompt": {"content": [{"text": ASKED}]}}]},
    ),
    "openai-rft": Example({"item": {"messages": [USER]}}),
    "chat": Example(
        {"model": "m", "messages": [USER]},
        {"choices": [{"message": ANSWER}]},
        {"messages": [USER, ANSWER]},
    ),
    "prompt": Example(
        {"prompt": "[INST]What is 6*7?[/INST]", "max_gen_len": 5},
        {"generation": "42", "stop_reason": "stop"},
    ),
    "cohere": Example({"message": ASKED, "chat_history": []}, {"text": "42", "generation_id": "g"}),
    "table": Example({"question": ASKED}),
}
