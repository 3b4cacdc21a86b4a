"""What a rubric is made of where it stands in settings, and the one that is there without one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from touchstone.judge import Criterion, Level, Rubric
from touchstone.settings import SettingsError


class LevelSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One level of a criterion.

    Attributes:
        label: The word that the judge answers with.
        description: What a completion at this level does.
        value: What it is worth, within 0..1; by default levels are evenly spaced.
    """

    label: str
    description: str
    value: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None


class CriterionSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One criterion.

    Attributes:
        name: As the metric is called; a letter, then letters, digits and underscores.
        question: What the judge decides.
        levels: Two or more, worst first; ``no`` and ``yes`` where there are none.
        weight: What it weighs, unless ``weights`` says.
    """

    name: str
    question: str
    levels: list[LevelSettings] = []
    weight: float = 1.0


def _criterion(name: str, question: str, *levels: tuple[str, str]) -> CriterionSettings:
    made = [LevelSettings(label=label, description=text) for label, text in levels]
    return CriterionSettings(name=name, question=question, levels=made)


DEFAULT = (
    _criterion(
        "answers",
        "Does the completion do what the task asks?",
        ("no", "It does something else, or nothing."),
        ("partly", "It does a part of it, or does it with something that was not asked for."),
        ("yes", "It does all of it."),
    ),
    _criterion(
        "sound",
        "Is what it says right, and borne out by the contexts where some are given?",
        ("no", "What matters in it is wrong, or contradicts a context."),
        ("partly", "Something in it is wrong or without a ground, but not what matters."),
        ("yes", "Nothing in it is wrong."),
    ),
    _criterion(
        "clear",
        "Can its reader follow it at once?",
        ("no", "The reader has to guess what is meant."),
        ("partly", "It can be followed with some effort."),
        ("yes", "It can be followed at once."),
    ),
)


def rubric(criteria: Sequence[CriterionSettings], instructions: str) -> Rubric:
    """Returns the rubric of some criteria.

    Raises:
        SettingsError: No judge could answer it.
    """
    try:
        return Rubric("rubric", tuple(map(_made, criteria)), instructions)
    except SettingsError as exc:
        raise SettingsError(f"criteria: {exc}", "criteria") from exc


def _made(given: CriterionSettings) -> Criterion:
    said = [(level.label, level.description, level.value) for level in given.levels]
    said = said or [("no", "No.", None), ("yes", "Yes.", None)]
    most = max(1, len(said) - 1)
    levels = tuple(
        Level(label, text, place / most if value is None else value)
        for place, (label, text, value) in enumerate(said)
    )
    return Criterion(given.name, given.question, levels)
