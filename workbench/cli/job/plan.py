"""``touchstone job plan``: what a job would do, cost and learn, before it is paid for."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
import msgspec

from touchstone.settings import SettingsError
from workbench.aws import ServiceError
from workbench.cli.data.shared import row_counter
from workbench.cli.exits import BAD_INPUT, FELL_SHORT, INTERRUPTED
from workbench.data.storage import DataError
from workbench.grading.rows import InputError
from workbench.jobs.services.base import askable
from workbench.jobs.spec import JobFile, load_job

if TYPE_CHECKING:
    from workbench.jobs.plan.forecast.rollouts import Rollouts


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
def plan(file: Path, as_json: bool, **options: Any) -> None:
    """Check a job.toml, and say what its job would do, cost and learn.

    Nothing is uploaded or created, and no account is needed. --rollouts or --sample grade
    rollouts of the model that the job begins with, several of each prompt, and foretell what
    there is to learn.

    Exit code 1: the job should not be launched as it is; 2: bad input.
    """
    _check_options(options)
    try:
        with row_counter() as on_row:
            made, curated = _plan(load_job(file), options, on_row)
    except (SettingsError, DataError, InputError, OSError) as exc:
        _refuse(str(exc))
    except ServiceError as exc:
        _refuse(f"{exc}{'. ' + exc.advice if exc.advice else ''}")
    except KeyboardInterrupt:
        kept = "; what the model answered is kept, and the same command goes on"
        click.echo(f"interrupted{kept if options['sample'] else ''}", err=True)
        sys.exit(INTERRUPTED)
    if as_json:
        click.echo(json.dumps({**made.as_json(), "curated": curated}))
    else:
        from rich.console import Console

        from workbench.jobs.plan.show import show

        if curated:
            click.echo(", ".join(f"{name} {count:,}" for name, count in curated.items()))
        show(made, Console())
    if made.verdict != "go":
        sys.exit(FELL_SHORT)


def _check_options(options: dict[str, Any]) -> None:
    if options["rollouts"] and options["sample"]:
        raise click.UsageError("--rollouts brings rollouts, --sample asks for them: give one")
    if not (options["rollouts"] or options["sample"]):
        for name in ("curated", "local"):
            if options[name]:
                raise click.UsageError(f"--{name} needs rollouts: --rollouts or --sample")
    if not options["sample"]:
        for name in ("model", "endpoint", "samples"):
            if options[name]:
                raise click.UsageError(f"--{name} is for --sample")


def _refuse(problem: str) -> NoReturn:
    click.echo(f"error: {problem}", err=True)
    sys.exit(BAD_INPUT)


def _plan(file: JobFile, options: dict[str, Any], on_row: Callable[[], None]) -> tuple[Any, Any]:
    from workbench.jobs.plan import make_plan
    from workbench.jobs.plan.account import clients_of
    from workbench.jobs.plan.arithmetic import scale_of

    seen = curated = None
    if options["rollouts"] or options["sample"]:
        from workbench.jobs.plan.forecast import TooFew, forecast
        from workbench.jobs.plan.forecast.rollouts import top_of

        if options["curated"]:  # before anything is asked or paid for
            from workbench.jobs.plan.forecast.curate import check_output

            check_output(options["curated"], _inputs(file, options))
        graded = _graded(file, options, on_row)
        size, top = scale_of(file.job).samples.value, top_of(graded, _bound(file))
        try:
            seen = forecast(graded, size=size, top=top)
        except TooFew as exc:
            raise SettingsError(f"{exc}: {exc.advice}") from exc
        if options["curated"]:
            from workbench.jobs.plan.forecast.curate import curate

            train = _train(file)
            curated = curate(train, options["curated"], graded, least=size, top=top).as_json()
    client = None if options["offline"] else clients_of(file.job.region)
    made = make_plan(file, client=client, seen=seen, tokenizer=options["tokenizer"], on_row=on_row)
    return made, curated


def _graded(file: JobFile, options: dict[str, Any], on_row: Callable[[], None]) -> Rollouts:
    from workbench.aws import asking
    from workbench.grading.backends import deployed, in_process
    from workbench.grading.rows import read_lines
    from workbench.jobs.plan.forecast.rollouts import grade_rollouts

    rows = options["rollouts"] or str(_sampled(file, options, on_row))
    grader, concurrency = file.job.grader, options["concurrency"]
    remote = grader.function and not options["local"]
    if not remote and not grader.name:
        raise SettingsError(f"{file.place('grader.name')}: --local needs the grader's name")
    if not remote:
        return grade_rollouts(read_lines(rows), in_process(grader.name, {}), 1, on_row)
    with asking(f"lambda:InvokeFunction on {grader.function}"):
        backend = deployed(grader.function, file.job.region)
        return grade_rollouts(read_lines(rows), backend, concurrency, on_row)


def _sampled(file: JobFile, options: dict[str, Any], on_row: Callable[[], None]) -> Path:
    """Asks for the rollouts that are not there yet, and returns the file of all of them."""
    from workbench.jobs.plan.arithmetic import scale_of
    from workbench.jobs.plan.forecast.sample import SampleError, Sampling, choose, sample
    from workbench.jobs.services import service_of

    job = file.job
    if options["endpoint"]:
        job = msgspec.structs.replace(job, service="compatible", endpoint=options["endpoint"])
    sampling = Sampling(
        model=options["model"] or askable(job),
        samples=options["sample"],
        prompts=options["prompts"],
        max_tokens=scale_of(job).max_tokens.value,
        concurrency=options["concurrency"],
    )
    target = _samples(file, options)
    try:
        sample(choose(_train(file), sampling), sampling, service_of(job).chat, target, on_row)
    except SampleError as exc:
        raise SettingsError(f"{exc}; {exc.advice}" if exc.advice else str(exc)) from exc
    return target


def _inputs(file: JobFile, options: dict[str, Any]) -> list[str | Path]:
    data = file.job.data
    given = [file.local(name) for name in (data.train, data.validation) if name]
    kept = options["rollouts"] or _samples(file, options)
    return [file.path, kept, *given]


def _samples(file: JobFile, options: dict[str, Any]) -> Path:
    return options["samples"] or file.folder / "samples.jsonl"


def _train(file: JobFile) -> str:
    train = file.job.data.train
    if not train:
        raise SettingsError(f"{file.place('data')}: this needs train, a file of rows")
    return train if train.startswith("s3://") else str(file.local(train))


def _bound(file: JobFile) -> float:
    """Returns the grader's highest reward; 1 where it is not named."""
    from templates import load_grader

    name = file.job.grader.name
    return load_grader(name).settings.bounds[1] if name else 1.0
