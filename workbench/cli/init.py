"""``touchstone init``: a project to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from touchstone.config import FILE_NAME
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.graders.scaffold import module_of
from touchstone.workbench.project import FIRST, new_project


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option("--grader", default="", help=f"What its first grader is called.  [default: {FIRST}]")
def init(folder: Path, grader: str) -> None:
    """Make a project in FOLDER: a reward of your own with golden cases, and what deploys it.

    It grades, checks and synthesizes as it is. Where FOLDER has a graders.toml, it is given what
    deploys its graders. Nothing that is there already is written over.
    """
    begun = (folder / FILE_NAME).exists()
    for path in new_project(folder, grader):
        echo(f"wrote {path}")
    inside = "" if folder == Path() else f"cd {shlex.quote(str(folder))} && "
    deploy = (
        "npm ci && touchstone deploy --plan    # needs Node.js, touchstone[infra] and an account"
    )
    echo("")
    if begun:
        echo(f"{inside}{deploy}")
        return
    grader = grader or FIRST
    echo(f"{inside}touchstone grade {grader} rewards/{module_of(grader)}.cases.jsonl")
    echo(f"touchstone check {grader}")
    echo(deploy)
