"""Begins a job: whether it may, where, and what becomes of a rehearsal that lies there."""

from __future__ import annotations

from collections.abc import Callable

from touchstone.workbench.aws import ServiceError
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.jobs.folder import ENDED, JobFolder, State
from touchstone.workbench.jobs.lock import alone
from touchstone.workbench.jobs.plan import make_plan
from touchstone.workbench.jobs.plan.account import Client
from touchstone.workbench.jobs.service import Service, launched
from touchstone.workbench.jobs.spec import JobFile


class NotLaunched(WorkbenchError):
    """The plan has errors, and a job costs money; the message lists them."""


def launch(
    file: JobFile,
    service: Service,
    *,
    client: Client | None = None,
    even_so: bool = False,
    on_row: Callable[[], None] = lambda: None,
) -> State:
    """Launches a job, or goes on with a launch that broke off; never makes two.

    Args:
        file: The job.
        service: Who runs it: the one that the file names, or a rehearsal of it.
        client: Makes the account's clients for the plan; ``None`` plans without an account.
        even_so: Launch what the plan says would fail; the job's state then tells what it said.
        on_row: Is called for each row that the plan reads.

    Raises:
        NotLaunched: The plan has errors. Nothing was uploaded, made or asked for.
        ServiceError: It could not be launched; what was done is kept, and is not done again.
        FolderError: The folder is not that of a job.
    """
    folder = JobFolder(file.folder)
    here = folder.state().service if folder.exists() else ""
    wrong: list[str] = []
    # A rehearsal costs nothing; and what is launched already is only looked up.
    if service.name != "local" and not (here == service.name and launched(folder)):
        wrong = _errors(file, client, on_row)
    if wrong and not even_so:
        count = "1 error" if len(wrong) == 1 else f"{len(wrong)} errors"
        raise NotLaunched(
            "\n".join([f"{file.path}: its plan has {count}, so nothing was launched", *wrong]),
            "mend what it names, or launch it with --even-so",
        )
    if here and here != service.name:
        _make_room(folder, here)
    try:
        state = service.launch(file, folder)
    finally:
        if wrong and folder.exists():
            with alone(folder):
                state = folder.update(even_so=wrong)
    return state


def _errors(file: JobFile, client: Client | None, on_row: Callable[[], None]) -> list[str]:
    found = make_plan(file, client=client, on_row=on_row).findings
    return [finding.line for finding in found if finding.severity == "error"]


def _make_room(folder: JobFolder, here: str) -> None:
    """Puts a rehearsal that ended aside, so that the job itself has the folder."""
    state = folder.state()
    if here != "local":
        why = f"{folder.path}: the job runs on {here} already"
        raise ServiceError(why, "invalid", 'give this one another name = "..." in its file')
    if state.status not in ENDED:
        why = f"{folder.path}: a rehearsal of this job is {state.status}"
        raise ServiceError(why, "invalid", "let it end, or `touchstone job stop` it")
    stem, number = f"{folder.path.name}-rehearsal", 1
    while (aside := folder.path.with_name(f"{stem}-{number}" if number > 1 else stem)).exists():
        number += 1
    folder.path.rename(aside)
