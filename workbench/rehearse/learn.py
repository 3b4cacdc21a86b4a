"""``make learn``: a bundled task from nothing to its figures, with the curve as it goes."""

from __future__ import annotations

import itertools
import shutil
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import msgspec

from touchstone.groups import EQUAL
from touchstone.settings import SettingsError
from touchstone.workbench.grading.backends import in_process
from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.spec import JobFile, load_job
from touchstone.workbench.jobs.watch.terminal import sparkline
from touchstone.workbench.rehearse.engine import Engine
from touchstone.workbench.rehearse.job import follow, open_engine
from touchstone.workbench.rehearse.model import RehearsalError
from touchstone.workbench.rehearse.tasks import TASKS, prepare
from touchstone.workbench.stats import Share, wilson

_EVALUATION_SEED = 1
_WIDTH = 40  # of a line of bars


@click.command()
@click.option("--task", type=click.Choice(sorted(TASKS)), default="moderation", show_default=True)
@click.option("--seed", type=int, help="Of everything random; the task's job.toml has one.")
@click.option("--steps", type=click.IntRange(1), help="Updates; the task's job.toml has a number.")
@click.option("--engine", type=click.Choice(["loop", "trl"]), help="What updates the model.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("build/learn"),
    show_default=True,
    help="Where rows, job.toml and the job's own files go.",
)
def learn(task: str, seed: int | None, steps: int | None, engine: str | None, folder: Path) -> None:
    """Train a small model with a reward template, and compare it with what it was.

    Begins anew each time; answers are graded by the handler that Bedrock would call.
    """
    try:
        _learn(prepare(task, folder / task), seed=seed, steps=steps, engine=engine)
    except (RehearsalError, SettingsError) as exc:
        raise click.ClickException(str(exc)) from exc


def _learn(job: Path, **changes: str | int | None) -> None:
    file = _with(load_job(job), **changes)
    settings, task = file.job.rehearsal, file.job.name
    home = JobFolder(file.folder.with_name(f"{task}-seed-{settings.seed}"))
    shutil.rmtree(home.path, ignore_errors=True)
    begun = time.monotonic()
    click.echo(f"{task}: loading the model ...")
    engine = open_engine(file, home, in_process(file.job.grader.name, {}))
    click.echo(
        f"{settings.batch_size} prompts x {settings.samples} samples a step, {settings.steps} "
        f"steps, seed {settings.seed}, on {engine.policy.device}; engine {settings.engine}; "
        f"rewarded by {file.job.grader.name}"
    )
    base = _drawn(engine)
    follow(engine, lambda metrics: click.echo(_line(engine.step, metrics)))
    _report(home, base, _drawn(engine), time.monotonic() - begun)


def _with(file: JobFile, **changes: str | int | None) -> JobFile:
    given = {name: value for name, value in changes.items() if value is not None}
    rehearsal = msgspec.structs.replace(file.job.rehearsal, **given)
    return msgspec.structs.replace(file, job=msgspec.structs.replace(file.job, rehearsal=rehearsal))


def _drawn(engine: Engine) -> list[float | None]:
    """Returns the rewards of answers that are sampled as the training samples them."""
    import torch

    generator = torch.Generator(engine.policy.device).manual_seed(_EVALUATION_SEED)
    answers = engine.course.evaluate(engine.policy, engine.step, generator)
    return [one.reward.score for one in answers]


def _line(step: int, metrics: dict[str, Any]) -> str:
    text = (
        f"step {step:3}  reward {metrics.get(m.REWARD, float('nan')):.2f}"
        f"  flat groups {m.shown(m.FLAT, metrics.get(m.FLAT)):>5}"
        f"  entropy {metrics[m.ENTROPY]:.2f}"
        f"  length {metrics[m.LENGTH]:4.1f}"
    )
    held_out = metrics.get(m.VALIDATION)
    return text if held_out is None else f"{text}  held out {held_out:.3f}"


def _report(
    home: JobFolder, base: list[float | None], tuned: list[float | None], seconds: float
) -> None:
    steps = {step: metrics for step, metrics in home.metrics().items() if step}
    kept = list(home.evaluation())
    greedy = [[row["reward"] for row in kept if row["step"] == step] for step in (0, max(steps))]
    click.echo(f"\n{'held out':10}{'base':24}{'tuned':24}tuned / base")
    for how, rewards in (("greedy", greedy), ("T = 1", (base, tuned))):
        before, after = map(_share, rewards)
        ratio = f"{after.value / before.value:.2f}" if before.value else "base never was right"
        click.echo(f"{how:10}{_shown(before):24}{_shown(after):24}{ratio}")
    click.echo("Share of full rewards among the prompts held out, 95 % Wilson interval.\n")
    for name in (m.REWARD, m.ENTROPY, m.FLAT):
        if values := [metrics[name] for metrics in steps.values() if name in metrics]:
            bars = sparkline(averaged(values, _WIDTH), _WIDTH)
            click.echo(f"{name:24}{bars}  {values[0]:.2f} to {values[-1]:.2f}")
    click.echo(
        "\nEntropy falls as the model becomes sure of its answers. That alone lifts the figure at"
        "\nT = 1, where an unsure model often draws a wrong token; greedy shows what it learnt."
    )
    click.echo(f"{len(steps)} steps, {seconds:.0f} s with loading and validations; in {home.path}")


def _share(rewards: Sequence[float | None]) -> Share:
    """Returns the share of full rewards; what could not be scored earned none."""
    right = sum(reward is not None and reward > 1.0 - EQUAL for reward in rewards)
    return wilson(right / len(rewards), len(rewards))


def _shown(share: Share) -> str:
    return f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}]"


def averaged(values: Sequence[float], most: int) -> list[float]:
    """Returns means of neighbours, at most so many, over the whole of the values."""
    count = min(most, len(values))
    cuts = [round(n * len(values) / count) for n in range(count + 1)]
    return [statistics.fmean(values[a:b]) for a, b in itertools.pairwise(cuts)]
