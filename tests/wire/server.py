"""A local server whose every operation can be made to fail as the real one does."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Literal, Self

Trouble = Literal["throttled", "denied", "expired", "invalid", "failed", "cut", "lost"]


class Refused(Exception):
    """What a server answers in place of a reply."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class Call:
    """A request as the server understood it."""

    operation: str
    params: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


class WireServer:
    """Serves on 127.0.0.1 while its ``with`` block runs.

    ``fail(operation, trouble, times)`` makes the next calls of an operation fail: ``cut`` ends
    the connection before anything is done, ``lost`` after it was done. ``calls`` has every
    request that was understood.
    """

    REFUSALS: ClassVar[dict[str, Refused]]

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._faults: defaultdict[str, deque[Trouble]] = defaultdict(deque)
        self._lock = threading.RLock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            server_owner = self

            def _any(self) -> None:
                self.server_owner._answer(self)

            do_GET = do_POST = do_DELETE = _any  # noqa: N815 - the names that http.server calls

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def fail(self, operation: str, trouble: Trouble, times: int = 1) -> None:
        self._faults[operation].extend(trouble for _ in range(times))

    def recover(self) -> None:
        """Forgets every fault that is still to come."""
        self._faults.clear()

    def count(self, operation: str) -> int:
        return sum(call.operation == operation for call in self.calls)

    def understand(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Call:
        """Returns the call, or raises ``Refused``."""
        raise NotImplementedError

    def reply(self, call: Call) -> dict[str, Any]:
        """Does what is asked, or raises ``Refused``."""
        raise NotImplementedError

    def refusal(self, refused: Refused) -> tuple[dict[str, Any], dict[str, str]]:
        """Returns the body and the headers of a refusal."""
        raise NotImplementedError

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        trouble, extra, answer, status = None, {}, {}, 200
        with self._lock:
            try:
                call = self.understand(handler.command, handler.path, body, headers)
                faults = self._faults[call.operation]
                trouble = faults.popleft() if faults else None
                if trouble and trouble in self.REFUSALS:
                    raise self.REFUSALS[trouble]
                if trouble != "cut":
                    self.calls.append(call)
                    answer = self.reply(call)
            except Refused as refused:
                (answer, extra), status = self.refusal(refused), refused.status
        if trouble in ("cut", "lost"):
            handler.close_connection = True
            handler.connection.close()
            return
        content = json.dumps(answer).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **extra}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
