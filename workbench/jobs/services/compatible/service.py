"""Open-weight models behind Bedrock's OpenAI-compatible API, through OpenAI's own client.

The API knows no token of idempotency. So the uploaded file's name carries a hash of all that
makes the job, and before a file or a job is made, one of that name is looked for.

Source: Bedrock user guide, "Create a fine-tuning job with the OpenAI-compatible APIs".
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from touchstone.workbench.aws import ADVICE, PASSING, ServiceError, Trouble, sha256, trouble_of
from touchstone.workbench.jobs.folder import ENDED, JobFolder, State
from touchstone.workbench.jobs.lock import alone
from touchstone.workbench.jobs.observed.log import GraderLog, unseen
from touchstone.workbench.jobs.observed.steps import TimedSteps
from touchstone.workbench.jobs.service import (
    Chat,
    beginning,
    check_files,
    created,
    launched,
    need,
    no_model,
    note,
    token_of,
)  # fmt: skip
from touchstone.workbench.jobs.services.compatible.events import (
    STATUS,
    Update,
    end_of,
    iso,
    moment,
    update_of,
)
from touchstone.workbench.jobs.spec import Job, JobFile, ServiceName, without_parameter

if TYPE_CHECKING:
    from openai import OpenAI

_KEYS = ("AWS_BEARER_TOKEN_BEDROCK", "OPENAI_API_KEY")
# The API's names of what a job may set.
_HYPERPARAMETERS = {
    "epoch_count": "n_epochs", "batch_size": "batch_size",
    "learning_rate_multiplier": "learning_rate_multiplier",
}  # fmt: skip
_WAITS_S = (1.0, 4.0)  # before the job is asked for again
_PINNED = re.compile(r"arn:[^:]*:lambda:[^:]+:\d{12}:function:[^:]+:\d+")
# Access is by a key of its own.
_ADVICE: dict[Trouble, str] = {
    **ADVICE,
    "denied": "the key's identity needs AmazonBedrockMantleFullAccess, and lambda:InvokeFunction "
    "on the grader",
    "expired": f"make a new Bedrock API key, and set {_KEYS[0]}",
}


class CompatibleService:
    """Runs jobs behind the OpenAI-compatible API; see ``Service`` for its calls."""

    name: ServiceName = "compatible"

    def __init__(self, job: Job) -> None:
        self._job = job
        self._log = GraderLog(job)

    def launch(self, file: JobFile, folder: JobFolder) -> State:
        """Uploads, pins the grader, creates the job; goes on where an earlier call broke off.

        Raises:
            ServiceError: A step failed; what was done before it is in the folder.
        """
        with alone(folder):
            if state := launched(folder):
                return state
            _check(file)
            with beginning(file, folder):
                return self._create(file, folder)

    def preview(self, file: JobFile) -> dict[str, Any]:
        """Returns the request, files named by their paths.

        Raises:
            ServiceError: The job lacks what this API needs, or sets what it has no parameter for.
        """
        _check(file)
        data = file.job.data
        return _body(file, file.job.grader.function, data.train, data.validation)

    def refresh(self, folder: JobFolder) -> State:
        """Reads the job, its events and its checkpoints into the folder.

        Raises:
            ServiceError: The service could not be asked, or knows no such job.
        """
        with alone(folder):
            state = created(folder)
            with self._asking("reading the job"):
                job = self._client.fine_tuning.jobs.retrieve(state.job_id)
                events = list(self._client.fine_tuning.jobs.list_events(state.job_id, limit=100))
            # The newest come first, and those of one second have no other order.
            events.reverse()
            events.sort(key=lambda event: event.created_at)
            told = [(event, update_of(event)) for event in events]
            updates = [update for _, update in told if update]
            self._take(folder, told)
            status = STATUS.get(job.status, state.status)
            if status == "Completed" and "checkpoints" not in state.details:
                with self._asking("reading the checkpoints"):
                    found = list(self._client.fine_tuning.jobs.checkpoints.list(state.job_id))
                kept = [
                    {"step": one.step_number, "model": one.fine_tuned_model_checkpoint}
                    for one in found
                ]
                note(folder, checkpoints=kept)
            message = job.error.message if job.error else ""
            if status != state.status:
                level = "error" if status == "Failed" else "info"
                folder.add_event(level, f"{status}{': ' if message else ''}{message}")
            folder.update(
                status=status,
                message=message or state.message,
                tuned_model=job.fine_tuned_model or "",
            )
            # What may fail comes after what must be known.
            self._log.read(
                folder,
                TimedSteps({one.step: one.ms for one in reversed(updates)}),  # the first of a step
                begin=moment(job.created_at),
                end=end_of(job),
                theirs=frozenset(name for one in updates for name in one.metrics),
            )
            return folder.state()

    def stop(self, folder: JobFolder) -> State:
        """Cancels the job, which cannot be taken back.

        Raises:
            ServiceError: The service could not be asked, or there is no job.
        """
        with alone(folder):
            state = created(folder)
            if state.status in (*ENDED, "Stopping"):
                return state
            with self._asking("cancelling the job"):
                job = self._client.fine_tuning.jobs.cancel(state.job_id)
            folder.add_event("info", "asked the service to stop the job")
            status = STATUS.get(job.status, "Stopping")
            return folder.update(status=status if status in ENDED else "Stopping")

    def deploy(self, folder: JobFolder) -> State:
        """Says that the tuned model answers as it is: this API has no deployments.

        Raises:
            ServiceError: There is no tuned model.
        """
        state = folder.state()
        if not state.tuned_model:
            raise no_model(state)
        note(folder, deployment_status="Active")
        return folder.update(deployment=state.tuned_model)

    def chat(
        self,
        model: str,
        messages: Sequence[dict[str, Any]],
        *,
        max_tokens: int,
        temperature: float,
        seed: int | None = None,
    ) -> Chat:
        """Asks a base or tuned model, or a checkpoint, for a chat completion.

        Raises:
            ServiceError: It did not answer.
        """
        start = time.perf_counter()
        given: dict[str, Any] = {} if seed is None else {"seed": seed}
        turns: Any = list(messages)
        with self._asking(f"asking {model}"):
            reply = self._client.chat.completions.create(
                model=model, messages=turns, max_completion_tokens=max_tokens,
                temperature=temperature, **given,
            )  # fmt: skip
        (choice, *_), usage = reply.choices, reply.usage
        return Chat(
            choice.message.content or "",
            input_tokens=usage.prompt_tokens if usage else 0,
            output_tokens=usage.completion_tokens if usage else 0,
            latency_ms=(time.perf_counter() - start) * 1000,
            truncated=choice.finish_reason == "length",
        )

    @cached_property
    def _client(self) -> OpenAI:
        from openai import OpenAI

        key = next((value for name in _KEYS if (value := os.environ.get(name))), "")
        if not key or not key.isascii():
            said = "is set" if not key else "holds a key: it is not plain text"
            why = f"no API key: neither {_KEYS[0]} nor {_KEYS[1]} {said}"
            raise ServiceError(why, "expired", _ADVICE["expired"])
        base = self._job.endpoint or f"https://bedrock-mantle.{self._job.region}.api.aws/v1"
        return OpenAI(base_url=base, api_key=key, timeout=60)

    @contextmanager
    def _asking(self, action: str) -> Iterator[None]:
        """Turns what the client raises into a ``ServiceError``."""
        import openai

        try:
            yield
        except openai.APIStatusError as exc:
            code = exc.status_code
            trouble = trouble_of(str(code))
            message = f"{action}: {exc.message} ({code})"
            raise ServiceError(message, trouble, _ADVICE[trouble]) from exc
        except openai.APIConnectionError as exc:
            why = f"{action}: {self._client.base_url} cannot be reached: {exc.__cause__ or exc}"
            raise ServiceError(why, "network", _ADVICE["network"]) from exc
        except AttributeError as exc:  # the client hands on what is no JSON as plain text
            why = f"{action}: {self._client.base_url} does not answer as this API does"
            raise ServiceError(why, "invalid", "check the endpoint in the job's file") from exc
        except openai.OpenAIError as exc:
            raise ServiceError(f"{action}: {exc}", "failed", _ADVICE["failed"]) from exc

    def _create(self, file: JobFile, folder: JobFolder) -> State:
        _ = self._client  # without a key nothing is worth beginning
        grader = self._pin(folder, file.job.grader.function)
        marked = token_of([_body(file, grader, *_digests(file)), file.job.name])[:27]
        ids = [self._upload(file, folder, kind, marked) for kind in ("train", "validation")]
        body = _body(file, grader, *ids)
        more = {key: body[key] for key in body.keys() - {"model", "training_file"}}

        def make(client: OpenAI) -> str:
            with self._asking("creating the job"):
                return client.fine_tuning.jobs.create(
                    model=file.job.base_model, training_file=ids[0], extra_body=more
                ).id

        job_id = self._once(lambda: self._job_of(ids[0]), make)
        state = folder.update(job_id=job_id, status="InProgress", message="")
        folder.add_event("info", f"created {job_id} with grader {grader}")
        return state

    def _pin(self, folder: JobFolder, function: str) -> str:
        """Returns the grader at one version; an ARN that names one does without access to AWS."""
        try:
            return self._log.pin(folder, function)
        except ServiceError as exc:
            if exc.trouble in ("missing", "invalid") or not _PINNED.fullmatch(function):
                raise
            unseen(folder, exc)
            return folder.update(grader=function).grader

    def _upload(self, file: JobFile, folder: JobFolder, kind: str, marked: str) -> str:
        given = getattr(file.job.data, kind)
        if not given:
            return ""
        name, path = f"{marked}-{kind}.jsonl", file.local(given)

        def look() -> str:
            with self._asking("looking for the uploaded file"):
                files = (one for one in self._client.files.list() if one.filename == name)
                return next((one.id for one in files if one.bytes == path.stat().st_size), "")

        def make(client: OpenAI) -> str:
            with self._asking(f"uploading {given}"), path.open("rb") as stream:
                return client.files.create(file=(name, stream), purpose="fine-tune").id

        found = self._once(look, make)
        note(folder, **{f"{kind}_file": str(Path(path).resolve()), f"{kind}_id": found})
        return found

    def _once(self, look: Callable[[], str], make: Callable[[OpenAI], str]) -> str:
        """Returns the id of what ``look`` finds, or else of what ``make`` makes.

        The client's own retries would make a second one where only the answer was lost.
        """
        waits = iter(_WAITS_S)
        while not (found := look()):
            try:
                return make(self._client.with_options(max_retries=0))
            except ServiceError as exc:
                wait = next(waits, None)
                if wait is None or exc.trouble not in PASSING:
                    raise
                time.sleep(wait)
        return found

    def _job_of(self, training_file: str) -> str:
        """Returns the job that this very launch made before it was cut off, ``""`` if none."""
        with self._asking("looking for the job"):
            jobs = self._client.fine_tuning.jobs.list(limit=100)
            return next((job.id for job in jobs if job.training_file == training_file), "")

    def _take(self, folder: JobFolder, told: Sequence[tuple[Any, Update | None]]) -> None:
        """Writes events that are new into the folder; the API does not say their order."""
        state = folder.state()
        known = set(state.details.get("events", []))
        step, total = state.step, state.total_steps
        for event, update in told:
            if event.id in known:
                continue
            known.add(event.id)
            if update is None:
                folder.add_event(event.level, event.message, iso(event.created_at))
                continue
            step, total = max(step, update.step), update.total or total
            folder.add_metrics(update.step, update.metrics, iso(event.created_at))
        folder.update(step=step, total_steps=total)
        note(folder, events=sorted(known))


def _body(file: JobFile, grader: str, train: str, validation: str) -> dict[str, Any]:
    given = msgspec.structs.asdict(file.job.hyperparameters)
    numbers = {theirs: given[ours] for ours, theirs in _HYPERPARAMETERS.items()}
    reinforcement: dict[str, Any] = {
        "grader": {"type": "lambda", "lambda": {"function": grader}},
        "hyperparameters": {name: value for name, value in numbers.items() if value is not None},
    }
    body = {
        "model": file.job.base_model, "training_file": train, "validation_file": validation,
        "method": {"type": "reinforcement", "reinforcement": reinforcement},
    }  # fmt: skip
    return {key: value for key, value in body.items() if value}


def _digests(file: JobFile) -> tuple[str, str]:
    data = file.job.data
    return (
        sha256(file.local(data.train)),
        sha256(file.local(data.validation)) if data.validation else "",
    )


def _check(file: JobFile) -> None:
    job = file.job
    needed = {
        "base_model": job.base_model, "data.train": job.data.train,
        "grader.function": job.grader.function,
    }  # fmt: skip
    need(file, "behind this API", needed)
    if unheard := [f"{file.place(key)}: {key}" for key in without_parameter(job)]:
        why = f"this API has no parameter for {', '.join(unheard)}"
        raise ServiceError(why, "invalid", "leave it out of the job's file")
    for kind in ("train", "validation"):
        if getattr(job.data, kind).startswith("s3://"):
            why = f"{file.place(f'data.{kind}')}: this API takes uploaded files, not S3 addresses"
            raise ServiceError(why, "invalid", "copy it here and name the local file")
    check_files(file)
