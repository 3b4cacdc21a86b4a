"""Amazon Bedrock's Converse, through boto3: the verdict is the input of a forced tool call.

Source: Bedrock Runtime API, Converse (request, stop reasons, errors) and ToolChoice.
"""

from __future__ import annotations

import bisect
import threading
from typing import Any

from touchstone.judge.faults import Cause, NoVerdict
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

# A botocore client has one read timeout, so that there is a client per timeout; the next
# lower one is taken, so that a call never outlasts the time that is left.
_TIMEOUTS_S = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 20, 25, 30, 40, 50, 60, 90, 120, 300)
_CONNECT_TIMEOUT_S = 3.0

_CAUSES: dict[str, Cause] = {
    "ThrottlingException": "throttled",
    "TooManyRequestsException": "throttled",
    "ServiceQuotaExceededException": "throttled",
    "ModelNotReadyException": "throttled",
    "AccessDeniedException": "access_denied",
    "UnrecognizedClientException": "access_denied",
    "InvalidSignatureException": "access_denied",
    "IncompleteSignature": "access_denied",
    "InvalidClientTokenId": "access_denied",
    "ExpiredTokenException": "access_denied",
    "ModelTimeoutException": "timed_out",
    "ModelErrorException": "unavailable",
}
_STOPS: dict[str, tuple[Cause, str]] = {
    "max_tokens": ("truncated", "the answer was longer than max_tokens"),
    "model_context_window_exceeded": ("truncated", "the texts and the answer exceed the window"),
    "content_filtered": ("refused", "the model's content filter stepped in"),
    "guardrail_intervened": ("refused", "a guardrail stepped in"),
    "malformed_tool_use": ("bad_json", "the model's tool call could not be read"),
    "malformed_model_output": ("bad_json", "the model's output could not be read"),
}
# Some models can be forced to one tool, more to any tool, and some know no tools at all.
_FALLBACKS = {"tool": ("tool", "any", "auto", "text"), "temperature": ("send", "omit")}


class Bedrock:
    """Sends a prompt to a Bedrock model, inference profile or ARN."""

    def __init__(self, model: str, options: JudgeOptions) -> None:
        self.name = f"bedrock:{model}"
        self._model = model
        self._options = options
        self._price = price_of(model, options.prices)
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[float, Any] = {}
        self._fallbacks = Fallbacks(_FALLBACKS)

    def send(self, prompt: Prompt, timeout_s: float) -> Reply:
        """Sends a prompt once; see :class:`touchstone.judge.transport.Transport`."""
        client = self._client(timeout_s)
        form = self._fallbacks.current()
        try:
            reply = client.converse(**self._request(prompt, form))
        except Exception as exc:
            raise self._fallbacks.simpler(form, _fault(exc)) from exc
        return self._read(reply)

    def _request(self, prompt: Prompt, form: dict[str, str]) -> dict[str, Any]:
        inference: dict[str, Any] = {"maxTokens": self._options.max_tokens}
        if form["temperature"] == "send":
            inference["temperature"] = self._options.temperature
        forced = form["tool"] in {"tool", "any"}
        system = prompt.system if forced else f"{prompt.system}\n\n{json_instruction(prompt)}"
        request: dict[str, Any] = {
            "modelId": self._model,
            "system": [{"text": system}],
            "messages": [{"role": "user", "content": [{"text": prompt.user}]}],
            "inferenceConfig": inference,
        }
        if form["tool"] == "text":
            return request
        tool = {
            "name": TOOL_NAME,
            "description": "Records the reason, then the choices that follow from it.",
            "inputSchema": {"json": prompt.schema},
        }
        choice = {form["tool"]: {"name": TOOL_NAME} if form["tool"] == "tool" else {}}
        request["toolConfig"] = {"tools": [{"toolSpec": tool}], "toolChoice": choice}
        return request

    def _read(self, reply: dict[str, Any]) -> Reply:
        if "output" not in reply or "usage" not in reply:
            raise NoVerdict("bad_json", "the reply is no Converse reply", LOST_CALL)
        counted = reply["usage"]
        usage = usage_of_call(
            self._price, counted.get("inputTokens", 0), counted.get("outputTokens", 0)
        )
        stop = reply.get("stopReason", "")
        if stop in _STOPS:
            raise NoVerdict(*_STOPS[stop], usage)
        blocks = reply["output"].get("message", {}).get("content", [])
        for block in blocks:
            if block.get("toolUse", {}).get("name") == TOOL_NAME:
                return Reply(block["toolUse"].get("input"), usage)
        return Reply(parse_object("".join(b.get("text", "") for b in blocks), usage), usage)

    def _client(self, timeout_s: float) -> Any:
        timeout_s = _TIMEOUTS_S[max(0, bisect.bisect_right(_TIMEOUTS_S, timeout_s) - 1)]
        with self._lock:
            if timeout_s not in self._clients:
                self._clients[timeout_s] = self._make_client(timeout_s)
            return self._clients[timeout_s]

    def _make_client(self, timeout_s: float) -> Any:
        try:
            import boto3
            from botocore.config import Config
        except ModuleNotFoundError as exc:
            raise NoVerdict("misconfigured", "a bedrock judge needs boto3 installed") from exc
        connect = min(_CONNECT_TIMEOUT_S, timeout_s / 5)
        config = Config(
            connect_timeout=connect,
            read_timeout=timeout_s - connect,
            max_pool_connections=self._options.concurrency,
            # Retrying is ours: botocore knows neither the deadline nor the other rows.
            retries={"total_max_attempts": 1, "mode": "standard"},
        )
        try:
            self._session = self._session or boto3.Session()
            return self._session.client("bedrock-runtime", config=config)
        except Exception as exc:
            raise _fault(exc) from exc


def _fault(error: Exception) -> NoVerdict:
    """Tells apart what botocore raises."""
    from botocore import exceptions as known
    from botocore.parsers import ResponseParserError

    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, known.ClientError):
        answer = error.response
        code = answer.get("Error", {}).get("Code", "")
        about = answer.get("ResponseMetadata", {})
        status = about.get("HTTPStatusCode", 0)
        cause = _CAUSES.get(code) or cause_of(status, detail)
        return NoVerdict(cause, detail, REFUSED_CALL, retry_after_s(about.get("HTTPHeaders", {})))
    if isinstance(error, known.ReadTimeoutError):
        return NoVerdict("timed_out", detail, LOST_CALL)
    if isinstance(error, known.ConnectTimeoutError):
        detail += " (a function inside a VPC needs an endpoint for bedrock-runtime)"
        return NoVerdict("unavailable", detail, REFUSED_CALL)
    if isinstance(error, known.HTTPClientError | known.ConnectionError):
        return NoVerdict("unavailable", detail, REFUSED_CALL)
    if isinstance(error, known.NoCredentialsError | known.PartialCredentialsError):
        return NoVerdict("access_denied", detail)
    if isinstance(error, ResponseParserError):
        return NoVerdict("unavailable", detail, LOST_CALL)
    return NoVerdict("misconfigured", detail)
