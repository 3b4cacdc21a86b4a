"""``touchstone versions``: what was published, who needs it, and what may go."""

from __future__ import annotations

import json

import click
import msgspec

from touchstone.config import graders_file
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.deploy.running import running
from touchstone.workbench.deploy.versions import Version, prune
from touchstone.workbench.deploy.versions import versions as list_versions


@click.command()
@click.option("--stage", default="dev", show_default=True, help="A stage of cdk.json.")
@click.option(
    "--keep", type=click.IntRange(1), default=3, show_default=True,
    help="So many of each function's newest are kept to go back to.",
)  # fmt: skip
@click.option("--prune", "prunes", is_flag=True, help="Delete those that nobody names.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def versions(stage: str, keep: int, prunes: bool, as_json: bool) -> None:
    """List the versions of a stage's functions, and who names each: an alias, a job, the stack.

    Run it where the job folders are: jobs behind the OpenAI-compatible API are known by them.
    """
    found = list_versions(stage, running(graders_file().parent), keep)
    if as_json:
        echo(json.dumps(msgspec.to_builtins(found)))
    else:
        for one in found:
            echo(f"{one.function}:{one.number}  {', '.join(one.named_by) or 'nobody'}")
    unnamed = [one for one in found if not one.named_by]
    for one in prune(unnamed) if prunes else ():
        echo(f"deleted {_said(one)}", err=as_json)


def _said(one: Version) -> str:
    return f"{one.function}:{one.number}"
