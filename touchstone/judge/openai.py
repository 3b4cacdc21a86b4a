"""Any endpoint that speaks OpenAI's chat completions: Ollama, vLLM, Bedrock's own.

Source: OpenAI API reference, POST /chat/completions (messages, response_format, finish_reason).
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Mapping
from typing import Any

from touchstone.judge.completion import REASONING, completion_in
from touchstone.judge.faults import NoVerdict
from touchstone.judge.ladder import Form, Ladder, Part
from touchstone.judge.options import JudgeOptions
from touchstone.judge.prices import price_of, usage_of_call
from touchstone.judge.question import Prompt, json_instruction
from touchstone.judge.reading import TOOL_NAME, is_verdict, verdict_calls
from touchstone.judge.transport import (
    Reply,
    fault_of,
    mapping,
    status_of,
    verdicts_of,
    wait_asked_s,
)
from touchstone.judge.types import LOST_CALL, REFUSED_CALL
from touchstone.said import text_of
from touchstone.tool_calls import calls_of

_CONNECT_TIMEOUT_S = 3.0
# An answer is a few kilobytes; a server that sends megabytes is no judge.
_MAX_ANSWER_BYTES = 4_000_000
_PARTS = {
    "schema": Part(("closed", "open"), "additionalProperties"),
    "answer": Part(
        ("schema", "text"),
        "response_format|json_schema|schema|grammar|guided|structured output",
        answers=True,
    ),
    # Not every message that names max_tokens refuses it: it may only be too large.
    "length": Part(
        ("max_tokens", "max_completion_tokens"),
        r"unsupported[^.]*max_tokens|max_tokens\W{1,3}is not supported",
    ),
    "temperature": Part(("send", "omit"), "temperature"),
    "system": Part(
        ("system", "user"),
        r"system (?:message|prompt|role|instruction|content)|roles must alternate|got system|"
        r"(?:role|support)[^.]{0,40}\bsystem\b|developer instruction",
    ),
}
# How an answer ended that is none, in the words of each service: cut off by a limit, declined
# (`content_filter`, Gemini's `SAFETY` and `SPII`, Zhipu's `sensitive`), broken off.
_CUT = re.compile(r"\w*length|max\w*tokens|token_limit", re.IGNORECASE)
_DECLINED = re.compile(
    r"content_?filter|refus|safety|prohibited|recitation|blocklist|spii|sensitive|guardrail|moderat",
    re.IGNORECASE,
)
_BROKEN_OFF = re.compile(r"error|\w+_error|abort|insufficient_system_resource", re.IGNORECASE)


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
        self.ladder = Ladder(_PARTS)

    def send(self, prompt: Prompt, form: Form, timeout_s: float) -> Reply:
        """Sends a prompt once; see :class:`touchstone.judge.transport.Transport`."""
        status, headers, body = self._post(self._request(prompt, form), timeout_s)
        if not 200 <= status < 300:
            detail = f"HTTP {status}: {body[:300].decode(errors='replace')}"
            raise fault_of(status, detail, wait_asked_s(headers))
        return self._read(prompt, body)

    def _request(self, prompt: Prompt, form: Form) -> dict[str, Any]:
        system = prompt.system
        request: dict[str, Any] = {"model": self._model, form["length"]: self._options.max_tokens}
        if form["temperature"] == "send":
            request["temperature"] = self._options.temperature
        if form["answer"] == "schema":
            strict = form["schema"] == "closed"
            schema = prompt.schema_in(form["schema"])
            named = {"name": TOOL_NAME, "strict": strict, "schema": schema}
            request["response_format"] = {"type": "json_schema", "json_schema": named}
        else:
            system = f"{system}\n\n{json_instruction(prompt)}"
        if form["system"] == "system":
            request["messages"] = [
                {"role": "system", "content": system},
                {"role": "user", "content": prompt.user},
            ]
        else:
            request["messages"] = [{"role": "user", "content": f"{system}\n\n{prompt.user}"}]
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
        except (exceptions.NewConnectionError, exceptions.SSLError) as exc:
            detail = f"{type(exc).__name__}: {exc}"
            raise NoVerdict("unavailable", detail, REFUSED_CALL, unreachable=True) from exc
        except exceptions.ReadTimeoutError as exc:
            raise NoVerdict("timed_out", str(exc), LOST_CALL) from exc
        except exceptions.HTTPError as exc:
            raise NoVerdict("unavailable", f"{type(exc).__name__}: {exc}", REFUSED_CALL) from exc
        return response.status, response.headers, body

    def _read(self, prompt: Prompt, body: bytes) -> Reply:
        try:
            reply = mapping(completion_in(body))
        except (ValueError, RecursionError) as exc:
            raise NoVerdict("bad_json", "the reply is no chat completion", LOST_CALL) from exc
        choices = reply.get("choices")
        choice = mapping(choices[0]) if isinstance(choices, list) and choices else {}
        if error := choice.get("error") or _error_of(reply):
            raise fault_of(status_of(error), f"an error inside HTTP 200: {str(error)[:300]}")
        if not choice:
            raise NoVerdict("bad_json", "the reply is no chat completion", LOST_CALL)
        message = mapping(choice.get("message") or choice.get("delta"))
        usage = usage_of_call(self._price, mapping(reply.get("usage")))
        finish = str(choice.get("finish_reason"))
        if message.get("refusal") or _refusing(message.get("content")):
            raise NoVerdict("refused", "the model declined in words", usage)
        if _CUT.fullmatch(finish):
            raise NoVerdict("truncated", "the answer was longer than max_tokens", usage)
        if _DECLINED.search(finish):
            raise NoVerdict("refused", "the service's content filter stepped in", usage)
        if _BROKEN_OFF.fullmatch(finish):
            raise NoVerdict("unavailable", "the service broke its answer off", usage)
        calls = verdict_calls(
            ((call.name, call.arguments) for call in calls_of(message)), prompt.tag
        )
        text = text_of(message.get("content"))
        if not text.strip() and not calls:
            text = _misfiled(message, prompt.tag)
        return verdicts_of(prompt, text, calls, usage, self._options.thinking_marks)

    def _connections(self) -> Any:
        with self._lock:
            if self._pool is None:
                try:
                    import urllib3
                except ModuleNotFoundError as exc:
                    detail = "an openai judge needs urllib3 installed, which boto3 brings"
                    raise NoVerdict("misconfigured", detail, lasting=True) from exc
                self._pool = urllib3.PoolManager(maxsize=self._options.concurrency)
            return self._pool


def _error_of(reply: Mapping[str, Any]) -> Any:
    """Returns the error that a gateway put into an answer of status 200, if there is one.

    Beside OpenAI's ``error``: vLLM's ``{"object": "error"}``, and MiniMax's ``base_resp``.
    """
    if error := reply.get("error"):
        return error
    if reply.get("object") == "error":
        return {name: reply.get(name) for name in ("code", "type", "message")}
    told = mapping(reply.get("base_resp"))
    return told if told.get("status_code") else None


def _refusing(content: Any) -> bool:
    """Says whether a message is made of parts of which one is a refusal."""
    parts = content if isinstance(content, list) else []
    return any(mapping(part).get("type") == "refusal" for part in parts)


def _misfiled(message: Mapping[str, Any], tag: str) -> str:
    """Returns a thought that is nothing but a verdict of this call; else nothing.

    A server that takes thoughts out of answers takes the whole answer for one where the model did
    not think.
    """
    thoughts = (text_of(message.get(name)).strip() for name in REASONING)
    return next((text for text in thoughts if tag in text and is_verdict(text)), "")
