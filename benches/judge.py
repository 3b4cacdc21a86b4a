"""What asking a judge costs in time: a batch against its ideal, and the import before it.

Baselines: rows x the judge's time / concurrency, below which no batch can finish; and a
program that makes a bare boto3 client. Exits with 1 when a ratio is above its limit.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from typing import Any

from benches.figures import tell
from benches.usage import arguments
from tests.judge.converse_server import Choose, JudgeServer
from touchstone.contract import Sample
from touchstone.deadline import Deadline
from touchstone.grader import Template, Tools
from touchstone.judge import Criterion, JudgeRequest, Level, Rubric, make_judge
from touchstone.judge.question import Question
from touchstone.outcomes import Grade
from touchstone.pipeline import answer
from touchstone.scoring.compose import compose
from touchstone.settings import GraderSettings

ROWS, CONCURRENCY, JUDGE_S, ROUNDS, IMPORTS = 64, 32, 1.0, 5, 15
MOST_OVER_IDEAL, MOST_OVER_BOTO3 = 1.15, 1.5
JUDGE = "bedrock:us.amazon.nova-pro-v1:0"
# What input to be kept and kept input cost, of the price of input, and rollouts of a prompt.
_WRITTEN, _READ, ROLLOUTS = 1.25, 0.1, 8
RUBRIC = Rubric(
    "bench",
    (Criterion("quality", "Good?", (Level("poor", "No.", 0.0), Level("good", "Yes.", 1.0))),),
)


class _Settings(GraderSettings, frozen=True, kw_only=True):
    formula: str | None = "quality"
    concurrency: int | None = CONCURRENCY


def _grade(sample: Sample, settings: _Settings, tools: Tools) -> Grade:
    request = JudgeRequest(sample.prompt, sample.completion)
    verdict = tools.need_judge().verdict(RUBRIC, request, tools.deadline)
    return compose(verdict.values, settings, metrics=verdict.metrics())


def _event(completions: list[str]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(index),
            "messages": [
                {"role": "user", "content": "Which city is the capital of Norway?"},
                {"role": "assistant", "content": completion},
            ],
        }
        for index, completion in enumerate(completions)
    ]


def _serve(to_bench: Connection) -> None:
    """Serves in a process of its own, so that the judge does not use the bench's time."""
    with JudgeServer(lambda _asked: Choose(after_s=JUDGE_S)) as server:
        to_bench.send(server.url)
        to_bench.recv()
        to_bench.send(len(server.asked))


def _timed(judge: Any, completions: list[str]) -> float:
    grader = Template("bench", "", _Settings, ("quality",), _grade).customize()
    started = time.perf_counter()
    replies = answer(_event(completions), grader, Tools(Deadline.after(60), judge=judge))
    took = time.perf_counter() - started
    assert len(replies) == ROWS
    return took


def batch() -> bool:
    """Prints how long batches take; returns whether the warm median is within its limit."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,))
    process.start()
    os.environ.update(
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME=here.recv(),
        AWS_DEFAULT_REGION="us-east-1",
        AWS_ACCESS_KEY_ID="bench",
        AWS_SECRET_ACCESS_KEY="bench",
    )
    ideal = ROWS * JUDGE_S / CONCURRENCY
    judge = make_judge(JUDGE)
    first, *warm = (
        _timed(judge, [f"Oslo, for the {round_ * ROWS + n}. time." for n in range(ROWS)])
        for round_ in range(1 + ROUNDS)
    )
    same = _timed(judge, ["Oslo, as everyone says."] * ROWS)
    here.send("stop")
    asked = here.recv() - (1 + ROUNDS) * ROWS
    process.join()
    median = statistics.median(warm)
    lines = [
        ["the ideal (baseline)", f"{ideal:.2f} s", "1.00x"],
        ["a batch of a warm process", f"{median:.2f} s", f"{median / ideal:.2f}x"],
        ["the first batch of a process, which imports boto3", f"{first:.2f} s",
         f"{first / ideal:.2f}x"],
    ]  # fmt: skip
    tell("judge-batches", [f"{ROWS} rows", "", ""], lines)
    print(f"{ROWS} identical rollouts        {same:6.2f} s, asked {asked} time(s)")
    return median <= MOST_OVER_IDEAL * ideal and asked == 1


def _alike(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def kept() -> bool:
    """Prints what a service bills that keeps what it has read, as Claude's prices are."""
    source = "The council of Ostby met on Monday to speak about the bridge. " * 90
    prompts = [
        Question.verdict(
            RUBRIC, JudgeRequest("Summarise.", f"Summary {n}. " * 20, {"source": source})
        )
        for n in range(ROLLOUTS)
    ]
    texts = [f"{prompt.system}\n{prompt.user}" for prompt in (one.prompt() for one in prompts)]
    whole, shared = len(texts[0]), _alike(texts[0], texts[1])
    billed = whole - shared + shared * (_WRITTEN + (ROLLOUTS - 1) * _READ) / ROLLOUTS
    print(f"prompt of a long task        {whole / 4:6.0f} tokens, {shared / 4:.0f} shared")
    print(f"billed of it, {ROLLOUTS} rollouts       {billed / 4:6.0f} tokens a row")
    return billed < whole / 2


def imports() -> bool:
    """Prints what stands before the first call; returns whether it is within its limit."""
    programs = {
        "bare boto3 client (baseline)": "import boto3; boto3.client('bedrock-runtime')",
        "touchstone.judge, made": f"from touchstone.judge import make_judge; make_judge({JUDGE!r})",
    }
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(IMPORTS):
        for name, program in programs.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            times[name].append(1000 * (time.perf_counter() - started))
    base, ours = (statistics.median(samples) for samples in times.values())
    for name, median in zip(programs, (base, ours), strict=True):
        print(f"{name:<28} {median:6.1f} ms as a whole process, {median / base:.2f}x")
    return ours <= MOST_OVER_BOTO3 * base


if __name__ == "__main__":
    arguments(__doc__)
    sys.exit(0 if all([kept(), batch(), imports()]) else 1)
