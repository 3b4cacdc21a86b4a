# ruff: noqa: RUF001 - tokens that are written in letters of their own
"""Tool calls, however a model or its server wrote them down.

Structured: OpenAI's ``tool_calls`` and ``function_call``, Converse's ``toolUse``, Anthropic's
``tool_use``. In text, which a server without a parser hands on: ``<tool_call>`` (Hermes, Qwen,
GLM), ``[TOOL_CALLS]`` (Mistral), ``<|python_tag|>`` and bare JSON (Llama), ``<|tool_call|>``
(Granite, Phi), the tokens of DeepSeek and Kimi, ``<invoke>`` (Claude, MiniMax), gpt-oss's channel
to a function, and calls as Python writes them, which Llama, Gemma and the Berkeley leaderboard do
(``[weather(city="Oslo")]``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from touchstone.jsontext import decoded, strict_json

JSON = Any

_TAG = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)
_FUNCTION = re.compile(r"\s*+<function=([^<>\s]++)>(.*?)</function>\s*+", re.DOTALL)
_PARAMETER = re.compile(
    r"<parameter=([^<>\s]++)>(.*?)(?:</parameter>|(?=<parameter=)|\Z)", re.DOTALL
)
# GLM's, inside of <tool_call>.
_PAIR = re.compile(r"<arg_key>([^<]*+)</arg_key>\s*+<arg_value>(.*?)</arg_value>", re.DOTALL)
_GLM_NAME = re.compile(r"\s*+([\w.-]++)\s*+(?=<arg_key>)")
_BARE_FUNCTION = re.compile(r"<function=([^<>\s]++)>(.*?)(?:</function>|\Z)", re.DOTALL)
_INVOKE = re.compile(
    r"<((?:\w{1,20}:|｜DSML｜)?)invoke name=\"([^\"<>]++)\">(.*?)(?:</\1invoke>|\Z)", re.DOTALL
)
_NAMED_PARAMETER = re.compile(
    r"<((?:\w{1,20}:|｜DSML｜)?)parameter name=\"([^\"<>]++)\"[^<>]*+>(.*?)(?:</\1parameter>|\Z)",
    re.DOTALL,
)
_AROUND = re.compile(r"</?(?:\w{1,20}:|｜DSML｜)?(?:function_calls|tool_calls?)>")
# DeepSeek's tokens, in its own letters or in plain ones; then Kimi's.
_DEEPSEEK = re.compile(
    r"<[｜|]tool[▁_]call[▁_]begin[｜|]>([^<]*+)<[｜|]tool[▁_]sep[｜|]>(.*?)"
    r"(?:<[｜|]tool[▁_]call[▁_]end[｜|]>|\Z)",
    re.DOTALL,
)
_KIMI = re.compile(
    r"<\|tool_call_begin\|>\s*+(?:functions\.)?([\w.-]++)(?::\d++)?\s*+<\|tool_call_argument_begin\|>"
    r"(.*?)(?:<\|tool_call_end\|>|\Z)",
    re.DOTALL,
)
_TOKENS = re.compile(r"<[｜|]tool[▁_]calls?[▁_](?:section[▁_])?(?:begin|end)[｜|]>")
_GRANITE = "<|tool_call|>"
_FENCED = re.compile(
    r"\s*+```(?:json|python|tool_code|tool_call)?[ \t]*+\n(.*?)\n[ \t]*+```\s*+", re.DOTALL
)
_BETWEEN_CALLS = re.compile(r"\}\s*+;?\s*+(?=\{)")
_MISTRAL = "[TOOL_CALLS]"
_NAMED = re.compile(r"\s*+([\w.-]++)\s*+(?:\[ARGS\]\s*+)?(?=\{)")
_LLAMA = "<|python_tag|>"
_HARMONY = re.compile(
    r"(?:<\|start\|>assistant([^<]*+))?<\|channel\|>([^<]*+)(?:<\|constrain\|>[^<]*+)?"
    r"<\|message\|>(.*?)(?:<\|(?:call|end|return)\|>|(?=<\|start\|>)|\Z)",
    re.DOTALL,
)
_RECIPIENT = re.compile(r"\bto=(?:functions\.)?([^\s<]++)")
_PYTHON = re.compile(r"\[|[A-Za-z_][\w.]*+\(")
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


def expects_calls(reference: JSON) -> bool:
    """Whether a reference is of calls: it is made of them, or has them under ``calls``."""
    under = reference.get("calls") if isinstance(reference, Mapping) else None
    return isinstance(under, list) or bool(calls_in_reference(reference))


def split_calls(text: str) -> tuple[str, tuple[ToolCall, ...]]:
    """Splits a text into what is said and what is called; a call that cannot be read is said.

    The text is without its thinking, but for gpt-oss's channels, which are both at once.
    """
    if "<|channel|>" in text:
        return _cut(_HARMONY, text, _of_channel)
    for mark, pattern, read in _IN_MARKS:
        if mark in text:
            rest, calls = _cut(pattern, text, read)
            if calls:
                return _AROUND.sub("", _TOKENS.sub("", rest)).strip(), calls
    for mark, read in ((_MISTRAL, _of_mistral), (_LLAMA, _in_json), (_GRANITE, _in_json)):
        said, found, rest = text.partition(mark)
        if found and (calls := read(rest.removesuffix("<|/tool_call|>"))):
            return said.strip(), calls
    fenced = _FENCED.fullmatch(text)
    calls = _alone((fenced[1] if fenced else text).strip())
    return ("", calls) if calls else (text, ())


def _alone(text: str) -> tuple[ToolCall, ...]:
    """Returns the calls of a text that is nothing but calls, in JSON or as Python writes them."""
    if text.startswith(("{", "[")) and (calls := _in_json(text)):
        return calls
    if text.startswith("{"):
        parts = _BETWEEN_CALLS.sub("}\0", text).split("\0")
        calls = tuple(call for part in parts for call in _in_json(part))
        return calls if len(calls) == len(parts) else ()
    return _listed(text)


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
    glm = _GLM_NAME.match(body)
    if glm:
        return (ToolCall(glm[1], {key.strip(): _value(v) for key, v in _PAIR.findall(body)}),)
    named = _FUNCTION.fullmatch(body)
    if named:
        arguments = {key: _value(value) for key, value in _PARAMETER.findall(named[2])}
        return (ToolCall(named[1], arguments),)
    return _in_json(body)


def _of_function(found: re.Match[str]) -> tuple[ToolCall, ...]:
    if not found[0].endswith("</function>"):
        return ()  # cut off
    arguments = decoded(found[2].strip())
    if isinstance(arguments, dict):
        return (ToolCall(found[1], arguments),)
    given = {key: _value(value) for key, value in _PARAMETER.findall(found[2])}
    return (ToolCall(found[1], given),) if given or not found[2].strip() else ()


def _of_invoke(found: re.Match[str]) -> tuple[ToolCall, ...]:
    if not found[0].endswith("invoke>"):
        return ()  # cut off
    given = {name: _value(value) for _, name, value in _NAMED_PARAMETER.findall(found[3])}
    return (ToolCall(found[2], given),) if given or not found[3].strip() else ()


def _of_tokens(found: re.Match[str]) -> tuple[ToolCall, ...]:
    """Reads a name and arguments parted by tokens; DeepSeek once put a kind before the name."""
    name, body = found[1].strip(), found[2].strip()
    if not body.startswith("{"):
        name, _, body = body.partition("\n")
        fenced = _FENCED.fullmatch(body)
        body = fenced[1] if fenced else body
    arguments = decoded(body.strip())
    return (ToolCall(name.strip(), arguments),) if isinstance(arguments, dict) and name else ()


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
    """Returns the calls of a text that is calls as Python writes them, one a line or in a list."""
    if not _PYTHON.match(text) or not text.endswith((")]", ")")) or len(text) > _LONGEST_LIST:
        return ()
    try:
        lines = ast.parse(text).body
        nodes = [line.value for line in lines if isinstance(line, ast.Expr)]
        if len(nodes) < len(lines):
            return ()
        items = nodes[0].elts if len(nodes) == 1 and isinstance(nodes[0], ast.List) else nodes
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


# A mark, the calls around which it stands, and who reads one.
_IN_MARKS: tuple[tuple[str, re.Pattern[str], Callable[..., tuple[ToolCall, ...]]], ...] = (
    ("<tool_call>", _TAG, lambda tag: _in_tag(tag[1])),
    ("invoke name=", _INVOKE, _of_invoke),
    ("<function=", _BARE_FUNCTION, _of_function),
    ("tool\u2581sep", _DEEPSEEK, _of_tokens),
    ("tool_sep", _DEEPSEEK, _of_tokens),
    ("<|tool_call_argument_begin|>", _KIMI, _of_tokens),
)
