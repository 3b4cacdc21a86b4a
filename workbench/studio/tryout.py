"""The view in which one row is typed, graded, compared under two settings, and kept as a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from touchstone.config import graders_file, load_entries
from touchstone.settings import SettingsError
from touchstone.templates import template_names
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.studio.forms import read_form
from touchstone.workbench.studio.query import whole
from touchstone.workbench.studio.tried import (
    Tried,
    keep_case,
    otherwise,
    problem_of,
    read_row,
    tried,
    written_row,
)
from touchstone.workbench.studio.view import Studio, View

_AT_ONCE = 2  # forms that are graded; further ones wait
_SECONDS = 60  # for one grader
_COLUMNS = ("a", "b")
_FIELDS = ("prompt", "completion", "reference", "others")
_ERRORS = (WorkbenchError, SettingsError)
_NO_GRADER = "grader: choose one"


@dataclass(slots=True)
class Column:
    """One grader with its settings, and what it made of the row.

    Attributes:
        name: ``a`` or ``b``, which the names of its fields end in.
        grader: As chosen, ``""`` for none.
        settings: As typed.
        problem: What is wrong, as the command line says it; ``""`` where nothing is.
        tried: What came of the row; ``None`` where there is a problem, or it was not graded.
        expect: What a golden case of it would expect, as JSON.
        kept: Where the golden case that was just kept stands, and its line.
        otherwise: How the result differs from what that case expects.
    """

    name: str
    grader: str = ""
    settings: str = ""
    problem: str = ""
    tried: Tried | None = None
    expect: str = ""
    kept: tuple[str, str] | None = None
    otherwise: str = ""


@dataclass(slots=True)
class Sheet:
    """The form and what came of it.

    Attributes:
        row: Field to what was typed into it.
        columns: One grader, and where wanted another.
        problem: What is wrong with the row.
    """

    row: dict[str, str]
    columns: list[Column] = field(default_factory=lambda: [Column(name) for name in _COLUMNS])
    problem: str = ""

    @property
    def fell_short(self) -> bool:
        """Something on the form has to be mended."""
        return bool(self.problem or any(column.problem for column in self.columns))


def _routes(studio: Studio) -> list[Route]:
    limiter = CapacityLimiter(_AT_ONCE)

    def empty(request: Request) -> Response:
        return _page(studio, request, _of_run(studio, request.query_params))

    async def grade(request: Request) -> Response:
        form = await read_form(request)
        # In threads of their own, so that slow graders hold up no other page.
        sheet = await to_thread.run_sync(_graded, form, limiter=limiter)
        return await to_thread.run_sync(_page, studio, request, sheet)

    return [
        Route("/try", empty, methods=["GET"]),
        Route("/try", grade, methods=["POST"]),
    ]


VIEW = View("Try", "/try", _routes)


def _page(studio: Studio, request: Request, sheet: Sheet) -> Response:
    entries: list[str] = []
    try:
        entries = list(load_entries(graders_file()))
    except SettingsError as exc:
        sheet.problem = "\n".join(filter(None, (sheet.problem, str(exc))))
    return studio.page(
        request,
        "try.html.j2",
        status=HTTPStatus.BAD_REQUEST if sheet.fell_short else HTTPStatus.OK,
        sheet=sheet,
        graders={"graders.toml": entries, "templates": template_names()},
        done=[column for column in sheet.columns if column.tried],
    )


def _of_run(studio: Studio, told: Mapping[str, str]) -> Sheet:
    """Returns a form that holds the row of a run which the address names, or nothing."""
    sheet = Sheet(dict.fromkeys(_FIELDS, ""))
    number = whole(told.get("n", ""))
    if "run" not in told or number is None:
        return sheet
    with studio.open(told["run"]) as run:
        if number >= run.count():
            sheet.problem = f"run {run.head.id} has no row {number}"
            return sheet
        line, _ = run.result(number)
        sheet.columns[0].grader = run.head.grader
    if isinstance(line.row, dict):
        sheet.row |= written_row(line.row)
    return sheet


def _graded(form: Mapping[str, str]) -> Sheet:
    """Does what a form asks for: grades its row, and keeps a case where one is to be kept."""
    columns = [
        Column(name, form.get(f"grader-{name}", ""), form.get(f"settings-{name}", ""))
        for name in _COLUMNS
    ]
    sheet = Sheet({name: form.get(name, "") for name in _FIELDS}, columns)
    if not columns[0].grader:
        columns[0].problem = _NO_GRADER
    try:
        row = read_row(**sheet.row)
    except WorkbenchError as exc:
        sheet.problem = problem_of(exc)
        return sheet
    for column in columns:
        if column.grader:
            if form.get("keep") == column.name:
                _keep(column, row, form.get(f"expect-{column.name}", ""))
            _grade(column, row)
    return sheet


def _keep(column: Column, row: Mapping[str, Any], expect: str) -> None:
    """Keeps the row as a golden case of a column's grader."""
    column.expect = expect  # whatever becomes of it, what was typed stays
    try:
        column.kept = keep_case(column.grader, row, expect)
    except _ERRORS as exc:
        column.problem = problem_of(exc)


def _grade(column: Column, row: Mapping[str, Any]) -> None:
    """Grades the row in one column."""
    try:
        column.tried = tried(column.grader, column.settings, row, _SECONDS)
    except _ERRORS as exc:
        column.problem = "\n".join(filter(None, (column.problem, problem_of(exc))))
        return
    if column.kept:
        column.otherwise = otherwise(column.tried.entry, column.expect)
    column.expect = column.expect or column.tried.expect
