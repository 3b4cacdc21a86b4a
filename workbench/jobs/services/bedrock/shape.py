"""A request held against the service's own model, patterns included.

botocore's validator leaves patterns, the upper ends of strings and enumerations to the
service, which answers with the first of them only, after the upload.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from touchstone.settings import nearest

# The same language without a repetition inside a repetition, which takes exponential time.
_PLAIN = {r"[a-zA-Z0-9](-*[a-zA-Z0-9\+\-\.])*": r"[a-zA-Z0-9][a-zA-Z0-9+.\-]*"}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "long": (int,), "float": (float, int),
    "double": (float, int), "boolean": (bool,), "structure": (Mapping,), "map": (Mapping,),
    "list": (list, tuple),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Violation:
    """Where a request breaks the model.

    Attributes:
        path: Of the value, dotted, with ``[n]`` for items.
        message: What is wrong.
        fix: What the model allows there.
    """

    path: str
    message: str
    fix: str


@cache
def create_job_shape() -> Any:
    """Returns the input shape of CreateModelCustomizationJob in the installed botocore."""
    from botocore.loaders import create_loader
    from botocore.model import ServiceModel

    # Not by a session, which asks for the profile that the environment names.
    model = ServiceModel(create_loader().load_service_model("bedrock", "service-2"), "bedrock")
    return model.operation_model("CreateModelCustomizationJob").input_shape


def violations(value: Any, shape: Any, path: str = "") -> Iterator[Violation]:
    """Yields everything in ``value`` that the shape does not allow."""
    kind = shape.type_name
    if not _is_of(value, kind):
        yield Violation(path, f"{value!r} is no {kind}", f"give a {kind}")
        return
    match kind:
        case "structure":
            yield from _structure(value, shape, path)
        case "map":
            yield from _size(len(value), shape, path, "entry", "entries")
            for key, inner in value.items():
                yield from violations(key, shape.key, f"{path}.{key}")
                yield from violations(inner, shape.value, f"{path}.{key}")
        case "list":
            yield from _size(len(value), shape, path, "item", "items")
            for index, inner in enumerate(value):
                yield from violations(inner, shape.member, f"{path}[{index}]")
        case "string":
            yield from _string(value, shape, path)
        case "boolean":
            pass
        case _:
            low, high = shape.metadata.get("min"), shape.metadata.get("max")
            if not _within(value, low, high):
                yield Violation(path, f"{value:g} is out of range", f"use {_range(low, high)}")


def _is_of(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _structure(value: Mapping[str, Any], shape: Any, path: str) -> Iterator[Violation]:
    dot = f"{path}." if path else ""
    for name in shape.required_members:
        if name not in value:
            yield Violation(f"{dot}{name}", "is required, and is missing", "set it")
    union = bool(shape.metadata.get("union"))
    if union and len(value) != 1:
        names = ", ".join(shape.members)
        yield Violation(path, f"needs exactly one of {names}; got {len(value)}", "keep one")
    for name, inner in value.items():
        if name in shape.members:
            yield from violations(inner, shape.members[name], f"{dot}{name}")
        else:
            hint = nearest(name, shape.members).removeprefix("; ")
            yield Violation(f"{dot}{name}", f"unknown parameter {name!r}", hint)


def _string(value: str, shape: Any, path: str) -> Iterator[Violation]:
    if shape.enum and value not in shape.enum:
        yield Violation(path, f"{value!r} is not one of its values", f"use {_listed(shape.enum)}")
        return
    short = list(_size(len(value), shape, path, "character", "characters"))
    if short:
        yield from short
        return
    pattern: str | None = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(_PLAIN.get(pattern) or pattern, value):
        yield Violation(path, f"{value!r} is not of the form the service takes", pattern)


def _size(count: int, shape: Any, path: str, one: str, many: str) -> Iterator[Violation]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if not _within(count, low, high):
        unit = one if count == 1 else many
        yield Violation(path, f"has {count} {unit}", f"use {_range(low, high)} {many}")


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def _range(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"at least {low:g}" if high is None else f"at most {high:g}"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _listed(values: list[str]) -> str:
    return " or ".join((", ".join(values[:-1]), values[-1])) if len(values) > 1 else values[0]
