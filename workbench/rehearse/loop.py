"""The training loop: rollouts, rewards, update; validation and a checkpoint now and then.

Everything random is drawn from the seed and the step alone, so that a run that goes on from
a checkpoint is the run that was never interrupted.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
from touchstone.workbench.rehearse.measure import step_metrics
from touchstone.workbench.rehearse.model import Policy, RehearsalError
from touchstone.workbench.rehearse.rollout import sample
from touchstone.workbench.rehearse.update import Group, Learner

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
class Evaluation:
    """Graded answers to the validation prompts.

    Attributes:
        events: What the grader was sent, one per prompt.
        rewards: What it made of them.
    """

    events: list[dict[str, Any]]
    rewards: list[Reward]

    @property
    def scores(self) -> list[float]:
        """Rewards of those that could be scored."""
        return [reward.score for reward in self.rewards if reward.score is not None]


class Loop:
    """Trains a policy on some prompts with a grader.

    Raises:
        RehearsalError: The folder's checkpoint is of another run.

    Attributes:
        policy: What learns: the base model, or the folder's last checkpoint.
        settings: Of the run.
        step: Updates made.
    """

    def __init__(
        self,
        policy: Policy,
        settings: Rehearsal,
        train: Sequence[Prompt],
        validation: Sequence[Prompt],
        backend: Backend,
        folder: JobFolder,
    ) -> None:
        self.policy = policy
        self.step = 0
        self.settings = settings
        self._train = train
        self._validation = validation[: settings.validation_prompts]
        self._reward = Rewarder(backend)
        self._folder = folder
        self._learner = Learner(policy, settings.learning_rate, settings.entropy_bonus)
        self._first_entropy = 0.0
        self._restore()

    def run(self) -> Iterator[dict[str, float]]:
        """Goes on from the last checkpoint to the last step; yields each step's metrics.

        The folder holds a step's numbers and rollouts when it is yielded; to stop there is
        safe, and what came after the last checkpoint is done again.

        Raises:
            RehearsalError: A whole step was unscored.
        """
        settings = self.settings
        written = max(self._folder.metrics(), default=-1)
        if self.step == 0 and written < 0:
            self._folder.add_metrics(0, self._validate())
        while self.step < settings.steps:
            metrics, rows = self._advance()
            last = self.step == settings.steps
            if last or self.step % settings.eval_interval == 0:
                metrics |= self._validate(keep=self.step > written)
            # Steps that are done again after an interruption come out as they are written.
            if self.step > written:
                self._folder.add_rollouts(rows)
                self._folder.add_metrics(self.step, metrics)
                self._remark(metrics)
            if last or self.step % settings.eval_interval == 0:
                self._checkpoint()
            self._folder.update(step=self.step)
            yield metrics

    def evaluate(self, generator: torch.Generator | None = None) -> Evaluation:
        """Answers the validation prompts, greedily unless there is a generator, and grades them."""
        completions = sample(
            self.policy,
            [prompt.tokens for prompt in self._validation],
            max_tokens=self.settings.max_tokens,
            generator=generator,
        )
        events = [
            event_of(prompt.row, f"{self.step}-validation-{n}", self.policy.decode(one.tokens))
            for n, (prompt, one) in enumerate(zip(self._validation, completions, strict=True))
        ]
        return Evaluation(events, self._reward(events))

    def _advance(self) -> tuple[dict[str, float], list[dict[str, Any]]]:
        """Makes one update; returns its metrics and its rollouts."""
        self.step += 1
        each = self.settings.samples
        prompts = self._batch()
        completions = sample(
            self.policy,
            [prompt.tokens for prompt in prompts],
            each=each,
            max_tokens=self.settings.max_tokens,
            generator=self._generator(),
        )
        asked = [prompt for prompt in prompts for _ in range(each)]
        events = [
            event_of(
                prompt.row, f"{self.step}-{n // each}-{n % each}", self.policy.decode(c.tokens)
            )
            for n, (prompt, c) in enumerate(zip(asked, completions, strict=True))
        ]
        rewards = self._reward(events)
        if all(reward.score is None for reward in rewards):
            raise RehearsalError(
                f"step {self.step}: no rollout could be scored; first: {rewards[0].reason}"
            )
        graded = [rewards[n : n + each] for n in range(0, len(rewards), each)]
        groups = [
            Group(prompt.tokens, completions[n * each : (n + 1) * each], [r.score for r in group])
            for n, (prompt, group) in enumerate(zip(prompts, graded, strict=True))
        ]
        metrics = step_metrics(groups, graded, self._learner.update(groups))
        metrics |= latency_metrics(self._reward.latencies_ms)
        metrics[m.SPEND] = self._reward.usd
        self._reward.latencies_ms.clear()
        return metrics, list(map(_row, itertools.repeat(self.step), asked, events, rewards))

    def _validate(self, *, keep: bool = True) -> dict[str, float]:
        """Returns the metrics of a greedy validation, and keeps its answers."""
        if not self._validation:
            return {}
        result = self.evaluate()
        self._reward.latencies_ms.clear()
        which = {"model": "tuned" if self.step else "base"}
        kept = map(
            _row, itertools.repeat(self.step), self._validation, result.events, result.rewards
        )
        if keep:
            self._folder.add_evaluation(which | row for row in kept)
        scores = result.scores
        return {m.VALIDATION: statistics.fmean(scores)} if scores else {}

    def _batch(self) -> list[Prompt]:
        """Returns this step's prompts: every epoch is a shuffle of its own."""
        size, count = self.settings.batch_size, len(self._train)
        places = range((self.step - 1) * size, self.step * size)
        orders = {epoch: self._order(epoch) for epoch in {place // count for place in places}}
        return [orders[place // count][place % count] for place in places]

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

    def _generator(self) -> torch.Generator:
        import torch

        name = f"{self.settings.seed}/{self.step}".encode()
        seed = int.from_bytes(hashlib.blake2b(name, digest_size=7).digest())
        return torch.Generator(self.policy.device).manual_seed(seed)

    def _remark(self, metrics: dict[str, float]) -> None:
        """Notes what a person should not miss."""
        entropy = metrics[m.ENTROPY]
        if self.step == 1:
            self._first_entropy = entropy
        if share := metrics[m.UNSCORED]:
            self._folder.add_event("warn", f"step {self.step}: {share:.0%} could not be scored")
        if metrics.get(m.FLAT) == 1.0:
            self._folder.add_event(
                "warn", f"step {self.step}: every group is flat, so nothing was learnt"
            )
        if entropy < _COLLAPSED * self._first_entropy:
            self._first_entropy = 0.0  # said once
            self._folder.add_event(
                "warn",
                f"step {self.step}: entropy fell to {entropy:.3f} nats: samples of one prompt are "
                "nearly always the same, and little more will be learnt",
            )

    def _checkpoint(self) -> None:
        progress = Progress(self._identity(), self.step, self._reward.usd, self._first_entropy)
        place = checkpoint.save(self._folder.checkpoints, self.policy, self._learner, progress)
        self._folder.update(tuned_model=str(place.resolve()))

    def _restore(self) -> None:
        place = checkpoint.latest(self._folder.checkpoints)
        if place is None:
            return
        progress = checkpoint.read(place, self._learner)
        if progress.run != self._identity():
            raise RehearsalError(
                f"{place} is of a run with other settings or rows: remove {self._folder.path} "
                "to begin anew"
            )
        self.step = progress.step
        self._reward.usd = progress.usd
        self._first_entropy = progress.first_entropy

    def _identity(self) -> str:
        """Returns what two runs share if one may go on where the other stopped."""
        same = {**msgspec.to_builtins(self.settings), "steps": None}
        rows = [prompt.row for prompt in self._train]
        content = msgspec.json.encode([same, rows])
        return hashlib.blake2b(content, digest_size=16).hexdigest()


def _row(step: int, prompt: Prompt, event: dict[str, Any], reward: Reward) -> dict[str, Any]:
    """Returns a rollout as the job's folder keeps it."""
    return {
        "step": step,
        "group": prompt.id,
        "id": event["id"],
        "prompt": prompt_text(prompt.row["messages"]),
        "completion": event["messages"][-1]["content"],
        "reference_answer": prompt.row.get("reference_answer"),
        "reward": reward.score,
        "metrics": reward.criteria,
        "outcome": reward.outcome,
        "reason": reward.reason,
    }
