"""``touchstone runs show``: one run."""

from __future__ import annotations

import json

import click
import msgspec
from rich.console import Console

from touchstone.workbench.cli.runs.options import AS_JSON, PLACE, STEPS
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.grading.table import summary_table
from touchstone.workbench.grading.why import lines_of
from touchstone.workbench.runs.store import find
from touchstone.workbench.runs.told import told as summary_of


@click.command()
@click.argument("run")
@PLACE
@STEPS
@AS_JSON
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
