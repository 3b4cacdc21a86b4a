"""What a rule establishes about a completion, strictly and loosely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from touchstone.scoring.patterns import TooSlow


@dataclass(frozen=True, slots=True)
class ConstraintResult:
    """One constraint's verdict.

    Attributes:
        name: As its metric is called, for example ``punctuation:no_comma``.
        asks: What it asks for, as a plain phrase for the judge and for a person.
        strict: Followed by the completion as it is.
        loose: Followed once a first line, a last line or asterisks are left out.
    """

    name: str
    asks: str
    strict: bool
    loose: bool

    def sentence(self, verdict: str) -> str:
        """Returns the finding in words; ``verdict`` is ``strict`` or ``loose``."""
        followed = self.strict if verdict == "strict" else self.loose
        return f"{self.name} ({self.asks}) is {'followed' if followed else 'not followed'}"


def examine(
    name: str, asks: str, check: Callable[[str], bool], completion: str
) -> ConstraintResult:
    """Returns the finding of a check; blank text and text without an end to it never follow."""

    def follows(text: str) -> bool:
        return bool(text.strip()) and check(text)

    try:
        strict = follows(completion)
        loose = strict or any(map(follows, loose_forms(completion)))
    except TooSlow:
        strict = loose = False
    return ConstraintResult(name, asks, strict, loose)


def loose_forms(completion: str) -> list[str]:
    """Returns the completion as IFEval's loose verdict sees it besides as it is.

    Without its first line, its last or both (a preamble, a closing offer), and each of
    these without asterisks (bold print).

    Source: Zhou et al. (2023), Instruction-Following Evaluation for Large Language Models.
    """
    lines = completion.split("\n")
    shortened = ["\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1])]
    forms = [*shortened, *(form.replace("*", "") for form in (completion, *shortened))]
    return [form for form in dict.fromkeys(forms) if form != completion]
