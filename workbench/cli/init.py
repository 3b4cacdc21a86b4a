"""``touchstone init``: a project to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.project import new_project


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--grader", default="first", show_default=True, help="What its grader is called.")
def init(folder: Path, grader: str) -> None:
    """Make a project in FOLDER: a reward of your own with golden cases, and what deploys it.

    It grades, checks and synthesizes as it is. Nothing that is there already is written over.
    """
    for path in new_project(folder, grader):
        echo(f"wrote {path}")
    module = grader.replace("-", "_")
    inside = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    echo("")
    echo(f"{inside}touchstone grade {grader} rewards/{module}.cases.jsonl")
    echo(f"touchstone check {grader}")
    echo("npm ci && touchstone deploy --plan    # needs Node.js, touchstone[infra] and an account")
