"""A job.toml rehearsed on this machine, from its rows to its tuned model."""

from __future__ import annotations

from collections.abc import Iterator

from touchstone.workbench.grading.backends import Backend, deployed, in_process
from touchstone.workbench.jobs.folder import ENDED, JobFolder, State
from touchstone.workbench.jobs.judge import judge_of
from touchstone.workbench.jobs.prompts import problem_of
from touchstone.workbench.jobs.spec import BUNDLED, JobFile
from touchstone.workbench.rehearse.checkpoint import latest
from touchstone.workbench.rehearse.loop import Loop, Prompt
from touchstone.workbench.rehearse.model import Policy, RehearsalError, load
from touchstone.workbench.rows.rft import read_lines
from touchstone.workbench.rows.storage import is_s3


def open_loop(file: JobFile, folder: JobFolder, backend: Backend | None = None) -> Loop:
    """Loads a job's model and rows, and begins its folder or goes on in it.

    Args:
        file: The job.
        folder: Where it is kept.
        backend: The grader; the job's own by default, in this process if it has a name.

    Raises:
        RehearsalError: Something is missing or cannot be used; says what.
    """
    job = file.job
    base = file.local(job.rehearsal.model) if job.rehearsal.model else None
    policy = load(latest(folder.checkpoints) or base)
    train, long = _read(file, job.data.train, policy)
    if not train:
        raise RehearsalError(f"{file.place('data.train')}: no row to train on")
    validation, more = _read(file, job.data.validation, policy) if job.data.validation else ([], 0)
    if not folder.exists():
        state = State(
            name=job.name,
            service="local",
            base_model=job.rehearsal.model or BUNDLED,
            grader=job.grader.name or job.grader.function,
            judge=judge_of(job),
        )
        folder.begin(state, file.path.read_text(encoding="utf-8"))
        if long + more:
            folder.add_event(
                "warn", f"{long + more} prompts are longer than the model's window and left out"
            )
    if backend is None:
        name = job.grader.name
        backend = in_process(name, {}) if name else deployed(job.grader.function, job.region)
    return Loop(policy, job.rehearsal, train, validation, backend, folder)


def follow(loop: Loop, folder: JobFolder) -> Iterator[dict[str, float]]:
    """Runs a loop to its end, its state in the folder told as a service's would be.

    A status of ``Stopping``, set by whoever wants it to stop, is heeded after each step;
    ``Stopped`` and ``Failed`` runs go on from their last checkpoint when asked again.

    Raises:
        RehearsalError: It cannot go on; the state is then ``Failed`` and says why.
    """
    folder.update(status="InProgress", message="", total_steps=loop.settings.steps)
    try:
        for metrics in loop.run():
            yield metrics
            if folder.state().status == "Stopping":
                folder.update(status="Stopped", message=f"stopped after step {loop.step}")
                return
    except BaseException as exc:
        ended = isinstance(exc, (KeyboardInterrupt, GeneratorExit))
        status = "Stopped" if ended else "Failed"
        said = "interrupted" if ended else f"{type(exc).__name__}: {exc}"
        if folder.state().status not in ENDED:
            folder.update(status=status, message=said)
        raise
    folder.update(status="Completed")


def _read(file: JobFile, address: str, policy: Policy) -> tuple[list[Prompt], int]:
    """Returns the rows that fit into the model's window, and how many do not."""
    name = address if is_s3(address) else str(file.local(address))
    most = policy.window - file.job.rehearsal.max_tokens
    prompts, long = [], 0
    for line in read_lines(name):
        row = line.row or {}
        if problem := line.problem or problem_of(row):
            raise RehearsalError(f"{name}:{line.number}: {problem}")
        tokens = policy.encode(row["messages"], row.get("tools"))
        if len(tokens) > most:
            long += 1
        else:
            prompts.append(Prompt(str(row.get("id", line.number)), row, tokens))
    return prompts, long
