"""What a view is, and what it is handed: the runs that the studio shows, and how it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.rows.storage import is_s3
from touchstone.workbench.runs.run import SUFFIX, Head, Run
from touchstone.workbench.runs.store import NoSuchRun, find, folder_of, kept
from touchstone.workbench.studio.index import Index, Indexer
from touchstone.workbench.studio.page import render


class NotThere(WorkbenchError):
    """An address names what there is not, such as a row of a run."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What every view is handed.

    Attributes:
        where: The folder or the ``s3://`` prefix that keeps the runs that it shows.
        run: The id of the run that it opens with; ``""`` for the list of all.
        nav: Names and addresses of the views, in their order.
        indexer: Reads runs in the back, for what is filtered and searched.
    """

    where: str | Path
    run: str
    nav: Sequence[tuple[str, str]]
    indexer: Indexer = field(default_factory=Indexer)

    @property
    def folder(self) -> Path:
        """Where what is kept beside the runs lies on this disk: their labels and indexes."""
        return folder_of(self.where)

    def open(self, name: str) -> Run:
        """Opens a run; a context, to be used in the thread that opened it.

        Args:
            name: Its id or the beginning of it, ``last`` or ``previous``; no path.

        Raises:
            NoSuchRun: There is none, or there are several that begin so.
            DataError: S3 cannot be asked.
        """
        # What `find` takes for a path or asks S3 for, and this may come from anywhere.
        if name.endswith(SUFFIX) or is_s3(name):
            raise NoSuchRun(f"{name}: no run of that name in {self.where}")
        return find(name, self.where)

    @contextmanager
    def indexed(self, name: str) -> Iterator[tuple[Run, Index]]:
        """Opens a run and its index, which may not have read all of it yet.

        Args:
            name: As :meth:`open` takes it.

        Raises:
            NoSuchRun: As :meth:`open` does.
            NoIndex: The index cannot be written.
        """
        with self.open(name) as run, Index(run) as index:
            self.indexer.see_to(run, index)
            yield run, index

    def heads(self) -> list[Head]:
        """Returns what every run is of, the latest first."""
        return kept(self.where)[::-1]

    def page(
        self,
        request: Request,
        template: str,
        *,
        status: int = HTTPStatus.OK,
        **values: Any,
    ) -> HTMLResponse:
        """Returns a page of a view as a response.

        Args:
            request: What is answered; its address says which view is open.
            template: A file of ``templates/``, which extends ``studio.html.j2``.
            status: Of HTTP.
            **values: What it shows.
        """
        text = render(template, nav=self.nav, path=request.url.path, **values)
        # A completion may hold half a surrogate pair, which UTF-8 cannot carry.
        return HTMLResponse(text.encode("utf-8", "replace"), status)


@dataclass(frozen=True, slots=True)
class View:
    """A room of the studio.

    Attributes:
        name: In the navigation.
        path: Where it begins, such as ``/rollouts``.
        routes: Returns its routes, all below ``path``. An endpoint that is no coroutine runs in a
            thread of its own.
    """

    name: str
    path: str
    routes: Callable[[Studio], list[Route]]
