"""A job.toml rehearsed on this machine, from its rows to its tuned model."""

from __future__ import annotations

from collections.abc import Callable

from touchstone.workbench.grading.backends import Backend, deployed, in_process
from touchstone.workbench.jobs.folder import ENDED, JobFolder, State
from touchstone.workbench.jobs.judge import judge_of
from touchstone.workbench.jobs.prompts import problem_of
from touchstone.workbench.jobs.spec import BUNDLED, JobFile
from touchstone.workbench.rehearse.checkpoint import latest
from touchstone.workbench.rehearse.course import Course, Prompt
from touchstone.workbench.rehearse.engine import Engine
from touchstone.workbench.rehearse.grpo.config import check_installed
from touchstone.workbench.rehearse.grpo.launch import settle
from touchstone.workbench.rehearse.loop import Loop
from touchstone.workbench.rehearse.model import Policy, RehearsalError, load
from touchstone.workbench.rows.rft import read_lines
from touchstone.workbench.rows.storage import is_s3


def open_engine(file: JobFile, folder: JobFolder, backend: Backend | None = None) -> Engine:
    """Loads a job's model and rows, and begins its folder or goes on in it.

    Args:
        file: The job.
        folder: Where it is kept.
        backend: The grader; the job's own by default, in this process if it has a name.

    Raises:
        RehearsalError: Something is missing or cannot be used; says what.
    """
    job, settings = file.job, file.job.rehearsal
    base = file.local(settings.model) if settings.model else None
    engine: Callable[[Policy, Course], Engine] = Loop
    if settings.engine == "trl":
        check_installed(settings.trl)
        settle()
        # It alone needs what it imports.
        from touchstone.workbench.rehearse.grpo.engine import TrlEngine, set_device

        set_device()
        engine, policy = TrlEngine, load(base, settings.trl.precision)
    else:
        policy = load(latest(folder.checkpoints) or base)
    train, long = _read(file, job.data.train, policy)
    if not train:
        raise RehearsalError(f"{file.place('data.train')}: no row to train on")
    validation, more = _read(file, job.data.validation, policy) if job.data.validation else ([], 0)
    if not folder.exists():
        state = State(
            name=job.name,
            service="local",
            base_model=settings.model or BUNDLED,
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
    return engine(policy, Course(settings, train, validation, backend, folder))


def follow(engine: Engine, on_step: Callable[[dict[str, float]], object] = lambda _: None) -> None:
    """Runs an engine to its end, its state in the folder told as a service's would be.

    A status of ``Stopping``, set by whoever wants it to stop, is heeded after each step;
    ``Stopped`` and ``Failed`` runs go on from their last checkpoint when asked again.

    Args:
        engine: What trains.
        on_step: Is shown each step's metrics.

    Raises:
        RehearsalError: It cannot go on; the state is then ``Failed`` and says why.
    """
    folder = engine.course.folder
    folder.update(status="InProgress", message="", total_steps=engine.course.settings.steps)

    def go_on(metrics: dict[str, float]) -> bool:
        on_step(metrics)
        return folder.state().status != "Stopping"

    try:
        engine.run(go_on)
    except BaseException as exc:
        status = "Stopped" if isinstance(exc, KeyboardInterrupt) else "Failed"
        said = "interrupted" if status == "Stopped" else f"{type(exc).__name__}: {exc}"
        if folder.state().status not in ENDED:
            folder.update(status=status, message=said)
        raise
    if folder.state().status == "Stopping":
        folder.update(status="Stopped", message=f"stopped after step {engine.step}")
    else:
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
