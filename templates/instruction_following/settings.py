"""What a user can set on instruction_following."""

from __future__ import annotations

from typing import Literal

import msgspec

from touchstone.settings import GraderSettings

ADHERENCE = "guideline_adherence"
INTENT, APPROPRIATENESS = "intent_understanding", "response_appropriateness"
CRITERIA = (ADHERENCE, INTENT, APPROPRIATENESS)


class Settings(GraderSettings, frozen=True, kw_only=True):
    """Settings of instruction_following.

    Attributes:
        verdict: ``strict`` checks the completion as it is; ``loose`` also without its first
            or last line and without asterisks.
        scoring: ``share`` pays for each constraint followed; ``all`` pays only when every
            one is.
    """

    weights: dict[str, float] = msgspec.field(
        default_factory=lambda: {ADHERENCE: 0.6, INTENT: 0.2, APPROPRIATENESS: 0.2}
    )
    # A text that does not attempt the task follows "no commas" by accident.
    gates: dict[str, str] = msgspec.field(
        default_factory=lambda: dict.fromkeys((ADHERENCE, APPROPRIATENESS), f"{INTENT} >= 0.25")
    )
    verdict: Literal["strict", "loose"] = "strict"
    scoring: Literal["share", "all"] = "share"
