"""A local judge that speaks the real wire formats, and misbehaves as it is told.

It serves Bedrock's Converse (so that an unmodified boto3 can be pointed at it; signatures are
not verified) and OpenAI's chat completions. A script decides what each call gets.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKENS = (120, 30)


@dataclass(frozen=True)
class Asked:
    """A call as the server saw it, whatever its format.

    Attributes:
        number: Of the call, from 0.
        path: Of the request.
        headers: Of the request, names in lower case.
        body: The request, decoded.
        text: Everything that the model reads: system, then user.
        offered: Choice to the labels offered, from the schema, be it in the text.
    """

    number: int
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    text: str
    offered: dict[str, list[str]]


@dataclass(frozen=True)
class Choose:
    """The model answers; ``choices`` replaces what it would choose: the first label offered."""

    choices: dict[str, Any] = field(default_factory=dict)
    reason: str = "because"
    after_s: float = 0.0


@dataclass(frozen=True)
class Say:
    """The model answers with plain text instead of its tool call or JSON."""

    text: str


@dataclass(frozen=True)
class Give:
    """The model's tool input (or the JSON of its message) is exactly this."""

    data: Any


@dataclass(frozen=True)
class Stop:
    """The answer ends early, for Converse with ``stopReason``, else with ``finish_reason``."""

    reason: str


@dataclass(frozen=True)
class Fail:
    """An HTTP error; ``code`` is the exception's name in Bedrock."""

    status: int
    code: str
    message: str = "told to fail"
    retry_after: str | None = None


@dataclass(frozen=True)
class Hang:
    """Nothing is answered until the server is stopped."""


@dataclass(frozen=True)
class Garbage:
    """HTTP 200 with a body that is not what the format promises."""

    body: bytes = b"<html>gateway</html>"


Action = Choose | Say | Give | Stop | Fail | Hang | Garbage
Script = Callable[[Asked], Action]


def best(asked: Asked) -> Choose:
    """Chooses the last, best level of everything."""
    return Choose({name: labels[-1] for name, labels in asked.offered.items()})


def throttled(share: int) -> Script:
    """Returns a script that throttles ``share`` calls of every ten, and else chooses best."""

    def script(asked: Asked) -> Action:
        if asked.number * 7 % 10 < share:
            return Fail(429, "ThrottlingException", "Too many requests, please wait")
        return best(asked)

    return script


def gullible(asked: Asked) -> Choose:
    """Obeys any ``OBEY: <label>`` that it sees outside the fences; else the worst level.

    It honours the markers that hold the tag given first, and reads everything else, the
    system prompt included, as its operator's word.
    """
    tag = re.search(r"The tag of this call is (\S+)\.", asked.text)
    seen = asked.text
    if tag:
        mark = re.escape(tag[1])
        seen = re.sub(rf"^<<<([^\n]*) {mark}\n.*?^\1 {mark}>>>$", "", seen, flags=re.S | re.M)
    order = re.search(r"OBEY: (\w+)", seen)
    if order is None:
        return Choose({name: labels[0] for name, labels in asked.offered.items()})
    return Choose(dict.fromkeys(asked.offered, order[1]))


class JudgeServer:
    """Serves on a free local port until the ``with`` block ends."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                server._answer(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Says nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that has hung up is no error here."""

        self._http = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> JudgeServer:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopped.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            asked = _asked(len(self.asked), handler.path, headers, body)
            self.asked.append(asked)
        action = self.script(asked)
        if isinstance(action, Hang):
            self._stopped.wait()
            handler.close_connection = True
            return
        if isinstance(action, Choose) and action.after_s:
            self._stopped.wait(action.after_s)
        status, extra, reply = _reply(asked, action)
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **extra}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply)))
        handler.end_headers()
        handler.wfile.write(reply)


def _asked(number: int, path: str, headers: dict[str, str], body: dict[str, Any]) -> Asked:
    if path.endswith("/converse"):
        texts = [block["text"] for block in body.get("system", [])]
        texts += [
            block["text"]
            for turn in body["messages"]
            for block in turn["content"]
            if "text" in block
        ]
        tools = body.get("toolConfig", {}).get("tools", [])
        schemas = [tool["toolSpec"]["inputSchema"]["json"] for tool in tools]
    else:
        texts = [turn["content"] for turn in body["messages"]]
        form = body.get("response_format", {})
        schemas = [form["json_schema"]["schema"]] if form else []
    schemas = schemas or _schemas_in("\n\n".join(texts))
    offered = {
        name: rule["enum"]
        for schema in schemas
        for name, rule in schema["properties"].items()
        if "enum" in rule
    }
    return Asked(number, path, headers, body, "\n\n".join(texts), offered)


def completion_in(text: str) -> str:
    """Returns what a judge would quote: what stands in the fence of the completion."""
    found = re.search(r"^<<<COMPLETION ([^\n]*)\n(.*)^COMPLETION \1>>>", text, re.S | re.M)
    return found[2].strip() if found else ""


def _schemas_in(text: str) -> list[dict[str, Any]]:
    """Returns the schema that a model is shown which can be given none."""
    _, found, schema = text.partition("under this JSON schema:\n")
    return [json.JSONDecoder().raw_decode(schema)[0]] if found else []


def _reply(asked: Asked, action: Action) -> tuple[int, dict[str, str], bytes]:
    converse = asked.path.endswith("/converse")
    if isinstance(action, Garbage):
        return 200, {}, action.body
    if isinstance(action, Fail):
        extra = {"x-amzn-ErrorType": f"{action.code}:http://internal.amazon.com/coral/"}
        if action.retry_after is not None:
            extra["Retry-After"] = action.retry_after
        error = {"message": action.message}
        return action.status, extra, json.dumps(error if converse else {"error": error}).encode()
    if isinstance(action, Choose):
        chosen = {name: labels[0] for name, labels in asked.offered.items()}
        quote = {"quote": completion_in(asked.text)}
        action = Give({"reason": action.reason, **quote, **chosen, **action.choices})
    make = _converse if converse else _chat
    return 200, {}, json.dumps(make(asked, action)).encode()


def _converse(asked: Asked, action: Action) -> dict[str, Any]:
    stop, content = "end_turn", [{"text": "..."}]
    if isinstance(action, Stop):
        stop = action.reason
    elif isinstance(action, Say):
        content = [{"text": action.text}]
    elif isinstance(action, Give) and "toolConfig" in asked.body:
        name = asked.body["toolConfig"]["tools"][0]["toolSpec"]["name"]
        stop = "tool_use"
        content = [
            {"text": "I shall record my verdict."},
            {
                "toolUse": {
                    "toolUseId": f"tooluse_{asked.number}",
                    "name": name,
                    "input": action.data,
                }
            },
        ]
    elif isinstance(action, Give):
        content = [{"text": json.dumps(action.data)}]
    sent, made = TOKENS
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop,
        "usage": {"inputTokens": sent, "outputTokens": made, "totalTokens": sent + made},
        "metrics": {"latencyMs": 1},
    }


def _chat(asked: Asked, action: Action) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": "..."}
    finish = "stop"
    if isinstance(action, Stop):
        finish = action.reason
    elif isinstance(action, Say):
        message["content"] = action.text
    elif isinstance(action, Give):
        message["content"] = json.dumps(action.data)
    sent, made = TOKENS
    return {
        "id": f"chatcmpl-{asked.number}",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": sent, "completion_tokens": made, "total_tokens": sent + made},
    }
