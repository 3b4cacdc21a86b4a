"""What a user can set on summarization_quality."""

from __future__ import annotations

from typing import Annotated

import msgspec

from touchstone.settings import GraderSettings

CRITERIA = ("key_information", "conciseness", "clarity")


class Settings(GraderSettings, frozen=True, kw_only=True):
    """Settings of summarization_quality.

    Attributes:
        weights: Key information counts as much as the other two together.
        gates: Brevity and clarity do not pay for a summary that tells next to nothing.
        max_words: Most words of a summary, where the row does not say.
        compression: Most words per word of the source, where nothing states a limit; at
            least 75 words (but half of the source at most) and at most 300 come of it.
        max_copied: Share of words in copied passages that costs nothing; from there to 1 the
            conciseness falls to 0. At 1 an extract within the budget is as good as any.
        focus: What the summary is for, told to the judge: ``for a nurse taking over``.
        max_completion_chars: No summary is half as long as other completions may be, and
            comparing one with its source takes longest.
    """

    weights: dict[str, float] = msgspec.field(
        default_factory=lambda: {"key_information": 0.5, "conciseness": 0.25, "clarity": 0.25}
    )
    gates: dict[str, str] = msgspec.field(
        default_factory=lambda: {
            "conciseness": "key_information >= 0.3",
            "clarity": "key_information >= 0.3",
        }
    )
    max_words: Annotated[int, msgspec.Meta(ge=1)] | None = None
    compression: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.3
    max_copied: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    focus: str = ""
    max_completion_chars: Annotated[int, msgspec.Meta(ge=1)] = 50_000
