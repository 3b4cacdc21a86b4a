"""``touchstone data split``: a training and a validation file that share nothing."""

from __future__ import annotations

import json

import click

from touchstone.workbench.cli.progress import row_counter
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.data.split import Division, How
from touchstone.workbench.data.split import split as run
from touchstone.workbench.rows.storage import shown


@click.command()
@click.argument("file")
@click.option(
    "--validation", "share", type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.1, show_default=True, help="Share of the rows to hold out.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Another seed, other rows.")
@click.option("--group", default="", metavar="FIELD", help="Keep equal values together.")
@click.option("--stratify", default="", metavar="FIELD", help="Hold out the share of each value.")
@click.option("-o", "--output", metavar="PREFIX", help="What the names of the two begin with.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def split(
    file: str,
    share: float,
    seed: int,
    group: str,
    stratify: str,
    output: str | None,
    as_json: bool,
) -> None:
    """Divide FILE into PREFIX.train.jsonl and PREFIX.validation.jsonl.

    Rows with the same or nearly the same prompt stay together, and so do those of one value
    of --group. What a line holds is copied byte for byte. A FIELD may lead into an object with
    a dot: reference_answer.decision. PREFIX is FILE without its ending unless -o says otherwise.

    Exit code 2: FILE cannot be read or divided; then nothing is written.
    """
    prefix = output or file.removesuffix(".gz").removesuffix(".jsonl")
    with row_counter() as on_row:
        division = run(file, prefix, How(share, seed, group, stratify), on_row=on_row)
    if as_json:
        echo(json.dumps(division.as_json()))
    else:
        _print(division)


def _print(division: Division) -> None:
    echo(f"{division.train_rows:>9,} rows  {shown(division.train)}")
    echo(f"{division.validation_rows:>9,} rows  {shown(division.validation)}")
    echo(
        f"{division.rows:>9,} rows  read, in {division.groups:,} groups that stay together; "
        f"the largest has {division.largest_group:,}"
    )
    for name, (rows, held_out) in division.strata.items():
        echo(f"{name}: {held_out:,} of {rows:,} held out ({held_out / rows:.1%})")
