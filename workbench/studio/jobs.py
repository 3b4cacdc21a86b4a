"""Jobs: those of the folder that the studio was started in, each as its report shows it, live."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.folder import ENDED, FolderError, JobFolder, State
from touchstone.workbench.jobs.history import History
from touchstone.workbench.jobs.report import TONES, report_of
from touchstone.workbench.studio import playground
from touchstone.workbench.studio.view import NotThere, Studio, View

_PATH = "/jobs"
# Beside job.toml, where every `touchstone job` command keeps them.
_FOLDER = Path("jobs")


def jobs() -> list[tuple[State, float | None]]:
    """Returns every job with its newest mean reward, the one that was last heard of first.

    A folder that is none of a job, or that cannot be read, is passed over.
    """
    found = []
    for file in _FOLDER.glob("*/state.json"):
        folder = JobFolder(file.parent)
        try:
            found.append((folder.state(), History.of(folder).last(m.REWARD)))
        except FolderError:
            continue
    return sorted(found, key=lambda one: one[0].updated, reverse=True)


def job_folder(name: str) -> JobFolder:
    """Returns the folder of a job.

    Raises:
        NotThere: There is none of that name.
    """
    folder = JobFolder(_FOLDER / name)
    if name in (".", "..") or not folder.exists():
        raise NotThere(f"there is no job {name} in {_FOLDER.resolve()}")
    return folder


def _routes(studio: Studio) -> list[Route]:
    def listed(request: Request) -> Response:
        return studio.page(request, "jobs.html.j2", jobs=jobs(), ended=ENDED, tones=TONES)

    def job(request: Request) -> Response:
        told = report_of(job_folder(request.path_params["job"]))
        live = told["state"].status not in ENDED
        return studio.page(request, "job.html.j2", live=live, layout="studio.html.j2", **told)

    return [
        Route(_PATH, listed),
        Route(f"{_PATH}/{{job}}", job),
        *playground.routes(studio, f"{_PATH}/{{job}}/compare", job_folder),
    ]


VIEW = View("Jobs", _PATH, _routes)
