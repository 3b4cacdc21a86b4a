"""Begins a job: by whom, in which folder, and what becomes of a rehearsal that lies there."""

from __future__ import annotations

import importlib
from typing import Any

from workbench.aws import ServiceError
from workbench.jobs.folder import ENDED, JobFolder, State
from workbench.jobs.services import Service, service_of
from workbench.jobs.spec import JobFile


def launch(file: JobFile, *, local: bool = False) -> State:
    """Launches a job, or goes on with a launch that broke off; never makes two.

    Args:
        file: The job.
        local: Rehearses it on this machine, whichever service the file names.

    Raises:
        ServiceError: It could not be launched; what was done is kept, and is not done again.
        FolderError: The folder is not that of a job.
    """
    folder = JobFolder(file.folder)
    service = service_of(file.job, local=local)
    here = folder.state().service if folder.exists() else ""
    wanted = "local" if local else file.job.service
    if here and here != wanted:
        _make_room(folder, here)
    return service.launch(file, folder)


def preview(file: JobFile) -> dict[str, Any]:
    """Returns the request that ``launch`` would send; nobody is asked, nothing is written.

    Raises:
        ServiceError: The job lacks what its service needs, or it has no request at all.
    """
    if file.job.service == "local":
        raise ServiceError("a rehearsal sends no request", "invalid", "leave out --dry-run")
    module = importlib.import_module(f"workbench.jobs.services.{file.job.service}")
    return module.preview(file)


def open_job(file: JobFile) -> tuple[JobFolder, Service]:
    """Returns a launched job's folder, and the service that runs it.

    Raises:
        FolderError: It was never launched.
    """
    folder = JobFolder(file.folder)
    return folder, service_of(file.job, local=folder.state().service == "local")


def _make_room(folder: JobFolder, here: str) -> None:
    """Puts a rehearsal that ended aside, so that the job itself has the folder."""
    state = folder.state()
    if here != "local":
        why = f"{folder.path}: the job runs on {here} already"
        raise ServiceError(why, "invalid", 'give this one another name = "..." in its file')
    if state.status not in ENDED:
        why = f"{folder.path}: a rehearsal of this job is {state.status}"
        raise ServiceError(why, "invalid", "let it end, or `touchstone job stop` it")
    stem, number = f"{folder.path.name}-rehearsal", 1
    while (aside := folder.path.with_name(f"{stem}-{number}" if number > 1 else stem)).exists():
        number += 1
    folder.path.rename(aside)
