"""What a reply should sound like, as the row and the settings say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
    """The reference answer's fields; what is absent comes from the settings."""

    brand_voice: Voice | None = None
    audience: str | None = None
    required_phrases: list[str] | None = None
    banned_phrases: list[str] | None = None
    reading_grade: Range | None = None
    examples: list[str] | None = None

    def __post_init__(self) -> None:
        """Refuses what cannot be held against a text; msgspec turns it into its own error."""
        check(self)


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


@dataclass(frozen=True, slots=True)
class Style:
    """What one completion is held against.

    Attributes:
        card: The brand voice.
        audience: Who reads it, may be empty.
        required: Phrases that must stand in it.
        banned: Phrases that must not.
        grade: Lowest and highest reading grade.
        examples: Texts in this voice, from the card and beside it.
    """

    card: Card
    audience: str
    required: tuple[str, ...]
    banned: tuple[str, ...]
    grade: Range | None
    examples: tuple[str, ...]

    @property
    def blank(self) -> bool:
        """Nothing is asked for at all."""
        return self == Style(Card(), "", (), (), None, ())

    def given(self) -> tuple[str, ...]:
        """Returns its texts, which a completion could repeat."""
        return tuple(filter(None, (self.card.text(), self.audience, *self.examples)))


def read_style(given: Any, settings: Any) -> Style:
    """Returns the style of a row: its own words first, the settings' where it has none.

    Bans add up: a row never lifts a ban of the settings.

    Args:
        given: The reference answer; a plain string is a brand voice.
        settings: Has the same fields as :class:`Reference`.

    Raises:
        BadReference: It is no object, or a field is unknown or of the wrong type.
    """
    own = _reference(given)
    card = _card(settings.brand_voice if own.brand_voice is None else own.brand_voice)
    examples = settings.examples if own.examples is None else own.examples
    required = settings.required_phrases if own.required_phrases is None else own.required_phrases
    return Style(
        card,
        (settings.audience if own.audience is None else own.audience).strip(),
        _distinct(required),
        _distinct([*settings.banned_phrases, *(own.banned_phrases or ())]),
        settings.reading_grade if own.reading_grade is None else own.reading_grade,
        _distinct([*card.examples, *examples]),
    )


def _reference(given: Any) -> Reference:
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


def _card(voice: Voice) -> Card:
    if isinstance(voice, Card):
        return voice
    return Card(description=voice.strip()) if isinstance(voice, str) else Card(traits=voice)


def _distinct(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
