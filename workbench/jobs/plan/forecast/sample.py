"""Rollouts asked of a model for a forecast, kept in a file that a later call goes on with."""

from __future__ import annotations

import json
import os
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.forecast.rollouts import key_of_dataset_row
from touchstone.workbench.jobs.prompts import problem_of
from touchstone.workbench.jobs.service import Chat
from touchstone.workbench.jobs.services import service_of
from touchstone.workbench.jobs.spec import Data, Grader, Job
from touchstone.workbench.rows.rft import read_lines

Ask = Callable[..., Chat]
# As rollouts are drawn in training: a lower one would show less variety than the job will.
TEMPERATURE = 1.0


class SampleError(WorkbenchError):
    """The file of samples cannot be gone on with; the message says why (bad input)."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """What is asked.

    Attributes:
        model: Who is asked.
        samples: Rollouts per prompt.
        prompts: At most this many of the dataset's.
        max_tokens: The job's ``inferenceMaxTokens``.
        concurrency: Requests at the same time.
        seed: Of the choice of prompts; a larger ``prompts`` keeps the earlier ones.
    """

    model: str
    samples: int
    prompts: int
    max_tokens: int
    concurrency: int = 8
    seed: int = 0


def choose(train: str, sampling: Sampling) -> list[dict[str, Any]]:
    """Returns the dataset's rows that are asked.

    Raises:
        DataError: The dataset cannot be read.
    """
    rows = {
        key: line.row
        for line in read_lines(train)
        if line.row is not None
        and not problem_of(line.row)  # the plan's findings name these
        and (key := key_of_dataset_row(line.row)) is not None
    }
    keys = sorted(rows)
    random.Random(sampling.seed).shuffle(keys)  # noqa: S311 - a choice, not a secret
    return [rows[key] for key in keys[: sampling.prompts]]


def ask(rows: str, sampling: Sampling, endpoint: str, target: Path) -> None:
    """Asks a model for rollouts of a file's prompts, without a job, as far as they are missing.

    Args:
        rows: The dataset.
        sampling: What is asked.
        endpoint: Of an OpenAI-compatible API; ``""`` asks Bedrock.
        target: The file of rollouts.

    Raises:
        DataError: The rows cannot be read.
        SampleError: The target is of another model or limit.
        ServiceError: The model cannot be asked; what it answered is in the file.
    """
    job = Job(
        name="check", service="compatible" if endpoint else "bedrock", endpoint=endpoint,
        data=Data(train=rows), grader=Grader(),
    )  # fmt: skip
    sample(choose(rows, sampling), sampling, service_of(job).chat, target)


def sample(
    rows: Sequence[dict[str, Any]],
    sampling: Sampling,
    ask: Ask,
    file: Path,
    on_answer: Callable[[], None] = lambda: None,
) -> int:
    """Adds to ``file`` the rollouts that it lacks, each a row that a grader takes.

    Every answer is written as it comes, so that what was paid for survives whatever ends the
    run; the same call then asks for the rest.

    Args:
        rows: Of the dataset.
        sampling: What is asked.
        ask: A service's ``chat``.
        file: The rollouts, JSONL.
        on_answer: Is called for each answer.

    Returns:
        How many were asked for now.

    Raises:
        SampleError: The file holds rollouts of another model or limit.
        ServiceError: The service refused; what had been answered is in the file.
    """
    have = _counted(file, sampling)
    missing = [
        (row, index)
        for row in rows
        for index in range(have[key_of_dataset_row(row)], sampling.samples)
    ]
    missing.sort(key=lambda each: each[1])  # whoever stops early has some of every prompt
    lock = threading.Lock()

    def one(row: dict[str, Any], index: int) -> None:
        answer = ask(
            sampling.model, row["messages"], max_tokens=sampling.max_tokens,
            temperature=TEMPERATURE, seed=sampling.seed + index,
        )  # fmt: skip
        line = json.dumps(_rollout(row, answer, sampling), ensure_ascii=False) + "\n"
        with lock, file.open("ab") as sink:
            sink.write(line.encode("utf-8", "surrogatepass"))

    pool = ThreadPoolExecutor(sampling.concurrency, thread_name_prefix="sample")
    try:
        for done in as_completed([pool.submit(one, row, index) for row, index in missing]):
            done.result()
            on_answer()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # what is under way is paid for: keep it
    return len(missing)


def _rollout(row: Mapping[str, Any], answer: Chat, sampling: Sampling) -> dict[str, Any]:
    turns = [*row["messages"], {"role": "assistant", "content": answer.text}]
    sampled = {
        "model": sampling.model, "max_tokens": sampling.max_tokens,
        "input_tokens": answer.input_tokens, "output_tokens": answer.output_tokens,
        "latency_ms": answer.latency_ms,
    }  # fmt: skip
    return {**row, "messages": turns, "truncated": answer.truncated, "sampled": sampled}


def _counted(file: Path, sampling: Sampling) -> Counter[str | None]:
    """Returns prompt to rollouts in the file; a last line that was cut off is taken away."""
    counts: Counter[str | None] = Counter()
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        return counts
    content = file.read_bytes()
    whole = content.rfind(b"\n") + 1
    for number, row in _rows(file, content[:whole]):
        sampled = row.get("sampled")
        if not isinstance(sampled, dict):
            raise SampleError(f"{file}:{number}: not a rollout that was sampled here")
        for name in ("model", "max_tokens"):
            if sampled.get(name) != getattr(sampling, name):
                raise SampleError(
                    f"{file}:{number}: holds rollouts of {name} {sampled.get(name)}, and not "
                    f"{getattr(sampling, name)}",
                    "give --samples another file",
                )
        counts[key_of_dataset_row({**row, "messages": row["messages"][:-1]})] += 1
    if whole < len(content):
        if not counts:
            raise SampleError(f"{file}: holds no rollout that was sampled here", "name another")
        os.truncate(file, whole)
    return counts


def _rows(file: Path, content: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(content.splitlines(), 1):
        try:
            row = json.loads(line)
        except ValueError as exc:
            raise SampleError(f"{file}:{number}: {exc}") from exc
        if not isinstance(row, dict) or not isinstance(row.get("messages"), list):
            raise SampleError(f"{file}:{number}: not a rollout")
        yield number, row
