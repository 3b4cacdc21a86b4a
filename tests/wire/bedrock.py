"""Bedrock's control plane and Converse on this machine, for an unmodified boto3.

Every request is found, decoded and checked by botocore's own service model, patterns
included; what the model does not allow is answered with a ValidationException. Use::

    with Bedrock() as bedrock:
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", bedrock.url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", bedrock.url)
        bedrock.life = Life(polls=2, end="Failed", message="...")
        bedrock.fail("CreateModelCustomizationJob", "throttled", times=2)
        bedrock.say = lambda model, request: "..."

or the fixtures ``bedrock`` and ``cloud`` of ``tests/jobs/conftest.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import botocore.session

from tests.wire.server import Call, Refused, WireServer
from touchstone.workbench.jobs.services.bedrock.shape import violations

ACCOUNT, REGION = "111122223333", "us-east-1"
OPERATIONS = {
    "CreateModelCustomizationJob": "_create_job",
    "ListModelCustomizationJobs": "_list_jobs",
    "GetModelCustomizationJob": "_get_job",
    "StopModelCustomizationJob": "_stop_job",
    "GetCustomModel": "_get_model",
    "CreateCustomModelDeployment": "_create_deployment",
    "GetCustomModelDeployment": "_get_deployment",
    "Converse": "_converse",
}
_PREFIX = f"arn:aws:bedrock:{REGION}:{ACCOUNT}"
_BASE = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0:256k"


@dataclass(frozen=True)
class Life:
    """What becomes of a job: ``InProgress`` for so many looks at it, then its end.

    ``None`` polls never end.
    """

    polls: int | None = 1
    end: str = "Completed"
    message: str = ""
    loss: float | None = None


class Bedrock(WireServer):
    REFUSALS: ClassVar[dict[str, Refused]] = {
        "throttled": Refused(429, "ThrottlingException", "Too many requests"),
        "denied": Refused(
            403, "AccessDeniedException",
            f"User: arn:aws:iam::{ACCOUNT}:user/ada is not authorized to perform this action",
        ),
        "expired": Refused(403, "ExpiredTokenException", "The security token is expired"),
        "invalid": Refused(400, "ValidationException", "Validation failed: too few records"),
        "failed": Refused(500, "InternalServerException", "Something went wrong"),
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.reset()

    def reset(self) -> None:
        """Forgets all that was made, asked and scripted."""
        self.recover()
        self.calls.clear()
        self.life = Life()
        self.deployment = Life(polls=1, end="Active")
        self.model_status = "Active"
        self.say: Callable[[str, dict[str, Any]], str] = lambda model, request: f"I am {model}"
        self.on_poll: Callable[[dict[str, Any]], None] = lambda job: None
        self.jobs: dict[str, dict[str, Any]] = {}
        self.deployments: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, str] = {}

    def understand(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Call:
        split = urlsplit(path)
        route = next(
            (
                (name, match, model)
                for name, verb, pattern, model in _routes()
                if verb == method and (match := re.fullmatch(pattern, split.path))
            ),
            None,
        )
        if route is None:
            raise Refused(404, "UnknownOperationException", f"{method} {path}")
        name, match, model = route
        members = model.members
        names = {
            shape.serialization.get("name", member): member for member, shape in members.items()
        }
        params: dict[str, Any] = {names[key]: unquote(v) for key, v in match.groupdict().items()}
        for key, (value, *_) in parse_qs(split.query).items():
            params[names[key]] = _typed(value, members[names[key]])
        params |= json.loads(body) if body else {}
        found = list(violations(params, model))
        if found:
            text = "; ".join(f"{v.path}: {v.message} ({v.fix})" for v in found)
            raise Refused(400, "ValidationException", text)
        return Call(name, params, headers)

    def refusal(self, refused: Refused) -> tuple[dict[str, Any], dict[str, str]]:
        return {"message": str(refused)}, {"x-amzn-ErrorType": refused.code}

    def reply(self, call: Call) -> dict[str, Any]:
        return getattr(self, OPERATIONS[call.operation])(call.params)

    def _create_job(self, request: dict[str, Any]) -> dict[str, Any]:
        token = request.get("clientRequestToken", "")
        if token in self._tokens:
            return {"jobArn": self._tokens[token]}
        if any(job["request"]["jobName"] == request["jobName"] for job in self.jobs.values()):
            raise Refused(400, "ValidationException", "The provided job name is already in use")
        arn = f"{_PREFIX}:model-customization-job/amazon.nova-2-lite-v1:0:256k/{_id(self.jobs)}"
        self.jobs[arn] = {
            "request": request, "polls": 0, "status": "InProgress", "begin": datetime.now(UTC)
        }  # fmt: skip
        self._tokens[token] = arn
        return {"jobArn": arn}

    def _list_jobs(self, request: dict[str, Any]) -> dict[str, Any]:
        found = [
            {
                "jobArn": arn, "jobName": job["request"]["jobName"], "baseModelArn": _BASE,
                "status": job["status"], "creationTime": job["begin"].isoformat(),
            }
            for arn, job in self.jobs.items()
            if request.get("nameContains", "") in job["request"]["jobName"]
        ]  # fmt: skip
        # One a page, so that a client that forgets the pages is found out.
        at = int(request.get("nextToken", 0))
        more = {"nextToken": str(at + 1)} if at + 1 < len(found) else {}
        return {"modelCustomizationJobSummaries": found[at : at + 1], **more}

    def _get_job(self, request: dict[str, Any]) -> dict[str, Any]:
        job = self._job(request["jobIdentifier"])
        asked = job["request"]
        self.on_poll(job)
        if job["status"] == "Stopping":
            job |= {"status": "Stopped", "end": datetime.now(UTC)}
        elif job["status"] == "InProgress":
            job["polls"] += 1
            if self.life.polls is not None and job["polls"] > self.life.polls:
                job |= {"status": self.life.end, "end": datetime.now(UTC)}
        answer = {
            "jobArn": job["arn"], "jobName": asked["jobName"], "status": job["status"],
            "outputModelName": asked["customModelName"], "roleArn": asked["roleArn"],
            "clientRequestToken": asked["clientRequestToken"],
            "creationTime": job["begin"].isoformat(), "baseModelArn": _BASE,
            "trainingDataConfig": asked["trainingDataConfig"],
            "validationDataConfig": asked.get("validationDataConfig", {"validators": []}),
            "outputDataConfig": asked["outputDataConfig"],
            "customizationType": asked["customizationType"],
            "customizationConfig": asked["customizationConfig"],
        }  # fmt: skip
        if job["status"] == "Completed":
            answer["outputModelArn"] = _model_arn(job["arn"])
            if self.life.loss is not None:
                answer["trainingMetrics"] = {"trainingLoss": self.life.loss}
        if job["status"] == "Failed":
            answer["failureMessage"] = self.life.message
        if "end" in job:
            answer["endTime"] = job["end"].isoformat()
        return answer

    def _stop_job(self, request: dict[str, Any]) -> dict[str, Any]:
        job = self._job(request["jobIdentifier"])
        if job["status"] != "InProgress":
            raise Refused(409, "ConflictException", f"The job is {job['status']}")
        job["status"] = "Stopping"
        return {}

    def _get_model(self, request: dict[str, Any]) -> dict[str, Any]:
        for arn, job in self.jobs.items():
            if _model_arn(arn) == request["modelIdentifier"]:
                return {
                    "modelArn": _model_arn(arn), "modelName": job["request"]["customModelName"],
                    "creationTime": job["begin"].isoformat(), "modelStatus": self.model_status,
                }  # fmt: skip
        raise Refused(404, "ResourceNotFoundException", "The custom model does not exist")

    def _create_deployment(self, request: dict[str, Any]) -> dict[str, Any]:
        token = request.get("clientRequestToken", "")
        if token not in self._tokens:
            self._get_model({"modelIdentifier": request["modelArn"]})
            arn = f"{_PREFIX}:custom-model-deployment/{_id(self.deployments)}"
            self.deployments[arn] = {"request": request, "polls": 0, "begin": datetime.now(UTC)}
            self._tokens[token] = arn
        return {"customModelDeploymentArn": self._tokens[token]}

    def _get_deployment(self, request: dict[str, Any]) -> dict[str, Any]:
        found = self.deployments.get(request["customModelDeploymentIdentifier"])
        if found is None:
            raise Refused(404, "ResourceNotFoundException", "The deployment does not exist")
        found["polls"] += 1
        polls = self.deployment.polls
        over = polls is not None and found["polls"] > polls
        failed = over and self.deployment.end == "Failed"
        return {
            "customModelDeploymentArn": request["customModelDeploymentIdentifier"],
            "modelDeploymentName": found["request"]["modelDeploymentName"],
            "modelArn": found["request"]["modelArn"], "createdAt": found["begin"].isoformat(),
            "status": self.deployment.end if over else "Creating",
            **({"failureMessage": self.deployment.message} if failed else {}),
        }  # fmt: skip

    def _converse(self, request: dict[str, Any]) -> dict[str, Any]:
        text = self.say(request["modelId"], request)
        tokens = {"inputTokens": 12, "outputTokens": len(text.split())}
        limit = request.get("inferenceConfig", {}).get("maxTokens", 10**9)
        return {
            "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
            "stopReason": "max_tokens" if tokens["outputTokens"] > limit else "end_turn",
            "usage": {**tokens, "totalTokens": sum(tokens.values())},
            "metrics": {"latencyMs": 5},
        }

    def _job(self, identifier: str) -> dict[str, Any]:
        for arn, job in self.jobs.items():
            if identifier in (arn, job["request"]["jobName"]):
                job["arn"] = arn
                return job
        raise Refused(404, "ResourceNotFoundException", f"No job {identifier}")


def _model_arn(job_arn: str) -> str:
    return f"{_PREFIX}:custom-model/amazon.nova-2-lite-v1:0:256k/{job_arn[-12:]}"


def _id(taken: dict[str, Any]) -> str:
    return f"{len(taken) + 1:012d}"


def _typed(value: str, shape: Any) -> Any:
    return int(value) if shape.type_name == "integer" else value


@cache
def _routes() -> list[tuple[str, str, str, Any]]:
    """Returns each operation that is served: its name, method, path pattern and input shape."""
    session = botocore.session.get_session()
    served = []
    for service in ("bedrock", "bedrock-runtime"):
        model: Any = session.get_service_model(service)
        for name in model.operation_names:
            if name in OPERATIONS:
                operation = model.operation_model(name)
                path = operation.http["requestUri"].partition("?")[0]
                pattern = re.sub(r"\{(\w+)\+?\}", r"(?P<\1>[^/]+)", path)
                served.append((name, operation.http["method"], pattern, operation.input_shape))
    return served
