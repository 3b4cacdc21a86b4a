"""A local server that speaks Lambda's Invoke and runs the executor's own handler."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from touchstone.lambdas.executor.handler import lambda_handler


class Executors:
    """Copies of the executor that answer side by side.

    Attributes:
        seen: Every request's body and headers.
        mishaps: What the next calls answer instead of running: (status, headers, body).
        cursed: Every call whose request holds this text takes its executor down.
    """

    def __init__(self):
        self.seen = []
        self.mishaps = deque()
        self.cursed = ""
        executors = self

        class Invoke(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                executors.seen.append((event, dict(self.headers)))
                status, headers, body = executors.answer(event)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format, *args):  # noqa: A002 - its name there
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Invoke)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, event):
        if self.cursed and self.cursed in json.dumps(event):
            return CRASHED
        if self.mishaps:
            return self.mishaps.popleft()
        # As Lambda's runtime for Python 3.13 writes it.
        return 200, {}, json.dumps(lambda_handler(event, None), ensure_ascii=False).encode()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def jobs_of(event):
    return [one["work"]["job"] for one in event["jobs"]]


def refused(status, kind):
    return (
        status,
        {"x-amzn-ErrorType": kind},
        json.dumps({"Type": "User", "message": kind}).encode(),
    )


CRASHED = (
    200,
    {"X-Amz-Function-Error": "Unhandled"},
    b'{"errorType": "Runtime.ExitError", "errorMessage": "signal: killed"}',
)
THROTTLED = refused(429, "TooManyRequestsException")
DOWN = refused(500, "ServiceException")
GARBAGE = (200, {}, b"<html>")
