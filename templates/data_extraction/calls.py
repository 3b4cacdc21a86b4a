"""Tool calls as extracted data: what a reference expects to be called, and what was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchstone.outcomes import BadReference
from touchstone.templates.data_extraction.formats import Choice
from touchstone.templates.data_extraction.schema import check_schema, share_kept
from touchstone.tool_calls import ToolCall, calls_in_reference

# Stands beside the arguments of a call that needs none, so that calling it counts for something.
CALLED = "()"
_KEYS = {"calls", "fields", "ordered", "forbidden"}
_BESIDE = "fields, ordered and forbidden, and nothing else"
_CALL_KEYS = {"name", "arguments", "optional"}
# What the Berkeley leaderboard and Python call JSON's types.
_TYPES = {"dict": "object", "float": "number", "tuple": "array", "list": "array", "str": "string",
          "int": "integer", "bool": "boolean", "any": None}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExpectedCalls:
    """What a row expects to be called.

    Attributes:
        data: A list of ``{name: arguments}``, one for each call.
        ordered: Whether their order matters.
        forbidden: Names that must not be called.
        fields: Rules by path, ``name.argument``.
        schemas: The schemas of the arguments, by the names of the row's tools; empty where the
            row has no tools.
    """

    data: list[dict[str, Any]]
    ordered: bool = False
    forbidden: frozenset[str] = frozenset()
    fields: Mapping[str, Any] = field(default_factory=dict)
    schemas: Mapping[str, Any] = field(default_factory=dict)


def read_expected_calls(
    reference: Any, tools: Any, called: Sequence[ToolCall]
) -> ExpectedCalls | None:
    """Returns the calls that a reference expects, ``None`` where it is data of another kind.

    ``{"calls": [...]}``, with ``ordered``, ``forbidden`` and ``fields`` if need be; a turn, a text
    or a list of calls; or the Berkeley leaderboard's possible answers, for a row with those tools
    or an answer that calls one of them. One ``{"name", "arguments"}`` is a call where the answer
    is one.

    Raises:
        BadReference: It has ``calls`` that are none, or the tools have unusable schemas.
    """
    schemas = dict(_schemas(tools))
    if isinstance(reference, Mapping) and isinstance(reference.get("calls"), list):
        if reference.keys() - _KEYS:
            raise BadReference(f"reference_answer: beside calls there can be {_BESIDE}")
        return _wrapped(reference, schemas)
    found = calls_in_reference(reference)
    if not found and called and isinstance(reference, Mapping):
        found = calls_in_reference([reference])
    if found:
        return ExpectedCalls(
            [{call.name: _plain(call.arguments)} for call in found], schemas=schemas
        )
    if (
        isinstance(reference, list)
        and reference
        and all(_is_possible(item) for item in reference)
        and _are_calls({name for item in reference for name in item}, schemas, called)
    ):
        return ExpectedCalls([_possible(item) for item in reference], schemas=schemas)
    return None


def _are_calls(names: set[str], schemas: Mapping[str, Any], called: Sequence[ToolCall]) -> bool:
    """Whether keys are names of tools rather than of data."""
    return names <= set(schemas) if schemas else any(call.name in names for call in called)


def as_data(calls: Sequence[ToolCall], expected: ExpectedCalls) -> list[dict[str, Any]]:
    """Returns what was called as data in the form of the expected."""
    bare = {name for call in expected.data for name, given in call.items() if CALLED in given}
    return [{call.name: _given(call, call.name in bare)} for call in calls]


def share_of_form(calls: Sequence[ToolCall], expected: ExpectedCalls) -> tuple[float, list[str]]:
    """Returns how well the calls keep their tools' schemas, 0..1, and what they break.

    A call whose arguments are no object, or of a tool that the row does not have, keeps nothing.
    """
    shares, broken = [], []
    for call in calls:
        share, problems = _kept(call, expected.schemas)
        shares.append(share)
        broken += [f"{call.name}: {problem}" for problem in problems]
    return (sum(shares) / len(shares) if shares else 1.0), broken


def forbidden_calls(calls: Sequence[ToolCall], expected: ExpectedCalls) -> list[str]:
    """Returns the names that were called and must not be."""
    return sorted({call.name for call in calls} & expected.forbidden)


def as_answer(expected: ExpectedCalls) -> list[dict[str, Any]]:
    """Returns calls that meet what is expected: the first of allowed values, nothing optional."""
    return [
        {"name": name, "arguments": _chosen({k: v for k, v in given.items() if k != CALLED})}
        for call in expected.data
        for name, given in call.items()
    ]


def _kept(call: ToolCall, schemas: Mapping[str, Any]) -> tuple[float, list[str]]:
    if not isinstance(call.arguments, dict):
        return 0.0, ["its arguments are no JSON object"]
    if not schemas:
        return 1.0, []
    if call.name not in schemas:
        return 0.0, ["no such tool"]
    return share_kept(call.arguments, schemas[call.name])


def _given(call: ToolCall, bare: bool) -> dict[str, Any]:
    arguments = _plain(call.arguments)
    return {CALLED: True, **arguments} if bare or not arguments else arguments


def _plain(arguments: Any) -> dict[str, Any]:
    given = dict(arguments) if isinstance(arguments, dict) else {}
    return given or {CALLED: True}


def _wrapped(reference: Mapping[str, Any], schemas: Mapping[str, Any]) -> ExpectedCalls:
    forbidden = reference.get("forbidden") or []
    if not isinstance(forbidden, list) or not all(isinstance(name, str) for name in forbidden):
        raise BadReference("reference_answer.forbidden must be a list of names")
    return ExpectedCalls(
        [_expected(item) for item in reference["calls"]],
        ordered=bool(reference.get("ordered")),
        forbidden=frozenset(forbidden),
        fields=reference.get("fields") or {},
        schemas=schemas,
    )


def _expected(item: Any) -> dict[str, Any]:
    """Reads one expected call: ours, a vendor's, or a possible answer."""
    if (
        isinstance(item, dict)
        and isinstance(item.get("name"), str)
        and not item.keys() - _CALL_KEYS
    ):
        optional = item.get("optional") or []
        arguments = item.get("arguments") or {}
        if isinstance(arguments, dict) and isinstance(optional, list):
            given = {key: _allowed(value, key in optional) for key, value in arguments.items()}
            return {item["name"]: _with_mark(given)}
    if _is_possible(item):
        return _possible(item)
    found = calls_in_reference([item])
    if not found or not isinstance(found[0].arguments, dict):
        raise BadReference(
            "reference_answer.calls: each must be a call: a name with arguments, and with the "
            "names of optional ones if need be; or a name with the allowed values of each argument"
        )
    return {found[0].name: _plain(found[0].arguments)}


