"""Finds the verdicts in what a model wrote, and nothing that only looks like one.

All of a text may be a verdict, in a code fence, a tag or the form of a call, behind a thought.
Inside prose an object counts only if it holds the tag of its call: what else stands there may
be the completion's, quoted.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from touchstone.thinking import split_thinking
from touchstone.tool_calls import split_calls

JSON = Any
TOOL_NAME = "record_verdict"
TAG = "call_tag"

# Longer text is read as JSON only: reading it as Python takes more than its length.
_LONGEST_LITERAL = 20_000
_MOST_OBJECTS = 200  # tried in one text
_MOST_NESTED = 8
_WRAPPERS = ("arguments", "input", "parameters", "args", "function", "toolUse", TOOL_NAME)
# E.g. "```json", "<tool_call>", "</s>", "[TOOL_CALLS]", "<|im_end|>", "Verdict:"; not "<think>"
_MARK = (
    r"(?:(?:```|~~~)[\w+-]{0,16}|`|\"\"\"|\[/?(?:TOOL_CALLS?|ARGS|ASSISTANT)\]|[()]|"
    r"\[CALL_ID\]\w{1,40}|\bAction:(?=\s*+[{\[`])|"
    rf"(?:functions\.)?{TOOL_NAME}(?::\d{{1,3}})?(?=\s*+[({{\[<`])|"
    r"(?:\*\*)?\b(?:json|(?:my |final )?(?:verdict|answer)|assistant|function)\b:?(?:\*\*)?"
    r"(?=\s*+(?:[{\[`<]|record_|json))|"
    r"</?(?!(?:\w+:)?(?:think|thought|reason|analy|scratch|reflect|draft|plan))"
    r"[a-z][\w-]{0,30}(?:=[\w.]{1,40})?>|"
    r"<[|\uff5c]/?(?!channel|message|start\b|think|begin_|end_int|\w{1,6}_think)[\w\u2581]{1,32}[|\uff5c]>)"
)
_MARKS = re.compile(rf"(?:{_MARK}|[\s;,])*+", re.IGNORECASE)
# E.g. `<|channel|>commentary to=functions.record_verdict <|constrain|>json<|message|>{}<|call|>`
_HARMONY_CALL = re.compile(
    rf"\bto=(?:functions\.)?{TOOL_NAME}\b[^<]*+(?:<\|(?:channel|constrain)\|>[^<]*+)*+"
    r"<\|message\|>(.*?)(?:<\|(?:call|end|return)\|>|\Z)",
    re.DOTALL,
)
_STRING = r'"(?:[^"\\]|\\.)*+"'
# E.g. `record_verdict(reason="It is.", quality="fair")`, `print(api.record_verdict(...))`, a fence
# around it or not
_CALLED = re.compile(
    rf"\s*+(?:```\w*+\s|<[^<>\s]{{1,40}}>)?\s*+(?P<printed>print\()?\[?(?:\w++\.)?({TOOL_NAME}\(\s*+\w++\s*+=.*\))"
    r"\]?(?(printed)\))\s*+(?:```|<[^<>\s]{1,40}>)?\s*+",
    re.DOTALL,
)
# A parameter of a call in tags, `<parameter=quality>`, `<parameter name="quality">`, GLM's key
_PARAMETER = re.compile(r"parameter(?:=| name=\")(\w++)|<arg_key>\s*+(\w++)")
_PYTHON = {"True": "true", "False": "false", "None": "null"}
# What is no JSON between strings: comments, a comma before a closing bracket, bare names of
# keys, Python's constants, curly quotation marks.
_LOOSE = re.compile(
    rf"({_STRING})|(?P<single>(?<=[:,{{\[])\s*+'[^'\n\"\\]*+'(?=\s*+[,:}}\]]))|"
    r"//[^\n]*+|/\*[^*]{0,2000}+\*/|,(?=\s*+[}\]])|(?P<key>\b[a-z]\w*+(?=\s*+:))|"
    r"(?P<python>\b(?:True|False|None)\b)|"
    "(?P<curly>[\u201c\u201d])",
    re.DOTALL,
)
# A string that holds quotation marks as they are ends where a key or the end of its object follows;
# one that would hold a key is none.
_END = r"\s*+(?:,\s*+\"\w++\"\s*+:|[}\]]\s*+(?:[,}\]`<]|\Z))"
_UNQUOTED = re.compile(
    rf'(?<=:)(\s*+")((?:[^"\\]|\\.|"(?!{_END}|\s*+\w++"\s*+:))*+)(?="{_END})', re.DOTALL
)
# E.g. `<quality>fair</quality>`, `<parameter name="quality">fair</parameter>`, Nova's
# `<__parameter=quality>fair</__parameter>`
_ELEMENT = re.compile(
    r"<(\w++)(?:(?:=| name=)[\"']?(\w++)[\"']?)?>\s*+"
    r"(?:<!\[CDATA\[([^\]]{0,2000}+)\]\]>|([^<]*+))\s*+</\1>"
)
_HEADING = re.compile(r"^#{1,6} ++(\w++)[ \t]*+\n++(.++)$", re.MULTILINE)
# E.g. `quality: fair`, `- **quality**: fair`, `| quality | fair |`, `quality = "fair"`
_LINE = re.compile(
    r"(?:\d{1,2}[.)])?[\s>*#|\"'`-]*+(\w++(?: \w++){0,5})[\"'`*]*+\s*+[:=|\uff1a](?!=)(.*+)"
)
_AROUND_VALUE = " \t\r\"'`*|,"
# E.g. `{"quality": "fair"}`, `Cannot judge: no`; what they say is read elsewhere
_OBJECT = re.compile(r"\{[^{}]*+\}|\bcannot[_ ]judge\W++\w++", re.IGNORECASE)
# E.g. `\(`, `\d`; not `\n`, `\\`
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|(.))', re.DOTALL)


class Contradiction(ValueError):
    """An object gives one key two values."""


def verdicts_in(text: str, tag: str) -> tuple[JSON, ...]:
    """Returns what may be verdicts in a text, in their order; empty where there are none.

    Args:
        text: What the model wrote.
        tag: Of the call, which only its prompt told.

    Raises:
        Contradiction: An object in it gives one key two values.
    """
    body = text.strip().strip("\ufeff").strip()
    for _ in range(_MOST_NESTED):
        if found := _all_of(body):
            if mine := tuple(v for v in found if isinstance(v, Mapping) and v.get(TAG) == tag):
                return mine  # beside it stands a draft, or a thought as an object
            # Behind words, a verdict with another call's tag is somebody else's.
            alone = body[:1] in ("{", "[", "<", "`", "~", '"')
            return found if alone or TAG not in body else ()
        answer = split_thinking(body)[0].strip()
        if answer == body:
            break
        if called := tuple(v for call in _HARMONY_CALL.findall(body) for v in _all_of(call)):
            return called
        body = answer
    if called := _called(body, tag):
        return called
    if tag not in body:
        return ()
    mended = _repaired(body)
    # The last bracket may be missing, or quotation marks stand in a string as they are.
    texts = (body, mended, f"{mended}}}", _repaired(_escaped_inside(body)))
    return next(filter(None, (_tagged(text, tag) for text in texts)), ()) or _fields(body, tag)


def is_verdict(text: str) -> bool:
    """Says whether a text is nothing but what may be verdicts.

    Raises:
        Contradiction: An object in it gives one key two values.
    """
    return bool(_all_of(text))


def verdict_calls(calls: Iterable[tuple[JSON, JSON]], tag: str) -> tuple[JSON, ...]:
    """Returns the arguments of those calls that record a verdict.

    A gateway may have made a call of its own of the schema, by a name of its own: the tag of the
    question tells.

    Args:
        calls: Name and arguments of each.
        tag: Of the question.
    """
    return tuple(
        given for name, given in calls if TOOL_NAME in str(name).lower() or tag in str(given)
    )


def beside_verdicts(text: str) -> str:
    """Returns the words of a text that stand in no object and no thought."""
    return _OBJECT.sub(" ", split_thinking(text)[0])


def unwrapped(value: JSON) -> tuple[JSON, ...]:
    """Returns the verdicts that a value holds: those of a list, of a call, of JSON in a string.

    Raises:
        Contradiction: An object in it gives one key two values.
    """
    return tuple(_unwrapped(value, _MOST_NESTED))


def _unwrapped(value: JSON, depth: int) -> list[JSON]:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[", '"', "`"):
        return [inner for held in _sequence(value.strip()) for inner in _unwrapped(held, depth - 1)]
    if depth <= 0:
        return [value]
    if isinstance(value, list) and value:
        return [inner for held in value for inner in _unwrapped(held, depth - 1)]
    if isinstance(value, Mapping) and "reason" not in value and TAG not in value:
        only = tuple(value) if len(value) == 1 else ()
        for key in (*_WRAPPERS, *only):
            held = value.get(key)
            called = isinstance(held, str) and held.lstrip()[:1] == "{"
            if called or isinstance(held, Mapping) or (key in only and isinstance(held, list)):
                return _unwrapped(held, depth - 1)
    return [value]


def _all_of(text: str) -> tuple[JSON, ...]:
    """Returns the verdicts that a text consists of, marks around them aside."""
    return tuple(verdict for value in _sequence(text) for verdict in unwrapped(value))


def _called(text: str, tag: str) -> tuple[JSON, ...]:
    """Returns the verdicts of a text that is calls of the tool, in the form of any family.

    Among words, a call counts by its tag alone.

    Raises:
        Contradiction: A call gives one parameter twice.
    """
    rest, calls = split_calls(text)
    ours = verdict_calls(((call.name, call.arguments) for call in calls), tag)
    if not ours:
        return ()
    named = Counter(name or key for name, key in _PARAMETER.findall(text))
    if any(count > len(calls) for count in named.values()):
        raise Contradiction("a call gives one parameter twice")
    verdicts = tuple(verdict for given in ours for verdict in unwrapped(given))
    if rest.strip():
        return tuple(v for v in verdicts if isinstance(v, Mapping) and v.get(TAG) == tag)
    return verdicts


def _sequence(text: str) -> list[JSON]:
    """Returns the values that a text is made of, empty where it is made of more."""
    for read in (
        _json_values,
        lambda raw: _json_values(_repaired(raw)),
        _literal,
        lambda raw: _json_values(_repaired(_escaped_inside(raw))),
    ):
        try:
            return read(text)
        except Contradiction:
            raise
        except (ValueError, KeyError, RecursionError, SyntaxError, MemoryError):
            continue
    return []


def _json_values(text: str) -> list[JSON]:
    values: list[JSON] = []
    position = _after_marks(text, 0)
    while position < len(text):
        value, end = _DECODER.raw_decode(text, position)
        values.append(value)
        position = _after_marks(text, end)
        if position == end < len(text):
            raise ValueError("a value is followed by something else")
    return values


def _after_marks(text: str, position: int) -> int:
    found = _MARKS.match(text, position)
    return found.end() if found else position


def _tagged(text: str, tag: str) -> tuple[JSON, ...]:
    """Returns the objects inside a text that hold the tag of its call."""
    found: list[JSON] = []
    position = 0
    for opened in islice(re.finditer(r"\{", text), _MOST_OBJECTS):
        if opened.start() < position:
            continue
        try:
            value, end = _DECODER.raw_decode(text, opened.start())
        except Contradiction:
            if tag in text[opened.start() :].partition("}")[0]:
                raise
            continue
        except (ValueError, RecursionError):
            continue
        position = end
        found += [v for v in unwrapped(value) if isinstance(v, Mapping) and v.get(TAG) == tag]
    return tuple(found)


def _fields(text: str, tag: str) -> tuple[JSON, ...]:
    """Returns the verdict that is written as elements of XML or as lines, known by its tag.

    Raises:
        Contradiction: A field has two values.
    """
    elements = [(named or name, raw or said) for name, named, raw, said in _ELEMENT.findall(text)]
    lines = [found.groups() for line in re.split(r"[\n;]", text) if (found := _LINE.match(line))]
    for pairs in (elements, lines, _HEADING.findall(text)):
        filled = [
            (name.lower().replace(" ", "_"), value.strip().strip(_AROUND_VALUE))
            for name, value in pairs
        ]
        if (TAG, tag) in filled:
            return (_pairs(filled),)
    return ()


def _repaired(text: str) -> str:
    """Returns a text without what is no JSON, where that leaves no doubt of what is meant."""
    for _ in range(2):  # a comma may stand before a comment
        text = _LOOSE.sub(_mended, text)
    return text


def _escaped_inside(text: str) -> str:
    """Returns a text with the quotation marks escaped that stand in a string as they are."""
    return _UNQUOTED.sub(
        lambda found: found[1] + re.sub(r'(\\.)|"', lambda m: m[1] or r"\"", found[2], flags=re.S),
        text,
    )


def _mended(found: re.Match[str]) -> str:
    if found[1]:
        return _ESCAPE.sub(_escaped, found[1])
    if single := found["single"]:
        return f'"{single.strip()[1:-1]}"'
    if key := found["key"]:
        return f'"{key}"'
    if name := found["python"]:
        return _PYTHON[name]
    return '"' if found["curly"] else ""


def _escaped(found: re.Match[str]) -> str:
    return found[0] if found[1] else f"\\\\{found[2]}"


def _literal(text: str) -> list[JSON]:
    """Reads a dict as Python writes it, or a call of the tool by keywords."""
    if (called := _CALLED.fullmatch(text)) and len(text) <= _LONGEST_LITERAL:
        call = ast.parse(called[2], mode="eval").body
        given = call.keywords if isinstance(call, ast.Call) else []
        return [_pairs([(word.arg or "", ast.literal_eval(word.value)) for word in given])]
    first, last = _after_marks(text, 0), text.rfind("}") + 1
    if text[first : first + 1] != "{" or _after_marks(text, last) < len(text):
        raise ValueError("not a dict")
    if last - first > _LONGEST_LITERAL:
        raise ValueError("a long text")
    return [_of_node(ast.parse(text[first:last], mode="eval").body)]


def _of_node(node: ast.expr) -> JSON:
    if isinstance(node, ast.Dict):
        return _pairs(
            [
                (str(ast.literal_eval(key)) if key else "", _of_node(value))
                for key, value in zip(node.keys, node.values, strict=True)
            ]
        )
    if isinstance(node, ast.Name):
        return {"true": True, "false": False, "null": None}[node.id]
    return ast.literal_eval(node)


def _pairs(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    made: dict[str, JSON] = {}
    for key, value in pairs:
        if key in made and made[key] != value:
            raise Contradiction("a key stands there twice, with two values")
        made[key] = value
    return made


_DECODER = json.JSONDecoder(strict=False, object_pairs_hook=_pairs)
