"""Reads the reference of a row: the voice, the readers and the phrases that it asks for."""

from __future__ import annotations

from typing import Any

import msgspec

from touchstone.outcomes import BadReference
from touchstone.settings import SettingsError, make

Range = tuple[float, float]


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A brand voice in parts; plain words are a card with only a description.

    Attributes:
        description: The voice in plain words: ``warm, brief, never blames the customer``.
        traits: What it is: ``["warm", "brief"]``.
        do: What it does.
        dont: What it never does.
        examples: Texts in this voice.
    """

    description: str = ""
    traits: list[str] = []
    do: list[str] = []
    dont: list[str] = []
    examples: list[str] = []

    def text(self) -> str:
        """Returns the voice as a judge reads it, without the examples; may be empty."""
        parts = (
            ("", [self.description] if self.description.strip() else []),
            ("Traits: ", self.traits),
            ("Does: ", self.do),
            ("Never does: ", self.dont),
        )
        return "\n".join(f"{label}{'; '.join(items)}" for label, items in parts if items)


Voice = str | list[str] | Card


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The reference answer's fields; what is absent comes from the settings.

    Attributes:
        reference_response: A good text, shown to the judge.
    """

    brand_voice: Voice | None = None
    audience: str | None = None
    required_phrases: list[str] | None = None
    banned_phrases: list[str] | None = None
    reading_grade: Range | None = None
    examples: list[str] | None = None
    reference_response: str | None = None

    def __post_init__(self) -> None:
        """Refuses what cannot be held against a text; msgspec turns it into its own error."""
        check(self)


def read_reference(given: Any) -> Reference:
    """Returns the reference of a row; a plain string is a brand voice.

    Raises:
        BadReference: It is no object, or a field is unknown or of the wrong type.
    """
    if given is None:
        return Reference()
    if isinstance(given, str):
        return Reference(brand_voice=given)
    if not isinstance(given, dict):
        fields = ", ".join(Reference.__struct_fields__)
        raise BadReference(
            f"reference_answer must be an object with some of {fields}, or a brand voice in "
            f"words; it is {type(given).__name__}"
        )
    try:
        return make(Reference, given, "reference_answer")
    except SettingsError as exc:
        raise BadReference(str(exc).replace("setting ", "field ")) from exc


def check(given: Any) -> None:
    """Refuses a range the wrong way round and a phrase without words.

    Raises:
        ValueError: Names the field.
    """
    if given.reading_grade is not None and not given.reading_grade[0] <= given.reading_grade[1]:
        raise ValueError("reading_grade must be [lowest, highest]")
    for field in ("required_phrases", "banned_phrases"):
        for phrase in getattr(given, field) or ():
            if not any(char.isalnum() for char in phrase):
                raise ValueError(f"{field} holds {phrase!r}, which has no word")
