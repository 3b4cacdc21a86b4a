"""Reads the body of a chat completion, however its server sent it.

Some servers stream although nobody asked them to, and some put blank lines or comments before the
body, so that the connection stays open while the model thinks.

Source: OpenAI API reference, the chat completion object and its chunks; WHATWG HTML, server-sent
events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from touchstone.judge.transport import mapping
from touchstone.said import text_of

# Where servers file what a model thought.
REASONING = ("reasoning_content", "reasoning", "thinking")
_DONE = "[DONE]"
# A message's fields that come in pieces.
_PIECED = ("content", *REASONING, "refusal")


def completion_in(body: bytes) -> Any:
    """Returns the completion that a body holds; its streamed pieces are joined into one.

    Raises:
        ValueError: It holds none.
        RecursionError: It is nested too deeply.
    """
    lines = body.decode("utf-8-sig").splitlines(keepends=True)
    # A comment of server-sent events begins with a colon, which no JSON does.
    text = "".join(line for line in lines if not line.startswith(":")).strip()
    if text.startswith(("data:", "event:", "id:")):
        return _joined([json.loads(data) for data in _events(text)])
    try:
        return json.loads(text)
    except ValueError:
        return _joined([json.loads(line) for line in text.splitlines()])


def _events(text: str) -> Iterator[str]:
    for line in text.splitlines():
        field, _, data = line.partition(":")
        if field == "data" and data.strip() not in ("", _DONE):
            yield data


def _joined(chunks: list[Any]) -> dict[str, Any]:
    """Returns the completion that chunks are the pieces of, or the error that one of them is."""
    message: dict[str, Any] = {}
    calls: dict[Any, dict[str, str]] = {}
    choice: dict[str, Any] = {"message": message, "finish_reason": None}
    whole: dict[str, Any] = {"choices": [], "usage": None}
    for chunk in map(mapping, chunks):
        if error := chunk.get("error"):
            return {"error": error}
        whole["usage"] = chunk.get("usage") or whole["usage"]
        for piece in _objects(chunk.get("choices")):
            if piece.get("index"):
                continue  # another answer than the first
            said = mapping(piece.get("delta") or piece.get("message"))
            for name in _PIECED:
                if text := text_of(said.get(name)):
                    message[name] = message.get(name, "") + text
            for part in (
                *_objects(said.get("tool_calls")),
                {"function": said.get("function_call")},
            ):
                for name, text in mapping(part.get("function")).items():
                    call = calls.setdefault(str(part.get("index")), {"name": "", "arguments": ""})
                    if name in call and isinstance(text, str):
                        call[name] += text
            choice["finish_reason"] = piece.get("finish_reason") or choice["finish_reason"]
            whole["choices"] = [choice]
    message["tool_calls"] = [{"function": call} for call in calls.values()]
    return whole


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [mapping(item) for item in value] if isinstance(value, list) else []
