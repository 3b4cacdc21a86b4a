"""``touchstone job export``: a job as another trainer runs it."""

from __future__ import annotations

from pathlib import Path

import click

from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.jobs.spec import load_job
from touchstone.workbench.jobs.verl import export as export_verl


@click.command()
@click.argument("file", metavar="JOB.TOML", type=click.Path(path_type=Path))
@click.option("--engine", type=click.Choice(["verl"]), required=True, help="Who shall run it.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, file_okay=False),
    help="The folder; verl in the job's folder by default.",
)  # fmt: skip
@click.option("--model", default="", help="Folder or Hub name; [rehearsal] model by default.")
def export(file: Path, engine: str, output: Path | None, model: str) -> None:
    """Write the job of JOB.TOML for another trainer: settings, rows and the reward.

    Nothing is trained. What it prints is the command that does, on a machine with GPUs. Exit
    code 2: bad input.
    """
    loaded = load_job(file)
    folder = output or loaded.folder / engine
    command = export_verl(loaded, folder, model)
    echo(f"{folder}: job.yaml, reward.py and the rows")
    echo(command)
