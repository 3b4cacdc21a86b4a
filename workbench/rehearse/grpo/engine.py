"""TRL's trainer by our course: its batches, grader, validations and folder are the loop's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import broadcast_object_list, gather_object
from datasets import Dataset
from peft import LoraConfig
from peft.tuners.lora import LoraLayer
from torch.optim.lr_scheduler import LambdaLR
from transformers import (
    PrinterCallback,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)
from trl import GRPOConfig, GRPOTrainer

from touchstone.groups import advantages
from touchstone.workbench.rehearse.course import Course, Graded, groups_of
from touchstone.workbench.rehearse.engine import GoOn
from touchstone.workbench.rehearse.grpo.config import grpo_settings, lora_settings
from touchstone.workbench.rehearse.grpo.launch import is_main
from touchstone.workbench.rehearse.measure import step_metrics
from touchstone.workbench.rehearse.model import Policy, RehearsalError
from touchstone.workbench.rehearse.rollout import Completion
from touchstone.workbench.rehearse.update import WARM_UP, Group, Update

_TRAINER = "trainer"  # folder in a checkpoint that the trainer goes on from


class _Trainer(GRPOTrainer):
    """GRPO with the loop's warm-up, whose first step is one."""

    def create_scheduler(
        self, num_training_steps: int, optimizer: torch.optim.Optimizer | None = None
    ) -> LambdaLR:
        del num_training_steps
        warmed = LambdaLR(optimizer or self.optimizer, lambda step: min(1.0, (step + 1) / WARM_UP))
        self.lr_scheduler = warmed
        return warmed


@dataclass(frozen=True, slots=True)
class _Rollout:
    """One graded answer, as the processes pass it to each other."""

    graded: Graded
    completion: Completion


