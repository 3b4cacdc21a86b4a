"""What every training service can be asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from workbench.aws import ServiceError
from workbench.jobs.folder import JobFolder, State
from workbench.jobs.lock import alone
from workbench.jobs.spec import Job, JobFile


@dataclass(frozen=True, slots=True)
class Chat:
    """One answer of a model.

    Attributes:
        text: What it said, its thinking included where the service shows it.
        input_tokens: As the service counts them; likewise ``output_tokens``.
        latency_ms: From the request to the whole answer.
        truncated: It was cut off at the limit.
    """

    text: str
    input_tokens: int
    output_tokens: int
    latency_ms: float
    truncated: bool = False


class Service(Protocol):
    """One training service. Every call may raise ``ServiceError`` and may be made again."""

    def launch(self, file: JobFile, folder: JobFolder) -> State:
        """Uploads, pins the grader and creates the job; goes on where an earlier call broke off.

        What each step did is in the folder's state before the next begins, so that the same
        call, made again, neither uploads nor creates twice.
        """
        ...

    def refresh(self, folder: JobFolder) -> State:
        """Brings what the service knows of the job into its folder."""
        ...

    def stop(self, folder: JobFolder) -> State:
        """Asks the service to stop the job."""
        ...

    def deploy(self, folder: JobFolder) -> State:
        """Makes the tuned model answer on demand; returns at once, ``refresh`` tells when."""
        ...

    def chat(
        self,
        model: str,
        messages: Sequence[dict[str, Any]],
        *,
        max_tokens: int,
        temperature: float,
        seed: int | None = None,
    ) -> Chat:
        """Asks a base or tuned model for one answer to a prompt of the RFT form."""
        ...


def created(folder: JobFolder) -> State:
    """Returns the state of a job that its service knows.

    Raises:
        ServiceError: It was not created yet.
    """
    state = folder.state()
    if not state.job_id:
        why = f"{state.name}: no job was created yet"
        raise ServiceError(why, "missing", "run `touchstone job launch` again")
    return state


def launch_once(
    file: JobFile,
    folder: JobFolder,
    check: Callable[[JobFile], None],
    create: Callable[[JobFile, JobFolder], State],
) -> State:
    """Creates a job unless its folder says that it was; keeps why it could not.

    Args:
        file: The job.
        folder: Its folder.
        check: Raises before anything is begun.
        create: Uploads, pins and creates; goes on where an earlier call broke off.

    Raises:
        ServiceError: A step failed; what was done before it is in the folder.
    """
    with alone(folder):
        old = folder.state() if folder.exists() else None
        if old and old.job_id:
            return old
        check(file)
        state = State(
            name=file.job.name,
            service=file.job.service,
            base_model=file.job.base_model,
            details=old.details if old else {},
        )
        folder.begin(state, file.toml.text)
        try:
            return create(file, folder)
        except ServiceError as exc:
            folder.update(message=str(exc))
            folder.add_event("error", str(exc))
            raise


def askable(job: Job) -> str:
    """Returns the name that the job's base model answers to.

    The model to tune is named with its context (``:256k``), and Nova 2 answers on demand only
    behind the inference profile of its geography.
    """
    if job.service != "bedrock" or ":custom-model/" in job.base_model:
        return job.base_model
    name = re.sub(r":\d+k$", "", job.base_model.rsplit("/", 1)[-1])
    return f"us.{name}" if name.startswith("amazon.nova-2") and job.region[:3] == "us-" else name
