"""``touchstone runs``: the runs that ``touchstone grade`` kept, one of them, or two compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console

from touchstone.graded import line_of
from touchstone.sanitize import one_line
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.grading.summary import Summary, group_of
from touchstone.workbench.grading.table import summary_table
from touchstone.workbench.grading.why import LONGEST, Why, lines_of
from touchstone.workbench.rows.storage import STDIN, writing
from touchstone.workbench.runs.agreement import agreements
from touchstone.workbench.runs.diff import Diff, as_json, diff
from touchstone.workbench.runs.labels import LabelError, Labels, labelled
from touchstone.workbench.runs.run import Head, Run
from touchstone.workbench.runs.store import FOLDER, find, kept

_FOLDER = click.option(
    "--runs", "folder", default=str(FOLDER), show_default=True, help="Where runs are kept."
)
_AS_JSON = click.option("--json", "data", is_flag=True, help="Print JSON.")


@click.group()
def runs() -> None:
    """List, show and compare the runs that `touchstone grade` kept.

    A run is named by its id or the beginning of it, by `last` or `previous`, or by the path of
    its file.
    """


@runs.command("list")
@_FOLDER
@_AS_JSON
def list_(folder: str, data: bool) -> None:
    """List the runs that are kept, the oldest first."""
    heads = kept(Path(folder))
    if data:
        echo(json.dumps([msgspec.to_builtins(head) for head in heads]))
        return
    if not heads:
        echo(f"no runs are kept in {folder}")
        return
    for head in heads:
        echo(_listed(head))


@runs.command()
@click.argument("run")
@_FOLDER
@_AS_JSON
def show(run: str, folder: str, data: bool) -> None:
    """Show RUN: its summary, why rows are unscored, and which earn least and most."""
    with find(run, Path(folder)) as one:
        head, told = one.head, one.head.summary or _told(one)
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
@_AS_JSON
def diff_(before: str, after: str, folder: str, data: bool) -> None:
    """Compare two runs over the same rows, by default the last two.

    Rows are paired by what they hold. Says how the mean changed, with an interval over prompts;
    which rows changed; and what became of groups of rollouts: flat ones, those in another order,
    and advantages with the other sign, which is what training would have learned otherwise.
    """
    with find(before, Path(folder)) as old, find(after, Path(folder)) as new:
        found = diff(old, new)
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
def labels(run: str, by: tuple[str, ...], output: str | None, folder: str, data: bool) -> None:
    """Show how far people who labelled RUN agree, with each other and with the grader.

    People label in `touchstone studio`. The file that -o writes is what `touchstone check ROWS
    --labels mark` and `touchstone judge check` read; of several people's marks each row has the
    mean. Exit code 2: nobody labelled a row of the run.
    """
    with find(run, Path(folder)) as one:
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


def _told(run: Run) -> dict[str, Any]:
    """Returns the summary of a run that broke off."""
    summary, why = Summary(), Why()
    for line, entry in run.graded():
        summary.add(entry, group_of(line.row))
        why.add(line, entry)
    return summary.as_json(run.head.judge) | {"rows_per_second": None, "why": why.as_json()}


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
    if told["most"]:
        said.append("changed most")
    for one in told["most"]:
        old, new = one["before"], one["after"]
        said.append(f"  {old['reward']:.3f} to {new['reward']:.3f} {new['place']}, {new['id']}")
        said += [
            f"    was: {one_line(old['reason'], LONGEST)}",
            f"    now: {one_line(new['reason'], LONGEST)}",
        ]
    return said
