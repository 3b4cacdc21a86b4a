"""``touchstone check``: whether a grader is right and cannot be gamed, before it is paid for."""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from touchstone.config import graders_file
from touchstone.templates import find_grader
from touchstone.workbench.check.cases import (
    Case,
    brings_its_own,
    cases_beside,
    of_other_settings,
    read_cases,
)
from touchstone.workbench.check.junit import junit as as_junit
from touchstone.workbench.check.marks import MarkError, check_marks
from touchstone.workbench.check.opened import local_subject, remote_subject
from touchstone.workbench.check.page import check_page
from touchstone.workbench.check.run import Report, run
from touchstone.workbench.check.show import lines_of
from touchstone.workbench.check.stored import file_of, store
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.whole import check_whole
from touchstone.workbench.cli.progress import row_counter
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.grading.backends import judge_of
from touchstone.workbench.rows.storage import STDIN, DataError

_PATH = click.Path(path_type=Path, dir_okay=False)
_MOST_CASES = 2000  # probes are made from so many rows of a file
_SAMPLES = Path(".touchstone") / "samples"
_MOST_TOKENS = 2048  # of a rollout that is asked for; `job plan` has a job's own limit


class Amount(click.FloatRange):
    """A number that sets a limit: NaN is above none and below none, and would set no limit."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Returns the number."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is no number.", param, ctx)
        return number


@click.command()
@click.argument("grader")
@click.argument("rows", required=False)
@click.option("--function", help="Check this deployed Lambda (name or ARN), whoever wrote it.")
@click.option("--labels", default="", metavar="FIELD", help="Field of people's marks in ROWS.")
@click.option("--sample", type=click.IntRange(2, 64), metavar="K", help="Ask for K rollouts each.")
@click.option("--model", default="", help="Who is asked for them, as its service names it.")
@click.option("--endpoint", default="", help="An OpenAI-compatible API to ask; else Bedrock is.")
@click.option("--prompts", type=click.IntRange(min=2), default=32, help="Ask for so many at most.")
@click.option("--judge", help="Judge to use instead of the configured one.")
@click.option("--budget", type=Amount(min=0), help="Most that judges may cost, in USD.")
@click.option(
    "--time", "seconds", type=Amount(min=1), default=90, show_default=True,
    help="Most seconds that the probes may take.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of everything drawn.")
@click.option(
    "--all", "whole", is_flag=True, help="Ask the gold of every row of ROWS, however many."
)
@click.option("-o", "--output", type=_PATH, help="Keep the report here, not in .touchstone/checks.")
@click.option("--junit", type=_PATH, help="Write the report as JUnit XML, for a CI.")
@click.option("--html", type=_PATH, help="Write the report as one HTML page.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def check(
    grader: str,
    rows: str | None,
    function: str | None,
    labels: str,
    sample: int | None,
    model: str,
    endpoint: str,
    prompts: int,
    judge: str | None,
    budget: float | None,
    seconds: float,
    seed: int,
    whole: bool,
    output: Path | None,
    junit: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Prove that GRADER is right and cannot be gamed.

    Probes are made from ROWS, in any form and with a completion or without; without ROWS, from
    the golden cases beside the grader. --sample asks a model for rollouts of ROWS, and keeps
    them in .touchstone/samples, which a later call goes on with. With --all the gold of every
    row is asked besides, without a limit of time; when it is interrupted, the same command goes
    on. The report is kept in .touchstone/checks, where `job plan`, `job launch` and a deployment
    look for it.

    Exit code 0: all that could be tried holds; 1: something fell short; 2: bad input.
    """
    if function and judge:
        raise click.UsageError("--judge cannot change a deployed function")
    if whole and (not rows or rows == STDIN):
        raise click.UsageError("--all goes through a file of ROWS, which it has to be given")
    if not function:
        find_grader(grader)  # whoever misspells a name is told so, and not that rows are missing
    file = rows or cases_beside(grader)
    if bool(sample) != bool(model) or (sample and not rows):
        raise click.UsageError("--sample needs ROWS and --model, which is nothing without it")
    if sample:
        # Few ask for rollouts, and only they need what a job's plan does.
        from touchstone.workbench.jobs.plan.forecast.sample import Sampling, ask

        target = graders_file().parent / _SAMPLES / f"{Path(file).stem}.jsonl"
        ask(file, Sampling(model, sample, prompts, _MOST_TOKENS), endpoint, target)
        file = str(target)
    cases = _cases(file, grader, labels, own=bool(rows))
    with _opened(grader, function, judge, cases, seed) as subject:
        subject.budget_usd = budget
        verdicts = run(subject, seconds)
        if whole:
            state = file_of(grader, function or "").with_suffix(".gold.json")
            with row_counter() as on_row:
                verdicts.append(check_whole(subject, file, state, on_row))
        report = Report(
            grader, function=function or "", rows_from=file, seed=seed, verdicts=verdicts,
            judge=judge_of(subject.backend, stood_in=subject.stood_in), rows=subject.rows,
            seconds=subject.seconds, usd=subject.usd, version=subject.version,
        )  # fmt: skip
    if as_json:
        echo(json.dumps(report.as_json()))
    else:
        for line in lines_of(report):
            echo(line)
    _keep(report, output)
    if junit:
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_bytes(as_junit(report))
    if html:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(check_page(report), encoding="utf-8")
    sys.exit(0 if report.holds else FELL_SHORT)


def _keep(report: Report, file: Path | None) -> None:
    """Keeps a report; a folder that cannot be written to takes no verdict back."""
    try:
        store(report, file)
    except OSError as exc:
        if file:
            raise
        echo(f"the report is not kept: {exc.filename}: {exc.strerror}; -o says where", err=True)


def _cases(file: str, grader: str, labels: str, *, own: bool) -> list[Case]:
    if not file:
        raise DataError(
            f"{grader} brings no golden cases", "name a file of rows: touchstone check GRADER ROWS"
        )
    cases = list(itertools.islice(read_cases(file, labels), _MOST_CASES))
    if not own and not brings_its_own(grader):
        cases = of_other_settings(cases)
    if not cases:
        raise DataError(f"{file}: holds no rows")
    marks = [case.mark for case in cases if case.mark is not None]
    if labels and not marks:
        raise MarkError(f"{file}: no row has a field {labels!r}", "name the field of the marks")
    if marks:
        check_marks(marks, f"{file}: {labels}")
    return cases


@contextmanager
def _opened(
    grader: str, function: str | None, judge: str | None, cases: list[Case], seed: int
) -> Iterator[Subject]:
    if function:
        yield remote_subject(grader, function, cases, seed)
        return
    overrides: dict[str, Any] = {"judge": judge} if judge else {}
    with local_subject(grader, overrides, cases, seed) as subject:
        yield subject
