"""Any endpoint that speaks OpenAI's chat completions: Ollama, vLLM, Bedrock's own.

Source: OpenAI API reference, POST /chat/completions (messages, response_format, finish_reason).
"""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any

from touchstone.judge.faults import NoVerdict
from touchstone.judge.options import JudgeOptions
from touchstone.judge.prices import price_of, usage_of_call
from touchstone.judge.question import TOOL_NAME, Prompt, json_instruction
from touchstone.judge.transport import (
    LOST_CALL,
    REFUSED_CALL,
    Fallbacks,
    Reply,
    cause_of,
    parse_object,
    retry_after_s,
)

_CONNECT_TIMEOUT_S = 3.0
# An answer is a few kilobytes; a server that sends megabytes is no judge.
_MAX_ANSWER_BYTES = 4_000_000
_FALLBACKS = {
    "response_format|json_schema|schema": ("schema", "text"),
    # Not every message that names max_tokens refuses it: it may only be too large.
    r"unsupported[^.]*max_tokens|max_tokens\W{1,3}is not supported": (
        "max_tokens",
        "max_completion_tokens",
    ),
    "temperature": ("send", "omit"),
}
_SCHEMA, _LENGTH, _TEMPERATURE = _FALLBACKS


class OpenAI:
    """Sends a prompt to a model behind an OpenAI-compatible endpoint."""

    def __init__(self, base_url: str, model: str, options: JudgeOptions) -> None:
        self.name = f"openai:{base_url}#{model}"
        self._url = f"{base_url}/chat/completions"
        self._model = model
        self._options = options
        self._price = price_of(model, options.prices)
        self._lock = threading.Lock()
        self._pool: Any = None
        self._fallbacks = Fallbacks(_FALLBACKS)

    def send(self, prompt: Prompt, timeout_s: float) -> Reply:
        """Sends a prompt once; see :class:`touchstone.judge.transport.Transport`."""
        form = self._fallbacks.current()
        status, headers, body = self._post(self._request(prompt, form), timeout_s)
        if status != 200:
            detail = f"HTTP {status}: {body[:300].decode(errors='replace')}"
            wait = retry_after_s(headers)
            fault = NoVerdict(cause_of(status, detail), detail, REFUSED_CALL, wait)
            raise self._fallbacks.simpler(form, fault)
        return self._read(body)

    def _request(self, prompt: Prompt, form: dict[str, str]) -> dict[str, Any]:
        system = prompt.system
        request: dict[str, Any] = {"model": self._model, form[_LENGTH]: self._options.max_tokens}
        if form[_TEMPERATURE] == "send":
            request["temperature"] = self._options.temperature
        if form[_SCHEMA] == "schema":
            schema = {"name": TOOL_NAME, "strict": True, "schema": prompt.schema}
            request["response_format"] = {"type": "json_schema", "json_schema": schema}
        else:
            system = f"{system}\n\n{json_instruction(prompt)}"
        request["messages"] = [
            {"role": "system", "content": system},
            {"role": "user", "content": prompt.user},
        ]
        return request

    def _post(self, request: dict[str, Any], timeout_s: float) -> tuple[int, Any, bytes]:
        pool = self._connections()
        from urllib3 import Timeout, exceptions

        headers = {"Content-Type": "application/json"}
        if key := os.environ.get(self._options.api_key_env):
            headers["Authorization"] = f"Bearer {key}"
        until = time.monotonic() + timeout_s
        try:
            response = pool.request(
                "POST",
                self._url,
                body=json.dumps(request).encode(),
                headers=headers,
                timeout=Timeout(total=timeout_s, connect=min(_CONNECT_TIMEOUT_S, timeout_s)),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            body = b""
            # Piece by piece: urllib3's timeout starts anew with every read.
            while piece := response.read1(65_536):
                body += piece
                if time.monotonic() > until or len(body) > _MAX_ANSWER_BYTES:
                    response.close()
                    raise NoVerdict("timed_out", "the answer came too slowly", LOST_CALL)
            response.release_conn()
        except exceptions.ReadTimeoutError as exc:
            raise NoVerdict("timed_out", str(exc), LOST_CALL) from exc
        except exceptions.HTTPError as exc:
            raise NoVerdict("unavailable", f"{type(exc).__name__}: {exc}", REFUSED_CALL) from exc
        return response.status, response.headers, body

    def _read(self, body: bytes) -> Reply:
        try:
            reply = json.loads(body)
            choice = reply["choices"][0]
            message, finish = choice["message"], choice.get("finish_reason")
        except (ValueError, LookupError, TypeError) as exc:
            raise NoVerdict("bad_json", "the reply is no chat completion", LOST_CALL) from exc
        counted = reply.get("usage") or {}
        usage = usage_of_call(
            self._price, counted.get("prompt_tokens", 0), counted.get("completion_tokens", 0)
        )
        if message.get("refusal"):
            raise NoVerdict("refused", "the model declined in words", usage)
        if finish == "length":
            raise NoVerdict("truncated", "the answer was longer than max_tokens", usage)
        if finish == "content_filter":
            raise NoVerdict("refused", "the service's content filter stepped in", usage)
        return Reply(parse_object(message.get("content") or "", usage), usage)

    def _connections(self) -> Any:
        with self._lock:
            if self._pool is None:
                try:
                    import urllib3
                except ModuleNotFoundError as exc:
                    detail = "an openai judge needs urllib3 installed, which boto3 brings"
                    raise NoVerdict("misconfigured", detail) from exc
                self._pool = urllib3.PoolManager(maxsize=self._options.concurrency)
            return self._pool
