"""Turns of any vendor as turns of an RFT row: text and tool calls carried, the rest by name.

OpenAI and Anthropic name a block by its ``type``, Converse and Nova by its only key; roles
and tool results differ too. This is the one place that knows the differences.
"""

from __future__ import annotations

from typing import Any

import msgspec

from touchstone.workbench.data import media
from touchstone.workbench.data.forms.draft import Refused, want_list, want_object
from touchstone.workbench.rows.rft import parse_json

_ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user",
    "assistant": "assistant", "model": "assistant", "bot": "assistant", "chatbot": "assistant",
    "gpt": "assistant", "ai": "assistant", "nova_assistant": "assistant",
    "function_call": "assistant", "tool_call": "assistant", "tool_calls": "assistant",
    "tool": "tool", "function": "tool", "ipython": "tool", "observation": "tool",
    "tool_response": "tool",
}  # fmt: skip
# Roles of ShareGPT's kin whose text is the call itself.
_CALLS = {"function_call", "tool_call", "tool_calls"}
_PLAIN = {"system", "user", "assistant"}
_TEXT = {"text", "input_text", "output_text"}
# A model's own thinking is not part of a prompt, and a cache's mark is no content.
_PASSED_OVER = {
    "cachePoint", "reasoningContent", "thinking", "redacted_thinking", "reasoning",
}  # fmt: skip
# JSON in a string, in a string again: no log has been seen to go deeper.
_ENCODINGS = 3
_TURN_KEYS = {"role", "from", "content", "value", "tool_calls", "tool_call_id", "function_call"}


def read_turns(turns: Any, left_out: list[str], where: str = "messages") -> list[dict[str, Any]]:
    """Returns turns as ``{"role", "content"}``, with ``tool_calls`` and ``tool_call_id``.

    Args:
        turns: A vendor's list of turns.
        left_out: Gains the name of every key and block that a row has no place for.
        where: The field they came from, for messages.

    Raises:
        Refused: A turn holds an image or anything else that text cannot carry, has a role
            that is not known, has no content, or is no turn at all.
    """
    result: list[dict[str, Any]] = []
    for index, turn in enumerate(want_list(turns, where)):
        # Most turns are a role and a text; only the others are worth a name for their place.
        if isinstance(turn, dict) and len(turn) == 2:
            role, content = turn.get("role"), turn.get("content")
            if isinstance(content, str) and isinstance(role, str) and role in _PLAIN:
                result.append({"role": role, "content": content})
                continue
        place = f"{where}[{index}]"
        turn = want_object(turn, place)
        content = turn.get("value") if turn.get("content") is None else turn["content"]
        _read_turn(turn, _role(turn, place), content, result, left_out, place)
    return result


def text_of(content: Any, left_out: list[str], where: str) -> str:
    """Returns the text of content that can hold nothing else, such as a system prompt.

    Raises:
        Refused: It holds something else.
    """
    parts = _Parts(left_out)
    parts.read(content, where)
    if parts.calls or parts.results:
        raise Refused("tool_use", where, "a tool call has no place here")
    return "".join(parts.texts)


def system_text(system: Any, left_out: list[str], where: str = "system") -> str:
    """Returns a system prompt, whose blocks are separate instructions, unlike a turn's.

    Raises:
        Refused: It holds more than text.
    """
    blocks = system if isinstance(system, list) else [system]
    texts = [text_of(block, left_out, f"{where}[{i}]") for i, block in enumerate(blocks)]
    return "\n\n".join(filter(None, texts))


def _role(turn: dict[str, Any], where: str) -> str:
    name = turn.get("role", turn.get("from"))
    role = _ROLES.get(name.lower()) if isinstance(name, str) else None
    if role is None:
        raise Refused("role", f"{where}.role", f"{name!r} is no role that is known")
    return role


def _read_turn(
    turn: dict[str, Any],
    role: str,
    content: Any,
    result: list[dict[str, Any]],
    left_out: list[str],
    where: str,
) -> None:
    for key, value in turn.items():
        if key not in _TURN_KEYS and (kind := media.kind_of_field(str(key), value)):
            raise Refused(kind, f"{where}.{key}", f"an RFT row holds text, not {kind}")
    parts = _Parts(left_out)
    if str(turn.get("role", turn.get("from"))).lower() in _CALLS:
        calls, content = _written_calls(content, result, f"{where}.content"), None
    else:
        parts.read(content, f"{where}.content")
        calls = parts.calls + _calls(turn, result, where)
    if content in (None, []) and not calls:
        keys = ", ".join(sorted(key for key in map(str, turn) if turn.get(key)))
        raise Refused("no_content", f"{where}.content", f"the turn has no content, only {keys}")
    left_out += [f"turn.{key}" for key in turn if key not in _TURN_KEYS and turn[key]]
    result += parts.results
    text = "".join(parts.texts)
    if role == "tool":
        result.append(_tool_turn(text, turn.get("tool_call_id"), result))
    elif calls:
        result.append({"role": role, "content": text or None, "tool_calls": calls})
    elif text or not parts.results:
        result.append({"role": role, "content": text})


def _tool_turn(text: str, call_id: Any, before: list[dict[str, Any]]) -> dict[str, Any]:
    if not isinstance(call_id, str):  # the older form answers the latest call
        calls = next((t["tool_calls"] for t in reversed(before) if t.get("tool_calls")), None)
        call_id = calls[-1]["id"] if calls else None
    turn = {"role": "tool", "content": text}
    return turn | ({"tool_call_id": call_id} if call_id else {})


