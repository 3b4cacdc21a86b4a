"""The rehearsal as a service: a job's loop in a process of its own on this machine.

The process holds a lock on ``rehearsal.lock`` as long as it lives, so that whoever looks at
the folder knows whether somebody still works in it, however that one ended.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from touchstone.workbench.aws import ServiceError
from touchstone.workbench.jobs.folder import ENDED, JobFolder, State
from touchstone.workbench.jobs.judge import judge_of
from touchstone.workbench.jobs.service import Chat
from touchstone.workbench.jobs.spec import BUNDLED, JobFile, ServiceName, load_job
from touchstone.workbench.rehearse.grpo.launch import command, is_main
from touchstone.workbench.rehearse.job import follow, open_engine
from touchstone.workbench.rehearse.model import Policy, RehearsalError, load
from touchstone.workbench.rehearse.rollout import sample

# Loops that this process started. They outlive it, and are kept so that it can collect them.
_STARTED: list[subprocess.Popen[bytes]] = []
_POLL_S = 0.2
_TRIES = 5


class LocalService:
    """Rehearses a job here; see ``Service`` for its calls."""

    name: ServiceName = "local"

    def preview(self, file: JobFile) -> dict[str, Any]:
        """Refuses: nothing is sent to anybody.

        Raises:
            ServiceError: Always.
        """
        raise ServiceError(
            f"{file.path}: a rehearsal sends no request", "invalid", "leave out --dry-run"
        )

    def launch(self, file: JobFile, folder: JobFolder) -> State:
        """Starts the loop, or goes on from the last checkpoint; returns once it is under way.

        Raises:
            ServiceError: It could not begin: a model, a package or a row is missing.
        """
        if folder.exists() and _is_alive(folder):
            return folder.state()
        if folder.exists() and folder.state().status == "Completed":
            return folder.state()
        state = State(
            name=file.job.name,
            service="local",
            base_model=file.job.rehearsal.model or BUNDLED,
            grader=file.job.grader.name or file.job.grader.function,
            judge=judge_of(file.job),
            total_steps=file.job.rehearsal.steps,
        )
        if folder.exists():
            folder.update(status="Creating", message="", total_steps=state.total_steps)
        else:
            folder.begin(state, file.toml.text)
        with (folder.path / "rehearsal.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - this very module, by accelerate
                command(file.job.rehearsal, [__name__, str(file.path)]),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        _STARTED[:] = [one for one in _STARTED if one.poll() is None] + [process]
        while (state := folder.state()).status == "Creating":
            if process.poll() is not None:
                return self.refresh(folder)
            time.sleep(_POLL_S)
        if state.status == "Failed":
            process.wait()
            raise ServiceError(state.message, "failed")
        return state

    def refresh(self, folder: JobFolder) -> State:
        """Notices a loop that ended without a word; the rest is in the folder already.

        Raises:
            ServiceError: It ended before it began.
        """
        state = folder.state()
        if state.status in ENDED or _is_alive(folder):
            return folder.state()
        state = folder.state()
        if state.status in ENDED:  # it said so between the two looks
            return state
        log = folder.path / "rehearsal.log"
        lines = log.read_text("utf-8", "replace").strip().splitlines() if log.exists() else []
        why = lines[-1] if lines else "the process that rehearsed it was killed"
        began = state.status != "Creating"
        state = folder.update(status="Failed", message=why)
        if not began:
            raise ServiceError(why, "failed")
        return state

    def stop(self, folder: JobFolder) -> State:
        """Ends the loop and waits for it; ``launch`` goes on from its last checkpoint."""
        state = folder.state()
        if state.status in ENDED:
            return state
        with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
            if _is_alive(folder):
                os.kill(int(_lock_file(folder).read_text()), signal.SIGINT)
        while _is_alive(folder):
            time.sleep(_POLL_S)
        state = folder.state()
        return state if state.status in ENDED else folder.update(status="Stopped")

    def deploy(self, folder: JobFolder) -> State:
        """Says where the tuned model is: a folder needs no deployment.

        Raises:
            ServiceError: There is no tuned model yet.
        """
        state = folder.state()
        if not state.tuned_model:
            raise ServiceError(f"{folder.path}: no checkpoint was kept yet", "missing")
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
        """Answers with the bundled model (``""``) or the one in a folder.

        Raises:
            ServiceError: The model cannot be loaded, or it is neither greedy (temperature 0)
                nor as it was trained (1).
        """
        if temperature not in (0, 1):
            raise ServiceError("a rehearsed model answers at temperature 0 or 1", "invalid")
        try:
            policy = _policy(model)
            start = time.perf_counter()
            prompt = policy.encode(messages)
        except RehearsalError as exc:
            raise ServiceError(str(exc), "invalid") from exc
        generator = None
        if temperature:
            import torch

            generator = torch.Generator(policy.device).manual_seed(seed or 0)
        (answer,) = sample(policy, [prompt], max_tokens=max_tokens, generator=generator)
        return Chat(
            policy.decode(answer.tokens),
            input_tokens=len(prompt),
            output_tokens=len(answer.tokens),
            latency_ms=(time.perf_counter() - start) * 1000,
            truncated=not answer.finished,
        )


def rehearse(path: Path) -> None:
    """Runs a job to its end in this process, one of several perhaps; what ``launch`` starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" ignores it
    file = load_job(path)
    folder = JobFolder(file.folder)
    if not is_main():
        _assist(file, folder)
        return
    with _locked(folder):
        try:
            engine = open_engine(file, folder)
        except Exception as exc:
            folder.update(status="Failed", message=str(exc))
            raise
        follow(engine)


def _assist(file: JobFile, folder: JobFolder) -> None:
    """Takes part in a run that another process follows; says only why it cannot, as out of memory.

    Whoever started both ends that one then, without a word.
    """
    try:
        open_engine(file, folder).run()
    except Exception as exc:
        if folder.state().status not in ENDED:
            folder.update(status="Failed", message=f"{type(exc).__name__}: {exc}")
        raise


@contextlib.contextmanager
def _locked(folder: JobFolder) -> Iterator[None]:
    with _lock_file(folder).open("a+") as lock:
        for _ in range(_TRIES):  # whoever looks whether somebody works here holds it briefly
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(_POLL_S)
        else:
            sys.exit(f"{folder.path}: another process rehearses this job")
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _is_alive(folder: JobFolder) -> bool:
    """Tells whether a process works in the folder."""
    with contextlib.suppress(FileNotFoundError), _lock_file(folder).open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _lock_file(folder: JobFolder) -> Path:
    return folder.path / "rehearsal.lock"


@lru_cache(maxsize=2)  # a comparison asks the base and the tuned one in turn
def _policy(model: str) -> Policy:
    return load(None if model in ("", BUNDLED) else Path(model))


if __name__ == "__main__":
    rehearse(Path(sys.argv[1]))
