"""What a model replied, out of any vendor's response, whole or streamed."""

from __future__ import annotations

from typing import Any

from touchstone.workbench.data.forms.draft import Refused
from touchstone.workbench.data.forms.registry import CHOICES, FORMS
from touchstone.workbench.data.forms.turns import read_turns
from touchstone.workbench.rows.rft import parse_json

_EVENT_LINES = ("data:", "event:", "id:", "retry:", ":")


def answer_turn(response: Any, left_out: list[str], where: str) -> dict[str, Any]:
    """Returns a response's answer as an assistant turn.

    Args:
        response: A response body, an object or JSON in a string, a stream's list of chunks
            or text of server-sent events, or plain text.
        left_out: Gains the names of blocks that are no answer, such as thinking.
        where: The field it came from, for messages.

    Raises:
        Refused: No answer can be read from it, or the answer is an image or the like.
    """
    if isinstance(response, str):
        decoded = _decoded(response)
        if not is_reply(decoded):
            return {"role": "assistant", "content": response}
        response = decoded
    if isinstance(response, list):
        return {"role": "assistant", "content": _streamed(response, left_out, where)}
    if isinstance(response, dict):
        if isinstance(body := response.get("body"), dict | str):
            decoded = _decoded(body) if isinstance(body, str) else body
            whole = decoded if isinstance(decoded, dict | list) else body
            return answer_turn(whole, left_out, f"{where}.body")
        response = _first_choice(response, left_out)
        for form in FORMS:
            if (message := form.message(response)) is not None:
                return _turn(message, left_out, where)
        if isinstance(response.get("content"), str):
            return _turn(response, left_out, where)
        if response.get("tool_calls"):
            raise Refused("tool_use", f"{where}.tool_calls", "a tool call without an id")
        for form in FORMS:
            if (text := form.text(response)) is not None:
                return {"role": "assistant", "content": text}
    raise Refused("no_answer", where, "holds no answer in a form that is known")


def is_reply(value: Any) -> bool:
    """Tells a vendor's response, whole or streamed, from an answer that is itself JSON.

    Args:
        value: An object, a list of chunks, or either as JSON or events in a string.
    """
    if isinstance(value, str):
        decoded = _decoded(value)
        return not isinstance(decoded, str) and is_reply(decoded)
    if isinstance(value, list):
        chunks = [chunk for chunk in value if isinstance(chunk, dict)]
        started = any(f.delta(chunk) is not None for chunk in chunks for f in FORMS)
        return len(chunks) == len(value) and (started or any(map(is_reply, chunks)))
    if not isinstance(value, dict):
        return False
    if any(form.is_reply(value) for form in FORMS):
        return True
    return "body" in value and is_reply(value["body"])


def _turn(message: dict[str, Any], left_out: list[str], where: str) -> dict[str, Any]:
    keys = ("content", "tool_calls", "function_call", "audio")
    spoken = {k: message[k] for k in keys if message.get(k)}
    if not spoken:
        return {"role": "assistant", "content": ""}
    turns = read_turns([spoken | {"role": "assistant"}], left_out, where)
    return turns[-1] if turns else {"role": "assistant", "content": ""}


def _streamed(chunks: list[Any], left_out: list[str], where: str) -> str:
    texts: list[str] = []
    for chunk in chunks:
        if isinstance(chunk, dict):
            chunk = _first_choice(chunk, left_out)
        if any(form.starts_call(chunk) for form in FORMS):
            raise Refused("tool_use", where, "a streamed tool call cannot be put together")
        added = [form.delta(chunk) for form in FORMS] + [form.text(chunk) for form in FORMS]
        if (text := next((text for text in added if text is not None), None)) is not None:
            texts.append(text)
    if not texts:
        raise Refused("no_answer", where, "no chunk of the stream holds text")
    return "".join(texts)


def _first_choice(response: dict[str, Any], left_out: list[str]) -> dict[str, Any]:
    """Returns a response, or a chunk of one, with only the first of the answers asked for."""
    for key in CHOICES:
        if not isinstance(choices := response.get(key), list) or not choices:
            continue
        first = [c for c in choices if not (isinstance(c, dict) and c.get("index"))][:1]
        if len(first) < len(choices):
            left_out.append("other choices")
            response = response | {key: first}
    return response


def _decoded(text: str) -> Any:
    """Returns what JSON or server-sent events in a string hold, or the string itself."""
    try:
        return parse_json(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line]
    if not lines or not all(line.startswith(_EVENT_LINES) for line in lines):
        return text
    data = [line[5:].strip() for line in lines if line.startswith("data:")]
    try:
        return [parse_json(line) for line in data if line != "[DONE]"]
    except ValueError:
        return text
