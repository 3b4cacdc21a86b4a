"""How records become rows, as ``touchstone data convert`` is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from touchstone.workbench.data.forms.logs import Keep


@dataclass(frozen=True, slots=True)
class Options:
    """How records become rows.

    Attributes:
        form: The records' form, one of ``registry.NAMES``.
        mapping: Field of the row to the name of a record's field, or a JSON pointer to it.
        system: The system turn of prompts that have none.
        keep: Which logged calls to keep, by their metadata.
        keep_answer: What becomes of a record's answer: the reference, the completion of a row
            that can be graded at once, nothing, or by default the reference only where it was
            written to be learned from.
        first_choice: What a number that means the first of a row's choices is; where it is
            not said, 0, and beside choices by letter nothing for sure.
    """

    form: str = "auto"
    mapping: Mapping[str, str] = field(default_factory=dict)
    system: str = ""
    keep: Keep | None = None
    keep_answer: Literal["reference", "completion", "drop"] | None = None
    first_choice: Literal[0, 1] | None = None
