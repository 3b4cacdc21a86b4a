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

from benches.figures import tell
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
        lines: list[list[str]] = []
        names = [_written(seed, count) for seed in (0, 1)]
        with _timed("`runs import`", lines):
            ids = [_bring(names[0])]
        size = (Path("runs") / f"{ids[0]}.run").stat().st_size
        lines[0][0] += f", a run of {size / 1e6:,.0f} MB"
        with _timed("the same again, with nothing new", lines):
            _bring(names[0])
        ids.append(_bring(names[1]))
        with (
            _timed("`runs diff` of two, with steps and turned advantages", lines),
            find(ids[0], "runs") as one,
            find(ids[1], "runs") as two,
        ):
            found = diff(one, two)
        tell("runs-large", ["", "CPU", "memory"], lines)
        print(f"{found.paired:,} pairs, {found.groups.turned:,} advantages turned")


def _written(seed: int, count: int) -> str:
    folder = JobFolder(Path("jobs") / str(seed))
    folder.begin(State(name=str(seed), service="local", grader="g"), "")
    rollouts = _rollouts(count, Random(seed))
    while some := list(islice(rollouts, PROMPTS * SAMPLES)):
        folder.add_rollouts(some)
    return str(seed)


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
def _timed(what: str, lines: list[list[str]]) -> Iterator[None]:
    """Adds a line: the CPU time that it took, and the process's peak until then."""
    began = time.process_time()
    yield
    cpu = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines.append([what, f"{cpu:.1f} s", f"{peak:,.0f} MB"])


if __name__ == "__main__":
    main()
