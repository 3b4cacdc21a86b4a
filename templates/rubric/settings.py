"""What a user can set on rubric: the rubric itself."""

from __future__ import annotations

import msgspec

from touchstone.judge import REFERENCE_REPLY, Rubric
from touchstone.settings import GraderSettings, SettingsError
from touchstone.templates.rubric.rubric import DEFAULT, CriterionSettings, rubric

# What a row may bring besides what its settings name.
REFERENCE_KEY = REFERENCE_REPLY.replace(" ", "_")
# Of the rubric that is there without one of the user's own.
CRITERIA = tuple(criterion.name for criterion in DEFAULT)


class Settings(GraderSettings, frozen=True, kw_only=True):
    """Settings of rubric.

    Attributes:
        criteria: What is judged. In graders.toml a ``[[graders.NAME.settings.criteria]]`` each.
        instructions: What the judge must know besides.
        policy: Rules that bind every completion; shown to the judge as one more context.
        contexts: What rows bring besides a reference reply, by the key of their reference.
        required: Those of them without which a row cannot be judged.
        thinking: The model's thinking is shown and judged too.
    """

    criteria: list[CriterionSettings] = msgspec.field(default_factory=lambda: list(DEFAULT))
    instructions: str = ""
    policy: str = ""
    contexts: list[str] = msgspec.field(
        default_factory=lambda: ["document", "policy", "conversation"]
    )
    required: list[str] = msgspec.field(default_factory=list[str])
    thinking: bool = False

    def rubric(self) -> Rubric:
        """Returns the rubric.

        Raises:
            SettingsError: No judge could answer it, or a context is required and not named.
        """
        unnamed = sorted(set(self.required) - {*self.contexts, REFERENCE_KEY})
        if unnamed:
            raise SettingsError(f"required: {unnamed[0]!r} is none of the contexts", "required")
        return rubric(self.criteria, self.instructions)
