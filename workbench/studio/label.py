"""The view in which people mark rollouts, one at a time and by keyboard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from touchstone.contract import Sample, parse
from touchstone.sanitize import one_line
from touchstone.workbench.runs.agreement import GRADER, Agreement, agreements
from touchstone.workbench.runs.labels import (
    Label,
    LabelError,
    Labels,
    in_turn,
    read_name,
    rows_with_labels,
)
from touchstone.workbench.runs.run import Row, Run
from touchstone.workbench.runs.store import find
from touchstone.workbench.studio.forms import read_form
from touchstone.workbench.studio.rollouts import shown
from touchstone.workbench.studio.view import Studio, View

_BEST = 5  # of the marks that are given by key, from 1
_ROWS = 100  # to label unless told otherwise: `judge check` takes 30 to 100
_MOST_ROWS = 5000
_LONGEST_LINE = 200
_DIGITS = 12  # of a number in a form or an address


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who labels what, as the address of the page says.

    Attributes:
        by: The labeller.
        rows: How many rows are to be labelled.
        seed: Draws them and their order.
        blind: What the grader said of a row is hidden until it has a mark.
        at: The place of the open row in the order; ``None`` for the first without a mark.
    """

    by: str
    rows: int = _ROWS
    seed: int = 0
    blind: bool = True
    at: int | None = None

    @classmethod
    def read(cls, told: Mapping[str, str]) -> Sitting:
        """Reads the parameters of an address, or the fields of a form.

        Raises:
            LabelError: The labeller is nobody, or a number is none.
        """
        at = told.get("at", "")
        return cls(
            by=read_name(told.get("by", "")),
            rows=_whole(told, "rows", _ROWS, 1, _MOST_ROWS),
            seed=_whole(told, "seed", 0, 0, 2**32),
            blind=told.get("blind", "") == "1",
            at=_whole(told, "at", 0, 0, _MOST_ROWS) if at else None,
        )

    def address(self, run: str, at: int | None = None) -> str:
        """Returns the address of a row's page in this sitting."""
        told = {"by": self.by, "rows": self.rows, "seed": self.seed, "blind": int(self.blind)}
        return f"/label/{quote(run)}?{urlencode(told if at is None else told | {'at': at})}"


