"""``touchstone job deploy``: let the tuned model answer."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.jobs.spec import load_job
from touchstone.workbench.rehearse.services import open_job


@click.command()
@click.argument("file", metavar="JOB.TOML", type=click.Path(path_type=Path))
@click.option("--wait", is_flag=True, help="Return once it answers.")
@click.option(
    "--interval", type=click.FloatRange(min=0, min_open=True), default=15.0, show_default=True,
    help="Seconds between looks.",
)  # fmt: skip
def deploy(file: Path, wait: bool, interval: float) -> None:
    """Create the on-demand deployment of the model that the job of JOB.TOML made.

    Deployed once however often it is called; one that failed is made again. Exit code 0:
    deployed, or on its way; 1: it failed; 2: bad input, no model yet, or no access.
    """
    folder, service = open_job(load_job(file))
    if not folder.state().tuned_model:
        service.refresh(folder)
    state = service.deploy(folder)
    echo(f"{state.name}: {state.deployment}")
    while wait and state.details.get("deployment_status") == "Creating":
        echo("Creating ...", err=True)
        time.sleep(interval)
        state = service.refresh(folder)
    status = state.details.get("deployment_status", "Active")
    echo(status if status != "Failed" else f"Failed: {state.message}")
    if status == "Failed":
        sys.exit(FELL_SHORT)
