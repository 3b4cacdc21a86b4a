"""A job's folder: the same files whichever service runs it, and all that the viewers read.

``state.json`` is replaced as a whole; the ``.jsonl`` files only grow, a whole line at a time,
so that a reader beside a writer, or after a crash, sees every line that was finished.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from touchstone.workbench.errors import WorkbenchError

Status = Literal["Creating", "InProgress", "Completed", "Failed", "Stopping", "Stopped"]
Level = Literal["info", "warn", "error"]
ENDED = ("Completed", "Failed", "Stopped")


class FolderError(WorkbenchError):
    """The folder is not one of a job, or a file of it cannot be read; bad input, named."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where a job stands.

    Attributes:
        name: The job's.
        service: ``bedrock``, ``compatible`` or ``local``.
        status: In Bedrock's words.
        job_id: The service's own name for it: an ARN, ``ftjob-...``; ``""`` before there is one.
        created: When it was asked for, ISO 8601 in UTC; likewise ``updated`` and ``ended``.
        base_model: Where it began.
        tuned_model: What came out, once something did: an ARN, an id or a folder.
        deployment: Of the tuned model, an ARN; ``""`` before ``deploy``.
        grader: What rewards: the pinned function, or the local grader's name.
        judge: Who judges for it, as graders.toml says here; ``""`` where nobody, or unknown.
        even_so: What its plan said would fail, where it was launched all the same.
        step: Updates made.
        total_steps: Updates planned; 0 where it is not known.
        open_step: What is known so far of the step that is not complete: the names of metrics,
            and ``rollouts``; empty where nothing is.
        message: Why it failed or stopped.
        details: What only one service knows: addresses of uploads, tokens of idempotency.
    """

    name: str
    service: str
    status: Status = "Creating"
    job_id: str = ""
    created: str = ""
    updated: str = ""
    ended: str = ""
    base_model: str = ""
    tuned_model: str = ""
    deployment: str = ""
    grader: str = ""
    judge: str = ""
    even_so: list[str] = []
    step: int = 0
    total_steps: int = 0
    open_step: dict[str, float] = {}
    message: str = ""
    details: dict[str, Any] = {}


class _Metrics(msgspec.Struct):
    step: int
    time: str
    metrics: dict[str, float]


class JobFolder:
    """Reads and writes one job's folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints that a rehearsal keeps."""
        return self.path / "checkpoints"

    def exists(self) -> bool:
        """Tells whether a job was ever begun here."""
        return (self.path / "state.json").exists()

    def state(self) -> State:
        """Returns where the job stands.

        Raises:
            FolderError: There is no job here, or its state cannot be read.
        """
        file = self.path / "state.json"
        try:
            return msgspec.json.decode(file.read_bytes(), type=State)
        except FileNotFoundError as exc:
            advice = "launch it with `touchstone job launch`"
            raise FolderError(f"{self.path}: no job was launched here", advice) from exc
        except (OSError, msgspec.MsgspecError) as exc:
            raise FolderError(f"{file}: {exc}") from exc

    def begin(self, state: State, job_toml: str) -> State:
        """Makes the folder of a new job."""
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / "job.toml").write_text(job_toml, encoding="utf-8")
        return self._save(msgspec.structs.replace(state, created=now()))

    def job_toml(self) -> str:
        """Returns the job's file as it was launched, ``""`` where somebody took it away.

        Raises:
            FolderError: It cannot be read.
        """
        file = self.path / "job.toml"
        try:
            return file.read_text(encoding="utf-8") if file.exists() else ""
        except (OSError, ValueError) as exc:
            raise FolderError(f"{file}: {exc}") from exc

    def update(self, **changes: Any) -> State:
        """Changes the state, and notes when."""
        state = msgspec.structs.replace(self.state(), **changes)
        if state.status in ENDED and not state.ended:
            state = msgspec.structs.replace(state, ended=now())
        elif state.status not in ENDED and state.ended:
            state = msgspec.structs.replace(state, ended="")
        return self._save(state)

    def add_metrics(self, step: int, metrics: Mapping[str, float], time: str = "") -> None:
        """Adds numbers of a step; a later line of the same step adds to, or replaces, them."""
        self._append("metrics", [{"step": step, "time": time or now(), "metrics": dict(metrics)}])

    def add_event(self, level: Level, message: str, time: str = "") -> None:
        """Notes what happened, for a person."""
        self._append("events", [{"time": time or now(), "level": level, "message": message}])

    def add_rollouts(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Keeps graded rollouts of training."""
        self._append("rollouts", rows)

    def add_evaluation(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Keeps graded answers to the validation prompts, of ``base`` or ``tuned``."""
        self._append("evaluation", rows)

    def metrics(self) -> dict[int, dict[str, float]]:
        """Returns step to numbers, in the order of the steps."""
        steps: dict[int, dict[str, float]] = {}
        for line in self._lines("metrics", _Metrics):
            steps.setdefault(line.step, {}).update(line.metrics)
        return dict(sorted(steps.items()))

    def times(self) -> dict[int, str]:
        """Returns step to the time of its first numbers: validation may come much later."""
        times: dict[int, str] = {}
        for line in self._lines("metrics", _Metrics):
            times.setdefault(line.step, line.time)
        return dict(sorted(times.items()))

    def events(self) -> list[dict[str, Any]]:
        """Returns what happened, oldest first."""
        return list(self._lines("events", dict[str, str]))

    def rollouts(self) -> Iterator[dict[str, Any]]:
        """Yields the rollouts that were kept."""
        return self._lines("rollouts", dict[str, Any])

    def evaluation(self) -> Iterator[dict[str, Any]]:
        """Yields the graded answers to the validation prompts."""
        return self._lines("evaluation", dict[str, Any])

    def _save(self, state: State) -> State:
        state = msgspec.structs.replace(state, updated=now())
        part = self.path / f"state.json.{os.getpid()}"
        part.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=2) + b"\n")
        part.replace(self.path / "state.json")
        return state

    def _append(self, kind: str, rows: Iterable[Mapping[str, Any]]) -> None:
        text = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
        with (self.path / f"{kind}.jsonl").open("a+b") as sink:
            if sink.tell():
                sink.seek(-1, os.SEEK_END)
                if sink.read(1) != b"\n":  # whoever wrote it last was killed in the middle
                    sink.seek(0)
                    sink.truncate(sink.read().rfind(b"\n") + 1)
            sink.write(text.encode())

    def _lines(self, kind: str, form: Any) -> Iterator[Any]:
        file = self.path / f"{kind}.jsonl"
        if not file.exists():
            return
        with file.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if not line.endswith(b"\n"):
                    return  # still being written
                try:
                    yield msgspec.json.decode(line, type=form)
                except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
                    raise FolderError(f"{file}:{number}: {exc}") from exc


def now() -> str:
    """Returns the time, ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
