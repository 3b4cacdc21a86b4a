"""Begins a job: in which folder, and what becomes of a rehearsal that lies there."""

from __future__ import annotations

from workbench.aws import ServiceError
from workbench.jobs.folder import ENDED, JobFolder, State
from workbench.jobs.service import Service
from workbench.jobs.spec import JobFile


def launch(file: JobFile, service: Service) -> State:
    """Launches a job, or goes on with a launch that broke off; never makes two.

    Args:
        file: The job.
        service: Who runs it: the one that the file names, or a rehearsal of it.

    Raises:
        ServiceError: It could not be launched; what was done is kept, and is not done again.
        FolderError: The folder is not that of a job.
    """
    folder = JobFolder(file.folder)
    here = folder.state().service if folder.exists() else ""
    if here and here != service.name:
        _make_room(folder, here)
    return service.launch(file, folder)


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
