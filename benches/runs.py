"""What 200,000 rollouts of a job take as a run: ``python -m benches.runs [ROLLOUTS]``.

Seconds on the clock and of the processor, and the process's peak memory, for the import, a look
at what is new, and a difference.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from benches.usage import arguments
from touchstone.workbench.jobs.folder import JobFolder, State
from touchstone.workbench.runs.bring import bring
from touchstone.workbench.runs.diff import diff
from touchstone.workbench.runs.records import of_folder
from touchstone.workbench.runs.store import find

SAMPLES, PROMPTS = 8, 128


def main() -> None:
    """Prints the figures."""
    (count,) = arguments(__doc__, ROLLOUTS=200_000)
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        names = [_brought(seed, count) for seed in (0, 1)]
        with _timed("looked into again, nothing new"):
            _bring("0")
        with _timed("difference"), find(names[0], "runs") as one, find(names[1], "runs") as two:
            found = diff(one, two)
        print(f"{found.paired:,} pairs, {found.groups.turned:,} advantages turned")
        size = (Path("runs") / f"{names[0]}.run").stat().st_size
        print(f"{size / 1e6:,.0f} MB a run")


def _brought(seed: int, count: int) -> str:
    folder = JobFolder(Path("jobs") / str(seed))
    folder.begin(State(name=str(seed), service="local", grader="g"), "")
    rollouts = _rollouts(count, Random(seed))
    while some := list(islice(rollouts, PROMPTS * SAMPLES)):
        folder.add_rollouts(some)
    with _timed(f"import of {count:,} rollouts"):
        return _bring(str(seed))


def _bring(name: str) -> str:
    (records,) = of_folder(JobFolder(Path("jobs") / name), [])
    return bring(records, "runs").name


def _rollouts(count: int, rng: Random) -> Iterator[dict[str, Any]]:
    for n in range(count):
        step, place = divmod(n, PROMPTS * SAMPLES)
        reward = round(rng.random(), 3)
        yield {
            "step": step + 1, "group": f"p{place // SAMPLES}", "id": f"{step}-{place}",
            "prompt": f"Question {place // SAMPLES}: " + "what is asked here, at length? " * 8,
            "completion": f"Answer {n}: " + json.dumps(n) * 60, "reference_answer": "42",
            "reward": reward, "metrics": {"right": reward}, "outcome": "scored", "reason": "so",
        }  # fmt: skip


@contextlib.contextmanager
def _timed(what: str) -> Iterator[None]:
    began, worked = time.perf_counter(), time.process_time()
    yield
    took, cpu = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {took:.1f} s ({cpu:.1f} of CPU), {peak:,.0f} MB at most so far")


if __name__ == "__main__":
    main()
