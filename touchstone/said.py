"""What a turn says: its text, its thinking and its tool calls, in any vendor's dialect.

The one reading of a turn. Whatever a model wrote, be it a completion, a reference, a kept answer
or a turn of the past, is read here, so that a thought is nowhere taken for an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from touchstone.jsontext import written
from touchstone.thinking import Pairs, split_thinking
from touchstone.tool_calls import ToolCall, calls_of, split_calls

JSON = Any

ANSWER_ROLES = ("assistant", "nova_assistant", "model", "bot")
SYSTEM_ROLES = ("system", "developer")


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn, as it is meant.

    Attributes:
        role: As it came; empty where there is none.
        text: What it says, without the thinking where a model wrote it.
        thinking: What was taken out, from marks, fields and blocks.
        tool_calls: What it calls.
    """

    role: str
    text: str
    thinking: str = ""
    tool_calls: tuple[ToolCall, ...] = ()

    def plain(self) -> dict[str, JSON]:
        """Returns it as data: ``{"role", "text", "tool_calls"}``."""
        calls = [call.plain() for call in self.tool_calls]
        return {"role": self.role, "text": self.text, "tool_calls": calls}


def read_turn(
    turn: Mapping[str, Any], *, calls_in_text: bool = False, thinking_marks: Pairs = ()
) -> Turn:
    """Reads a turn.

    Args:
        turn: ``role``, ``content`` in any dialect, ``tool_calls`` or ``function_call``.
        calls_in_text: Whether a text in the form of a call is one, where a model wrote it and
            no call is structured; such a call is then no part of the text.
        thinking_marks: Further marks that whoever wrote it thinks between.
    """
    role = turn.get("role")
    role = role if isinstance(role, str) else ""
    text = text_of(turn.get("content"))
    calls = calls_of(turn)
    if role not in ANSWER_ROLES:
        return Turn(role, text, "", calls)
    read_calls = calls_in_text and not calls
    if read_calls and "<|channel|>" in text:  # there, a call is a channel beside thinking
        text, calls = split_calls(text)
    text, thought = split_thinking(text, thinking_marks)
    if read_calls and not calls:
        text, calls = split_calls(text)
    thinking = "\n".join(part for part in (_reasoning_of(turn), thought) if part)
    return Turn(role, text, thinking, calls)


def conversation(system: str, turns: Sequence[Turn]) -> str:
    """Returns what came before an answer as a judge reads it: who said what, calls included.

    A prompt of one turn is its text.
    """
    if not system and len(turns) == 1 and not turns[0].tool_calls:
        return turns[0].text
    told = [f"System: {system}"] if system else []
    return "\n\n".join([*told, *(_told(turn) for turn in turns)])


def with_calls(text: str, calls: Sequence[ToolCall]) -> str:
    """Returns a text with its calls written out below it, for who reads: a judge, a person."""
    called = [f"[calls {call.name} with {written(call.arguments)}]" for call in calls]
    return "\n".join(part for part in (text, *called) if part)


def _told(turn: Turn) -> str:
    who = "assistant" if turn.role in ANSWER_ROLES else turn.role or "unknown"
    return f"{who.capitalize()}: {with_calls(turn.text, turn.tool_calls)}"


def text_of(content: JSON) -> str:
    """Returns the text of a turn's content: a string, text blocks in any dialect, or null."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(block) for block in content if not _is_reasoning(block))
    if isinstance(content, Mapping):
        return content["text"] if isinstance(content.get("text"), str) else ""
    return "" if content is None else str(content)


def _is_reasoning(block: JSON) -> bool:
    return isinstance(block, Mapping) and (
        "reasoningContent" in block
        or block.get("type") in ("thinking", "reasoning", "redacted_thinking")
    )


def _reasoning_of(turn: Mapping[str, Any]) -> str:
    parts = [turn.get("reasoning_content"), turn.get("reasoning")]
    content = turn.get("content")
    for block in content if isinstance(content, list) else ():
        if not _is_reasoning(block):
            continue
        inner = block.get("reasoningContent")
        inner = inner.get("reasoningText") if isinstance(inner, Mapping) else None
        # Mistral's is a list of blocks of text.
        parts += [text_of(part) for part in (inner, block.get("thinking"), block.get("text"))]
    return "\n".join(part for part in parts if isinstance(part, str) and part)
