"""Tool calls, however a model or its server wrote them down.

Structured: OpenAI's ``tool_calls`` and ``function_call``, Converse's ``toolUse``, Anthropic's
``tool_use``. In text, which a server without a parser hands on: ``<tool_call>`` (Hermes, Qwen),
``[TOOL_CALLS]`` (Mistral), ``<|python_tag|>`` (Llama), gpt-oss's channel to a function, and the
list of calls that Llama and the Berkeley leaderboard write (``[weather(city="Oslo")]``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from touchstone.jsontext import decoded, strict_json

JSON = Any

_TAG = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_FUNCTION = re.compile(r"\s*+<function=([^<>\s]++)>(.*?)</function>\s*+", re.DOTALL)
_PARAMETER = re.compile(
    r"<parameter=([^<>\s]++)>(.*?)(?:</parameter>|(?=<parameter=)|\Z)", re.DOTALL
)
_MISTRAL = "[TOOL_CALLS]"
_NAMED = re.compile(r"\s*+([\w.-]++)\s*+(?:\[ARGS\]\s*+)?(?=\{)")
_LLAMA = "<|python_tag|>"
_HARMONY = re.compile(
    r"(?:<\|start\|>assistant([^<]*+))?<\|channel\|>([^<]*+)(?:<\|constrain\|>[^<]*+)?"
    r"<\|message\|>(.*?)(?:<\|(?:call|end|return)\|>|(?=<\|start\|>)|\Z)",
    re.DOTALL,
)
_RECIPIENT = re.compile(r"\bto=(?:functions\.)?([^\s<]++)")
# Longer text is no list of calls: reading it as Python takes more than its length.
_LONGEST_LIST = 10_000
_ARGUMENTS = ("arguments", "input", "parameters", "args")
_WRAPPERS = ("function", "custom", "toolUse")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call that a model made.

    Attributes:
        name: The tool's.
        arguments: An object where they are JSON of one, else as they came.
        id: By which a result answers it, empty where it has none; no part of what is compared.
    """

    name: str
    arguments: JSON
    id: str = field(default="", compare=False)

    def plain(self) -> dict[str, JSON]:
        """Returns it as data: ``{"name", "arguments"}``."""
        return {"name": self.name, "arguments": self.arguments}


