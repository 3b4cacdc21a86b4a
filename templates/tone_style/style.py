"""What a reply should sound like, as the row and the settings say it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from touchstone.templates.tone_style.reference import Card, Range, Voice, read_reference
from touchstone.templates.tone_style.settings import Settings


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
        response: A good reply to this very task, shown to the judge; may be empty.
    """

    card: Card
    audience: str
    required: tuple[str, ...]
    banned: tuple[str, ...]
    grade: Range | None
    examples: tuple[str, ...]
    response: str = ""

    @property
    def blank(self) -> bool:
        """Nothing is asked for at all."""
        return self == Style(Card(), "", (), (), None, (), self.response)

    def given(self) -> tuple[str, ...]:
        """Returns its texts, which a completion could repeat."""
        return tuple(filter(None, (self.card.text(), self.audience, *self.examples)))


def read_style(given: Any, settings: Settings) -> Style:
    """Returns the style of a row: its own words first, the settings' where it has none.

    Bans add up: a row never lifts a ban of the settings.

    Args:
        given: The reference answer; a plain string is a brand voice.
        settings: What holds where the row says nothing.

    Raises:
        BadReference: It is no object, or a field is unknown or of the wrong type.
    """
    own = read_reference(given)
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
        (own.reference_response or "").strip(),
    )


def _card(voice: Voice) -> Card:
    if isinstance(voice, Card):
        return voice
    return Card(description=voice.strip()) if isinstance(voice, str) else Card(traits=voice)


def _distinct(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))
