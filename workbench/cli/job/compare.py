"""``touchstone job compare``: the base and the tuned model, graded side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli.exits import BAD_INPUT, FELL_SHORT, INTERRUPTED
from workbench.cli.job.outcome import reported

if TYPE_CHECKING:
    from workbench.jobs.compare.ask import Answers, Plan
    from workbench.jobs.compare.page import About
    from workbench.jobs.compare.pairs import Pair
    from workbench.jobs.folder import JobFolder
    from workbench.jobs.services.base import Service
    from workbench.jobs.spec import JobFile

_MAX_TOKENS = 1024
_CONCURRENCY = 8


@click.command()
@click.argument("file", metavar="JOB.TOML", type=click.Path(path_type=Path))
@click.option("--prompts", metavar="FILE", help="RFT rows to ask both models (- or s3:// too).")
@click.option("--base", metavar="MODEL", help="Base model; the job's by default.")
@click.option("--tuned", metavar="MODEL", help="Tuned model; the job's deployment by default.")
@click.option(
    "--k",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Answers of each model to a prompt.",
)
@click.option("--temperature", type=click.FloatRange(0, 2), default=0.0, show_default=True)
@click.option(
    "--max-tokens", type=click.IntRange(min=1), help="Longest answer; the job's setting by default."
)
@click.option("--limit", type=click.IntRange(min=1), help="Ask only this many prompts.")
@click.option("--function", help="Grade with this deployed Lambda instead of locally.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the results; compare/ in the job's folder by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def compare(
    file: Path, prompts: str | None, base: str | None, tuned: str | None, k: int,
    temperature: float, max_tokens: int | None, limit: int | None, function: str | None,
    output: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Ask the base and the tuned model of JOB.TOML the same prompts, and grade both.

    Without --prompts, what the job kept of its own validations is compared, and no model is
    asked. Writes pairs.jsonl and compare.html. Asked again, it goes on where it broke off.
    Exit code 1: no pair could be scored, or the service failed; 2: bad input, or no access.
    """
    from workbench.data.storage import DataError
    from workbench.jobs.compare.ask import CompareError, Plan
    from workbench.jobs.folder import JobFolder
    from workbench.jobs.spec import load_job

    try:
        with reported():
            loaded = load_job(file)
            folder = JobFolder(loaded.folder)
            target = output or folder.path / "compare"
            if prompts is None:
                if base or tuned or function:
                    raise CompareError("--base, --tuned and --function need --prompts")
                about, pairs = _kept(loaded, folder, limit)
            else:
                local = _is_local(loaded, folder)
                base, tuned = _models(loaded, folder, base, tuned)
                limits = loaded.job.rehearsal.max_tokens if local else None
                limits = limits or loaded.job.hyperparameters.inference_max_tokens or _MAX_TOKENS
                plan = Plan(base, tuned, k, temperature, max_tokens or limits)
                about, pairs = _asked(loaded, plan, prompts, limit, function, target, local=local)
            _finish(about, pairs, target, as_json=as_json)
    except (CompareError, DataError) as exc:
        click.echo(f"error: {exc}", err=True)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        click.echo("\nThe answers so far are kept; the same command goes on.", err=True)
        sys.exit(INTERRUPTED)


def _is_local(loaded: JobFile, folder: JobFolder) -> bool:
    return folder.state().service == "local" if folder.exists() else loaded.job.service == "local"


def _models(
    loaded: JobFile, folder: JobFolder, base: str | None, tuned: str | None
) -> tuple[str, str]:
    """Returns the names of both models; a rehearsal's bundled base model has an empty one."""
    from workbench.jobs.compare.ask import CompareError
    from workbench.jobs.services import askable

    state = folder.state() if folder.exists() else None
    if base is None:
        local = state is not None and state.service == "local"
        base = _rehearsed(loaded, state.base_model) if state and local else askable(loaded.job)
    if tuned is None:
        tuned = (state.deployment or state.tuned_model) if state else ""
        if not tuned:
            raise CompareError(f"{folder.path}: no tuned model yet; name one with --tuned")
    return base, tuned


def _rehearsed(loaded: JobFile, model: str) -> str:
    """Returns a rehearsal's base model as it is found from here; its file names it from there."""
    from workbench.rehearse.model import BUNDLED

    return model if model in ("", BUNDLED) else str(loaded.local(model).resolve())


def _kept(loaded: JobFile, folder: JobFolder, limit: int | None) -> tuple[About, list[Pair]]:
    from workbench.jobs.compare.ask import CompareError
    from workbench.jobs.compare.page import About
    from workbench.jobs.compare.pairs import pairs_of_folder

    state = folder.state()
    pairs, step = pairs_of_folder(folder)
    if not pairs:
        raise CompareError(
            f"{folder.path}: the job kept no validations of both models; ask them with --prompts"
        )
    how = f"the job's own validations: before the first step, and after step {step}"
    grader = state.grader or loaded.job.grader.name or loaded.job.grader.function
    about = About(state.name, state.base_model or "bundled", state.tuned_model, grader, how)
    return about, pairs[:limit]


def _asked(
    loaded: JobFile, plan: Plan, prompts: str, limit: int | None, function: str | None,
    target: Path, *, local: bool,
) -> tuple[About, list[Pair]]:  # fmt: skip
    from workbench.jobs.compare.ask import Answers, read_questions
    from workbench.jobs.compare.grader import grader_of
    from workbench.jobs.compare.page import About
    from workbench.jobs.services import service_of

    grader = loaded.job.grader
    function = function or ("" if grader.name else grader.function)
    # Before a model is asked: a grader that cannot grade would waste every answer.
    backend = grader_of(loaded.job, function)
    questions = read_questions(prompts, limit)
    answers = Answers(target / "answers.jsonl", plan, questions)
    _ask(answers, service_of(loaded.job, local=local), 1 if local else _CONCURRENCY)
    each = f"{plan.k} of each" if plan.k > 1 else "one of each"
    how = f"{each} to {len(questions)} prompts, temperature {plan.temperature:g}"
    name = loaded.job.name
    about = About(name, plan.base or "bundled", plan.tuned, function or grader.name, how)
    return about, answers.grade(backend)


def _ask(answers: Answers, service: Service, concurrency: int) -> None:
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, disable=not console.is_terminal, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("answers", total=len(answers.missing()))
        for _ in answers.ask(service, concurrency=concurrency):
            bar.advance(task)


def _finish(about: About, pairs: Sequence[Pair], target: Path, *, as_json: bool) -> None:
    from rich.console import Console

    from workbench.jobs.compare.page import compare_page, pairs_jsonl, table
    from workbench.jobs.compare.summary import summarize
    from workbench.jobs.output import replacing

    comparison = summarize(pairs)
    target.mkdir(parents=True, exist_ok=True)
    page = target / "compare.html"
    written = {
        target / "pairs.jsonl": pairs_jsonl(pairs),
        page: compare_page(about, pairs, comparison),
    }
    for file, text in written.items():
        with replacing(file) as sink:
            sink.write(text.encode())
    if as_json:
        click.echo(json.dumps(comparison.as_json()))
    else:
        Console().print(table(comparison))
        click.echo(page)
    if not comparison.scored:
        sys.exit(FELL_SHORT)
