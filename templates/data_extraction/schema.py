"""How much of a JSON Schema (draft 7 or 2020-12) some data keeps.

A constraint is an assertion keyword at its place in the schema, such as ``/properties/age/
minimum``. It is kept to the share of the values it was applied to that satisfy it;
``required`` counts the named properties that are there. The share of the schema is the mean
over its constraints that applied. A list of a thousand good items therefore cannot hide a
field that is always wrong, and valid data, and only valid data, has a share of exactly 1.

``anyOf``, ``oneOf``, ``not``, ``contains`` and ``propertyNames`` are one constraint each,
whatever is inside. ``format`` and the ``content`` keywords say what a value is and assert
nothing, as both drafts have it by default, unless ``format`` is asked to. Patterns run in an
engine without runaway backtracking, and no reference is ever fetched.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Any, Literal

from touchstone.jsontext import decoded
from touchstone.outcomes import BadReference
from touchstone.templates.data_extraction.units import too_many

Draft = Literal["auto", "draft7", "draft2020-12"]

MAX_SHOWN = 3  # violations named in a reason
_MOST_WRAPPERS = 5
_WRAPPERS = (
    "schema", "json_schema", "input_schema", "inputSchema", "parameters", "function", "toolSpec",
    "json", "format", "response_format",
)  # fmt: skip
_WRAPPER_TYPES = ("json_schema", "function", "custom")
_BACKTRACK_LIMIT = 100_000  # steps of a pattern with lookaround or a backreference
_OPAQUE = frozenset({"anyOf", "oneOf", "not", "contains", "propertyNames"})
_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "dependencies"})
_INDEXED = frozenset({"allOf", "prefixItems"})
_PLAIN = (
    "type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength "
    "minLength pattern maxItems minItems uniqueItems maxContains minContains maxProperties "
    "minProperties required dependentRequired additionalProperties additionalItems "
    "unevaluatedProperties unevaluatedItems"
)
_ASSERTIONS = _OPAQUE | frozenset(_PLAIN.split())
_OTHERS = (
    "$schema $id $ref $defs $anchor $dynamicRef $dynamicAnchor $recursiveRef $recursiveAnchor "
    "$vocabulary $comment id definitions if then else items format title description default "
    "examples contentMediaType contentEncoding contentSchema readOnly writeOnly deprecated"
)
_KEYWORDS = _ASSERTIONS | _NAMED | _INDEXED | frozenset(_OTHERS.split())


def share_kept(
    data: Any, schema: Any, draft: Draft = "auto", *, formats: bool = False
) -> tuple[float, list[str]]:
    """Returns the share of the schema's constraints that the data keeps, and what it breaks.

    Args:
        data: Plain data.
        schema: An object or a boolean.
        draft: Of a schema without ``$schema``; ``auto`` means 2020-12, or draft 7 where the
            schema can only be that (``definitions``, a list under ``items``).
        formats: Whether ``format`` asserts something.

    Returns:
        The share, 1.0 exactly if and only if the data is valid, and the first violations;
        0.0 where telling how much is kept would take too much memory.

    Raises:
        BadReference: The schema is itself invalid, or refers to another document.
    """
    validator = _validator(_Key(schema), draft, formats)
    # From here on it is the data's fault: a schema that is made has all it refers to.
    try:
        if validator.is_valid(data):
            return 1.0, []
        if too_many(data, schema):
            return 0.0, ["does not meet its schema, in more ways than can be told apart"]
        units = validator.evaluate(data).list()["details"]
    except ValueError as exc:
        return 0.0, [f"cannot be checked: {exc}"]
    asserting = _ASSERTIONS | {"format"} if formats else _ASSERTIONS
    return _share(units, schema, asserting), _violations(units)


def unwrapped(schema: Any) -> Any:
    """Returns the schema itself, without what an API puts around it.

    OpenAI's ``{"name", "strict", "schema"}`` and ``{"type": "json_schema", "json_schema": ...}``,
    Anthropic's ``input_schema``, Converse's ``inputSchema``, a function's ``parameters``, and a
    schema that is written in a text.
    """
    for _ in range(_MOST_WRAPPERS):
        schema = decoded(schema)
        key = _wrapper_of(schema)
        if key is None:
            break
        schema = schema[key]
    return schema


def _wrapper_of(schema: Any) -> str | None:
    if not isinstance(schema, dict) or schema.get("type") not in (None, *_WRAPPER_TYPES):
        return None
    inner = [key for key in _WRAPPERS if isinstance(decoded(schema.get(key)), dict)]
    named = schema.keys() <= {*inner, "name", "strict", "description", "type", "cache_control"}
    return inner[0] if len(inner) == 1 and named else None


def skeleton(schema: Any) -> Any:
    """Returns the shape that a schema asks for: its keys, and which of them hold lists."""
    if not isinstance(schema, dict):
        return None
    properties = schema.get("properties")
    if isinstance(properties, dict):
        return {key: skeleton(value) for key, value in properties.items()}
    if schema.get("type") == "array" or "items" in schema or "prefixItems" in schema:
        inner = skeleton(schema.get("items"))
        return [] if inner is None else [inner]
    return {} if schema.get("type") == "object" else None


def check_schema(schema: Any, draft: Draft = "auto") -> None:
    """Refuses a schema that cannot be used.

    Raises:
        BadReference: The schema is invalid, or refers to another document.
    """
    _validator(_Key(schema), draft)


def _violations(units: list[dict[str, Any]]) -> list[str]:
    """Names the first violations; what failed inside an alternative is left to its message."""
    found: list[str] = []
    for unit in units:
        keyword, counted = _keyword(unit["evaluationPath"])
        messages = list(unit.get("errors", {}).values()) if counted else []
        if counted and not messages and not unit["valid"] and keyword in _OPAQUE:
            messages = [f"does not meet {keyword}"]
        for message in messages:
            texts = message if isinstance(message, list) else [message]
            found += [f"{_place(unit['instanceLocation'])}: {_clipped(text)}" for text in texts]
        if len(found) >= MAX_SHOWN:
            break
    return found[:MAX_SHOWN]


class _Key:
    """A schema as a key of the cache: equal when it is written the same."""

    def __init__(self, schema: Any) -> None:
        import json

        self.schema = schema
        try:
            self.text = json.dumps(schema, default=str)
        except (RecursionError, ValueError) as exc:
            raise BadReference(f"the schema cannot be read: {exc}") from exc

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


@lru_cache(maxsize=128)
def _validator(key: _Key, draft: Draft, formats: bool = False) -> Any:
    import jsonschema_rs

    schema = key.schema
    if not isinstance(schema, dict | bool):
        raise BadReference(f"schema must be an object or a boolean, not {type(schema).__name__}")
    if isinstance(schema, dict) and schema and not schema.keys() & _KEYWORDS:
        names = ", ".join(map(repr, list(schema)[:3]))
        raise BadReference(f"the schema asserts nothing: {names} are no keywords of JSON Schema")
    if isinstance(schema, bool) or "$schema" in schema:
        kinds = [jsonschema_rs.validator_for]
    elif draft == "draft7" or (draft == "auto" and "definitions" in schema):
        kinds = [jsonschema_rs.Draft7Validator]
    elif draft == "auto":
        kinds = [jsonschema_rs.Draft202012Validator, jsonschema_rs.Draft7Validator]
    else:
        kinds = [jsonschema_rs.Draft202012Validator]
    problems = []
    for kind in kinds:
        try:
            return kind(
                schema,
                validate_formats=formats,
                retriever=_never_fetch,
                pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACK_LIMIT),
            )
        except (jsonschema_rs.ValidationError, ValueError) as exc:
            problems.append(" ".join(str(exc).split())[:300])
    raise BadReference(f"the schema is not valid: {problems[0]}")


def _never_fetch(uri: str) -> Any:
    raise ValueError(f"{uri} is another document, and none is ever fetched")


def _share(units: list[dict[str, Any]], schema: Any, asserting: frozenset[str]) -> float:
    kept: dict[str, list[float]] = defaultdict(list)
    for unit in units:
        keyword, counted = _keyword(unit["evaluationPath"])
        if not counted:
            continue
        place = unit["schemaLocation"]
        for name, messages in unit.get("errors", {}).items():
            own = place if place.endswith(f"/{name}") else f"{place}/{name}"
            missing = len(messages) if isinstance(messages, list) else 1
            names = _at(schema, own) if name == "required" else None
            kept[own].append(1 - missing / len(names) if isinstance(names, list) else 0.0)
        if keyword in asserting and "errors" not in unit:
            # What fails inside, under additionalProperties say, is counted there.
            kept[place].append(float(unit["valid"] or keyword not in _OPAQUE))
    shares = [sum(values) / len(values) for values in kept.values()]
    if all(share == 1.0 for share in shares):
        shares.append(0.0)  # something is broken, if nothing that counts by itself
    return sum(shares) / len(shares)


def _at(schema: Any, pointer: str) -> Any:
    """Returns what a JSON pointer points to, ``None`` where it cannot be followed."""
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if isinstance(schema, list) and part.isdigit() and int(part) < len(schema):
            schema = schema[int(part)]
        elif isinstance(schema, dict):
            schema = schema.get(part)
        else:
            return None
    return schema


def _keyword(path: str) -> tuple[str, bool]:
    """Returns the keyword that an evaluation path ends in, and whether it counts by itself.

    What lies inside a keyword of :data:`_OPAQUE`, or inside ``if``, does not. A path that
    ends in the name of a property, an item or the root has the keyword ``""``.
    """
    keyword, skip = "", False
    parts = path.split("/")[1:]
    for index, part in enumerate(parts):
        if skip:
            keyword, skip = "", False
            continue
        if part == "if" or (part in _OPAQUE and index < len(parts) - 1):
            return part, False
        keyword = part
        following = parts[index + 1] if index + 1 < len(parts) else ""
        skip = part in _NAMED or part in _INDEXED or (part == "items" and following.isdigit())
    return keyword, True


def _place(pointer: str) -> str:
    parts = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    shown = "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)
    return shown.removeprefix(".") or "(root)"


def _clipped(text: str) -> str:
    return text if len(text) < 160 else f"{text[:157]}..."
