"""A local Lambda service whose execution environments are real: Lambda's own runtime interface.

Each environment is one ``aws-lambda-rie`` process with ``awslambdaric`` under it, the runtime
client of Lambda's Python. What lies between them and boto3 is played here: which environment
takes a call, the limit on a request, and how a failure is told to the caller.

What it has not: a memory limit, a network boundary, roles, a read-only /var/task.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import queue
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from tests.e2e import toolchain
from tests.e2e.toolchain import Function

# Source: Lambda developer guide, "Lambda quotas": 6 MB for a synchronous request.
MAX_REQUEST_BYTES = 6 * 1024 * 1024
_INVOKE = "/2015-03-31/functions/function/invocations"
# The function may be named by its ARN, and a version or alias may follow.
_INVOKED = re.compile(r"/[\d-]+/functions/(?:arn:[^/]+:function:)?([^/:]+)(?::[^/:]+)?/invocations")
# A start takes a tenth of a second; a busy machine may take its time.
_START_S = 60
_STARTS = 3


class StartError(Exception):
    """An execution environment could not be started."""


class Environment:
    """One execution environment; the runtime in it starts at the first call, and after a loss."""

    def __init__(self, function: Function, service: str, log: Path) -> None:
        self.function = function
        self.log = log
        task = str(function.folder)
        variables = {k: v.replace("/var/task", task) for k, v in function.variables.items()}
        runtime = [toolchain.python().path, "-m", "awslambdaric", function.handler]
        if wrapper := variables.get("AWS_LAMBDA_EXEC_WRAPPER"):
            # As the bootstrap of Lambda's Python does.
            runtime.insert(0, wrapper)
        variables |= {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONPATH": str(toolchain.wheels("runtime")),
            # A package comes without bytecode, and /var/task cannot be written to.
            "PYTHONDONTWRITEBYTECODE": "1",
            "LAMBDA_TASK_ROOT": task,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout_s),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
            "AWS_REGION": toolchain.REGION,
            "AWS_DEFAULT_REGION": toolchain.REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": toolchain.SECRET,
            "AWS_ENDPOINT_URL": service,
        }
        for attempt in range(1, _STARTS + 1):
            try:
                self._start(runtime, variables)
            except StartError:
                if attempt == _STARTS:
                    raise
            else:
                break

    def _start(self, runtime: list[str], variables: dict[str, str]) -> None:
        """Starts the emulator on ports of its own.

        Raises:
            StartError: It ended, for example since a port was taken, or never listened.
        """
        self._port = toolchain.free_port()
        with self.log.open("ab") as sink:
            self._process = subprocess.Popen(
                [toolchain.rie(), "--runtime-interface-emulator-address",
                 f"127.0.0.1:{self._port}",
                 "--runtime-api-address", f"127.0.0.1:{toolchain.free_port()}",
                 "--log-level", "error", *runtime],
                cwd=self.function.folder, env=variables, stdin=subprocess.DEVNULL,
                stdout=sink, stderr=sink, start_new_session=True,
            )  # fmt: skip
        try:
            _wait_for(self._process, self._port)
        except BaseException:
            self.close()
            raise

    def invoke(self, payload: bytes) -> tuple[bytes, bool]:
        """Returns the reply, and whether it is an error; one call at a time."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=330)
        with contextlib.closing(connection):
            connection.request("POST", _INVOKE, payload)
            response = connection.getresponse()
            body = response.read()
        if response.status != 200:
            return body, True
        try:
            reply = json.loads(body)
        except ValueError:  # "Task timed out after ... seconds"
            return json.dumps({"errorMessage": body.decode()}).encode(), True
        return body, isinstance(reply, dict) and "errorType" in reply

    def signal(self, number: int) -> None:
        """Sends a signal to the runtime's process."""
        os.kill(self.runtime(), number)

    def runtime(self) -> int:
        """Returns the runtime's process, which the emulator starts with the first call."""
        (child,) = _children(self._process.pid)
        return child

    def close(self) -> None:
        """Ends the environment with everything that runs in it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Service:
    """Speaks Lambda's Invoke; scales each function to at most ``most`` environments."""

    def __init__(self, functions: dict[str, Function], logs: Path, most: int = 2) -> None:
        self._functions = functions
        self.logs = logs
        self._most = most
        self._lock = threading.Lock()
        self._idle: dict[str, queue.LifoQueue[Environment | None]] = {}
        self.environments: dict[str, list[Environment]] = {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            wbufsize = -1  # head and body in one packet

            def do_POST(self) -> None:
                service._answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Says nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                """Says nothing: a caller that was killed is gone."""

        self._http = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Service:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        self.freeze_out()

    def freeze_out(self) -> None:
        """Ends every environment: whatever is called next starts cold."""
        with self._lock:
            for environment in (one for many in self.environments.values() for one in many):
                environment.close()
            self.environments.clear()
            self._idle.clear()

    def log_text(self) -> str:
        """Returns all that the functions have written."""
        return "".join(
            path.read_text("utf-8", "replace") for path in sorted(self.logs.glob("*.log"))
        )

    @contextlib.contextmanager
    def _environment(self, name: str) -> Iterator[Environment]:
        """Lends an idle environment, the last used first, or a new one while there may be."""
        with self._lock:
            if name not in self._idle:
                self._idle[name] = queue.LifoQueue()
                for _ in range(self._most):
                    self._idle[name].put(None)
            idle = self._idle[name]
        environment = idle.get()
        try:
            if environment is None:
                log = self.logs / f"{name}.log"
                environment = Environment(self._functions[name], self.url, log)
                with self._lock:
                    self.environments.setdefault(name, []).append(environment)
            yield environment
        finally:
            idle.put(environment)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        size = int(handler.headers["Content-Length"])
        payload = handler.rfile.read(size)
        target = _INVOKED.fullmatch(unquote(handler.path))
        name = target[1] if target else ""
        if name not in self._functions:
            _reply(handler, 404, b'{"Message": "Function not found"}', "ResourceNotFoundException")
        elif size > MAX_REQUEST_BYTES:
            _reply(handler, 413, b'{"Message": "too large"}', "RequestTooLargeException")
        else:
            try:
                with self._environment(name) as environment:
                    body, failed = environment.invoke(payload)
            except (StartError, OSError, http.client.HTTPException) as exc:
                told = json.dumps({"Message": f"{type(exc).__name__}: {exc}"}).encode()
                _reply(handler, 500, told, "ServiceException")
            else:
                _reply(handler, 200, body, failed=failed)


def _reply(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, error: str = "", failed: bool = False
) -> None:
    handler.send_response(status)
    if error:
        handler.send_header("X-Amzn-ErrorType", error)
    if failed:
        handler.send_header("X-Amz-Function-Error", "Unhandled")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _START_S
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise StartError(f"the emulator did not listen within {_START_S} s") from None
            time.sleep(0.01)
        else:
            return
    raise StartError(f"the emulator ended with {process.returncode}")


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    found.append(int(entry.name))
    return found
