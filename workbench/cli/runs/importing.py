"""``touchstone runs import``: what a job's graders recorded becomes runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from touchstone.workbench.aws import ServiceError
from touchstone.workbench.cli.progress import row_counter
from touchstone.workbench.cli.runs.options import AS_JSON, PLACE
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.jobs.folder import ENDED, JobFolder
from touchstone.workbench.jobs.spec import JobFile, load_job
from touchstone.workbench.rehearse.services import open_job
from touchstone.workbench.rows.storage import is_s3
from touchstone.workbench.runs.bring import Brought, bring
from touchstone.workbench.runs.records import Records, of_folder, of_s3


@click.command("import")
@click.argument("source")
@click.option("--rows", multiple=True, help="The job's rows, to put prompts and references back.")
@click.option("--grader", default="", help="Of s3:// records: of this grader alone.")
@click.option("--version", default="", help="Of s3:// records: of this version alone.")
@PLACE
@AS_JSON
def import_(
    source: str, rows: tuple[str, ...], grader: str, version: str, where: str, data: bool
) -> None:
    """Bring a job's graded rollouts into runs, to show, diff and regrade them as any other.

    SOURCE is a JOB.TOML or a job's folder (a rehearsal's too): its rollouts, its answers to
    validation prompts and its comparison become a run each. Or it is the s3:// prefix of the
    records that deployed graders leave, or a folder with a copy of it: the records of one
    grader's version become a run. The same command brings what is new since; of a job that still
    runs, it asks the service first.
    """
    found = _records(source, list(rows), grader, version)
    told = []
    for records in found:
        with row_counter() as on_row:
            brought = bring(records, where, on_row)
        if brought.rows:
            told.append(brought)
    if data:
        echo(json.dumps([_brought(one) for one in told]))
        return
    if not told:
        echo(f"{source}: no rollouts")
    for one in told:
        head = one.head
        echo(f"{head.file}: {one.rows:,} rollouts, {one.new:,} of them new, run {one.name}")
        if head.untold:
            echo(f"  {head.untold:,} completions were not recorded: these cannot be graded again")


def _records(source: str, rows: list[str], grader: str, version: str) -> list[Records]:
    path = Path(source)
    if not is_s3(source):
        folder = JobFolder(load_job(path).folder if path.suffix == ".toml" else path)
        if path.suffix == ".toml" or folder.exists():
            if grader or version:
                raise click.UsageError("--grader and --version choose among s3:// records")
            if path.suffix == ".toml":
                _refresh(load_job(path))
            return of_folder(folder, rows)
    return of_s3(source, rows, grader, version)


def _refresh(file: JobFile) -> None:
    """Brings what the service knows into the job's folder, if the job may still tell news."""
    folder, service = open_job(file)
    if folder.state().status not in ENDED:
        try:
            service.refresh(folder)
        except ServiceError as exc:
            echo(f"{exc}; what {folder.path} holds is brought", err=True)


def _brought(one: Brought) -> dict[str, Any]:
    head = one.head
    told = {"run": one.name, "file": head.file, "grader": head.grader, "version": head.version}
    return told | {"rollouts": one.rows, "new": one.new, "untold": head.untold}