def _whole(told: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = told.get(name, "").strip()
    if not text:
        return default
    # So short that it is no number without an end.
    if not text.isdecimal() or len(text) > _DIGITS or not low <= int(text) <= high:
        raise LabelError(f"{name}: {text!r:.40} is no whole number from {low} to {high}")
    return int(text)


def _routes(studio: Studio) -> list[Route]:
    def runs(request: Request) -> Response:
        if studio.run:
            return RedirectResponse(f"/label/{quote(studio.run)}")
        return studio.page(request, "label_runs.html.j2", heads=studio.heads())

    def open_run(request: Request) -> Response:
        told = dict(request.query_params)
        with studio.open(request.path_params["run"]) as run:
            if "by" not in told:
                return _people(studio, request, run)
            try:
                sitting = Sitting.read(told)
            except LabelError as exc:
                return _people(studio, request, run, str(exc), told)
            return _row(studio, request, run, sitting)

    async def say(request: Request) -> Response:
        return await run_in_threadpool(_said, studio, request, await read_form(request))

    return [
        Route("/label", runs),
        Route("/label/{run}", open_run, methods=["GET"]),
        Route("/label/{run}", say, methods=["POST"]),
    ]


VIEW = View("Label", "/label", _routes)


def _people(
    studio: Studio,
    request: Request,
    run: Run,
    problem: str = "",
    told: Mapping[str, str] | None = None,
) -> Response:
    """Returns the page of who labelled a run, how far they agree, and where one begins."""
    standing = Labels(studio.folder).standing()
    found = agreements(run, standing)
    rows = rows_with_labels(run, standing)
    counts = {
        labeller: len(rows.keys() & of_one.keys())
        for labeller, of_one in standing.items()
        if rows.keys() & of_one.keys()
    }
    return studio.page(
        request,
        "label_people.html.j2",
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        run=run.head,
        counts=counts,
        found=[(one, _apart(run, one)) for one in found],
        # What people say of the grader is worth little before it is known how far they agree.
        told_of=[one for one in found if one.second != GRADER] or found,
        problem=problem,
        told={"by": "", "rows": _ROWS, "seed": 0, **(told or {})},
        blind=told is None or told.get("blind") == "1",
    )


def _apart(run: Run, one: Agreement) -> list[dict[str, Any]]:
    """Returns the rows that two differ on most, as a table shows them."""
    found = []
    for each in one.apart:
        row = shown(run.head, each.n, run.result(each.n), None)
        said = one_line(str(row.entry.get("reason") or ""), _LONGEST_LINE)
        found.append({"n": each.n, "name": row.name, "first": each.first, "second": each.second,
                      "reason": said})  # fmt: skip
    return found


def _row(
    studio: Studio, request: Request, run: Run, sitting: Sitting, problem: str = "", note: str = ""
) -> Response:
    """Returns the page of one row, or leads to the people's page where none is left."""
    order = _order(run.path, run.count(), sitting.seed, sitting.rows)
    mine = Labels(studio.folder).standing().get(sitting.by, {})
    at = _next(order, mine, 0) if sitting.at is None else sitting.at
    if at is None or at >= len(order):
        return RedirectResponse(f"/label/{quote(run.head.id)}", HTTPStatus.SEE_OTHER)
    sitting = replace(sitting, at=at)
    row = order[at]
    label = mine.get(row.same)
    line, entry = run.result(row.n)
    sample = parse([line.row], run.head.thinking_marks).rows[0]
    if not isinstance(sample, Sample):
        raise LabelError(f"{line.place}: is no sample any more")
    told = label is not None or not sitting.blind
    last = len(order) - 1
    return studio.page(
        request,
        "label_row.html.j2",
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        run=run.head,
        sitting=sitting,
        row=row.same.hex(),
        at=at,
        total=len(order),
        marked=sum(one.same in mine for one in order),
        mark=None if label is None or label.mark is None else 1 + label.mark * (_BEST - 1),
        marks=range(1, _BEST + 1),
        note=note or (label.note if label else ""),
        undo=bool(mine),
        previous=sitting.address(run.head.id, at - 1) if at else "",
        next=sitting.address(run.head.id, at + 1) if at < last else "",
        sample=sample,
        entry=entry if told else None,
        problem=problem,
    )


def _said(studio: Studio, request: Request, form: Mapping[str, str]) -> Response:
    """Keeps a mark, or takes the last one back, and leads on."""
    with studio.open(request.path_params["run"]) as run:
        try:
            sitting = Sitting.read(form)
        except LabelError as exc:
            return _people(studio, request, run, str(exc), form)
        order = _order(run.path, run.count(), sitting.seed, sitting.rows)
        labels = Labels(studio.folder)
        name = run.head.id
        if "undo" in form:
            at = _take_back(labels, sitting, order)
            return RedirectResponse(sitting.address(name, at), HTTPStatus.SEE_OTHER)
        note = form.get("note", "").strip()
        # By what it holds and not by its place, which may be another since the page was made.
        at = next((n for n, row in enumerate(order) if row.same.hex() == form.get("row")), None)
        try:
            if at is None:
                raise LabelError("row: is not among those to label any more")
            mark = _whole(form, "mark", 0, 1, _BEST)
            if not mark:
                raise LabelError("mark: is missing")
            row_id = str(run.result(order[at].n)[1]["id"])
            labels.give(order[at].same, row_id, sitting.by, (mark - 1) / (_BEST - 1), note)
        except LabelError as exc:
            return _row(studio, request, run, sitting, str(exc), note)
        following = _next(order, labels.standing().get(sitting.by, {}), at)
        place = f"/label/{quote(name)}" if following is None else sitting.address(name, following)
        return RedirectResponse(place, HTTPStatus.SEE_OTHER)


def _take_back(labels: Labels, sitting: Sitting, order: list[Row]) -> int | None:
    """Takes back the labeller's last mark of these rows; returns the row's place."""
    places = {row.same: place for place, row in enumerate(order)}
    mine = labels.standing().get(sitting.by, {})
    last = next((row for row in reversed(mine) if row in places), None)
    if last is None:
        return sitting.at
    labels.give(last, mine[last].id, sitting.by, None)
    return places[last]


def _next(order: list[Row], mine: Mapping[bytes, Label], at: int) -> int | None:
    """Returns the place of the first row without a mark, from a place on and around."""
    turned = [*range(at, len(order)), *range(min(at, len(order)))]
    return next((place for place in turned if order[place].same not in mine), None)


@lru_cache(maxsize=8)
def _order(path: Path, count: int, seed: int, most: int) -> list[Row]:  # noqa: ARG001 - part of the key
    """Returns the rows to label; of a run that has grown since, anew."""
    with find(str(path), path.parent) as run:
        return in_turn(run.rows(), seed, most)
