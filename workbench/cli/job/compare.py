"""``touchstone job compare``: the base and the tuned model, graded side by side."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeRemainingColumn

from touchstone.workbench.cli.entry import when_interrupted
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.jobs.compare import Compared, compare_asked, compare_kept, plan_of
from touchstone.workbench.jobs.compare.ask import CompareError, read_questions
from touchstone.workbench.jobs.compare.page import table
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.spec import JobFile, load_job
from touchstone.workbench.rehearse.services import service_of


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
    with when_interrupted("\nThe answers so far are kept; the same command goes on."):
        job = load_job(file)
        target = output or job.folder / "compare"
        if prompts is None:
            if base or tuned or function:
                raise CompareError("--base, --tuned and --function need --prompts")
            compared = compare_kept(job, limit)
        else:
            plan = plan_of(
                job, base=base or "", tuned=tuned or "", k=k, temperature=temperature,
                max_tokens=max_tokens,
            )  # fmt: skip
            service = service_of(job.job, local=_rehearsed(job))
            with _bar() as on_answer:
                compared = compare_asked(
                    job, plan, service, read_questions(prompts, limit), target,
                    function=function or "", on_answer=on_answer,
                )  # fmt: skip
        page = compared.write(target)
    _show(job, compared, page, as_json=as_json)


def _rehearsed(job: JobFile) -> bool:
    folder = JobFolder(job.folder)
    return folder.exists() and folder.state().service == "local"


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Shows on a terminal how many answers there are; gives what is told of each."""
    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, disable=not console.is_terminal, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("answers", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show(job: JobFile, compared: Compared, page: Path, *, as_json: bool) -> None:
    comparison = compared.summary()
    if as_json:
        echo(json.dumps({**comparison.as_json(), "judge": compared.about.judge}))
    else:
        Console().print(table(comparison, compared.about.judge))
        echo(page)
        if JobFolder(job.folder).exists():
            here = job.path.parent
            there = "" if here.resolve() == Path.cwd() else f"cd {shlex.quote(str(here))} && "
            where = f"/jobs/{quote(job.job.name)}/compare"
            echo(f"one prompt at a time: `{there}touchstone studio`, its page {where}", err=True)
    if not comparison.scored:
        sys.exit(FELL_SHORT)
