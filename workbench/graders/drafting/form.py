"""What a model is asked where rules cannot tell: a template, and what of its settings it may fill.

What it may not fill in is what would make any completion's reward whatever it likes: no formula,
bounds, judge or outcome policy, and every criterion goes from 0 to 1.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from touchstone.judge import clean
from touchstone.settings import SettingsError
from touchstone.templates import get_template

_MOST_CRITERIA, _MOST_LEVELS, _MOST_WEIGHT = 8, 6, 10
_LONGEST_TEXT, _LONGEST_DRAFT = 2_000, 12_000  # characters


class Faulty(ValueError):
    """A draft cannot be taken; the message says why, so that it can be mended.

    Attributes:
        faults: A sentence each.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def _text(told: str) -> dict[str, Any]:
    return {"type": ["string", "null"], "description": told}


def _texts(told: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "description": told}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a schema as services take it that hold an answer to it: all named, nothing else."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


_LEVEL = _object(
    {
        "label": {"type": "string", "description": "The word that the judge answers with."},
        "description": {"type": "string", "description": "What a completion at it does."},
        "value": {"type": "number", "description": "What it is worth, 0 to 1."},
    }
)
_CRITERION = _object(
    {
        "name": {"type": "string", "description": "A letter, then letters, digits, underscores."},
        "question": {"type": "string", "description": "What the judge decides."},
        "weight": {"type": "number", "description": "Against the others, above 0."},
        "levels": {"type": "array", "items": _LEVEL, "description": "Worst first."},
    }
)
# What may be filled in, by template.
OPEN: dict[str, dict[str, Any]] = {
    "rubric": {
        "criteria": {"type": "array", "items": _CRITERION, "description": "Of a rubric."},
        "instructions": _text("What the judge must know besides; null for nothing."),
    },
    "tone_style": {
        "brand_voice": _text("The voice in plain words."),
        "audience": _text("Who reads it."),
        "banned_phrases": _texts("Must stand in no text."),
    },
    "summarization_quality": {
        "focus": _text("What the summaries are for."),
        "max_words": {"type": ["integer", "null"], "description": "Most words of a summary."},
    },
    "content_moderation": {
        "policy": _text("What is allowed and what is not, as the rows' system turns say."),
    },
}
_TEMPLATES = {
    "rubric": "criteria of your own, which a judge decides: the choice where no other fits.",
    "tone_style": "texts that must be in one voice and for certain readers.",
    "summarization_quality": "summaries of a text that stands in the prompt.",
    "content_moderation": "replies, or decisions about a content, that must keep a policy.",
    "instruction_following": "tasks with one short exact answer, which stands in the reference.",
    "data_extraction": "data that the completion must state as in the reference: JSON and such.",
}


def schema_of(candidates: Sequence[str]) -> dict[str, Any]:
    """Returns the JSON schema of a draft of one of some templates."""
    fields = {key: rule for name in candidates for key, rule in OPEN.get(name, {}).items()}
    return _object(
        {
            "call_tag": {"type": "string", "description": "The call tag, copied."},
            "reason": {"type": "string", "description": "Why, before anything is chosen."},
            "template": {"type": "string", "enum": list(candidates)},
            **fields,
        }
    )


def choice_in_words(candidates: Sequence[str]) -> str:
    """Returns what each of some templates is for, a line each, with what belongs to it."""
    return "\n".join(
        f'- template "{name}": {_TEMPLATES[name]} Fill in: {", ".join(OPEN.get(name, {})) or "-"}.'
        for name in candidates
    )


def read_draft(
    given: Mapping[str, Any], candidates: tuple[str, ...], decided: Mapping[str, Mapping[str, Any]]
) -> tuple[str, dict[str, Any]]:
    """Returns the template and the settings of a draft, which its template takes.

    Args:
        given: What the model filled in.
        candidates: The templates that it may choose from.
        decided: Settings that the rows decide, by template; nobody changes them.

    Raises:
        Faulty: The draft cannot be taken.
    """
    template = given.get("template")
    if not isinstance(template, str) or template not in candidates:
        raise Faulty([f"template must be one of {', '.join(candidates)}"])
    filled = {
        key: _cleaned(given[key])
        for key in OPEN.get(template, {})
        if given.get(key) not in (None, "", [])
    }
    settled = candidates == (template,)  # the rows bring what it needs
    faults = list(_faults(template, filled, settled=settled))
    if faults:
        raise Faulty(faults)
    settings = {**filled, **decided.get(template, {})}
    if template == "content_moderation" and not settled:
        settings["mode"] = "response"  # no row has a decision
    try:
        get_template(template).customize(**settings)
    except SettingsError as exc:
        raise Faulty([str(exc)]) from exc
    return template, settings


def _faults(template: str, filled: Mapping[str, Any], *, settled: bool) -> Iterator[str]:
    if len(json.dumps(filled, ensure_ascii=False)) > _LONGEST_DRAFT:
        yield f"the draft has more than {_LONGEST_DRAFT:,} characters"
    for key, text in filled.items():
        if isinstance(text, str) and len(text) > _LONGEST_TEXT:
            yield f"{key} has more than {_LONGEST_TEXT:,} characters"
    if template == "rubric":
        yield from _faults_of_criteria(filled.get("criteria"))
    elif template == "tone_style" and not settled and "brand_voice" not in filled:
        yield "tone_style needs a brand_voice"


def _faults_of_criteria(criteria: Any) -> Iterator[str]:
    if not isinstance(criteria, list) or not 0 < len(criteria) <= _MOST_CRITERIA:
        yield f"criteria must be a list of 1 to {_MOST_CRITERIA}"
        return
    for number, one in enumerate(criteria, 1):
        if not isinstance(one, Mapping):
            yield f"criterion {number} must be an object"
            continue
        place = f"criterion {one.get('name', number)!r}"
        weight, levels = one.get("weight"), one.get("levels")
        if not _is_number(weight) or not 0 < weight <= _MOST_WEIGHT:
            yield f"{place}: its weight must be a number above 0 and at most {_MOST_WEIGHT}"
        if not str(one.get("question") or "").strip():
            yield f"{place}: it asks nothing"
        if not isinstance(levels, list) or not 2 <= len(levels) <= _MOST_LEVELS:
            yield f"{place}: it needs 2 to {_MOST_LEVELS} levels"
            continue
        told = [level.get("value") if isinstance(level, Mapping) else None for level in levels]
        values = [value for value in told if _is_number(value)]
        # A criterion that always gives the same, or never all or nothing, is a gift.
        rising = len(values) == len(levels) and values == sorted(set(values))
        if not rising or (values[0], values[-1]) != (0, 1):
            yield f"{place}: the values of its levels must rise from 0 to 1"
        elif any(not str(one.get("description") or "").strip() for one in levels):
            yield f"{place}: each level needs a description"


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cleaned(value: Any) -> Any:
    """Returns what a model wrote without characters that nobody sees."""
    if isinstance(value, str):
        return clean(value).strip()
    if isinstance(value, Mapping):
        return {str(key): _cleaned(held) for key, held in value.items()}
    return [_cleaned(held) for held in value] if isinstance(value, list) else value
