"""``touchstone runs labels``: how far people agree over a run, and the rows that they marked."""

from __future__ import annotations

import json

import click

from touchstone.graded import line_of
from touchstone.workbench.cli.runs.options import AS_JSON, PLACE
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.rows.storage import STDIN, writing
from touchstone.workbench.runs.agreement import agreements
from touchstone.workbench.runs.labels import LabelError, Labels, labelled
from touchstone.workbench.runs.store import find


@click.command()
@click.argument("run", default="last")
@click.option("--by", multiple=True, metavar="NAME", help="Of these labellers alone.")
@click.option("-o", "--output", help="Write the rows with a label here, as JSONL, each its `mark`.")
@PLACE
@AS_JSON
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
