"""What both models said to one prompt, and what the grader made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import msgspec

from touchstone.groups import same
from touchstone.workbench.jobs.folder import FolderError, JobFolder

Which = Literal["base", "tuned"]
Verdict = Literal["win", "tie", "loss", "unscored"]
WHICH: tuple[Which, Which] = ("base", "tuned")


@dataclass(frozen=True, slots=True)
class Answer:
    """One graded answer.

    Attributes:
        completion: What the model said.
        reward: ``None`` when it could not be scored.
        criteria: Value of each, by name.
        outcome: ``scored`` or ``unscored:<kind>``.
        reason: The grader's, for a person.
        input_tokens: As the service counts them; likewise ``output_tokens``; ``None`` unknown.
        output_tokens: See ``input_tokens``.
        latency_ms: Of the whole answer; ``None`` where it is unknown.
        truncated: It was cut off at the limit.
    """

    completion: str
    reward: float | None
    criteria: dict[str, float]
    outcome: str
    reason: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    latency_ms: float | None = None
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """All answers of one model to one prompt; its numbers are means of those scored."""

    answers: list[Answer]

    @property
    def reward(self) -> float | None:
        """Mean reward; ``None`` when no answer could be scored."""
        scores = [one.reward for one in self.answers if one.reward is not None]
        return fmean(scores) if scores else None

    @property
    def criteria(self) -> dict[str, float]:
        """Mean of each criterion."""
        scored = [one.criteria for one in self.answers if one.reward is not None]
        names = dict.fromkeys(name for criteria in scored for name in criteria)
        return {n: fmean(criteria[n] for criteria in scored if n in criteria) for n in names}


@dataclass(frozen=True, slots=True)
class Pair:
    """One prompt with the answers of both.

    Attributes:
        id: The row's own, or its line.
        prompt: Its text.
        reference: Its reference answer.
        base: What the base model made of it; likewise ``tuned``.
        tuned: See ``base``.
    """

    id: str
    prompt: str
    reference: Any
    base: Side
    tuned: Side

    @property
    def difference(self) -> float | None:
        """Reward of the tuned less that of the base; ``None`` when either is unscored."""
        base, tuned = self.base.reward, self.tuned.reward
        return None if base is None or tuned is None else tuned - base

    @property
    def verdict(self) -> Verdict:
        """Whether the tuned model wins here."""
        if self.difference is None:
            return "unscored"
        if same(self.difference, 0.0):
            return "tie"
        return "win" if self.difference > 0 else "loss"

    @property
    def sentence(self) -> str:
        """Which model is better here, and no more: one prompt says nothing of others."""
        base, tuned = self.base.reward, self.tuned.reward
        if base is None or tuned is None:
            which, side = ("base", self.base) if base is None else ("tuned", self.tuned)
            why = side.answers[0].outcome.removeprefix("unscored:")
            return f"What the {which} model said could not be scored ({why}): nothing can be said."
        if self.verdict == "tie":
            return f"On this prompt both models earn the same: {tuned:.3f}."
        better = "more" if self.verdict == "win" else "less"
        return f"On this prompt the tuned model earns {better}: {tuned:.3f} against {base:.3f}."

    def as_json(self) -> dict[str, Any]:
        """Returns it as a line of ``pairs.jsonl``."""
        sides = {
            which: [
                {name: getattr(one, name) for name in Answer.__dataclass_fields__}
                for one in side.answers
            ]
            for which, side in zip(WHICH, (self.base, self.tuned), strict=True)
        }
        return {
            "id": self.id,
            "prompt": self.prompt,
            "reference_answer": self.reference,
            **sides,
            "difference": self.difference,
            "verdict": self.verdict,
        }


class _Line(msgspec.Struct):
    """A line of ``pairs.jsonl``, without what can be told from the rest."""

    id: str
    prompt: str
    reference_answer: Any
    base: list[Answer]
    tuned: list[Answer]


def read_pairs(file: Path) -> list[Pair]:
    """Reads ``pairs.jsonl`` as a comparison wrote it; returns nothing where there is none yet.

    Raises:
        FolderError: A line is no pair; names it.
    """
    pairs: list[Pair] = []
    try:
        for text in file.read_bytes().splitlines():
            line = msgspec.json.decode(text, type=_Line)
            sides = Side(line.base), Side(line.tuned)
            pairs.append(Pair(line.id, line.prompt, line.reference_answer, *sides))
    except FileNotFoundError:
        return []
    except msgspec.MsgspecError as exc:
        raise FolderError(f"{file}:{len(pairs) + 1}: is no pair: {exc}") from exc
    return pairs


def pairs_of_folder(folder: JobFolder) -> tuple[list[Pair], int]:
    """Pairs what a job kept of its validations: the base model's, and the tuned one's newest.

    Returns:
        The pairs, in the order of the base model's answers, and the tuned model's step; no
        pairs when the folder does not hold both.

    Raises:
        FolderError: A line cannot be read.
    """
    newest: dict[str, int] = {}
    for row in folder.evaluation():
        newest[row["model"]] = max(newest.get(row["model"], 0), row["step"])
    if set(newest) != set(WHICH):
        return [], 0
    kept: dict[str, dict[str, dict[str, Any]]] = {which: {} for which in WHICH}
    for row in folder.evaluation():
        if row["step"] == newest[row["model"]]:
            kept[row["model"]][str(row.get("group") or row["id"])] = row
    pairs = [
        Pair(key, base["prompt"], base["reference_answer"], _side(base), _side(kept["tuned"][key]))
        for key, base in kept["base"].items()
        if key in kept["tuned"]
    ]
    return pairs, newest["tuned"]


def _side(row: dict[str, Any]) -> Side:
    answer = Answer(
        row["completion"], row["reward"], row["metrics"], row["outcome"], row.get("reason", "")
    )
    return Side([answer])


def answers_of(pairs: Iterable[Pair], which: Which) -> list[Answer]:
    """Returns all answers of one model."""
    return [answer for pair in pairs for answer in getattr(pair, which).answers]
