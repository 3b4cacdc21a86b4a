"""The rollouts that a job's forecast is made from: asked for, graded, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from touchstone.settings import SettingsError
from touchstone.templates import load_grader
from touchstone.workbench.forecast import Forecast, forecast
from touchstone.workbench.forecast.rollouts import Rollouts, grade_rollouts, top_of
from touchstone.workbench.grading.backends import deployed, in_process
from touchstone.workbench.jobs.plan.forecast.curate import Curated, check_output, curate
from touchstone.workbench.jobs.plan.forecast.sample import Sampling, choose, sample
from touchstone.workbench.jobs.scale import scale_of
from touchstone.workbench.jobs.service import Service, askable
from touchstone.workbench.jobs.spec import JobFile
from touchstone.workbench.rows.events import read_events


def samples_of(file: JobFile) -> Path:
    """Returns the file that keeps a job's sampled rollouts."""
    return file.folder / "samples.jsonl"


def ask_rollouts(
    file: JobFile,
    service: Service,
    target: Path,
    *,
    samples: int,
    prompts: int,
    model: str = "",
    concurrency: int = 8,
    on_answer: Callable[[], None] = lambda: None,
) -> None:
    """Asks for the rollouts of a job's prompts that a file does not hold yet.

    Args:
        file: The job.
        service: Who is asked.
        target: The file.
        samples: Rollouts per prompt.
        prompts: At most this many.
        model: As the service names it; the job's base model by default.
        concurrency: Requests at the same time.
        on_answer: Is called for each answer.

    Raises:
        SettingsError: The job names no file of rows.
        DataError: That cannot be read.
        SampleError: The file of rollouts is of another model or limit.
        ServiceError: The model cannot be asked; what it answered is in the file.
    """
    sampling = Sampling(
        model=model or askable(file.job),
        samples=samples,
        prompts=prompts,
        max_tokens=scale_of(file.job).max_tokens.value,
        concurrency=concurrency,
    )
    sample(choose(_train(file), sampling), sampling, service.chat, target, on_answer)


def grade_file(
    file: JobFile,
    rows: str,
    *,
    here: bool = False,
    concurrency: int = 8,
    on_row: Callable[[], None] = lambda: None,
) -> Rollouts:
    """Grades event rows with a job's grader: its function where it names one.

    Args:
        file: The job.
        rows: The file of rows.
        here: Grade in this process, though the job names a function.
        concurrency: Calls of the function at the same time.
        on_row: Is called for each row.

    Raises:
        SettingsError: The job does not name its grader.
        DataError: The rows cannot be read.
        ServiceError: The function cannot be called.
    """
    grader = file.job.grader
    if grader.function and not here:
        backend = deployed(grader.function, file.job.region)
        return grade_rollouts(read_events(rows), backend, concurrency, on_row)
    if not grader.name:
        raise SettingsError(f"{file.place('grader.name')}: --local needs the grader's name")
    return grade_rollouts(read_events(rows), in_process(grader.name, {}), 1, on_row)


def foretell(file: JobFile, graded: Rollouts) -> Forecast:
    """Foretells what a job would learn from.

    Raises:
        TooFew: No prompt has two scored rollouts.
    """
    return forecast(graded, size=scale_of(file.job).samples.value, top=_top(file, graded))


def check_curated(file: JobFile, output: Path, rows: str | Path) -> None:
    """Refuses an output that something else is read from, before anything is paid for.

    Raises:
        DataError: It is the job's file, a dataset of it, or the file of rollouts.
    """
    data = file.job.data
    given = [file.local(name) for name in (data.train, data.validation) if name]
    check_output(output, [file.path, rows, *given])


def curate_train(file: JobFile, output: Path, graded: Rollouts) -> Curated:
    """Writes a job's prompts without those that teach nothing.

    Raises:
        SettingsError: The job names no file of rows.
        DataError: It cannot be read.
        OSError: The output cannot be written.
    """
    least = scale_of(file.job).samples.value
    return curate(_train(file), output, graded, least=least, top=_top(file, graded))


def _train(file: JobFile) -> str:
    train = file.job.data.train
    if not train:
        raise SettingsError(f"{file.place('data')}: this needs train, a file of rows")
    return train if train.startswith("s3://") else str(file.local(train))


def _top(file: JobFile, graded: Rollouts) -> float:
    """Returns the grader's highest reward; of 1 where it is not named."""
    name = file.job.grader.name
    return top_of(graded, load_grader(name).settings.bounds[1] if name else 1.0)
