"""The playground of a job: a prompt that both its models are asked, as `job compare` asks them."""

from __future__ import annotations

import math
import shutil
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path

import msgspec
from anyio import fail_after, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from touchstone.settings import SettingsError
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.jobs.compare import Compared, compare_asked, plan_of
from touchstone.workbench.jobs.compare.ask import CompareError, Question
from touchstone.workbench.jobs.compare.page import About, marks_of
from touchstone.workbench.jobs.compare.pairs import Pair, read_pairs
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.prompts import problem_of as problem_of_row
from touchstone.workbench.jobs.service import token_of
from touchstone.workbench.jobs.spec import JobFile, load_job
from touchstone.workbench.rehearse.services import open_job
from touchstone.workbench.studio.forms import read_form
from touchstone.workbench.studio.tried import FormError, problem_of, read_prompt
from touchstone.workbench.studio.view import NotThere, Studio

_SECONDS = 180  # for all answers and their grading
_MOST_ANSWERS = 8  # of each model, as somebody waits for them
_MOST_LISTED = 200
# The fields of the form, as `job compare` has them where it has them, and what they begin with.
_FIELDS = {
    "prompt": "", "reference": "", "others": "", "base": "", "tuned": "",
    "k": "1", "temperature": "0", "max_tokens": "",
}  # fmt: skip
_ERRORS = (WorkbenchError, SettingsError)


@dataclass(slots=True)
class Sheet:
    """The form and what came of it.

    Attributes:
        typed: Field to what was typed into it.
        problem: What is wrong, as the command line says it.
        pair: What both models said: to what was asked, or to the kept prompt that was chosen.
        about: Who was asked and who graded; ``None`` for a kept prompt.
    """

    typed: dict[str, str]
    problem: str = ""
    pair: Pair | None = None
    about: About | None = None


def routes(studio: Studio, path: str, folder_of: Callable[[str], JobFolder]) -> list[Route]:
    """Returns the page's routes.

    Args:
        studio: Shows it.
        path: Its address, with the parameter ``job``.
        folder_of: Returns the folder of a job by its name, or raises ``NotThere``.
    """
    asking = threading.Lock()

    def shown(request: Request) -> Response:
        folder = folder_of(request.path_params["job"])
        sheet, number = Sheet(dict(_FIELDS)), request.query_params.get("prompt", "")
        if number:
            pairs = read_pairs(_kept(folder))
            if not (number.isdecimal() and int(number) < len(pairs)):
                raise NotThere(f"{_kept(folder)} has no prompt {number}")
            sheet.pair = pairs[int(number)]
        return _page(studio, request, folder, sheet, HTTPStatus.OK)

    async def ask(request: Request) -> Response:
        folder = folder_of(request.path_params["job"])
        form = await read_form(request)
        sheet, late = Sheet({name: form.get(name, "") for name in _FIELDS}), threading.Event()
        try:
            with fail_after(_SECONDS):
                compared = await to_thread.run_sync(
                    _asked, folder, sheet.typed, asking, late, abandon_on_cancel=True
                )
            sheet.about, sheet.pair = compared.about, compared.pairs[0]
        except TimeoutError:
            sheet.problem = (
                f"the answers were not there and graded within {_SECONDS} seconds\n"
                "ask again: it goes on where it broke off"
            )
        except _ERRORS as exc:
            sheet.problem = problem_of(exc)
        except OSError as exc:
            sheet.problem = f"{exc.filename}: {exc.strerror}"
        finally:
            late.set()
        status = HTTPStatus.BAD_REQUEST if sheet.problem else HTTPStatus.OK
        return await to_thread.run_sync(_page, studio, request, folder, sheet, status)

    return [Route(path, shown, methods=["GET"]), Route(path, ask, methods=["POST"])]


def _page(
    studio: Studio, request: Request, folder: JobFolder, sheet: Sheet, status: HTTPStatus
) -> Response:
    models, listed = None, list[tuple[int, Pair]]()
    try:
        listed = list(enumerate(read_pairs(_kept(folder))))
        models = plan_of(_file_of(folder))
    except _ERRORS as exc:  # such as a deployment that is missing: said before somebody types
        sheet.problem = sheet.problem or ("" if sheet.pair else problem_of(exc))
    listed.sort(key=lambda one: -abs(one[1].difference or 0.0))
    return studio.page(
        request,
        "playground.html.j2",
        status=status,
        job=folder.path.name,
        sheet=sheet,
        models=models,
        marks_of=marks_of,
        kept=str(_kept(folder)),
        listed=listed[:_MOST_LISTED],
        count=len(listed),
        seconds=_SECONDS,
        most=_MOST_ANSWERS,
    )


def _asked(
    folder: JobFolder, typed: Mapping[str, str], asking: threading.Lock, late: threading.Event
) -> Compared:
    """Asks both models what a form holds, and has the answers graded.

    Args:
        folder: Of the job.
        typed: Field to what was typed into it.
        asking: Is held by whoever asks.
        late: Set once nobody waits for the answers any more.
    """
    if not asking.acquire(blocking=False):
        raise CompareError(
            "the models are still being asked another prompt", "wait a little, then ask again"
        )
    try:
        row = read_prompt(typed["prompt"], typed["reference"], typed["others"])
        if problem := problem_of_row(row):
            raise FormError(f"prompt: {problem}")
        file = _file_of(folder)
        limit = typed["max_tokens"].strip()
        plan = plan_of(
            file,
            base=typed["base"].strip(),
            tuned=typed["tuned"].strip(),
            k=int(_number("answers of each", typed["k"], int, 1, _MOST_ANSWERS)),
            temperature=_number("temperature", typed["temperature"], float, 0, 2),
            max_tokens=int(_number("longest answer", limit, int, 1)) if limit else None,
        )

        def on_answer(*_: int) -> None:
            if late.is_set():
                raise CompareError("nobody waits for the answers any more")

        # Answers lie there until they are graded: what a failure comes after is not paid twice.
        held = folder.path / "compare" / token_of([asdict(plan), row])
        _, service = open_job(file)
        question = Question("prompt", row)
        compared = compare_asked(file, plan, service, [question], held, on_answer=on_answer)
        if not late.is_set():
            shutil.rmtree(held)
        return compared
    finally:
        asking.release()


def _file_of(folder: JobFolder) -> JobFile:
    """Returns the job as it was launched; its addresses are seen from beside ``jobs/``.

    Raises:
        SettingsError: Its file is not there, or cannot be read.
    """
    kept = load_job(folder.path / "job.toml")
    job = msgspec.structs.replace(kept.job, name=folder.path.name)
    return msgspec.structs.replace(kept, job=job, path=folder.path.parents[1] / "job.toml")


def _number(
    name: str, text: str, kind: Callable[[str], float], least: float, most: float = math.inf
) -> float:
    """Returns the number in a field, or raises ``FormError`` by the field's name."""
    try:
        value = kind(text)
    except ValueError as exc:
        raise FormError(f"{name}: {text!r} is no number") from exc
    if not least <= value <= most:
        wanted = f"{least} or more" if most == math.inf else f"{least} to {most}"
        raise FormError(f"{name}: {text} is not {wanted}")
    return value


def _kept(folder: JobFolder) -> Path:
    return folder.path / "compare" / "pairs.jsonl"
