"""Tool definitions of any vendor as OpenAI functions, which an RFT row carries."""

from __future__ import annotations

from typing import Any

from touchstone.workbench.data.forms.draft import Refused, want_list, want_object
from touchstone.workbench.rows.rft import parse_json

_SCHEMA_WORDS = {"type", "properties", "$ref", "anyOf", "oneOf", "allOf", "$defs"}
# Cohere's first API names Python's types, such as ``List[str]``.
_COHERE_TYPES = {
    "str": "string", "int": "integer", "float": "number", "bool": "boolean",
    "list": "array", "dict": "object",
}  # fmt: skip


def read_tools(tools: Any, left_out: list[str], where: str = "tools") -> list[dict[str, Any]]:
    """Returns ``[{"type": "function", "function": {name, description, parameters}}]``.

    Args:
        tools: A vendor's list: OpenAI, Converse, Anthropic, Cohere, or the older
            ``functions``; or such a list as JSON in a string, as datasets keep it.
        left_out: Gains the names of marks that a row has no place for.
        where: The field they came from, for messages.

    Raises:
        Refused: A tool is one that its vendor runs itself, or has no name.
    """
    if isinstance(tools, str):
        try:
            tools = parse_json(tools)
        except ValueError as exc:
            raise Refused("tool", where, str(exc)) from exc
    result = []
    for index, tool in enumerate(want_list(tools, where)):
        place = f"{where}[{index}]"
        tool = want_object(tool, place)
        if "cachePoint" in tool:
            left_out.append("cachePoint")
            continue
        if "cache_control" in tool:
            left_out.append("cache_control")
        result.append({"type": "function", "function": _function(tool, place)})
    return result


def _function(tool: dict[str, Any], where: str) -> dict[str, Any]:
    kind = tool.get("type", "function")
    if isinstance(tool.get("function"), dict):
        inner, schema = tool["function"], tool["function"].get("parameters")
    elif isinstance(tool.get("toolSpec"), dict):
        inner = tool["toolSpec"]
        schema = want_object(inner.get("inputSchema"), f"{where}.inputSchema").get("json")
    elif kind in ("function", "custom") and isinstance(tool.get("name"), str):
        inner = tool
        schema = tool.get("input_schema", tool.get("parameters"))
        if "parameter_definitions" in tool:
            schema = _cohere_schema(tool["parameter_definitions"], where)
    else:
        name = kind if "type" in tool else next(iter(tool), "nothing")
        raise Refused("tool", where, f"{name} is a tool that only its vendor runs")
    if not isinstance(inner.get("name"), str) or not inner["name"]:
        raise Refused("tool", where, "a tool without a name")
    described = inner.get("description")
    # Nova's rows must have one; a name is the least that can be said.
    named = described if isinstance(described, str) and described.strip() else inner["name"]
    function: dict[str, Any] = {"name": inner["name"], "description": named}
    function["parameters"] = _schema(schema, f"{where}.parameters")
    return function | ({"strict": inner["strict"]} if "strict" in inner else {})


def _schema(given: Any, where: str) -> dict[str, Any]:
    """Returns an object's schema, which some write as its properties alone or without them.

    Raises:
        Refused: It is no schema, or that of another type.
    """
    schema = want_object(given if given is not None else {}, where)
    if not _SCHEMA_WORDS & schema.keys() and all(isinstance(v, dict) for v in schema.values()):
        schema = {"properties": schema}
    if schema.get("type", "object") not in ("object", "dict"):
        raise Refused("tool", where, f"the parameters are {schema['type']!r}, not an object")
    return {"type": "object", "properties": {}} | schema | {"type": "object"}


def _cohere_schema(definitions: Any, where: str) -> dict[str, Any]:
    properties, required = {}, []
    for name, given in want_object(definitions, f"{where}.parameter_definitions").items():
        given = want_object(given, f"{where}.parameter_definitions.{name}")
        properties[name] = _cohere_type(str(given.get("type", "str")))
        if given.get("description"):
            properties[name]["description"] = given["description"]
        if given.get("required"):
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def _cohere_type(kind: str) -> dict[str, Any]:
    name, _, inner = kind.strip().removesuffix("]").partition("[")
    schema: dict[str, Any] = {"type": _COHERE_TYPES.get(name.lower(), name)}
    return schema | {"items": _cohere_type(inner)} if inner and name.lower() == "list" else schema
