"""A grader as a plain HTTP endpoint: POST the event form, get the reply.

For trainers in another process or language. It has no authentication, so it listens on this
machine alone unless told otherwise, and refuses what a web page could send: bodies that are
not declared JSON and, on a loopback address, foreign host names.

Needs the extra ``serve``.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from touchstone.adapters.openapi import describe
from touchstone.contract import ReplyTooLarge
from touchstone.deadline import Deadline
from touchstone.grader import Grader
from touchstone.jsontext import strict_json
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.outcomes import Fault
from touchstone.pipeline import Observer, answer
from touchstone.toolbox import Toolbox

MAX_BODY_BYTES = 6 * 1024 * 1024  # as Lambda's, so that what passes here passes there
_MOST_CONNECTIONS = 256  # more are told to come again; batches are graded 40 at a time
_IDLE_S = 60  # for a peer that stops sending; grading takes as long as it takes
_LINGER_S = 2.0
_ENDING_S = 5


class Refused(Exception):
    """A request that is not graded; the type is a word for programs."""

    def __init__(self, status: HTTPStatus, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "message": message, **more}


class GraderServer:
    """Serves one grader: ``POST /``, ``GET /health`` and ``GET /openapi.json``.

    Call ``serve_forever()``, and ``server_close()`` when done, or use it as a context.

    Args:
        grader: A template or a grader of graders.toml.
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one, see ``url``.
        explain: Adds each row's outcome and reason to the reply.
        observe: Is shown the settled results of every batch.

    Raises:
        OSError: The address cannot be listened on.
        SettingsError: The grader's judge or its options cannot be read.
    """

    def __init__(
        self,
        grader: Grader,
        host: str = "127.0.0.1",
        port: int = 8000,
        *,
        explain: bool = False,
        observe: Observer | None = None,
    ) -> None:
        self.grader, self.explain, self.observe = grader, explain, observe
        self.toolbox = Toolbox.of(grader)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=128)
        self.server_address: tuple[str, int] = self._socket.getsockname()[:2]
        self._server = uvicorn.Server(_config(self._app()))

    @property
    def url(self) -> str:
        """Where it is reached."""
        host, port = self.server_address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def serve_forever(self) -> None:
        """Serves until ``shutdown()`` or an interrupt.

        Raises:
            KeyboardInterrupt: It was interrupted.
        """
        self._server.run(sockets=[self._socket])

    def shutdown(self) -> None:
        """Lets ``serve_forever()`` return, from another thread."""
        self._server.should_exit = True

    def server_close(self) -> None:
        """Stops listening, and ends every process that the grader started."""
        self._socket.close()
        self.toolbox.close()

    def __enter__(self) -> Self:
        """Returns the server itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Closes it, as ``server_close`` does."""
        self.server_close()

    def score(self, body: bytes) -> Any:
        """Returns the reply to a request's body.

        Raises:
            Refused: It is not JSON, or too much of it could not be scored.
        """
        try:
            event = strict_json(body)
        except (ValueError, RecursionError) as exc:
            problem = "nested too deeply" if isinstance(exc, RecursionError) else str(exc)
            raise Refused(HTTPStatus.BAD_REQUEST, "bad_json", f"not JSON: {problem}") from exc
        tools = self.toolbox.tools(Deadline())
        try:
            return answer(event, self.grader, tools, observe=self.observe, explain=self.explain)
        except FaultBudgetExceeded as exc:
            kinds = Counter(r.outcome.kind for r in exc.results if isinstance(r.outcome, Fault))
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE, "fault_budget_exceeded", str(exc), unscored=kinds
            ) from exc
        except ReplyTooLarge as exc:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "reply_too_large", str(exc)) from exc

    def _app(self) -> Starlette:
        async def grade(request: Request) -> Response:
            # In a thread of its own, so that a slow batch holds up no other.
            return _reply(await run_in_threadpool(self.score, await _body(request)))

        async def health(_: Request) -> Response:
            return _reply({"status": "ok", "grader": self.grader.name})

        async def description(_: Request) -> Response:
            return _reply(describe(self.grader, self.url))

        routes = {
            ("POST", "/"): grade,
            ("GET", "/health"): health,
            ("GET", "/openapi.json"): description,
        }

        async def route(request: Request) -> Response:
            _check_host(self.server_address[0], request)
            place = (request.method, request.url.path)
            if place not in routes:
                known = "there is POST /, GET /health and GET /openapi.json"
                raise Refused(HTTPStatus.NOT_FOUND, "not_found", known)
            return await routes[place](request)

        return Starlette(routes=[Route("/{path:path}", _Answering(route))])


class _Answering:
    """An ASGI application that answers each request, or says in JSON why it does not."""

    def __init__(self, route: Callable[[Request], Awaitable[Response]]) -> None:
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        with suppress(ClientDisconnect):
            response = await self._response(request)
            await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        try:
            return await self._route(request)
        except Refused as exc:
            return _reply({"error": exc.error}, exc.status, unread=_is_unread(request))
        except ClientDisconnect:
            raise
        except Exception:
            logging.getLogger(__name__).exception("a request failed")
            error = {"type": "internal_error", "message": "see the server's log"}
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            return _reply({"error": error}, status, unread=_is_unread(request))


class _Lingering(Response):
    """A reply that is sent before its request was read, whose rest is then read for a while.

    TCP would reset a connection closed with bytes unread, and the client, still sending,
    would never see why it was refused.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": [*self.raw_headers, (b"connection", b"close")],
            }
        )
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while (await receive()).get("more_body"):
                    pass
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        timeout_keep_alive=_IDLE_S,
        timeout_graceful_shutdown=_ENDING_S,
    )


def _reply(value: Any, status: int = HTTPStatus.OK, *, unread: bool = False) -> Response:
    # A completion may hold half a surrogate pair, which UTF-8 cannot carry.
    body = json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    kind = _Lingering if unread else Response
    return kind(body, status, media_type="application/json")


def _is_unread(request: Request) -> bool:
    if hasattr(request, "_body"):
        return False
    return "transfer-encoding" in request.headers or (
        request.headers.get("content-length", "0") != "0"
    )


def _check_host(bound: str, request: Request) -> None:
    """Refuses a page of a foreign name that was made to resolve to this machine."""
    host = request.headers.get("host", "")
    if not host.endswith("]"):
        name, colon, _ = host.rpartition(":")
        host = name if colon else host
    if _is_loopback(bound) and not _is_loopback(host.strip("[]")):
        raise Refused(HTTPStatus.FORBIDDEN, "foreign_host", f"this is not {host!r}")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "not_declared_json",
            "send the header Content-Type: application/json",
        )
    length = request.headers.get("content-length", "")
    if "transfer-encoding" in request.headers or not (length.isascii() and length.isdigit()):
        raise Refused(HTTPStatus.LENGTH_REQUIRED, "no_length", "send the body's Content-Length")
    if int(length) > MAX_BODY_BYTES:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "body_too_large",
            f"a body may have {MAX_BODY_BYTES} bytes; send fewer rows",
        )
    try:
        async with asyncio.timeout(_IDLE_S):
            return await request.body()
    except TimeoutError as exc:
        late = f"the body did not arrive within {_IDLE_S} seconds"
        raise Refused(HTTPStatus.REQUEST_TIMEOUT, "body_too_late", late) from exc
