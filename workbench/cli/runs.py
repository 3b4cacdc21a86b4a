"""``touchstone runs``: the runs that ``touchstone grade`` kept, one of them, or two compared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from touchstone.graded import line_of
from touchstone.sanitize import one_line
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.cli.progress import row_counter
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.grading.table import summary_table
from touchstone.workbench.grading.why import LONGEST, lines_of
from touchstone.workbench.jobs.folder import ENDED, JobFolder
from touchstone.workbench.jobs.spec import JobFile, load_job
from touchstone.workbench.rehearse.services import open_job
from touchstone.workbench.rows.storage import STDIN, is_s3, writing
from touchstone.workbench.runs.agreement import agreements
from touchstone.workbench.runs.bring import Brought, bring
from touchstone.workbench.runs.diff import Diff, as_json, diff
from touchstone.workbench.runs.labels import LabelError, Labels, labelled
from touchstone.workbench.runs.records import Records, of_folder, of_s3
from touchstone.workbench.runs.run import Head
from touchstone.workbench.runs.store import FOLDER, find, kept, runs_folder
from touchstone.workbench.runs.told import told as summary_of

_FOLDER = click.option(
    "--runs", "where", default=runs_folder, show_default=str(FOLDER),
    help="Where runs are kept: a folder or an s3:// prefix.",
)  # fmt: skip


class Steps(click.ParamType):
    """Steps of training: ``7``, or ``7-20`` with both ends."""

    name = "steps"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        """Returns the steps."""
        match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", str(value))
        if match is None:
            self.fail(f"{value!r} is no step, as 7, and no steps, as 7-20", param, ctx)
        return range(int(match[1]), int(match[2] or match[1]) + 1)


_STEPS = click.option("--steps", type=Steps(), help="Rollouts of these alone, as 7 or 7-20.")
_STEPS_SHOWN = 40  # of a difference
_AS_JSON = click.option("--json", "data", is_flag=True, help="Print JSON.")


@click.group()
def runs() -> None:
    """List, show and compare kept runs, and make runs of what a job's graders recorded.

    A run is named by its id or the beginning of it, by `last` or `previous`, or by the path of
    its file; with s3://bucket/prefix/ before it, of those that are kept there.
    """


@runs.command("list")
@_FOLDER
@_AS_JSON
def list_(where: str, data: bool) -> None:
    """List the runs that are kept, the oldest first."""
    heads = kept(where)
    if data:
        echo(json.dumps([msgspec.to_builtins(head) for head in heads]))
        return
    if not heads:
        echo(f"no runs are kept in {where}")
        return
    for head in heads:
        echo(_listed(head))


@runs.command("import")
@click.argument("source")
@click.option("--rows", multiple=True, help="The job's rows, to put prompts and references back.")
@click.option("--grader", default="", help="Of s3:// records: of this grader alone.")
@click.option("--version", default="", help="Of s3:// records: of this version alone.")
@_FOLDER
@_AS_JSON
def import_(
    source: str, rows: tuple[str, ...], grader: str, version: str, where: str, data: bool
) -> None:
    """Bring a job's graded rollouts into runs, to show, diff and regrade them as any other.

    SOURCE is a JOB.TOML or a job's folder (a rehearsal's too): its rollouts, its answers to
    validation prompts and its comparison become a run each. Or it is the s3:// prefix of the
    records that deployed graders leave, or a folder with a copy of it: the records of one
    grader's version become a run. The same command brings what is new since; of a job that still
    runs, it asks the service first.
    """
    found = _records(source, list(rows), grader, version)
    told = []
    for records in found:
        with row_counter() as on_row:
            brought = bring(records, where, on_row)
        if brought.rows:
            told.append(brought)
    if data:
        echo(json.dumps([_brought(one) for one in told]))
        return
    if not told:
        echo(f"{source}: no rollouts")
    for one in told:
        head = one.head
        echo(f"{head.file}: {one.rows:,} rollouts, {one.new:,} of them new, run {one.name}")
        if head.untold:
            echo(f"  {head.untold:,} completions were not recorded: these cannot be graded again")


def _records(source: str, rows: list[str], grader: str, version: str) -> list[Records]:
    path = Path(source)
    if not is_s3(source):
        folder = JobFolder(load_job(path).folder if path.suffix == ".toml" else path)
        if path.suffix == ".toml" or folder.exists():
            if grader or version:
                raise click.UsageError("--grader and --version choose among s3:// records")
            if path.suffix == ".toml":
                _refresh(load_job(path))
            return of_folder(folder, rows)
    return of_s3(source, rows, grader, version)


def _refresh(file: JobFile) -> None:
    """Brings what the service knows into the job's folder, if the job may still tell news."""
    folder, service = open_job(file)
    if folder.state().status not in ENDED:
        try:
            service.refresh(folder)
        except ServiceError as exc:
            echo(f"{exc}; what {folder.path} holds is brought", err=True)


def _brought(one: Brought) -> dict[str, Any]:
    head = one.head
    told = {"run": one.name, "file": head.file, "grader": head.grader, "version": head.version}
    return told | {"rollouts": one.rows, "new": one.new, "untold": head.untold}


@runs.command()
@click.argument("run")
@_FOLDER
@_STEPS
@_AS_JSON
def show(run: str, where: str, steps: range | None, data: bool) -> None:
    """Show RUN: its summary, why rows are unscored, and which earn least and most."""
    with find(run, where) as one:
        head = one.head
        told = head.summary if head.summary and steps is None else summary_of(one, steps)
    if data:
        echo(json.dumps(msgspec.to_builtins(head) | {"summary": told}))
        return
    echo(f"{head.id}: {head.file}, version {head.version or 'unknown'}")
    echo(f"began {head.began}, " + (f"ended {head.ended}" if head.ended else "has not ended"))
    Console().print(summary_table(head.grader, told))
    for line in lines_of(told["why"]):
        echo(line)


