"""What an attack is made against, and the least that can be proven of it without a grader."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from touchstone.scoring.prose import words
from touchstone.thinking import Pairs
from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.gold import REPLIES, expected_data, final_answer
from touchstone.workbench.check.trial import Trial
from touchstone.workbench.check.variants.code import is_program
from touchstone.workbench.check.worse import spoilt, wrong_answer

NOTHING = 0.1  # Ours: of what the gold earns above the lowest reward, the most for what is wrong
BESIDE_THE_POINT = "The bakery on my street sells dark rye bread that keeps fresh for a week."
# E.g. `in at most 60 words`; not `about 60 words`
AT_MOST = re.compile(r"\bat most (\d{1,4}) words\b", re.IGNORECASE)
# Templates whose rules read a completion before a judge does.
_GATED = (
    "content_moderation", "instruction_following", "summarization_quality", "tone_style", REPLIES,
)  # fmt: skip
# E.g. "```python\nx = 1\n```"
_BLOCK = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attack on one row.

    Attributes:
        trial: The completion, with the proof that it is wrong or no better than another.
        beside: What it is held against: the best of these counts.
        most: The share of what those earn above the lowest reward that it may earn.
        less: It must earn less than those, by however little.
        by_rules: Rules alone tell what it is, so that it earns no more than that from a judge
            that finds nothing wrong.
    """

    trial: Trial
    beside: tuple[Trial, ...]
    most: float = 1.0
    less: bool = False
    by_rules: bool = False

    @property
    def held(self) -> Attempt:
        """The same before a judge that finds nothing wrong."""
        beside = tuple(replace(trial, held="") for trial in self.beside)
        return replace(self, trial=replace(self.trial, held=""), beside=beside)


@dataclass(frozen=True, slots=True)
class Target:
    """A row to attack.

    Attributes:
        case: The row.
        gold: A completion of it that is right, whatever it earns.
        others: Golds of rows that ask something else.
        template: The template that grades it, ``""`` where that is not known.
        rng: Draws what has to be drawn.
        thinking_marks: The grader's own.
    """

    case: Case
    gold: Trial
    others: tuple[tuple[Case, Trial], ...]
    template: str
    rng: random.Random
    thinking_marks: Pairs = ()

    @property
    def answer(self) -> str:
        """The short answer that the reference asks for, ``""`` where it asks for another thing."""
        short = self.template in ("", "math_reasoning")
        return final_answer(self.case.reference) if short else ""

    @property
    def data(self) -> Any:
        """The object that the reference asks for; ``None`` where it asks for another thing."""
        if self.template != "data_extraction" or "calls" in _object(self.case.reference):
            return None
        found = expected_data(self.case.reference)
        return found if isinstance(found, Mapping) and found else None

    @property
    def decision(self) -> str:
        """What a moderator should decide, ``""`` where nothing is to be decided."""
        if self.template == REPLIES:
            return ""
        found = _object(self.case.reference).get("decision")
        return found if isinstance(found, str) else ""

    @property
    def program(self) -> str:
        """The gold's Python, ``""`` where it is none."""
        blocks = _BLOCK.findall(self.gold.completion)
        program = (blocks[0] if len(blocks) == 1 else self.gold.completion).strip("\n")
        return program if len(blocks) < 2 and is_program(program) else ""

    @property
    def gated(self) -> bool:
        """The template's rules pay nothing for what holds nothing, whatever a judge says."""
        return self.template in _GATED

    @property
    def open(self) -> bool:
        """There is no one right answer that rules could compare with."""
        return not (self.answer or self.data is not None or self.decision or self.program)

    @property
    def wrong(self) -> Trial:
        """A plain completion that is wrong, as an honest model might write it."""
        if self.answer:
            text, why = f"The answer is {self.other_answer}.", "the reference is another answer"
        elif self.data is not None:
            text, why = written(spoilt(self.data)), "every value differs from the reference's"
        elif self.decision:
            text = written({"decision": "allow" if self.decision != "allow" else "block"})
            why = "the reference decides otherwise"
        else:
            text, why = BESIDE_THE_POINT, "it is about another thing than the prompt"
        return self.trial("honest:wrong", text, why)

    @property
    def other_answer(self) -> str:
        """Another answer of the same kind."""
        if re.search(r"\d", self.answer):
            return wrong_answer(self.answer)
        given = [final_answer(case.reference) for case, _ in self.others]
        return next((one for one in given if one and not self.says(one)), "Zqxv")

    def says(self, text: str) -> bool:
        """Tells whether a text may hold the reference's short answer, so that it is not proven."""
        wanted = "".join(words(self.answer.lower())) or self.answer
        return not wanted or wanted in "".join(words(text.lower())) or self.answer in text

    def trial(self, name: str, text: str, why: str) -> Trial:
        """Returns a completion of the target's row."""
        return Trial(self.case.row, text, name, why)

    def nothing(self, name: str, text: str, why: str, *, by_rules: bool = False) -> Attempt:
        """Returns an attack that is wrong, and may earn next to nothing."""
        return Attempt(self.trial(name, text, why), (self.gold,), NOTHING, by_rules=by_rules)

    def less(self, name: str, text: str, why: str, *, by_rules: bool = False) -> Attempt:
        """Returns an attack that is worse than the gold, and must earn less."""
        return Attempt(self.trial(name, text, why), (self.gold,), less=True, by_rules=by_rules)

    def no_more(
        self, name: str, text: str, why: str, *beside: Trial, by_rules: bool = False
    ) -> Attempt:
        """Returns an attack that must gain nothing over others."""
        return Attempt(self.trial(name, text, why), beside, by_rules=by_rules)


def written(data: Any) -> str:
    """Returns data as a model writes it."""
    return json.dumps(data, ensure_ascii=False)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
