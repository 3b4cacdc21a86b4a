"""``touchstone job stop``: end a job before its time."""

from __future__ import annotations

from pathlib import Path

import click

from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.jobs.spec import load_job
from touchstone.workbench.rehearse.services import open_job


@click.command()
@click.argument("file", metavar="JOB.TOML", type=click.Path(path_type=Path))
def stop(file: Path) -> None:
    """Stop the job of JOB.TOML; a job that has ended stays as it is.

    Exit code 0: stopped or stopping, or it had ended; 1: the service failed; 2: bad input, or
    no access.
    """
    folder, service = open_job(load_job(file))
    state = service.stop(folder)
    echo(f"{state.name}: {state.status}")