def _calls(turn: dict[str, Any], before: list[dict[str, Any]], where: str) -> list[dict[str, Any]]:
    calls = []
    for index, call in enumerate(want_list(turn.get("tool_calls") or [], f"{where}.tool_calls")):
        place = f"{where}.tool_calls[{index}]"
        call = want_object(call, place)
        function = want_object(call.get("function", call.get("custom")), f"{place}.function")
        arguments = function.get("arguments", function.get("input"))
        if "custom" in call and isinstance(arguments, str):  # a tool that takes plain text
            arguments = {"input": arguments}
        calls.append(_call(call.get("id"), function.get("name"), arguments, place))
    if turn.get("function_call"):
        place = f"{where}.function_call"
        function = want_object(turn["function_call"], place)
        number = 1 + sum(len(t.get("tool_calls", ())) for t in before)
        calls.append(
            _call(f"call_{number}", function.get("name"), function.get("arguments"), place)
        )
    return calls


def _written_calls(content: Any, before: list[dict[str, Any]], where: str) -> list[dict[str, Any]]:
    """Reads the calls that a turn's text is: one object with name and arguments, or a list."""
    if isinstance(content, str):
        try:
            content = parse_json(content)
        except ValueError as exc:
            raise Refused("tool_use", where, f"a tool call that is {exc}") from exc
    calls = []
    number = sum(len(t.get("tool_calls", ())) for t in before)
    for index, call in enumerate(content if isinstance(content, list) else [content], 1):
        call = want_object(call, where)
        arguments = call.get("arguments", call.get("parameters"))
        calls.append(_call(f"call_{number + index}", call.get("name"), arguments, where))
    return calls


def _call(call_id: Any, name: Any, arguments: Any, where: str) -> dict[str, Any]:
    if not isinstance(name, str) or not name:
        raise Refused("bad_shape", where, "a tool call without the tool's name")
    value = _arguments(arguments, where)
    if not isinstance(arguments, str) or _parsed(arguments) != value:
        arguments = msgspec.json.encode(value).decode()
    call = {"id": call_id} if isinstance(call_id, str) else {"id": ""}
    return call | {"type": "function", "function": {"name": name, "arguments": arguments}}


def _arguments(given: Any, where: str) -> dict[str, Any]:
    """Returns the arguments of a call, an object however often it was encoded."""
    value = given
    for _ in range(_ENCODINGS):
        value = _parsed(value) if isinstance(value, str) else value
    if value in (None, "", []):
        return {}
    if not isinstance(value, dict):
        raise Refused("tool_use", where, "the arguments of a tool call are no JSON object")
    return value


def _parsed(text: str) -> Any:
    try:
        return parse_json(text) if text.strip() else None
    except ValueError:
        return text


class _Parts:
    """The parts of one turn's content, gathered block by block."""

    def __init__(self, left_out: list[str]) -> None:
        self.texts: list[str] = []
        self.calls: list[dict[str, Any]] = []
        self.results: list[dict[str, Any]] = []
        self._left_out = left_out

    def read(self, content: Any, where: str) -> None:
        if isinstance(content, str):
            self.texts.append(content)
        elif isinstance(content, list):
            for index, block in enumerate(content):
                self._block(block, f"{where}[{index}]")
        elif content is not None:
            self._block(content, where)

    def _block(self, block: Any, where: str) -> None:
        if isinstance(block, str):
            self.texts.append(block)
            return
        block = want_object(block, where)
        kind = block.get("type")
        typed = isinstance(kind, str)
        if kind == "text" and "text" not in block and isinstance(block.get("value"), str):
            block = {"text" if k == "value" else k: v for k, v in block.items()}
        if isinstance(block.get("text"), str) and (kind in _TEXT if typed else kind is None):
            self.texts.append(block["text"])
            self._left_out += [f"block.{k}" for k in block if k not in ("type", "text")]
            return
        name = kind if typed else next(iter(block), "")
        inner = block if typed else block.get(name)
        if name in _PASSED_OVER:
            self._left_out.append(name)
        elif name == "refusal":
            self.texts.append(str(block.get("refusal") or ""))
        elif name in ("guardContent", "citationsContent"):
            self._wrapped(name, want_object(inner, where), where)
        elif name in ("toolUse", "tool_use"):
            use = want_object(inner, where)
            call_id = use.get("toolUseId", use.get("id"))
            self.calls.append(_call(call_id, use.get("name"), use.get("input"), where))
        elif name in ("toolResult", "tool_result"):
            self._result(want_object(inner, where), f"{where}.{name}")
        elif name == "json" and "json" in block:
            self.texts.append(msgspec.json.encode(inner).decode())
        else:
            what = f"a block of {name[:40]!r}" if name else "an empty block"
            raise Refused(
                media.BLOCKS.get(name, "block"), where, f"an RFT row holds text, not {what}"
            )

    def _wrapped(self, name: str, inner: dict[str, Any], where: str) -> None:
        """Reads text that a guardrail or citations are wrapped around."""
        self._left_out.append(name)
        if name == "guardContent":
            text = inner.get("text")
            self.read([text if isinstance(text, dict) and "text" in text else inner], where)
        else:
            self.read(inner.get("content"), f"{where}.content")

    def _result(self, result: dict[str, Any], where: str) -> None:
        call_id = result.get("toolUseId", result.get("tool_use_id"))
        inner = _Parts(self._left_out)
        inner.read(result.get("content"), f"{where}.content")
        if result.get("status") == "error" or result.get("is_error"):
            self._left_out.append("tool result's error mark")
        turn = {"role": "tool", "content": "".join(inner.texts)}
        self.results.append(turn | ({"tool_call_id": call_id} if isinstance(call_id, str) else {}))
