"""Our own training loop: rollouts, rewards, update, on one device.

Everything random is drawn from the seed and the step alone, so that a run that goes on from
a checkpoint is the run that was never interrupted.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from touchstone.workbench.rehearse.course import Course, Graded, groups_of
from touchstone.workbench.rehearse.engine import GoOn
from touchstone.workbench.rehearse.measure import step_metrics
from touchstone.workbench.rehearse.model import Policy
from touchstone.workbench.rehearse.rollout import sample
from touchstone.workbench.rehearse.update import Group, Learner

if TYPE_CHECKING:
    import torch


class Loop:
    """Trains a policy by a course; see ``Engine``.

    Raises:
        RehearsalError: The folder's checkpoint is of another run.

    Attributes:
        policy: What learns: the base model, or the folder's last checkpoint.
        course: What it learns from.
        step: Updates made.
    """

    def __init__(self, policy: Policy, course: Course) -> None:
        self.policy = policy
        self.course = course
        settings = course.settings
        self._learner = Learner(policy, settings.learning_rate, settings.entropy_bonus)
        self.step, place = course.restore()
        if place:
            self._learner.restore(place / "optimizer.pt")

    def run(self, go_on: GoOn = lambda _: True) -> None:
        """Goes on from the last checkpoint to the last step; see ``Engine``.

        Raises:
            RehearsalError: A whole step was unscored.
        """
        course = self.course
        if self.step == 0:
            course.begin(self.policy)
        while self.step < course.settings.steps:
            metrics, graded = self._advance()
            metrics = course.record(self.policy, self.step, metrics, graded)
            if course.is_due(self.step):
                course.save(self.step, self._save)
            course.folder.update(step=self.step)
            if not go_on(metrics):
                return

    def _advance(self) -> tuple[dict[str, float], list[Graded]]:
        """Makes one update; returns its metrics and its rollouts."""
        self.step += 1
        each = self.course.settings.samples
        prompts = self.course.batch(self.step)
        completions = sample(
            self.policy,
            [prompt.tokens for prompt in prompts],
            each=each,
            max_tokens=self.course.settings.max_tokens,
            generator=self._generator(),
        )
        graded = self.course.grade(
            (
                prompts[n // each],
                f"{self.step}-{n // each}-{n % each}",
                self.policy.decode(c.tokens),
            )
            for n, c in enumerate(completions)
        )
        self.course.check_scored(self.step, [one.reward for one in graded])
        rewards = groups_of(graded, each)
        groups = [
            Group(prompt.tokens, completions[n * each : (n + 1) * each], [r.score for r in group])
            for n, (prompt, group) in enumerate(zip(prompts, rewards, strict=True))
        ]
        entropy = fmean(value for one in completions for value in one.entropy)
        return step_metrics(groups, rewards, self._learner.update(groups), entropy), graded

    def _generator(self) -> torch.Generator:
        import torch

        name = f"{self.course.settings.seed}/{self.step}".encode()
        seed = int.from_bytes(hashlib.blake2b(name, digest_size=7).digest())
        return torch.Generator(self.policy.device).manual_seed(seed)

    def _save(self, place: Path) -> None:
        self.policy.save(place)
        self._learner.save(place / "optimizer.pt")
