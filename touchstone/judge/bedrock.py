"""Amazon Bedrock's Converse, through boto3: the verdict is the input of a forced tool call.

Source: Bedrock Runtime API, Converse (request, stop reasons, errors) and ToolChoice.
"""

from __future__ import annotations

import bisect
import re
import threading
from collections.abc import Mapping
from typing import Any

from touchstone.judge.faults import Cause, NoVerdict
from touchstone.judge.ladder import Form, Ladder, Part
from touchstone.judge.options import JudgeOptions
from touchstone.judge.prices import kept_price_of, price_of, usage_of_call
from touchstone.judge.question import Prompt, json_instruction
from touchstone.judge.reading import TOOL_NAME, verdict_calls
from touchstone.judge.transport import (
    Reply,
    fault_of,
    mapping,
    verdicts_of,
    wait_asked_s,
)
from touchstone.judge.types import LOST_CALL, REFUSED_CALL
from touchstone.said import text_of

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
    "ModelErrorException": "unavailable",
}
_STOPS: dict[str, tuple[Cause, str]] = {
    "max_tokens": ("truncated", "the answer was longer than max_tokens"),
    "model_context_window_exceeded": ("truncated", "the texts and the answer exceed the window"),
    "refusal": ("refused", "the model declined"),
    "content_filtered": ("refused", "the model's content filter stepped in"),
    "guardrail_intervened": ("refused", "a guardrail stepped in"),
    "malformed_tool_use": ("bad_json", "the model's tool call could not be read"),
    "malformed_model_output": ("bad_json", "the model's output could not be read"),
}
# What a model answers that cannot fill in a tool: asked again, it would do the same.
_BROKEN_CALL = re.compile(r"ToolUse|tool use|invalid sequence", re.IGNORECASE)
_PARTS = {
    "schema": Part(("closed", "open"), r"additionalProperties|inputSchema|json ?schema"),
    # Some models can be forced to one tool, more to any tool, and some know no tools at all.
    "tool": Part(("tool", "any", "auto", "text"), "tool", answers=True),
    "temperature": Part(("send", "omit"), "temperature"),
    "system": Part(
        ("system", "user"),
        r"system (?:message|prompt|role|instruction|content|field)|roles must alternate",
    ),
    "cache": Part(("point", "none"), r"cach(?:e|ing)"),
}
# A service keeps what it has read only where that is long enough: about 1,024 tokens.
_WORTH_CACHING = 4_000  # characters


class Bedrock:
    """Sends a prompt to a Bedrock model, inference profile or ARN."""

    def __init__(self, model: str, options: JudgeOptions) -> None:
        self.name = f"bedrock:{model}"
        self._model = model
        self._options = options
        self._price = price_of(model, options.prices)
        self._kept_price = kept_price_of(model, options.prices)
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[float, Any] = {}
        self.ladder = Ladder(_PARTS)

    def send(self, prompt: Prompt, form: Form, timeout_s: float) -> Reply:
        """Sends a prompt once; see :class:`touchstone.judge.transport.Transport`."""
        client = self._client(timeout_s)
        try:
            reply = client.converse(**self._request(prompt, form))
        except Exception as exc:
            raise _fault(exc) from exc
        return self._read(prompt, mapping(reply))

    def _request(self, prompt: Prompt, form: Form) -> dict[str, Any]:
        inference: dict[str, Any] = {"maxTokens": self._options.max_tokens}
        if form["temperature"] == "send":
            inference["temperature"] = self._options.temperature
        forced = form["tool"] in {"tool", "any"}
        system = prompt.system if forced else f"{prompt.system}\n\n{json_instruction(prompt)}"
        texts: list[dict[str, Any]] = [{"text": prompt.shared}, {"text": prompt.own}]
        if form["system"] == "user":
            texts = [{"text": system}, *texts]
        if form["cache"] == "point" and len(prompt.shared) >= _WORTH_CACHING:
            texts.insert(-1, {"cachePoint": {"type": "default"}})
        request: dict[str, Any] = {
            "modelId": self._model,
            "messages": [{"role": "user", "content": texts}],
            "inferenceConfig": inference,
        }
        if form["system"] == "system":
            request["system"] = [{"text": system}]
        if form["tool"] == "text":
            return request
        tool = {
            "name": TOOL_NAME,
            "description": "Records the reason, then the choices that follow from it.",
            "inputSchema": {"json": prompt.schema_in(form["schema"])},
        }
        choice = {form["tool"]: {"name": TOOL_NAME} if form["tool"] == "tool" else {}}
        request["toolConfig"] = {"tools": [{"toolSpec": tool}], "toolChoice": choice}
        return request

    def _read(self, prompt: Prompt, reply: Mapping[str, Any]) -> Reply:
        if "output" not in reply or "usage" not in reply:
            raise NoVerdict("bad_json", "the reply is no Converse reply", LOST_CALL)
        usage = usage_of_call(self._price, mapping(reply["usage"]), self._kept_price)
        stop = reply.get("stopReason", "")
        if stop in _STOPS:
            raise NoVerdict(*_STOPS[stop], usage)
        content = mapping(mapping(reply["output"]).get("message")).get("content")
        blocks = [mapping(block) for block in content] if isinstance(content, list) else []
        uses = [mapping(block.get("toolUse")) for block in blocks]
        calls = verdict_calls(((use.get("name"), use.get("input")) for use in uses), prompt.tag)
        marks = self._options.thinking_marks
        return verdicts_of(prompt, text_of(content), calls, usage, marks)

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
            detail = "a bedrock judge needs boto3 installed"
            raise NoVerdict("misconfigured", detail, lasting=True) from exc
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
        wait = wait_asked_s(about.get("HTTPHeaders", {}))
        if code == "ModelTimeoutException":
            return NoVerdict("timed_out", detail, REFUSED_CALL, retried=True)
        if code == "ModelErrorException" and _BROKEN_CALL.search(detail):
            return NoVerdict("bad_json", detail, LOST_CALL)
        if cause := _CAUSES.get(code):
            if cause == "throttled":
                return fault_of(429, detail, wait)  # of a minute, or of the day
            lasting = cause == "access_denied"
            return NoVerdict(cause, detail, REFUSED_CALL, wait, lasting=lasting)
        return fault_of(status, detail, wait)
    if isinstance(error, known.ReadTimeoutError):
        return NoVerdict("timed_out", detail, LOST_CALL)
    if isinstance(error, known.ConnectTimeoutError):
        detail += " (a function inside a VPC needs an endpoint for bedrock-runtime)"
        return NoVerdict("unavailable", detail, REFUSED_CALL, unreachable=True)
    if isinstance(
        error, known.EndpointConnectionError | known.SSLError | known.ProxyConnectionError
    ):
        return NoVerdict("unavailable", detail, REFUSED_CALL, unreachable=True)
    if isinstance(error, known.HTTPClientError | known.ConnectionError):
        return NoVerdict("unavailable", detail, REFUSED_CALL)
    if isinstance(error, ResponseParserError):
        return NoVerdict("unavailable", detail, LOST_CALL)
    if isinstance(
        error,
        known.NoCredentialsError
        | known.PartialCredentialsError
        | known.CredentialRetrievalError
        | known.TokenRetrievalError
        | known.NoAuthTokenError
        | known.SSOError,
    ):
        return NoVerdict("access_denied", detail, lasting=True)
    # Nothing was sent: no region, no such profile, no such form of a model's name.
    return NoVerdict("misconfigured", detail, lasting=isinstance(error, known.BotoCoreError))
