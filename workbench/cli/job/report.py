"""``touchstone job report``: a job as one HTML page."""

from __future__ import annotations

import json
from pathlib import Path

import click

from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.jobs.details import details_of
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.output import replacing
from touchstone.workbench.jobs.report import report_page
from touchstone.workbench.jobs.spec import load_job


@click.command()
@click.argument("file", metavar="JOB.TOML", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False),
    help="The page's file; report.html in the job's folder by default.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the model's details as JSON instead.")
def report(file: Path, output: Path | None, as_json: bool) -> None:
    """Write the job of JOB.TOML as one HTML page: curves, costs, rollouts that explain them.

    The page is made from the job's folder alone, whether the job still runs or not, and loads
    nothing. Exit code 2: bad input.
    """
    folder = JobFolder(load_job(file).folder)
    if as_json:
        echo(json.dumps(details_of(folder).as_json()))
        return

    page = report_page(folder)
    target = output or folder.path / "report.html"
    with replacing(target) as sink:
        sink.write(page.encode())
    echo(target)
