"""Bedrock's OpenAI-compatible API on this machine, for an unmodified ``openai`` client.

Bodies are checked against what the user guide documents. Use::

    with Compatible() as api:
        job.endpoint = f"{api.url}/v1"
        api.life = Life(polls=2, end="failed", message="...")
        api.fail("create_job", "lost")
        api.log({"step": 1, "total_steps": 4, "critic_rewards_mean": 0.5})

or the fixture ``compatible`` of ``tests/jobs/conftest.py``. Operations that can fail:
``create_file``, ``list_files``, ``create_job``, ``list_jobs``, ``get_job``, ``cancel_job``,
``list_events``, ``list_checkpoints``, ``chat``.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from email.parser import BytesParser
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from tests.wire.bedrock import Life
from tests.wire.server import Call, Refused, WireServer

KEY = "bedrock-api-key-for-tests"
_ROUTES = (
    ("create_file", "POST", "/v1/files"),
    ("list_files", "GET", "/v1/files"),
    ("create_job", "POST", "/v1/fine_tuning/jobs"),
    ("list_jobs", "GET", "/v1/fine_tuning/jobs"),
    ("get_job", "GET", "/v1/fine_tuning/jobs/(?P<job>[^/]+)"),
    ("cancel_job", "POST", "/v1/fine_tuning/jobs/(?P<job>[^/]+)/cancel"),
    ("list_events", "GET", "/v1/fine_tuning/jobs/(?P<job>[^/]+)/events"),
    ("list_checkpoints", "GET", "/v1/fine_tuning/jobs/(?P<job>[^/]+)/checkpoints"),
    ("chat", "POST", "/v1/chat/completions"),
)
_HYPERPARAMETERS = {"n_epochs", "batch_size", "learning_rate_multiplier"}


class Compatible(WireServer):
    REFUSALS: ClassVar[dict[str, Refused]] = {
        "throttled": Refused(429, "rate_limit_exceeded", "Too many requests"),
        "denied": Refused(403, "access_denied", "This identity may not do that"),
        "expired": Refused(401, "invalid_api_key", "The API key has expired"),
        "invalid": Refused(400, "invalid_request_error", "The training file has too few rows"),
        "failed": Refused(500, "internal_error", "Something went wrong"),
    }

    def __init__(self) -> None:
        super().__init__()
        self.life = Life(end="succeeded")
        self.say: Callable[[str, dict[str, Any]], str] = lambda model, request: f"I am {model}"
        self.on_poll: Callable[[dict[str, Any]], None] = lambda job: None
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self._polls: dict[str, int] = {}

    def log(
        self,
        data: dict[str, Any] | None = None,
        message: str = "training metrics",
        at: int | None = None,
    ) -> None:
        """Adds an event, of a second if one is given: one of metrics, or a message alone."""
        self.events.append({
            "object": "fine_tuning.job.event", "id": f"ftevent-{len(self.events)}",
            "created_at": at or 1_772_000_000 + len(self.events), "level": "info",
            "type": "metrics" if data else "message", "message": message, "data": data,
        })  # fmt: skip

    def understand(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Call:
        if headers.get("authorization") != f"Bearer {KEY}":
            raise Refused(401, "invalid_api_key", "Incorrect API key provided")
        split = urlsplit(path)
        for operation, verb, pattern in _ROUTES:
            match = re.fullmatch(pattern, split.path)
            if verb == method and match:
                params: dict[str, Any] = {**dict(parse_qsl(split.query)), **match.groupdict()}
                kind = headers.get("content-type", "")
                if kind.startswith("multipart/form-data"):
                    params |= _parts(kind, body)
                elif body:
                    params |= json.loads(body)
                return Call(operation, params, headers)
        raise Refused(404, "not_found", f"{method} {path}")

    def refusal(self, refused: Refused) -> tuple[dict[str, Any], dict[str, str]]:
        return {"error": {"message": str(refused), "code": refused.code}}, {}

    def reply(self, call: Call) -> dict[str, Any]:
        return getattr(self, f"_{call.operation}")(call.params)

    def _create_file(self, params: dict[str, Any]) -> dict[str, Any]:
        if params.get("purpose") != "fine-tune":
            raise Refused(400, "invalid_request_error", "purpose must be fine-tune")
        name, content = params["file"]
        made = {
            "id": f"file-{len(self.files) + 1}", "object": "file", "filename": name,
            "bytes": len(content), "created_at": int(time.time()), "purpose": "fine-tune",
            "status": "processed",
        }  # fmt: skip
        self.files[made["id"]] = made
        self.contents[made["id"]] = content
        return made

    def _list_files(self, params: dict[str, Any]) -> dict[str, Any]:
        return _page(list(self.files.values()), params)

    def _create_job(self, params: dict[str, Any]) -> dict[str, Any]:
        unknown = params.keys() - {"model", "training_file", "validation_file", "method"}
        method = params.get("method", {})
        reinforcement = method.get("reinforcement", {})
        grader = reinforcement.get("grader", {})
        function = grader.get("lambda", {}).get("function", "")
        wrong = (
            [f"unknown parameter {name}" for name in unknown]
            + ["method.type" for _ in [0] if method.get("type") != "reinforcement"]
            + ["grader.type" for _ in [0] if grader.get("type") != "lambda"]
            + ["no such grader" for _ in [0] if not function.startswith("arn:aws:lambda:")]
            + [
                f"no such file {params[key]}"
                for key in ("training_file", "validation_file")
                if key in params and params[key] not in self.files
            ]
            + sorted(reinforcement.get("hyperparameters", {}).keys() - _HYPERPARAMETERS)
        )
        if wrong:
            raise Refused(400, "invalid_request_error", "; ".join(wrong))
        made = {
            "id": f"ftjob-{len(self.jobs) + 1}", "object": "fine_tuning.job",
            "created_at": int(time.time()), "status": "running", "fine_tuned_model": None,
            "error": None, "result_files": [], "organization_id": "", "seed": 0,
            "hyperparameters": {}, "validation_file": None, **params,
        }  # fmt: skip
        self.jobs[made["id"]], self._polls[made["id"]] = made, 0
        return made

    def _list_jobs(self, params: dict[str, Any]) -> dict[str, Any]:
        return _page(list(self.jobs.values()), params)

    def _get_job(self, params: dict[str, Any]) -> dict[str, Any]:
        job = self._job(params)
        self.on_poll(job)
        if job["status"] == "running":
            self._polls[job["id"]] += 1
            if self.life.polls is not None and self._polls[job["id"]] > self.life.polls:
                job["status"] = self.life.end
                if self.life.end == "succeeded":
                    job["fine_tuned_model"] = f"ft:{job['model']}:{job['id']}"
                else:
                    job["error"] = {"code": "error", "message": self.life.message, "param": None}
        return job

    def _cancel_job(self, params: dict[str, Any]) -> dict[str, Any]:
        job = self._job(params)
        job["status"] = "cancelled"
        return job

    def _list_events(self, params: dict[str, Any]) -> dict[str, Any]:
        self._job(params)
        return _page(self.events[::-1], params)

    def _list_checkpoints(self, params: dict[str, Any]) -> dict[str, Any]:
        job = self._job(params)
        made = {
            "id": "ftckpt-1", "object": "fine_tuning.job.checkpoint", "created_at": 1_772_000_000,
            "fine_tuned_model_checkpoint": f"ft:{job['model']}:{job['id']}:ckpt-step-2",
            "fine_tuning_job_id": job["id"], "metrics": {"step": 2}, "step_number": 2,
        }  # fmt: skip
        return _page([made], params)

    def _chat(self, params: dict[str, Any]) -> dict[str, Any]:
        text = self.say(params["model"], params)
        words = text.split()
        cut = len(words) > params.get("max_completion_tokens", 10**9)
        return {
            "id": "chatcmpl-1", "object": "chat.completion", "created": int(time.time()),
            "model": params["model"],
            "choices": [{
                "index": 0, "finish_reason": "length" if cut else "stop",
                "message": {"role": "assistant", "content": text},
            }],
            "usage": {"prompt_tokens": 12, "completion_tokens": len(words), "total_tokens": 12},
        }  # fmt: skip

    def _job(self, params: dict[str, Any]) -> dict[str, Any]:
        if params["job"] not in self.jobs:
            raise Refused(404, "not_found", f"No job {params['job']}")
        return self.jobs[params["job"]]


def _page(items: list[dict[str, Any]], params: dict[str, Any]) -> dict[str, Any]:
    """Returns at most two items, so that a client that forgets the pages is found out."""
    ids = [item["id"] for item in items]
    start = ids.index(params["after"]) + 1 if "after" in params else 0
    return {
        "object": "list",
        "data": items[start : start + 2],
        "has_more": start + 2 < len(items),
    }


def _parts(kind: str, body: bytes) -> dict[str, Any]:
    message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    parts: dict[str, Any] = {}
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            filename = part.get_filename()
            parts[name] = (filename, content) if filename else content.decode()
    return parts
