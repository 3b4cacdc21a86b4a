"""What a job amounts to: steps, rollouts, calls of the grader and of its judge.

Everything is a range where the service does not say: whether the last, smaller batch of an
epoch is trained on (one published run of 270 prompts in batches of 4 made 67 steps, so was
not), and how many rollouts one call of the grader holds (64 is SageMaker's documented default
for Nova; Bedrock documents none, so 1 is the other end).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from touchstone.workbench.jobs.spec import Job
from touchstone.workbench.stats import Range

CALL_ROWS = (64, 1)  # rollouts in one call of the grader: the most and the fewest


@dataclass(frozen=True, slots=True)
class Setting:
    """A hyperparameter's value, and whether the job sets it or it had to be assumed."""

    value: int
    assumed: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """The hyperparameters that a job's size depends on; ``steps`` only where they are fixed."""

    epochs: Setting
    batch: Setting
    samples: Setting
    max_tokens: Setting
    max_prompt: Setting
    eval_interval: Setting
    steps: int | None = None

    @property
    def sound(self) -> bool:
        """Whether every number is one that can be reckoned with."""
        return all(
            setting.value > 0
            for setting in (
                self.epochs, self.batch, self.samples,
                self.max_tokens, self.max_prompt, self.eval_interval,
            )
        )  # fmt: skip

    @property
    def assumed(self) -> dict[str, int]:
        """Key of job.toml to the value that was assumed for it."""
        keys = {
            "epoch_count": self.epochs, "batch_size": self.batch,
            "training_sample_per_prompt": self.samples, "inference_max_tokens": self.max_tokens,
            "max_prompt_length": self.max_prompt, "eval_interval": self.eval_interval,
        }  # fmt: skip
        return {key: setting.value for key, setting in keys.items() if setting.assumed}


@dataclass(frozen=True, slots=True)
class Work:
    """How much a job does.

    Attributes:
        prompts: Rows of the training file that are short enough to be used.
        steps: Updates.
        rollouts: Completions that are made for training.
        validations: Completions that are made for validation, one per prompt and round.
        graded: Both together: what the grader scores, retries left out.
        invocations: Calls of the grader's function.
        step_rollouts: Completions of one full step, which want grading at the same time.
        concurrency: Calls of the function at the same time, if a step is sent at once.
        completion_tokens: At most; each completion may end earlier.
    """

    prompts: Range
    steps: Range
    rollouts: Range
    validations: Range
    graded: Range
    invocations: Range
    step_rollouts: int
    concurrency: Range
    completion_tokens: float


def scale_of(job: Job) -> Scale:
    """Returns a job's scale; what it does not set is assumed.

    The assumptions for Nova are the defaults of AWS's own SDK for Nova customization (the
    service's are not documented), and for the OpenAI-compatible API those of its published
    example. A local job has the scale of ``[rehearsal]``.
    """
    h, local = job.hyperparameters, job.rehearsal

    def given(value: int | None, default: int) -> Setting:
        return Setting(default if value is None else value, value is None)

    if job.service == "local":
        set_here = [Setting(v, assumed=False) for v in (1, local.batch_size, local.samples)]
        return Scale(
            *set_here,
            max_tokens=Setting(local.max_tokens, assumed=False),
            max_prompt=given(h.max_prompt_length, 8192),
            eval_interval=Setting(local.eval_interval, assumed=False),
            steps=local.steps,
        )
    return Scale(
        epochs=given(h.epoch_count, 1),
        batch=given(h.batch_size, 128 if job.service == "bedrock" else 4),
        samples=given(h.training_sample_per_prompt, 8),
        max_tokens=given(h.inference_max_tokens, 2048),
        max_prompt=given(h.max_prompt_length, 8192),
        eval_interval=given(h.eval_interval, 10),
    )


def work_of(scale: Scale, prompts: Range, validation_prompts: int) -> Work:
    """Returns what a job of this scale does with so many prompts.

    Args:
        scale: Its hyperparameters, each at least 1.
        prompts: Rows that are short enough, as far as lengths are known.
        validation_prompts: Rows of the validation file, 0 for none.
    """
    batch, samples = scale.batch.value, scale.samples.value
    if scale.steps is not None:
        steps = Range(scale.steps, scale.steps)
        used = steps * batch
    else:
        full = prompts.low // batch
        steps = Range(full, math.ceil(prompts.high / batch)) * scale.epochs.value
        used = Range(full * batch, prompts.high) * scale.epochs.value
    rollouts = used * samples
    # Whether a round is made before the first step and after the last is not documented.
    interval = scale.eval_interval.value
    rounds = Range(steps.low // interval, steps.high // interval + 2)
    validations = rounds * validation_prompts
    graded = rollouts + validations
    most, fewest = CALL_ROWS
    at_once = batch * samples
    return Work(
        prompts=prompts,
        steps=steps,
        rollouts=rollouts,
        validations=validations,
        graded=graded,
        invocations=Range(math.ceil(graded.low / most), math.ceil(graded.high / fewest)),
        step_rollouts=at_once,
        concurrency=Range(math.ceil(at_once / most), math.ceil(at_once / fewest)),
        completion_tokens=graded.high * scale.max_tokens.value,
    )