def calls_of(turn: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    """Returns the calls of a turn that are structured, in any dialect."""
    given = turn.get("tool_calls")
    found = list(given) if isinstance(given, list) else []
    found.append(turn.get("function_call"))
    content = turn.get("content")
    for block in content if isinstance(content, list) else [content]:
        if isinstance(block, Mapping) and (
            "toolUse" in block or block.get("type") in ("tool_use", "function_call")
        ):
            found.append(block)
    return tuple(call for item in found if (call := _call(item)))


def calls_in_reference(reference: JSON) -> tuple[ToolCall, ...]:
    """Returns the calls that a reference is made of: a turn, calls in text, or a list of calls.

    One object with a name and arguments may be any data, and is none.
    """
    if isinstance(reference, str):
        rest, calls = split_calls(reference)
        return () if rest.strip() else calls
    if isinstance(reference, Mapping):
        return calls_of(reference)
    return _bare(reference) if isinstance(reference, list) else ()


def split_calls(text: str) -> tuple[str, tuple[ToolCall, ...]]:
    """Splits a text into what is said and what is called; a call that cannot be read is said.

    The text is without its thinking, but for gpt-oss's channels, which are both at once.
    """
    if "<|channel|>" in text:
        return _cut(_HARMONY, text, _of_channel)
    if "<tool_call>" in text:
        return _cut(_TAG, text, lambda tag: _in_tag(tag[1]))
    for mark, read in ((_MISTRAL, _of_mistral), (_LLAMA, _in_json)):
        said, found, rest = text.partition(mark)
        if found and (calls := read(rest)):
            return said.strip(), calls
    calls = _listed(text.strip())
    return ("", calls) if calls else (text, ())


def _cut(pattern: re.Pattern[str], text: str, read: Any) -> tuple[str, tuple[ToolCall, ...]]:
    calls: list[ToolCall] = []

    def keep(found: re.Match[str]) -> str:
        read_here = read(found)
        calls.extend(read_here)
        return "" if read_here else found[0]

    rest = pattern.sub(keep, text)
    return (rest.strip(), tuple(calls)) if calls else (text, ())


def _of_channel(found: re.Match[str]) -> tuple[ToolCall, ...]:
    recipient = _RECIPIENT.search(f"{found[1] or ''} {found[2]}")
    return (ToolCall(recipient[1], decoded(found[3].strip())),) if recipient else ()


def _in_tag(body: str) -> tuple[ToolCall, ...]:
    named = _FUNCTION.fullmatch(body)
    if named:
        arguments = {key: _value(value) for key, value in _PARAMETER.findall(named[2])}
        return (ToolCall(named[1], arguments),)
    return _in_json(body)


def _value(text: str) -> JSON:
    # Qwen's form puts a value on lines of its own, and does not quote a text.
    text = text.removeprefix("\n").removesuffix("\n")
    try:
        return strict_json(text)
    except (ValueError, RecursionError):
        return text


def _of_mistral(text: str) -> tuple[ToolCall, ...]:
    calls: list[ToolCall] = []
    for part in text.split(_MISTRAL):
        named = _NAMED.match(part)
        if not named:
            calls += _in_json(part)
            continue
        arguments = decoded(part[named.end() :].strip())
        if isinstance(arguments, dict):
            calls.append(ToolCall(named[1], arguments))
    return tuple(calls)


def _in_json(text: str) -> tuple[ToolCall, ...]:
    """Returns the calls of a text that is one call in JSON, or a list of them."""
    value = decoded(text.strip())
    return _bare(value if isinstance(value, list) else [value])


def _bare(values: list[JSON]) -> tuple[ToolCall, ...]:
    """Returns calls where every value is one and says so: a name, its arguments, no more."""
    for value in values:
        given = set(value) if isinstance(value, Mapping) else set[str]()
        wrapped = given & set(_WRAPPERS)
        if not wrapped and not ("name" in given and given & set(_ARGUMENTS)):
            return ()
        if not wrapped and given - {"name", "id", "type", *_ARGUMENTS}:
            return ()
    calls = tuple(call for value in values if (call := _call(value)))
    return calls if len(calls) == len(values) else ()


def _call(value: JSON) -> ToolCall | None:
    value = decoded(value)
    if not isinstance(value, Mapping):
        return None
    inner = next((value[k] for k in _WRAPPERS if isinstance(value.get(k), Mapping)), value)
    name = inner.get("name")
    if not isinstance(name, str) or not name:
        return None
    arguments = next((inner[k] for k in _ARGUMENTS if inner.get(k) is not None), {})
    ids = (value.get("id"), value.get("call_id"), inner.get("toolUseId"))
    return ToolCall(name, decoded(arguments), next((i for i in ids if isinstance(i, str)), ""))


def _listed(text: str) -> tuple[ToolCall, ...]:
    """Returns the calls of a text that is a list of calls as Python writes it."""
    if not (text.startswith("[") and text.endswith(")]") and len(text) <= _LONGEST_LIST):
        return ()
    try:
        tree = ast.parse(text, mode="eval").body
        items = tree.elts if isinstance(tree, ast.List) else []
        return tuple(_written(item) for item in items)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return ()


def _written(node: ast.expr) -> ToolCall:
    """Reads ``name(key=literal)``.

    Raises:
        ValueError: It is anything else.
    """
    if not isinstance(node, ast.Call) or node.args or any(not k.arg for k in node.keywords):
        raise ValueError("not a call by keywords")
    name = ast.unparse(node.func)
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError("not a function's name")
    return ToolCall(name, {str(k.arg): ast.literal_eval(k.value) for k in node.keywords})
