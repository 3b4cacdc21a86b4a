"""Who trains in the cloud: one package per service, all behind the same few calls."""

from __future__ import annotations

from collections.abc import Callable

from touchstone.workbench.jobs.service import Service
from touchstone.workbench.jobs.services.bedrock.service import BedrockService
from touchstone.workbench.jobs.services.compatible.service import CompatibleService
from touchstone.workbench.jobs.spec import Job, ServiceName

SERVICES: dict[ServiceName, Callable[[Job], Service]] = {
    "bedrock": BedrockService,
    "compatible": CompatibleService,
}


def service_of(job: Job) -> Service:
    """Returns the service that a job names; a rehearsal (``local``) is none of them."""
    return SERVICES[job.service](job)
