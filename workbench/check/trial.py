"""What is put to a grader under test, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from touchstone.workbench.check.held import shown


@dataclass(frozen=True, slots=True)
class Trial:
    """One completion put to a grader.

    Attributes:
        row: The row of a dataset that it answers: ``messages`` of the prompt,
            ``reference_answer``, fields of the user's own.
        completion: The text of the rollout.
        name: What it is, as in ``gold:boxed`` or ``attack:empty``.
        why: The proof, without asking the grader, that it is right, or that it is wrong.
        band: The lowest and the highest reward that a golden case allows it; ``None`` where
            no person said.
        held: ``None`` where the grader's own judge judges it. Else a judge that finds nothing
            wrong, but for the question of this name (:mod:`touchstone.workbench.check.held`).
    """

    row: Mapping[str, Any]
    completion: str
    name: str
    why: str
    band: tuple[float, float] | None = None
    held: str | None = None

    @property
    def size(self) -> int:
        """Characters of the completion: the smallest of several is shown."""
        return len(self.completion)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a grader made of a trial.

    Attributes:
        trial: What it was.
        outcome: ``scored`` or ``unscored:<kind>``.
        reward: The number on the wire, for unscored rows too; ``None`` where there was none.
        criteria: Value of each, by name.
        reason: The grader's own, for a person; may be empty.
    """

    trial: Trial
    outcome: str
    reward: float | None
    criteria: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""

    @property
    def scored(self) -> bool:
        """It has a reward that a job would train on."""
        return self.outcome == "scored" and self.reward is not None

    @property
    def shown(self) -> str:
        """The reward, or what became of the row instead."""
        got = f"{self.reward:.4g}" if self.scored and self.reward is not None else self.outcome
        return f"{got} with {self.judge}" if self.judge else got

    @property
    def judge(self) -> str:
        """Who was held in the judge's place, for a person; ``""`` where nobody was."""
        return "" if self.trial.held is None else shown(self.trial.held)

    def as_json(self) -> dict[str, Any]:
        """Returns it as data, with the row as it would be sent again."""
        return {
            "name": self.trial.name,
            "why": self.trial.why,
            "row": dict(self.trial.row),
            "completion": self.trial.completion,
            "outcome": self.outcome,
            "reward": self.reward,
            "criteria": dict(self.criteria),
            "reason": self.reason,
            "judge": self.judge,
        }
