"""``touchstone job launch``: begin a job, or rehearse it on this machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from touchstone.workbench.check.stored import last_check
from touchstone.workbench.cli.progress import row_counter
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.jobs.folder import ENDED, JobFolder
from touchstone.workbench.jobs.launch import launch as begin
from touchstone.workbench.jobs.plan.account import clients_of
from touchstone.workbench.jobs.spec import load_job
from touchstone.workbench.rehearse.services import service_of


@click.command()
@click.argument("file", metavar="JOB.TOML", type=click.Path(path_type=Path))
@click.option("--local", is_flag=True, help="Rehearse on this machine, with a small model.")
@click.option("--dry-run", is_flag=True, help="Print the request, and send nothing.")
@click.option("--even-so", is_flag=True, help="Launch it though its plan has errors.")
def launch(file: Path, local: bool, dry_run: bool, even_so: bool) -> None:
    """Check the plan, upload the data, pin the grader and create the job of JOB.TOML.

    What `touchstone job plan` calls an error keeps a job from being launched. The same command
    after any trouble goes on where it broke off, and never makes two jobs. Exit code 0: launched,
    now or before; 1: the service failed, or the job did; 2: bad input, a plan with errors, or no
    access.
    """
    if local and dry_run:
        raise click.UsageError("--dry-run shows a service's request; --local sends none")
    loaded = load_job(file)
    service = service_of(loaded.job, local=local)
    if dry_run:
        echo(json.dumps(service.preview(loaded), indent=2))
        return
    client = None if local else clients_of(loaded.job.region)
    with row_counter() as on_row:
        state = begin(loaded, service, client=client, even_so=even_so, on_row=on_row)
    launched_as = JobFolder(loaded.folder).job_toml()
    echo(f"{state.name}: {state.status}{f' as {state.job_id}' if state.job_id else ''}")
    if launched_as and launched_as != loaded.toml.text:
        echo(f"it was launched with another {file.name}: what changed since is not in it")
    if state.grader:
        echo(f"grader: {state.grader}")
    if state.judge:
        echo(f"judge: {state.judge}")
    if not local:
        job, grader = loaded.job, loaded.job.grader
        found = last_check(grader.name, grader.function, bucket=job.data.output, client=client)
        echo(f"check: the grader {found.shown}")
    for line in state.even_so:
        echo(f"launched even so: {line}")
    if state.status in ENDED:
        echo("it has ended: to train again, give the job another name in its file")
        sys.exit(0 if state.status == "Completed" else FELL_SHORT)
    echo(f"follow it with `touchstone job watch {file}`")
