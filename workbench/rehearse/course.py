"""What is the same whoever updates the model: which prompts, what they earn, what is kept.

The batches are drawn from the seed and the step alone, so that every engine trains on the same
prompts in the same order, and a run that goes on from a checkpoint on those that would have come.
"""

from __future__ import annotations

import hashlib
import json
import random
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from touchstone.contract import prompt_text
from touchstone.workbench.grading.backends import Backend
from touchstone.workbench.grading.rewards import Reward, Rewarder, event_of
from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.measure import latency_metrics
from touchstone.workbench.jobs.spec import Rehearsal
from touchstone.workbench.rehearse import checkpoint
from touchstone.workbench.rehearse.checkpoint import Progress
from touchstone.workbench.rehearse.model import Policy, RehearsalError
from touchstone.workbench.rehearse.rollout import sample

if TYPE_CHECKING:
    import torch

# Below this share of the first step's, answers hardly differ from each other any more.
_COLLAPSED = 0.05


@dataclass(frozen=True, slots=True)
class Prompt:
    """One row to train on or to validate with.

    Attributes:
        id: The row's own, or its line.
        row: The row.
        tokens: Of its prompt.
    """

    id: str
    row: dict[str, Any]
    tokens: list[int]


@dataclass(frozen=True, slots=True)
class Graded:
    """An answer to a prompt, and what the grader made of it.

    Attributes:
        prompt: What was asked.
        event: What the grader was sent.
        reward: What it said.
    """

    prompt: Prompt
    event: dict[str, Any]
    reward: Reward

    def row(self, step: int) -> dict[str, Any]:
        """Returns it as the job's folder keeps it."""
        return {
            "step": step,
            "group": self.prompt.id,
            "id": self.event["id"],
            "prompt": prompt_text(self.prompt.row["messages"]),
            "completion": self.event["messages"][-1]["content"],
            "reference_answer": self.prompt.row.get("reference_answer"),
            "reward": self.reward.score,
            "metrics": self.reward.criteria,
            "outcome": self.reward.outcome,
            "reason": self.reward.reason,
        }


