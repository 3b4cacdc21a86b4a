"""What a model replied, out of any vendor's response, whole or streamed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workbench.data.forms.draft import Refused
from workbench.data.forms.turns import read_turns
from workbench.data.rft import parse_json

# Where a response keeps its text: keys, or places in lists, from the outside in.
_TEXTS: tuple[tuple[str | int, ...], ...] = (
    ("choices", 0, "text"),
    ("completion",),  # Anthropic's text form
    ("generation",),  # Llama
    ("outputs", 0, "text"),  # Mistral
    ("results", 0, "outputText"),  # Titan
    ("generations", 0, "text"),  # Cohere
    ("outputText",),
    ("text",),
)
_MESSAGES: tuple[tuple[str | int, ...], ...] = (
    ("choices", 0, "message"),
    ("output", "message"),  # Converse, Nova
    ("message",),  # Cohere's second chat, Ollama
)
# The same for one chunk of a stream.
_CHUNKS: tuple[tuple[str | int, ...], ...] = (
    ("delta", "text"),  # Anthropic
    ("contentBlockDelta", "delta", "text"),  # Converse, Nova
    ("choices", 0, "delta", "content"),
    *_TEXTS,
)
_CALL_STARTS: tuple[tuple[str | int, ...], ...] = (
    ("content_block", "input"),
    ("contentBlockStart", "start", "toolUse"),
    ("choices", 0, "delta", "tool_calls"),
)


def answer_turn(response: Any, left_out: list[str], where: str) -> dict[str, Any]:
    """Returns a response's answer as an assistant turn.

    Args:
        response: A response body, an object or JSON in a string, a stream's list of chunks,
            or plain text.
        left_out: Gains the names of blocks that are no answer, such as thinking.
        where: The field it came from, for messages.

    Raises:
        Refused: No answer can be read from it, or the answer is an image or the like.
    """
    if isinstance(response, str):
        try:
            decoded = parse_json(response)
        except ValueError:
            decoded = None
        if not isinstance(decoded, dict | list):
            return {"role": "assistant", "content": response}
        response = decoded
    if isinstance(response, list):
        return {"role": "assistant", "content": _streamed(response, where)}
    if isinstance(response, dict):
        if isinstance(response.get("body"), dict | str):
            return answer_turn(response["body"], left_out, f"{where}.body")
        for path in _MESSAGES:
            if isinstance(message := _at(response, path), dict):
                return _turn(message, left_out, where)
        if isinstance(response.get("content"), list | str):
            return _turn(response, left_out, where)
        for path in _TEXTS:
            if isinstance(text := _at(response, path), str):
                return {"role": "assistant", "content": text}
    raise Refused("no_answer", where, "holds no answer in a form that is known")


def _turn(message: dict[str, Any], left_out: list[str], where: str) -> dict[str, Any]:
    spoken = {k: message[k] for k in ("content", "tool_calls", "audio") if message.get(k)}
    turns = read_turns([spoken | {"role": "assistant"}], left_out, where)
    return turns[-1] if turns else {"role": "assistant", "content": ""}


def _streamed(chunks: list[Any], where: str) -> str:
    if any(_first(chunk, _CALL_STARTS) is not None for chunk in chunks):
        raise Refused("tool_use", where, "a streamed tool call cannot be put together")
    texts = [_first(chunk, _CHUNKS, lambda found: isinstance(found, str)) for chunk in chunks]
    if not any(isinstance(text, str) for text in texts):
        raise Refused("no_answer", where, "no chunk of the stream holds text")
    return "".join(text for text in texts if isinstance(text, str))


def _first(
    value: Any,
    paths: tuple[tuple[str | int, ...], ...],
    wanted: Callable[[Any], bool] = lambda found: found is not None,
) -> Any:
    return next((found for path in paths if wanted(found := _at(value, path))), None)


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value
