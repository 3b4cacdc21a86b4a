"""``touchstone runs list``: which runs are kept."""

from __future__ import annotations

import json

import click
import msgspec

from touchstone.workbench.cli.runs.options import AS_JSON, PLACE
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.runs.run import Head
from touchstone.workbench.runs.store import kept


@click.command("list")
@PLACE
@AS_JSON
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
