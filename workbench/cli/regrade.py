"""``touchstone regrade``: files of rows in S3 through a deployed grader, however many there are."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from touchstone.workbench.aws import ServiceError
from touchstone.workbench.cli.entry import again
from touchstone.workbench.cli.grade import grade
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT, Interrupted
from touchstone.workbench.regrade import account
from touchstone.workbench.regrade.money import Estimate, estimate
from touchstone.workbench.regrade.run import (
    HERE_BYTES,
    Regrading,
    begin,
    grade_here,
    resumed,
    write_down,
)
from touchstone.workbench.rows.storage import is_s3
from touchstone.workbench.runs.store import FOLDER, NoSuchRun, find, names_run, runs_folder

_OF_NEW_RUNS = ("--function", "--yes!")


@click.command()
@click.argument("rows")
@click.option("-o", "--output", help="The s3:// folder of results.")
@click.option("--function", help="The deployed grader (name or ARN); of a new run.")
@click.option("--stage", default="dev", show_default=True, help="Whose state machine does it.")
@click.option("--region", default="", help="Where the grader is.")
@click.option("--here/--in-account", "here", default=None, help="Where; by size if neither.")
@click.option("--resume", is_flag=True, help="Go on with the run whose results -o holds.")
@click.option("--yes", is_flag=True, help="Begin without asking.")
@click.option("--grader", help="Of a kept run: grade with this one instead.")
@click.option("--runs", default=runs_folder, show_default=str(FOLDER), help="Where runs are kept.")
@click.option(
    "--only", type=click.Choice(["unscored"]), help="Of a kept run: keep what was scored."
)
@click.option("--json", "as_json", is_flag=True, help="Print the totals as JSON.")
@click.pass_context
def regrade(
    ctx: click.Context,
    rows: str,
    output: str | None,
    function: str | None,
    stage: str,
    region: str,
    here: bool | None,
    resume: bool,
    yes: bool,
    grader: str | None,
    runs: str,
    only: str | None,
    as_json: bool,
) -> None:
    """Grade rows again: of a run that `grade` kept, or of s3:// files with a deployed grader.

    ROWS is the name of a run (`touchstone runs`) for another grader or another version, or only for
    what it left unscored; the new run is compared with `touchstone runs diff`. Or ROWS is an s3://
    file or folder of .jsonl or .jsonl.gz, and the results go to an s3:// folder: small files are
    graded from here, larger ones by the stage's state machine in the account. A run that broke
    off goes on with --resume, and grades no finished part again. Exit code 1: some rows are
    unscored, or some parts failed; 2: bad input, or no access.
    """
    if not is_s3(rows) or names_run(rows):
        _regrade_run(ctx, rows, runs, grader, function, only, as_json=as_json)
        return
    if not output or grader or only:
        raise click.UsageError("rows of s3:// need -o; --grader and --only are of a kept run")
    if bool(function) == resume:
        raise click.UsageError("name --function for a new run, or --resume one that knows its own")
    say = partial(echo, err=True)
    made = (
        resumed(rows, output, region, say)
        if resume
        else begin(rows, output, function or "", region, say)
    )
    here = made.size <= HERE_BYTES if here is None else here
    if not resume:
        _agree(made, estimate(made), yes=yes, here=here)
    with _keeping(made, here=here), _bar(len(made.shards)) as bar:
        if here:
            write_down(made)
            totals = grade_here(made, lambda: bar.advance(bar.task_ids[0]))
        else:
            made = account.start(made, stage)
            totals = account.follow(
                made, lambda done, _: bar.update(bar.task_ids[0], completed=done)
            )
    _report(made, totals, as_json)


def _regrade_run(
    ctx: click.Context,
    name: str,
    runs: str,
    grader: str | None,
    function: str | None,
    only: str | None,
    *,
    as_json: bool,
) -> None:
    """Grades the rows of a kept run as ``touchstone grade`` does."""
    try:
        with find(name, runs) as run:
            head, called = run.head, run.name
    except NoSuchRun as exc:
        said = str(exc) if is_s3(name) else f"{exc}; and {name} does not lie in S3"
        raise NoSuchRun(said, exc.advice) from exc
    ctx.invoke(
        grade,
        grader=grader or head.grader,
        file=f"run:{called}",
        runs=called.rpartition("/")[0] if is_s3(called) else runs,
        function=function or (None if grader else head.function or None),
        only=only,
        as_json=as_json,
    )


def _agree(made: Regrading, cost: Estimate, *, yes: bool, here: bool) -> None:
    where = "from here" if here else "in the account"
    parts = ", ".join(f"{name} {usd:.2f}" for name, usd in cost.usd.items() if usd)
    echo(
        f"about {cost.rows:,} rows in {len(made.shards):,} parts, {cost.calls:,} calls of "
        f"{made.run.function} {where}\n"
        f"about {cost.total:,.2f} USD ({parts}; prices of {cost.as_of}, without an executor's), "
        f"and {cost.minutes(8):,.0f} minutes with 8 calls at once: a call with the first rows took "
        f"{cost.call_s:.1f} s",
        err=True,
    )
    if not yes:
        click.confirm("Begin?", abort=True, err=True)


@contextmanager
def _keeping(made: Regrading, *, here: bool) -> Iterator[None]:
    """Says, where it breaks off, what is kept and which command goes on."""
    command = again("--resume", without=_OF_NEW_RUNS)
    kept = f"finished parts are kept in {made.folder}; go on with: {command}"
    try:
        yield
    except KeyboardInterrupt:
        goes_on = "" if here else "It goes on in the account. "
        raise Interrupted(f"Aborted! {goes_on}{kept[0].upper()}{kept[1:]}") from None
    except ServiceError as exc:
        exc.advice = "\n  ".join(filter(None, (exc.advice, kept)))
        raise


@contextmanager
def _bar(shards: int) -> Iterator[Progress]:
    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        bar.add_task("parts", total=shards)
        yield bar


def _report(made: Regrading, totals: dict[str, Any], as_json: bool) -> None:
    outcomes = Counter[str](totals["outcomes"])
    missing = totals["missing"] if isinstance(totals["missing"], int) else len(totals["missing"])
    said = {"rows": totals["rows"], "outcomes": dict(outcomes), "missing_parts": missing}
    if as_json:
        echo(json.dumps({**said, "folder": made.folder}))
    else:
        counts = ", ".join(f"{name} {count:,}" for name, count in outcomes.most_common())
        echo(f"{totals['rows']:,} rows: {counts}; in {made.folder}")
        if missing:
            command = again("--resume", without=_OF_NEW_RUNS)
            echo(f"{missing} parts failed; grade them with: {command}")
    if missing or set(outcomes) - {"scored"}:
        sys.exit(FELL_SHORT)
