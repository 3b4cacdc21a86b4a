"""``touchstone job plan``: what a job would do, cost and learn, before it is paid for."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec
from rich.console import Console

from touchstone.workbench.cli.entry import when_interrupted
from touchstone.workbench.cli.progress import row_counter
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.forecast.rollouts import Rollouts
from touchstone.workbench.jobs.plan import Plan, make_plan
from touchstone.workbench.jobs.plan.account import clients_of
from touchstone.workbench.jobs.plan.forecast.curate import Curated
from touchstone.workbench.jobs.plan.forecast.evidence import (
    ask_rollouts,
    check_curated,
    curate_train,
    foretell,
    grade_file,
    samples_of,
)
from touchstone.workbench.jobs.plan.show import show
from touchstone.workbench.jobs.spec import JobFile, load_job
from touchstone.workbench.rehearse.services import service_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of the command, one attribute each; see its help."""

    offline: bool
    tokenizer: str | None
    rollouts: str | None
    sample: int | None
    model: str | None
    endpoint: str | None
    prompts: int
    samples: Path | None
    concurrency: int
    local: bool
    curated: Path | None


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON.")
@click.option("--offline", is_flag=True, help="Compare with no account, credentials or not.")
@click.option("--tokenizer", metavar="PATH", help="tokenizer.json or a Hugging Face folder.")
@click.option("--rollouts", metavar="ROWS", help="Forecast from these event rows (JSONL).")
@click.option("--sample", type=click.IntRange(2, 64), metavar="K", help="Ask for K rollouts each.")
@click.option("--model", help="Model or endpoint to ask; the job's base model by default.")
@click.option("--endpoint", help="Base URL of an OpenAI-compatible API to ask instead.")
@click.option("--prompts", type=click.IntRange(1), default=64, show_default=True)
@click.option("--samples", type=click.Path(path_type=Path), help="File that keeps the rollouts.")
@click.option("--concurrency", type=click.IntRange(1, 256), default=8, show_default=True)
@click.option("--local", is_flag=True, help="Grade here, though the job names a function.")
@click.option("--curated", type=click.Path(path_type=Path), help="Write the useful prompts here.")
def plan(file: Path, as_json: bool, **options: object) -> None:
    """Check a job.toml, and say what its job would do, cost and learn.

    Nothing is uploaded or created, and no account is needed. --rollouts or --sample grade
    rollouts of the model that the job begins with, several of each prompt, and foretell what
    there is to learn.

    Exit code 1: the job should not be launched as it is, or the service failed; 2: bad input.
    """
    chosen = Options(**options)  # pyright: ignore[reportArgumentType]
    _check_options(chosen)
    kept = "; what the model answered is kept, and the same command goes on"
    with (
        when_interrupted(f"interrupted{kept if chosen.sample else ''}"),
        row_counter() as on_row,
    ):
        made, curated = _plan(load_job(file), chosen, on_row)
    counts = curated.as_json() if curated else None
    if as_json:
        echo(json.dumps({**made.as_json(), "curated": counts}))
    else:
        if counts:
            echo(", ".join(f"{name} {count:,}" for name, count in counts.items()))
        show(made, Console())
    if made.verdict != "go":
        sys.exit(FELL_SHORT)


def _check_options(options: Options) -> None:
    if options.rollouts and options.sample:
        raise click.UsageError("--rollouts brings rollouts, --sample asks for them: give one")
    if not (options.rollouts or options.sample):
        for name in ("curated", "local"):
            if getattr(options, name):
                raise click.UsageError(f"--{name} needs rollouts: --rollouts or --sample")
    if not options.sample:
        for name in ("model", "endpoint", "samples"):
            if getattr(options, name):
                raise click.UsageError(f"--{name} is for --sample")


def _plan(
    file: JobFile, options: Options, on_row: Callable[[], None]
) -> tuple[Plan, Curated | None]:
    seen = curated = None
    if options.rollouts or options.sample:
        graded = _graded(file, options, on_row)
        seen = foretell(file, graded)
        if options.curated:
            curated = curate_train(file, options.curated, graded)
    client = None if options.offline else clients_of(file.job.region)
    made = make_plan(file, client=client, seen=seen, tokenizer=options.tokenizer, on_row=on_row)
    return made, curated


def _graded(file: JobFile, options: Options, on_row: Callable[[], None]) -> Rollouts:
    """Returns the graded rollouts; those of ``--sample`` are asked for first."""
    rows = options.rollouts or str(options.samples or samples_of(file))
    if options.curated:
        check_curated(file, options.curated, rows)
    if options.sample:
        job = file.job
        if options.endpoint:
            job = msgspec.structs.replace(job, service="compatible", endpoint=options.endpoint)
        ask_rollouts(
            msgspec.structs.replace(file, job=job), service_of(job), Path(rows),
            samples=options.sample, prompts=options.prompts, model=options.model or "",
            concurrency=options.concurrency, on_answer=on_row,
        )  # fmt: skip
    return grade_file(
        file, rows, here=options.local, concurrency=options.concurrency, on_row=on_row
    )
