"""Reads the reference of a row: the right decision, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from touchstone.outcomes import BadReference
from touchstone.templates.content_moderation.categories import category_names, plain_categories
from touchstone.templates.content_moderation.labels import Decision, Labels
from touchstone.templates.content_moderation.settings import Settings


@dataclass(frozen=True, slots=True)
class Reference:
    """What is right about one row.

    Attributes:
        decision: ``None`` in response mode where the row has none: the policy alone counts.
        categories: ``None`` where the row has none, so that they do not count.
        policy: The row's own, or the setting's.
        context: What decides the case, in words or as a kind; empty where nothing does.
        response: A good reply, shown to the judge in response mode; may be empty.
    """

    decision: Decision | None
    categories: frozenset[str] | None
    policy: str
    context: str
    response: str = ""


def read_reference(reference: Any, settings: Settings) -> Reference:
    """Returns the reference of a row; a bare text or whole number is a decision.

    Raises:
        BadReference: The decision is missing or unreadable, or a part has the wrong type.
    """
    if isinstance(reference, str) or type(reference) is int:
        reference = {"decision": reference}
    if reference is None and settings.mode == "response":
        reference = {}
    if not isinstance(reference, Mapping):
        raise BadReference("reference_answer must hold a decision: {decision, categories?, ...}")
    decision = labels_of(settings).exact(reference.get("decision"))
    stated = reference.get("decision") is not None
    if stated and decision is None:
        raise BadReference("reference_answer.decision is none of the known labels; see `labels`")
    if not stated and settings.mode == "decision":
        raise BadReference("reference_answer.decision is missing")
    if decision == "review" and settings.mode == "response":
        raise BadReference("reference_answer.decision must allow or block in response mode")
    categories = reference.get("categories")
    if categories is not None and not isinstance(categories, (str, list, Mapping)):
        raise BadReference("reference_answer.categories must be a list of names")
    return Reference(
        decision,
        None if categories is None else plain_categories(categories, categories_of(settings)),
        _text(reference, "policy") or settings.policy,
        _text(reference, "context"),
        _text(reference, "reference_response"),
    )


def _text(reference: Mapping[str, Any], name: str) -> str:
    value = reference.get(name) or ""
    if isinstance(value, list):
        value = "\n".join(map(str, value))
    if not isinstance(value, str):
        raise BadReference(f"reference_answer.{name} must be text")
    return value


def labels_of(settings: Settings) -> Labels:
    """Returns the label words of the decisions, the settings' own among them."""
    return Labels.of(settings.labels, settings.decision_keys)


def categories_of(settings: Settings) -> dict[str, str]:
    """Returns every spelling of a category to its name, the settings' own among them."""
    # Keyed by its text, because settings hold dicts.
    return _category_names(msgspec.json.encode(settings.category_synonyms))


@lru_cache(maxsize=32)
def _category_names(synonyms: bytes) -> dict[str, str]:
    return category_names(msgspec.json.decode(synonyms))