class TrlEngine(TrainerCallback):
    """Trains LoRA adapters on a policy by a course; see ``Engine``.

    Every process samples, grades and learns from its share of a step's prompts, whole groups;
    the first of them validates and writes.

    Args:
        policy: The base model, also where a checkpoint is gone on from.
        course: What it learns from.

    Raises:
        RehearsalError: The folder's checkpoint is of another run, or a row has tools, which
            the trainer has no place for.
    """

    def __init__(self, policy: Policy, course: Course) -> None:
        self.policy = policy
        self.course = course
        self.step, self._place = course.restore()
        self._go_on: GoOn = lambda _: True
        self._rollouts: list[_Rollout] = []
        settings = course.settings
        prompts = [p for step in range(1, settings.steps + 1) for p in course.batch(step)]
        if any(prompt.row.get("tools") for prompt in prompts):
            raise RehearsalError('rows with tools need [rehearsal] engine = "loop"')
        turns = [policy.turns(prompt.row["messages"]) for prompt in prompts]
        try:
            config = GRPOConfig(
                **grpo_settings(settings, course.folder.checkpoints / _TRAINER),
                use_cpu=not torch.cuda.is_available(),
            )
            self._trainer = _Trainer(
                model=policy.model,
                reward_funcs=self._reward,
                args=config,
                train_dataset=Dataset.from_dict({"prompt": turns, "place": range(len(turns))}),
                processing_class=policy.tokenizer,
                callbacks=[self],
                peft_config=LoraConfig(**lora_settings(settings)),
            )
        except (ValueError, ImportError) as exc:
            raise RehearsalError(f"TRL: {exc}") from exc
        self._trainer.remove_callback(PrinterCallback)

    def run(self, go_on: GoOn = lambda _: True) -> None:
        """Goes on from the last checkpoint to the last step; see ``Engine``.

        Raises:
            RehearsalError: A whole step was unscored.
        """
        self._go_on = go_on
        if self.step == 0 and is_main():
            with self._answering():
                self.course.begin(self.policy)
        if self.step < self.course.settings.steps:
            place = self._place and str(self._place / _TRAINER)
            self._trainer.train(resume_from_checkpoint=place)

    def _reward(
        self,
        completions: Sequence[Any],
        completion_ids: Sequence[list[int]],
        place: Sequence[int],
        trainer_state: TrainerState,
        **_: Any,
    ) -> list[float]:
        """Grades this process's rollouts of a step; returns what each is worth in its group.

        TRL takes the mean of a group off what it is given, and that of advantages is 0.
        """
        settings, step = self.course.settings, trainer_state.global_step + 1
        prompts, each = self.course.batch(step), settings.samples
        numbers = [at % settings.batch_size for at in place]
        asked = [
            (prompts[number], f"{step}-{number}-{n % each}", said[0]["content"])
            for n, (number, said) in enumerate(zip(numbers, completions, strict=True))
        ]
        rewarder = self.course.rewarder
        spent = rewarder.usd
        graded = self.course.grade(asked)
        mine = [
            _Rollout(one, Completion(list(ids), [], [], ids[-1] in self.policy.stops))
            for one, ids in zip(graded, completion_ids, strict=True)
        ]
        self._rollouts = gather_object(mine)
        rewarder.latencies_ms = gather_object(rewarder.latencies_ms)
        rewarder.usd = spent + sum(gather_object([rewarder.usd - spent]))
        self.course.check_scored(step, [one.graded.reward for one in self._rollouts])
        return [
            worth
            for group in groups_of(graded, each)
            for worth in advantages([reward.score for reward in group])
        ]

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        """Asks for a checkpoint where one is due."""
        del args
        control.should_save = self.course.is_due(state.global_step)
        return control

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **_: Any,
    ) -> TrainerControl:
        """Keeps a step, and asks whether to go on; the last log, of the whole run, is no step's."""
        del args
        if logs and "loss" in logs:
            self.step = state.global_step
            go_on = [True]
            if is_main():
                go_on = [self._record(logs)]
            broadcast_object_list(go_on)
            control.should_training_stop |= not go_on[0]
        return control

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        """Makes the trainer's checkpoint, which has the adapters alone, one of the job's."""
        self._trainer.accelerator.wait_for_everyone()  # each process writes its part
        if is_main():
            output = Path(str(args.output_dir))

            def write(place: Path) -> None:
                self._save_merged(place)
                (output / f"checkpoint-{state.global_step}").rename(place / _TRAINER)

            self.course.save(state.global_step, write)
            shutil.rmtree(output)
        return control

    def _record(self, logs: dict[str, float]) -> bool:
        each = self.course.settings.samples
        graded = [one.graded for one in self._rollouts]
        rewards = groups_of(graded, each)
        groups = [
            Group(
                graded[n * each].prompt.tokens,
                [one.completion for one in self._rollouts[n * each : (n + 1) * each]],
                [reward.score for reward in group],
            )
            for n, group in enumerate(rewards)
        ]
        update = Update(logs["loss"], logs["grad_norm"])
        metrics = step_metrics(groups, rewards, update, logs["entropy"])
        with self._answering():
            metrics = self.course.record(self.policy, self.step, metrics, graded)
        self.course.folder.update(step=self.step)
        return self._go_on(metrics)

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Lets the policy answer between two steps: what it keeps for a gradient is in the way."""
        self.policy.model.eval()
        yield
        self.policy.model.train()

    def _save_merged(self, place: Path) -> None:
        """Writes the policy as it answers, adapters included, for ``load`` and other tools."""
        model = self.policy.model
        state = {
            name.replace(".base_layer.", "."): value
            for name, value in model.state_dict().items()
            if ".lora_" not in name
        }
        with torch.no_grad():
            for name, layer in model.named_modules():
                if isinstance(layer, LoraLayer):
                    change = layer.get_delta_weight("default")
                    state[f"{name}.weight"] = layer.base_layer.weight + change
        model.save_pretrained(place, state_dict=state)
        self.policy.tokenizer.save_pretrained(place)


def set_device() -> None:
    """Gives this process of several its own GPU, where there are any; before a model is loaded."""
    if "LOCAL_RANK" in os.environ and torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
