"""Who runs a job: the service that its file names, or a rehearsal on this machine."""

from __future__ import annotations

from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.service import Service
from touchstone.workbench.jobs.services import SERVICES
from touchstone.workbench.jobs.spec import Job, JobFile
from touchstone.workbench.rehearse.service import LocalService


def service_of(job: Job, *, local: bool = False) -> Service:
    """Returns who runs a job.

    Args:
        job: Names its service.
        local: Rehearse it here, whichever service it names.
    """
    return LocalService() if local or job.service == "local" else SERVICES[job.service](job)


def open_job(file: JobFile) -> tuple[JobFolder, Service]:
    """Returns a launched job's folder, and the service that runs it.

    Raises:
        FolderError: It was never launched.
    """
    folder = JobFolder(file.folder)
    return folder, service_of(file.job, local=folder.state().service == "local")
