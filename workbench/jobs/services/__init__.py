"""Who trains: one module per service, all behind the same few calls."""

from __future__ import annotations

import importlib

from workbench.jobs.services.base import Chat, Service, askable
from workbench.jobs.spec import Job

__all__ = ["Chat", "Service", "askable", "service_of"]


def service_of(job: Job, *, local: bool = False) -> Service:
    """Returns the service that the job names, or the local one for a rehearsal of it."""
    module = importlib.import_module(f"{__name__}.{'local' if local else job.service}")
    return module.make(job)
