"""A grader as a plain HTTP endpoint: POST the event form, get the reply.

For trainers in another process or language. It has no authentication, so it listens on this
machine alone unless told otherwise, and refuses what a web page could send: bodies that are
not declared JSON and, on a loopback address, foreign host names.
"""

from __future__ import annotations

import json
import logging
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from touchstone.adapters.openapi import describe
from touchstone.contract import ReplyTooLarge, strict_json
from touchstone.deadline import Deadline
from touchstone.grader import Grader
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.outcomes import Fault
from touchstone.pipeline import Observer, answer
from touchstone.toolbox import Toolbox

MAX_BODY_BYTES = 6 * 1024 * 1024  # as Lambda's, so that what passes here passes there
_LOOPBACK = ("127.0.0.1", "localhost")
_SOCKET_S = 60
_LINGER_S = 2.0


class Refused(Exception):
    """A request that is not graded; the type is a word for programs."""

    def __init__(self, status: HTTPStatus, kind: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "message": message, **more}


class GraderServer(ThreadingHTTPServer):
    """Serves one grader: ``POST /``, ``GET /health`` and ``GET /openapi.json``.

    Call ``serve_forever()``, and ``server_close()`` when done.

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

    daemon_threads = True

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
        super().__init__((host, port), _Handler)

    @cached_property
    def url(self) -> str:
        """Where it is reached."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

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

    def server_close(self) -> None:
        """Stops listening, and ends every process that the grader started."""
        super().server_close()
        self.toolbox.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SOCKET_S  # for a peer that stops sending; grading takes as long as it takes
    server_version = "touchstone"
    # One packet per reply, at once: a client that delays its ACK would cost 40 ms a batch.
    wbufsize = -1
    disable_nagle_algorithm = True

    @property
    def served(self) -> GraderServer:
        return cast("GraderServer", self.server)

    def do_POST(self) -> None:
        self._answer({"/": lambda: self.served.score(self._body())})

    def do_GET(self) -> None:
        name, url = self.served.grader.name, self.served.url
        self._answer(
            {
                "/health": lambda: {"status": "ok", "grader": name},
                "/openapi.json": lambda: describe(self.served.grader, url),
            }
        )

    def _answer(self, routes: Mapping[str, Callable[[], Any]]) -> None:
        empty = self.headers.get("Content-Length", "0") == "0"
        self.unread = not empty or "Transfer-Encoding" in self.headers
        try:
            status, reply = HTTPStatus.OK, self._route(routes)()
        except Refused as exc:
            status, reply = exc.status, {"error": exc.error}
        except Exception:
            logging.getLogger(__name__).exception("a request failed")
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            reply = {"error": {"type": "internal_error", "message": "see the server's log"}}
        body = json.dumps(reply, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.unread:  # what is left of it must not be taken for the next request
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        if self.unread:
            self._linger()

    def _linger(self) -> None:
        """Reads on for a while: TCP would reset a connection closed with bytes unread.

        The client, still sending, would then never see why it was refused.
        """
        until = Deadline.after(_LINGER_S)
        with suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER_S)
            while until.left() and self.connection.recv(1 << 16):
                pass

    def _route(self, routes: Mapping[str, Callable[[], Any]]) -> Callable[[], Any]:
        named = self.headers.get("Host", "")
        host = named.rpartition(":")[0] or named
        if self.served.server_address[0] in _LOOPBACK and host not in _LOOPBACK:
            raise Refused(HTTPStatus.FORBIDDEN, "foreign_host", f"this is not {host!r}")
        path = self.path.partition("?")[0]
        if path not in routes:
            places = "there is POST /, GET /health and GET /openapi.json"
            raise Refused(HTTPStatus.NOT_FOUND, "not_found", places)
        return routes[path]

    def _body(self) -> bytes:
        if self.headers.get_content_type() != "application/json":
            raise Refused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "not_declared_json",
                "send the header Content-Type: application/json",
            )
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            raise Refused(HTTPStatus.LENGTH_REQUIRED, "no_length", "send the body's Content-Length")
        if int(length) > MAX_BODY_BYTES:
            raise Refused(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "body_too_large",
                f"a body may have {MAX_BODY_BYTES} bytes; send fewer rows",
            )
        body = self.rfile.read(int(length))
        self.unread = False
        return body

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        logging.getLogger(__name__).debug(format, *args)