class Course:
    """The prompts of a run, their grader and the folder that it fills.

    Attributes:
        settings: Of the run.
        rewarder: The grader, and what it has cost.
        folder: The job's.
    """

    def __init__(
        self,
        settings: Rehearsal,
        train: Sequence[Prompt],
        validation: Sequence[Prompt],
        backend: Backend,
        folder: JobFolder,
    ) -> None:
        self.settings = settings
        self.rewarder = Rewarder(backend)
        self.folder = folder
        self._train = train
        self._validation = validation[: settings.validation_prompts]
        self._orders: dict[int, list[Prompt]] = {}
        self._first_entropy = 0.0
        self._written = max(folder.metrics(), default=-1)

    def batch(self, step: int) -> list[Prompt]:
        """Returns a step's prompts: every epoch is a shuffle of its own."""
        size, count = self.settings.batch_size, len(self._train)
        places = range((step - 1) * size, step * size)
        epochs = {place // count for place in places}
        # The next step's are mostly these.
        self._orders = {one: self._orders.get(one) or self._order(one) for one in epochs}
        return [self._orders[place // count][place % count] for place in places]

    def grade(self, asked: Iterable[tuple[Prompt, str, str]]) -> list[Graded]:
        """Grades answers, each given as its prompt, the rollout's name and its text."""
        asked = list(asked)
        events = [event_of(prompt.row, name, text) for prompt, name, text in asked]
        rewards = self.rewarder(events)
        prompts = (prompt for prompt, *_ in asked)
        return list(map(Graded, prompts, events, rewards))

    def evaluate(
        self, policy: Policy, step: int, generator: torch.Generator | None = None
    ) -> list[Graded]:
        """Answers the validation prompts, greedily unless there is a generator, and grades them."""
        prompts = self._validation
        completions = sample(
            policy,
            [prompt.tokens for prompt in prompts],
            max_tokens=self.settings.max_tokens,
            generator=generator,
        )
        return self.grade(
            (prompt, f"{step}-validation-{n}", policy.decode(one.tokens))
            for n, (prompt, one) in enumerate(zip(prompts, completions, strict=True))
        )

    def begin(self, policy: Policy) -> None:
        """Validates the base model, unless an earlier process did."""
        if self._written < 0:
            self.folder.add_metrics(0, self._validate(policy, 0))
            self._written = 0

    def is_due(self, step: int) -> bool:
        """Tells whether a step ends with a validation and a checkpoint."""
        return step == self.settings.steps or step % self.settings.eval_interval == 0

    def record(
        self, policy: Policy, step: int, metrics: dict[str, float], graded: Iterable[Graded]
    ) -> dict[str, float]:
        """Keeps a step's numbers and rollouts, validates where that is due; returns the numbers.

        A step that is done again after an interruption comes out as it is written.
        """
        metrics |= latency_metrics(self.rewarder.latencies_ms)
        metrics[m.SPEND] = self.rewarder.usd
        self.rewarder.latencies_ms.clear()
        if self.is_due(step):
            metrics |= self._validate(policy, step)
        if step > self._written:
            self.folder.add_rollouts(one.row(step) for one in graded)
            self.folder.add_metrics(step, metrics)
            self._remark(step, metrics)
            self._written = step
        return metrics

    def save(self, step: int, write: Callable[[Path], None]) -> None:
        """Makes a checkpoint the tuned model; ``write`` fills its folder."""
        progress = Progress(self._identity(), step, self.rewarder.usd, self._first_entropy)
        place = checkpoint.save(self.folder.checkpoints, progress, write)
        self.folder.update(tuned_model=str(place.resolve()))

    def restore(self) -> tuple[int, Path | None]:
        """Returns the step to go on after, and the checkpoint to go on from; 0 without one.

        Raises:
            RehearsalError: The folder's checkpoint is of another run.
        """
        place = checkpoint.latest(self.folder.checkpoints)
        if place is None:
            return 0, None
        progress = checkpoint.read(place)
        if progress.run != self._identity():
            raise RehearsalError(
                f"{place} is of a run with other settings or rows: remove {self.folder.path} "
                "to begin anew"
            )
        self.rewarder.usd = progress.usd
        self._first_entropy = progress.first_entropy
        return progress.step, place

    def check_scored(self, step: int, rewards: Sequence[Reward]) -> None:
        """Ends a run that has nothing to learn from.

        Raises:
            RehearsalError: Nothing of a whole step could be scored.
        """
        if all(reward.score is None for reward in rewards):
            raise RehearsalError(
                f"step {step}: no rollout could be scored; first: {rewards[0].reason}"
            )

    def _validate(self, policy: Policy, step: int) -> dict[str, float]:
        """Returns the metrics of a greedy validation, and keeps its answers."""
        if not self._validation:
            return {}
        result = self.evaluate(policy, step)
        self.rewarder.latencies_ms.clear()
        which = {"model": "tuned" if step else "base"}
        if step > self._written:
            self.folder.add_evaluation(which | one.row(step) for one in result)
        scores = [one.reward.score for one in result if one.reward.score is not None]
        return {m.VALIDATION: statistics.fmean(scores)} if scores else {}

    def _order(self, epoch: int) -> list[Prompt]:
        """Returns the prompts shuffled, those of one reference spread evenly.

        A batch with more of one answer than of another pulls a small model to that answer,
        whatever is asked. References that hardly any two rows share make a plain shuffle.
        """
        source = random.Random(f"{self.settings.seed}/{epoch}")  # noqa: S311
        strata: dict[str, list[Prompt]] = {}
        for prompt in source.sample(self._train, len(self._train)):
            reference = json.dumps(prompt.row.get("reference_answer"), sort_keys=True)
            strata.setdefault(reference, []).append(prompt)
        placed = [
            ((number + source.random()) / len(rows), number, prompt)
            for rows in strata.values()
            for number, prompt in enumerate(rows)
        ]
        return [prompt for *_, prompt in sorted(placed, key=lambda one: one[:2])]

    def _remark(self, step: int, metrics: dict[str, float]) -> None:
        """Notes what a person should not miss."""
        entropy = metrics[m.ENTROPY]
        if step == 1:
            self._first_entropy = entropy
        if share := metrics[m.UNSCORED]:
            self.folder.add_event("warn", f"step {step}: {share:.0%} could not be scored")
        if metrics.get(m.FLAT) == 1.0:
            self.folder.add_event(
                "warn", f"step {step}: every group is flat, so nothing was learnt"
            )
        if entropy < _COLLAPSED * self._first_entropy:
            self._first_entropy = 0.0  # said once
            self.folder.add_event(
                "warn",
                f"step {step}: entropy fell to {entropy:.3f} nats: samples of one prompt are "
                "nearly always the same, and little more will be learnt",
            )

    def _identity(self) -> str:
        """Returns what two runs share if one may go on where the other stopped."""
        same = {**msgspec.to_builtins(self.settings), "steps": None}
        rows = [prompt.row for prompt in self._train]
        content = msgspec.json.encode([same, rows])
        return hashlib.blake2b(content, digest_size=16).hexdigest()


def groups_of(graded: Sequence[Graded], each: int) -> list[list[Reward]]:
    """Returns the rewards by prompt, of rollouts that lie side by side."""
    rewards = [one.reward for one in graded]
    return [rewards[n : n + each] for n in range(0, len(rewards), each)]
