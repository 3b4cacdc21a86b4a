"""Checks of one row's form: messages, roles, order, content, tools, field names.

Source: Amazon Bedrock user guide, "Prepare data for reinforcement fine-tuning"; message keys and
roles as in AWS's published dataset validator for Nova (RFTDatasetValidator of amzn-nova-forge).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal

from touchstone.said import text_of
from touchstone.workbench.data.media import BLOCKS, kind_in_text, kind_of_field
from touchstone.workbench.data.problem import Finding
from touchstone.workbench.rows.rft import ROLES, ROW_KEYS, parse_json

Model = Literal["nova", "openai"]

_ROLES = {*ROLES, "developer", "bot"}
_MESSAGE_KEYS = {"role", "content", "name", "tool_calls", "tool_call_id"}
_ANSWER_ROLES = ("assistant", "bot")
_TEXT_BLOCKS = ("text", "input_text")
# Spaces of no width and marks of direction are no text.
_VISIBLE = re.compile(r"[^\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
# Tab, newline and carriage return are text; the rest of C0 and DEL are not.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def check_shape(row: Mapping[str, Any], model: Model) -> Iterator[Finding]:
    """Yields what is wrong with the form of a row."""
    yield from _fields(row)
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        what = "there are no messages" if not messages else "messages is not a list"
        yield Finding("no_messages", "messages", what)
    else:
        for index, message in enumerate(messages):
            yield from _message(message, f"messages[{index}]", model)
        turns = [message if isinstance(message, dict) else {} for message in messages]
        yield from _order([turn.get("role") for turn in turns])
        yield from _calls(turns)
    if row.get("tools") is not None:
        yield from _tools(row["tools"], model)


def _fields(row: Mapping[str, Any]) -> Iterator[Finding]:
    for key in row:
        if key in ROW_KEYS:
            continue
        if kind := kind_of_field(key, row[key]):
            yield Finding("image_content", key, f"holds {kind}, not text")
        if not (near := _misspelt(key)) or near in row:
            continue
        if near != "tools" or isinstance(row[key], list):  # a `tool` may be a field of one's own
            yield Finding("misspelt_field", key, f"unknown field, very like {near!r}")
    if (row_id := row.get("id")) is not None and not isinstance(row_id, str):
        yield Finding("bad_id", "id", f"the id is {_type(row_id)}, not a string")
    elif row_id is not None and not row_id.strip():
        yield Finding("bad_id", "id", "the id is empty")


@lru_cache(4096)
def _misspelt(key: str) -> str:
    plain = key.lower().replace("-", "_").replace(" ", "_")
    return next(iter(difflib.get_close_matches(plain, ROW_KEYS[1:], 1, 0.87)), "")


def _message(message: Any, where: str, model: Model) -> Iterator[Finding]:
    if not isinstance(message, dict):
        yield Finding("bad_message", where, f"a message is {_type(message)}, not an object")
        return
    role = message.get("role")
    if role is None:
        yield Finding("bad_message", where, "the message has no role")
    elif not isinstance(role, str) or role not in _ROLES:
        yield Finding("unknown_role", f"{where}.role", f"role {_shown(role)} is not known")
    for key in message:
        if key not in _MESSAGE_KEYS or (model == "nova" and key == "name"):
            yield Finding("unknown_key", f"{where}.{key}", "not a key of a chat message")
    if message.get("content") is None and message.get("tool_calls"):
        return
    yield from _content(message.get("content"), f"{where}.content", model)
    if role not in _ANSWER_ROLES and (kind := kind_in_text(text_of(message.get("content")))):
        what = f"points to {kind}, which a row does not hold"
        yield Finding("image_content", f"{where}.content", what)


def _content(content: Any, where: str, model: Model) -> Iterator[Finding]:
    if isinstance(content, list) and content:
        yield from _blocks(content, where, model)
    elif content is not None and not isinstance(content, str | list):
        yield Finding("bad_content", where, f"the content is {_type(content)}, not a string")
        return
    text = text_of(content)
    if not _VISIBLE.search(text) and not _has_media(content):
        yield Finding("empty_content", where, "the message has no text")
    if "\ufffd" in text:
        yield Finding("broken_text", where, f"{text.count(chr(0xFFFD))} replacement characters")
    if found := _CONTROL.findall(text):
        yield Finding("control_characters", where, f"{len(found)} control characters")


def _blocks(blocks: list[Any], where: str, model: Model) -> Iterator[Finding]:
    readable = True
    for index, block in enumerate(blocks):
        if media := _media(block):
            yield Finding("image_content", f"{where}[{index}]", f"holds {media}, not text")
        elif not _is_text(block):
            readable = False
            yield Finding("bad_content", f"{where}[{index}]", "not a text block")
    if readable and model == "nova":
        yield Finding("content_blocks", where, "Nova's format has the content as one string")


def _order(roles: list[Any]) -> Iterator[Finding]:
    for index, role in enumerate(roles):
        if role in ("system", "developer") and index:
            place = f"messages[{index}].role"
            yield Finding("system_not_first", place, f"message {index + 1} is a system message")
    first = next((i for i, role in enumerate(roles) if role not in ("system", "developer")), 0)
    for index, role in enumerate(roles):
        if role in _ANSWER_ROLES and (index == first or roles[index - 1] in _ANSWER_ROLES):
            what = "the first turn is" if index == first else "two turns in a row are"
            yield Finding("odd_order", f"messages[{index}].role", f"{what} the assistant's")
    if "user" not in roles:
        yield Finding("no_user", "messages", "there is no user message")
    last = f"messages[{len(roles) - 1}].role"
    if roles[-1] in _ANSWER_ROLES:
        yield Finding("ends_with_answer", last, "the last turn is the assistant's")
    elif roles[-1] not in ("user", "tool", None):
        yield Finding("last_not_user", last, f"the last turn is {_shown(roles[-1])}'s")
    if roles.count("user") > 1:
        yield Finding("many_turns", "messages", f"the prompt has {roles.count('user')} user turns")


def _calls(turns: list[dict[str, Any]]) -> Iterator[Finding]:
    """Checks calls of tools, and that every result is that of a call before it."""
    ids: set[str] = set()
    called = False
    for index, turn in enumerate(turns):
        where = f"messages[{index}]"
        calls = turn.get("tool_calls")
        for number, call in enumerate(calls if isinstance(calls, list) else ()):
            function = call.get("function") if isinstance(call, dict) else None
            arguments = function.get("arguments") if isinstance(function, dict) else None
            if isinstance(arguments, str) and not _is_object(arguments):
                place = f"{where}.tool_calls[{number}].function.arguments"
                yield Finding("bad_tool_call", place, "the arguments are no JSON object")
            called = True
            if isinstance(call, dict) and isinstance(call.get("id"), str):
                ids.add(call["id"])
        if turn.get("role") != "tool":
            continue
        answered = turn.get("tool_call_id")
        if not called:
            yield Finding("bad_tool_turn", where, "a tool's result without a call before it")
        elif isinstance(answered, str) and answered not in ids:
            message = f"no call before it has the id {_shown(answered)}"
            yield Finding("bad_tool_turn", f"{where}.tool_call_id", message)


def _is_object(text: str) -> bool:
    try:
        return isinstance(parse_json(text), dict)
    except ValueError:
        return False


def _tools(tools: Any, model: Model) -> Iterator[Finding]:
    if not isinstance(tools, list) or not tools:
        yield Finding("bad_tools", "tools", "tools is not a list of one or more")
        return
    if model == "openai":
        yield Finding("tools_unknown", "tools", "tools are documented for Nova only")
    seen: set[str] = set()
    for index, tool in enumerate(tools):
        where = f"tools[{index}]"
        function = tool.get("function") if isinstance(tool, dict) else None
        function = function if isinstance(function, dict) else {}
        name = function.get("name")
        if not isinstance(tool, dict) or tool.get("type") != "function":
            yield Finding("bad_tools", f"{where}.type", "a tool's type must be function")
        elif not isinstance(name, str) or not name:
            yield Finding("bad_tools", f"{where}.function.name", "the function has no name")
        elif name in seen:
            yield Finding("bad_tools", f"{where}.function.name", "two tools have this name")
        elif not isinstance(function.get("parameters", {}), dict):
            yield Finding("bad_tools", f"{where}.function.parameters", "not a JSON schema")
        elif model == "nova":
            yield from _described(function, f"{where}.function")
        if isinstance(name, str):
            seen.add(name)


def _described(function: dict[str, Any], where: str) -> Iterator[Finding]:
    """Finds what Nova's tools must have and the API of Chat Completions does without."""
    description, schema = function.get("description"), function.get("parameters") or {}
    if not isinstance(description, str) or not description.strip():
        yield Finding("bad_tools", f"{where}.description", "the function has no description")
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        message = "must be an object's schema, with type and properties"
        yield Finding("bad_tools", f"{where}.parameters", message)
    elif not _are_names(schema.get("required")):
        yield Finding("bad_tools", f"{where}.parameters.required", "not a list of names")


def _are_names(required: Any) -> bool:
    if required is None:
        return True
    return isinstance(required, list) and all(isinstance(name, str) for name in required)


def _is_text(block: Any) -> bool:
    if isinstance(block, str):
        return True
    return (
        isinstance(block, dict)
        and isinstance(block.get("text"), str)
        and block.get("type", "text") in _TEXT_BLOCKS
    )


def _media(block: Any) -> str:
    if not isinstance(block, dict):
        return ""
    kind = block.get("type")
    return next((name for name in BLOCKS if name == kind or name in block), "")


def _has_media(content: Any) -> bool:
    return isinstance(content, list) and any(map(_media, content))


def _shown(value: Any) -> str:
    return repr(value)[:40]


def _type(value: Any) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "a boolean",
        type(None): "null",
    }
    return names.get(type(value), "a number")
