"""The studio as a server on this machine: its application, and the socket that it listens on."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Sequence
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.pages import style
from touchstone.workbench.runs.store import NoSuchRun, folder_of
from touchstone.workbench.studio.guard import Guard
from touchstone.workbench.studio.index import sweep
from touchstone.workbench.studio.view import NotThere, Studio, View
from touchstone.workbench.studio.views import VIEWS

_HOST = "127.0.0.1"
_ENDING_S = 2  # for what is being answered when the server ends
_TOKEN_BYTES = 24


class StudioServer:
    """Serves the studio on a loopback address.

    Call ``serve_forever()``, and ``close()`` when done, or use it as a context.

    Args:
        where: The folder or the ``s3://`` prefix that keeps the runs that it shows.
        run: The id of the run to open with; ``""`` for the list of all.
        port: To listen on; 0 takes a free one.

    Raises:
        OSError: The port cannot be listened on.
    """

    def __init__(self, where: str | Path, run: str = "", port: int = 0) -> None:
        self._socket = socket.create_server((_HOST, port), backlog=128)
        self.port: int = self._socket.getsockname()[1]
        self._token = secrets.token_urlsafe(_TOKEN_BYTES)
        sweep(folder_of(where))
        self._studio = Studio(where, run, [(view.name, view.path) for view in VIEWS])
        guarded = Guard(application(self._studio, VIEWS), self._token, self.port)
        self._server = uvicorn.Server(
            uvicorn.Config(
                guarded, loop="asyncio", http="h11", ws="none", lifespan="off", interface="asgi3",
                log_config=None, access_log=False, proxy_headers=False, server_header=False,
                timeout_graceful_shutdown=_ENDING_S,
            )
        )  # fmt: skip

    @property
    def url(self) -> str:
        """The address that lets a browser in; it holds the token, so it is a secret."""
        return f"http://{_HOST}:{self.port}/?token={self._token}"

    def serve_forever(self) -> None:
        """Serves until ``shutdown()``, and in the main thread until an interrupt."""
        self._server.run(sockets=[self._socket])

    def shutdown(self) -> None:
        """Lets ``serve_forever()`` return, from another thread."""
        self._server.should_exit = True

    def close(self) -> None:
        """Stops listening, and reading runs in the back."""
        self._socket.close()
        self._studio.indexer.close()

    def __enter__(self) -> Self:
        """Returns the server itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Closes it."""
        self.close()


def application(studio: Studio, views: Sequence[View]) -> Starlette:
    """Returns the application of some views, without its guard."""

    def home(_: Request) -> Response:
        first = next(view for view in views if view.name == "Rollouts").path
        return RedirectResponse(f"{first}/{studio.run}" if studio.run else first)

    def css(_: Request) -> Response:
        return Response(style(), media_type="text/css")

    def problem(request: Request, exc: Exception) -> Response:
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        if isinstance(exc, WorkbenchError):
            said = ". ".join(filter(None, (str(exc), exc.advice)))
            if isinstance(exc, NoSuchRun | NotThere):
                status = HTTPStatus.NOT_FOUND
        elif isinstance(exc, HTTPException):
            status = HTTPStatus(exc.status_code)
            said = status.phrase
        else:  # which the server then prints
            said = "The studio failed; its terminal says why"
        return studio.page(request, "problem.html.j2", status=status, said=said)

    static = StaticFiles(directory=str(resources.files("touchstone.workbench.studio") / "static"))
    return Starlette(
        routes=[
            Route("/", home),
            Route("/static/style.css", css),
            Mount("/static", static),
            *(route for view in views for route in view.routes(studio)),
        ],
        exception_handlers={WorkbenchError: problem, HTTPException: problem, Exception: problem},
    )