@runs.command("diff")
@click.argument("before", default="previous")
@click.argument("after", default="last")
@_FOLDER
@_STEPS
@_AS_JSON
def diff_(before: str, after: str, where: str, steps: range | None, data: bool) -> None:
    """Compare two runs over the same rows, by default the last two.

    Rows are paired by what they hold. Says how the mean changed, with an interval over prompts;
    which rows changed; and what became of groups of rollouts: flat ones, those in another order,
    and advantages with the other sign, which is what training would have learned otherwise: step
    by step where the rows are a job's rollouts, and by name those that turned most.
    """
    with find(before, where) as old, find(after, where) as new:
        found = diff(old, new, steps=steps)
        told = as_json(found, old, new)
    if data:
        echo(json.dumps(told))
        return
    echo("\n".join(_said(found, told)))


@runs.command()
@click.argument("run", default="last")
@click.option("--by", multiple=True, metavar="NAME", help="Of these labellers alone.")
@click.option("-o", "--output", help="Write the rows with a label here, as JSONL, each its `mark`.")
@_FOLDER
@_AS_JSON
def labels(run: str, by: tuple[str, ...], output: str | None, where: str, data: bool) -> None:
    """Show how far people who labelled RUN agree, with each other and with the grader.

    People label in `touchstone studio`. The file that -o writes is what `touchstone check ROWS
    --labels mark` and `touchstone judge check` read; of several people's marks each row has the
    mean. Exit code 2: nobody labelled a row of the run.
    """
    with find(run, where) as one:
        every = Labels(one.path.parent).standing()
        found = {name: given for name, given in every.items() if not by or name in by}
        told = agreements(one, found)
        if not told:
            raise LabelError(
                f"run {one.head.id}: no row has a label" + (f" by {' or '.join(by)}" if by else ""),
                "touchstone studio has a page to label rows on",
            )
        if output:
            with writing(output) as sink:
                for row in labelled(one, found):
                    sink.write(line_of(row))
    if data:
        echo(json.dumps([each.as_json() for each in told]), err=output == STDIN)
        return
    for each in told:
        echo(str(each), err=output == STDIN)


def _listed(head: Head) -> str:
    told = head.summary
    said = f"{head.id}  {head.grader}"
    if not told:
        return f"{said}  has not ended, of {head.file}"
    said += "" if told["mean"] is None else f"  mean {told['mean']:.4f}"
    said += f"  {told['rows']} rows, {sum(told['unscored'].values())} unscored, of {head.file}"
    usd = told["judge"].get("cost_usd")
    said += f", judged by {head.judge}" if head.judge else ""
    return said if usd is None else f"{said} for {usd:.4f} USD"


def _said(found: Diff, told: dict[str, Any]) -> list[str]:
    first, second = told["runs"]
    said = [f"{first} ({told['graders'][0]}) to {second} ({told['graders'][1]})"]
    if told["versions"][0] == told["versions"][1] != "":
        said.append("the same version of the grader")
    said.append(f"{found.paired} rows in both, of {found.before} and {found.after}")
    if found.gain and found.mean_before is not None and found.mean_after is not None:
        ends = found.gain.interval
        unsure = "too few to tell" if found.changed else "no row moved"
        sure = f"95 % between {ends[0]:+.4f} and {ends[1]:+.4f}" if ends else unsure
        said.append(
            f"mean reward {found.mean_before:.4f} to {found.mean_after:.4f}: "
            f"{found.gain.value:+.4f}, {sure}"
        )
    said.append(
        f"{found.changed} rows have another reward; {found.lost} are unscored now, and "
        f"{found.won} are scored that were not"
    )
    groups = found.groups
    if groups.groups:
        said.append(
            f"{groups.groups} groups of rollouts: flat {groups.flat_before} to "
            f"{groups.flat_after}, in another order {groups.flipped}; {groups.turned} of "
            f"{groups.rollouts} advantages have the other sign"
        )
    if found.usd_before or found.usd_after:
        said.append(f"judges took {found.usd_before:.4f} USD, then {found.usd_after:.4f}")
    said += list(_by_step(found))
    if told["turned_most"]:
        said.append("turned most")
    for one in told["turned_most"]:
        old, new = one["before"], one["after"]
        said.append(
            f"  advantage {old['advantage']:+.2f} to {new['advantage']:+.2f} {_rollout(new)}, "
            f"reward {old['reward']:.3f} to {new['reward']:.3f}"
        )
    if told["most"]:
        said.append("changed most")
    for one in told["most"]:
        old, new = one["before"], one["after"]
        said.append(f"  {old['reward']:.3f} to {new['reward']:.3f} {_rollout(new)}")
        said += [
            f"    was: {one_line(old['reason'], LONGEST)}",
            f"    now: {one_line(new['reason'], LONGEST)}",
        ]
    return said


def _rollout(one: dict[str, Any]) -> str:
    step = "" if one["step"] is None else f", step {one['step']}"
    return f"{one['place']}, {one['id']}{step}"


def _by_step(found: Diff) -> Iterator[str]:
    """Yields a line for each step, or for each of as many as can be read, evenly apart."""
    if found.steps:
        yield "step  mean reward       advantages turned"
    stride = -(-len(found.steps) // _STEPS_SHOWN)
    for one in found.steps[:: stride or 1]:
        groups = one.groups
        yield (
            f"{one.step:4}  {one.mean_before:.4f} to {one.mean_after:.4f}  "
            f"{groups.turned} of {groups.rollouts}"
        )
    if stride > 1:
        yield f"(every {stride}. of {len(found.steps)} steps; --json has all)"