def _allowed(value: Any, optional: bool) -> Any:
    """Reads an argument: a value, or ``{"any_of": [values]}``."""
    if isinstance(value, dict) and set(value) == {"any_of"} and isinstance(value["any_of"], list):
        return Choice(tuple(value["any_of"]), optional)
    return Choice((value,), True) if optional else value


def _is_possible(item: Any) -> bool:
    if not isinstance(item, dict) or len(item) != 1:
        return False
    (given,) = item.values()
    return isinstance(given, dict) and all(isinstance(values, list) for values in given.values())


def _possible(item: Mapping[str, Any]) -> dict[str, Any]:
    ((name, given),) = item.items()
    return {name: _with_mark(_choices(given))}


def _choices(given: Mapping[str, Any]) -> dict[str, Any]:
    """Reads possible answers: an empty text among the values says that none need be given."""
    return {
        key: Choice(tuple(_inner(value) for value in values if value != ""), "" in values)
        if isinstance(values, list)
        else values
        for key, values in given.items()
    }


def _inner(value: Any) -> Any:
    if isinstance(value, dict):
        return _choices(value)
    return [_inner(item) for item in value] if isinstance(value, list) else value


def _with_mark(given: dict[str, Any]) -> dict[str, Any]:
    needed = any(not (isinstance(value, Choice) and value.optional) for value in given.values())
    return given if needed else {CALLED: True, **given}


def _chosen(value: Any) -> Any:
    if isinstance(value, Choice):
        return _chosen(value.values[0]) if value.values else None
    if isinstance(value, dict):
        return {
            key: _chosen(inner)
            for key, inner in value.items()
            if not (isinstance(inner, Choice) and inner.optional)
        }
    return [_chosen(item) for item in value] if isinstance(value, list) else value


def _schemas(tools: Any) -> Iterable[tuple[str, Any]]:
    """Yields name and schema of each tool of a row, in any vendor's form."""
    if isinstance(tools, Mapping):
        tools = tools.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        if not isinstance(tool, Mapping):
            continue
        inner = next(
            (tool[k] for k in ("function", "toolSpec") if isinstance(tool.get(k), Mapping)), tool
        )
        schema = next(
            (inner[k] for k in ("parameters", "input_schema", "inputSchema") if k in inner), {}
        )
        if isinstance(schema, Mapping) and isinstance(schema.get("json"), Mapping):
            schema = schema["json"]
        if isinstance(inner.get("name"), str) and isinstance(schema, Mapping):
            usual = _usual(schema)
            check_schema(usual)
            yield inner["name"], usual


def _usual(schema: Any) -> Any:
    """Returns a schema with JSON's names of types."""
    if isinstance(schema, list):
        return [_usual(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    usual = {key: _usual(value) for key, value in schema.items()}
    kind = usual.get("type")
    if isinstance(kind, str) and kind in _TYPES:
        usual["type"] = _TYPES[kind]
    return {key: value for key, value in usual.items() if key != "type" or value is not None}
