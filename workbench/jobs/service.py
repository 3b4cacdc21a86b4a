"""What every training service can be asked."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from touchstone.workbench.aws import ServiceError
from touchstone.workbench.jobs.folder import JobFolder, State
from touchstone.workbench.jobs.judge import judge_of
from touchstone.workbench.jobs.spec import Job, JobFile, ServiceName


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
    """One training service. Every call may raise ``ServiceError`` and may be made again.

    Attributes:
        name: As job.toml and a job's folder name it.
    """

    name: ServiceName

    def preview(self, file: JobFile) -> dict[str, Any]:
        """Returns the request that ``launch`` would send; nobody is asked, nothing is written."""
        ...

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
    if (state := launched(folder)) is None:
        why = f"{folder.state().name}: no job was created yet"
        raise ServiceError(why, "missing", "run `touchstone job launch` again")
    return state


def launched(folder: JobFolder) -> State | None:
    """Returns the state of a job that its service knows, ``None`` before it was created."""
    state = folder.state() if folder.exists() else None
    return state if state and state.job_id else None


def no_model(state: State) -> ServiceError:
    """Returns that a job has no tuned model: none yet, or none any more."""
    why = f"{state.name}: there is no tuned model; the job is {state.status}"
    if state.status not in ("Failed", "Stopped"):
        return ServiceError(why, "missing", "wait until `touchstone job watch` ends")
    why += f": {state.message}" if state.message else ""
    return ServiceError(why, "missing", 'mend it, give it another name = "..." and launch it again')


@contextmanager
def beginning(file: JobFile, folder: JobFolder) -> Iterator[None]:
    """Begins a job's folder, or goes on in it; keeps there why the job could not be created.

    What an earlier call did before it broke off stays in the state's details.
    """
    details = folder.state().details if folder.exists() else {}
    job = file.job
    state = State(
        name=job.name, service=job.service, base_model=job.base_model, judge=judge_of(job),
        details=details,
    )  # fmt: skip
    folder.begin(state, file.toml.text)
    try:
        yield
    except ServiceError as exc:
        folder.update(message=str(exc))
        folder.add_event("error", str(exc))
        raise


def note(folder: JobFolder, **details: Any) -> State:
    """Keeps what only this service knows."""
    return folder.update(details={**folder.state().details, **details})


def need(file: JobFile, where: str, keys: Mapping[str, str]) -> None:
    """Refuses a job that lacks what its service needs.

    Args:
        file: The job.
        where: It shall run, for the message: ``on Bedrock``.
        keys: Dotted keys of the file to what it says.

    Raises:
        ServiceError: Some are empty; names them.
    """
    missing = [key for key, value in keys.items() if not value]
    if missing:
        why = f"{file.path}: a job {where} needs {', '.join(missing)}"
        raise ServiceError(why, "invalid", "`touchstone job plan` checks the whole file")


def check_files(file: JobFile) -> None:
    """Refuses local files that are not there, or not as the service reads them.

    Raises:
        ServiceError: A file is missing, or compressed.
    """
    for kind in ("train", "validation"):
        given = getattr(file.job.data, kind)
        if not given or given.startswith("s3://"):
            continue
        if not file.local(given).is_file():
            raise ServiceError(f"{file.place(f'data.{kind}')}: no such file: {given}", "missing")
        if given.endswith(".gz"):
            why = f"{file.place(f'data.{kind}')}: {given} is compressed; the service reads it plain"
            raise ServiceError(why, "invalid", f"gunzip {given}")


def token_of(content: Any) -> str:
    """Returns a token of idempotency: the same content, asked for again, is the same job."""
    text = json.dumps(content, sort_keys=True)
    return f"touchstone-{hashlib.sha256(text.encode()).hexdigest()[:40]}"


def askable(job: Job) -> str:
    """Returns the name that the job's base model answers to.

    The model to tune is named with its context (``:256k``), and Nova 2 answers on demand only
    behind the inference profile of its geography.
    """
    if job.service != "bedrock" or ":custom-model/" in job.base_model:
        return job.base_model
    name = re.sub(r":\d+k$", "", job.base_model.rsplit("/", 1)[-1])
    return f"us.{name}" if name.startswith("amazon.nova-2") and job.region[:3] == "us-" else name
