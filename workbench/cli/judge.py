"""``touchstone judge``: whether a judge is any good, before a job is paid for."""

from __future__ import annotations

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.grading.judges import Checked, check, read_marked
from touchstone.workbench.stats import Estimate, Share


@click.group()
def judge() -> None:
    """Find out whether a judge is any good for GRADER."""


@judge.command("check")
@click.argument("grader")
@click.argument("file")
@click.option(
    "--judge", "judges", multiple=True, required=True, help="A candidate; several are compared."
)
@click.option("--draws", type=click.IntRange(1, 20), default=2, help="Judge each row so often.")
@click.option("--scale", nargs=2, type=float, default=(0.0, 1.0), help="Where marks begin and end.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check_(
    grader: str,
    file: str,
    judges: tuple[str, ...],
    draws: int,
    scale: tuple[float, float],
    as_json: bool,
) -> None:
    """Hold judges for GRADER against the marks of people.

    FILE has rows with a completion and a person's `mark` each, 30 to 100 of them; a `language`
    is read where there is one. Exit code 1: a judge brought no verdict to some rows; 2: bad input,
    or a judge that answers nobody.
    """
    low, high = scale
    if low >= high:
        raise click.BadParameter("the first must be the lower one", param_hint="--scale")
    rows = read_marked(file, scale)
    checked = [check(grader, candidate, rows, draws) for candidate in judges]
    if as_json:
        echo(json.dumps([one.as_json() for one in checked]))
    else:
        Console(stderr=not sys.stdout.isatty()).print(_table(grader, checked))
    sys.exit(FELL_SHORT if any(one.faults for one in checked) else 0)


def _table(grader: str, checked: list[Checked]) -> Table:
    table = Table(title=f"{grader}, {checked[0].rows} rows", title_justify="left")
    table.add_column("")
    for one in checked:
        table.add_column(one.judge.replace("#", "\n#"), overflow="fold")
    columns = [_column(one) for one in checked]
    for what in columns[0]:
        table.add_row(what, *(column[what] for column in columns))
    return table


def _column(one: Checked) -> dict[str, str]:
    biases = "\n".join(f"{name} {_told(found)}" for name, found in one.language_bias.items())
    faults = "\n".join(f"{cause} {n} of {one.verdicts}" for cause, n in one.faults.items())
    return {
        "rows scored": f"{one.scored} of {one.rows}",
        "agreement (rank correlation)": _told(one.agreement),
        "off by": _told(one.off),
        "flips between draws": _told(one.flips),
        "flips with levels turned round": _told(one.position),
        "first level is favoured": _told(one.position_bias),
        "longer is favoured": _told(one.length_bias),
        "favours by language": biases or "-",
        "faults": faults or "none",
        "USD per row": "unknown" if one.usd_per_row is None else f"{one.usd_per_row:.6f}",
        "tokens per row": "{:.0f} + {:.0f}".format(*one.tokens_per_row),
        "seconds per row": f"{one.seconds_per_row:.2f}",
    }


def _told(found: Estimate | Share | None) -> str:
    if found is None:
        return "-"
    interval: Any = (found.low, found.high)
    known = None not in interval
    return f"{found.value:.2f}" + (" ({:.2f} to {:.2f})".format(*interval) if known else "")
