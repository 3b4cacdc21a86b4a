"""A terminal: the ``touchstone`` command in a process of its own, against the local AWS."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from tests.e2e.cloud import Cloud, environment
from tests.wire.bedrock import Bedrock

COMMAND = Path(sys.executable).with_name("touchstone")
_TIMEOUT_S = 240


class Terminal:
    """Runs commands in a folder, and reads what they leave there.

    Args:
        folder: Where the job.toml is.
        cloud: S3, Lambda and the logs.
        bedrock: Jobs, deployments and models.
        variables: More of the environment.
    """

    def __init__(
        self, folder: Path, cloud: Cloud, bedrock: Bedrock, variables: Mapping[str, str] = {}
    ) -> None:
        self.folder = folder
        self._environment = environment(cloud.folder, cloud.url) | {
            "AWS_ENDPOINT_URL_BEDROCK": bedrock.url,
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": bedrock.url,
            "COLUMNS": "200",
            **variables,
        }

    def __call__(self, *arguments: str, code: int | None = 0, **variables: str) -> str:
        """Runs ``touchstone``; returns what it printed.

        Fails on another exit code than ``code``; ``None`` stands for any but 0.
        """
        done = subprocess.run(
            [COMMAND, *arguments],
            cwd=self.folder, env=self._environment | variables, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=_TIMEOUT_S,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == code if code is not None else done.returncode, (
            f"touchstone {' '.join(arguments)}\n{said}"
        )
        assert "Traceback" not in said, said
        return said

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Runs a command with ``--json`` and returns what it printed last."""
        return json.loads(self(*arguments, "--json", code=code).strip().splitlines()[-1])


def sums(count: int) -> list[tuple[str, str]]:
    """Returns that many different questions with their answers."""
    return [(f"What is {n} + {3 * n + 1}?", str(4 * n + 1)) for n in range(count)]


def answer_of(question: str) -> str:
    """Returns the right answer to one of the questions."""
    left, _, right = question.removeprefix("What is ").removesuffix("?").partition(" + ")
    return str(int(left) + int(right))


def logged(pairs: list[tuple[str, str]]) -> bytes:
    """Returns the calls as Bedrock logs them: gzipped JSON lines.

    Source: Amazon Bedrock user guide, "Monitor model invocation using CloudWatch Logs and
    Amazon S3".
    """
    records = [
        {
            "schemaType": "ModelInvocationLog", "schemaVersion": "1.0",
            "timestamp": "2026-01-02T03:04:05Z", "accountId": "111122223333",
            "region": "us-east-1", "requestId": f"r{number}", "operation": "Converse",
            "modelId": "amazon.nova-2-lite-v1:0", "requestMetadata": {"project": project},
            "input": {
                "inputContentType": "application/json", "inputTokenCount": 9,
                "inputBodyJson": {"messages": [{"role": "user", "content": [{"text": question}]}]},
            },
            "output": {
                "outputContentType": "application/json", "outputTokenCount": 1,
                "outputBodyJson": {
                    "output": {"message": {"role": "assistant", "content": [{"text": answer}]}},
                    "stopReason": "end_turn",
                },
            },
        }
        for number, (question, answer) in enumerate(pairs)
        for project in ("sums", "other")
    ]  # fmt: skip
    return gzip.compress("\n".join(map(json.dumps, records)).encode())


def train(
    lambda_: Any, function: str, rows: Sequence[dict[str, Any]], step: int, *, samples: int
) -> float:
    """Grades the rollouts of one update as Bedrock does; more are right the later it is.

    Returns:
        Their mean reward.
    """
    events = []
    for place, row in enumerate(rows):
        for sample in range(samples):
            text = row["reference_answer"] if (place + sample) % 4 <= step else "0"
            turns = [*row["messages"], {"role": "assistant", "content": f"\\boxed{{{text}}}"}]
            extra = {key: value for key, value in row.items() if key != "messages"}
            events.append({"id": f"{step}-{place}-{sample}", "messages": turns, "metadata": extra})
    scores = []
    for start in range(0, len(events), 64):
        payload = json.dumps(events[start : start + 64]).encode()
        reply = lambda_.invoke(FunctionName=function, Payload=payload)["Payload"].read()
        scores += [result["aggregate_reward_score"] for result in json.loads(reply)]
    return fmean(scores)
