"""What one row brings for its judge: contexts by name, and a reference reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.contract import Sample
from touchstone.jsontext import written
from touchstone.judge import REFERENCE_REPLY
from touchstone.outcomes import BadReference
from touchstone.said import conversation, read_turn
from touchstone.settings import nearest
from touchstone.templates.rubric.settings import REFERENCE_KEY, Settings


@dataclass(frozen=True, slots=True)
class Reference:
    """What a completion is judged with.

    Attributes:
        context: Texts by name, in the order of the settings.
    """

    context: Mapping[str, str]


def read_reference(sample: Sample, settings: Settings) -> Reference:
    """Reads the row: a text is a reference reply, an object holds contexts by their names.

    A context is a text, a list of texts (shown with numbers), or turns with roles. One that
    the reference does not hold may be a field of the row.

    Raises:
        BadReference: A key is unknown, a context has no readable form, or one that is
            required is not there.
    """
    given = _fields(sample.reference, settings)
    context = {"policy": settings.policy.strip()} if settings.policy.strip() else {}
    for name in settings.contexts:
        value = given[name] if name in given else sample.fields.get(name)
        text = _text(name, value)
        if name == "policy" and text and settings.policy.strip():
            text = f"{context['policy']}\n\n{text}"
        if text:
            context[name] = text
    if reply := _text(REFERENCE_KEY, given.get(REFERENCE_KEY)):
        context[REFERENCE_REPLY] = reply
    for name in settings.required:
        if (REFERENCE_REPLY if name == REFERENCE_KEY else name) not in context:
            raise BadReference(f"reference_answer.{name} is missing, which the settings require")
    return Reference(context)


def _fields(reference: Any, settings: Settings) -> Mapping[str, Any]:
    if reference is None:
        return {}
    if not isinstance(reference, Mapping):
        return {REFERENCE_KEY: reference}
    known = (*settings.contexts, REFERENCE_KEY)
    for key in reference:
        if key not in known:
            raise BadReference(f"reference_answer: unknown field {key!r}{nearest(str(key), known)}")
    return reference


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list) and value:
        if all(isinstance(part, Mapping) and "role" in part for part in value):
            return conversation("", [read_turn(turn) for turn in value])
        if all(isinstance(part, str) for part in value):
            return "\n\n".join(f"[{number}] {part}" for number, part in enumerate(value, 1))
    if isinstance(value, bool | int | float | Mapping):
        return written(value)
    raise BadReference(f"reference_answer.{name} must be a text, a list of texts, or turns")
