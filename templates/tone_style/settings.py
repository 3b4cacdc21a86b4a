"""What a user can set on tone_style."""

from __future__ import annotations

from typing import Annotated

import msgspec

from touchstone.settings import GraderSettings
from touchstone.templates.tone_style.mechanics import Part
from touchstone.templates.tone_style.reference import Range, Voice, check

VOICE, AUDIENCE, QUALITY = "brand_voice", "audience_fit", "professional_quality"
EMPATHY, POLITENESS = "empathy", "politeness"
CRITERIA = (VOICE, AUDIENCE, QUALITY, EMPATHY, POLITENESS)


class Settings(GraderSettings, frozen=True, kw_only=True):
    """Settings of tone_style; a row's own words come before the first six.

    Attributes:
        weights: Add ``empathy`` or ``politeness`` to have them judged and counted.
        gates: Voice and polish do not pay for a text that is not for its readers, nor do
            its readers for one that cannot be sent.
        brand_voice: In plain words, as a list of traits, or as a card with any of
            ``description``, ``traits``, ``do``, ``dont`` and ``examples``.
        audience: Who reads it: ``customers without technical background``.
        required_phrases: Must stand in every text that does not bring its own.
        banned_phrases: Must stand in none; a row can only add to them.
        reading_grade: Lowest and highest school grade (US).
        examples: Texts in the voice.
        max_exclamations: Exclamation marks that cost nothing.
        max_emoji: Emoji that cost nothing.
        slang: Slang costs nothing.
        greeting: Whether a text must, may or must not open with one.
        closing: Whether a text must, may or must not end with one.
    """

    weights: dict[str, float] = msgspec.field(
        default_factory=lambda: {VOICE: 0.5, AUDIENCE: 0.25, QUALITY: 0.25}
    )
    gates: dict[str, str] = msgspec.field(
        default_factory=lambda: {
            VOICE: f"{AUDIENCE} >= 0.2",
            AUDIENCE: f"{QUALITY} >= 0.1",
            QUALITY: f"{AUDIENCE} >= 0.2",
        }
    )
    brand_voice: Voice = ""
    audience: str = ""
    required_phrases: list[str] = msgspec.field(default_factory=list)
    banned_phrases: list[str] = msgspec.field(default_factory=list)
    reading_grade: Range | None = None
    examples: list[str] = msgspec.field(default_factory=list)
    max_exclamations: Annotated[int, msgspec.Meta(ge=0)] = 2
    max_emoji: Annotated[int, msgspec.Meta(ge=0)] = 2
    slang: bool = False
    greeting: Part = "any"
    closing: Part = "any"

    def __post_init__(self) -> None:
        """Refuses what cannot be held against a text; msgspec turns it into its own error."""
        check(self)
