"""How fast a training file is checked and split: ``python -m benches.data_checks [ROWS]``.

Each figure is a process of its own, so that peak memory is its own too. The baseline is
``json.loads`` of every line and a set of its prompts, the least that finds equal prompts. One row
in a hundred is a near-duplicate of an earlier one.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

from benches.usage import arguments

ROWS = 20_000
_SYLLABLES = ["ka", "me", "to", "ri", "su", "no", "ha", "yu", "bel", "dor", "fin", "gam", "lis"]
_WORDS = [a + b + c for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES]
_TASK = "Read the ticket and name the route, in one word, without an explanation. Ticket: "


def make(path: Path, count: int) -> Path:
    """Writes a training file with prompts of about 60 words."""
    rng = random.Random(7)
    last = ""
    with path.open("w") as out:
        for n in range(count):
            near = n % 100 == 99
            text = f"{last} soon" if near else f"{n} " + " ".join(rng.choices(_WORDS, k=48))
            last = text
            turns = [{"role": "user", "content": _TASK + text}]
            row = {"id": f"r{n}", "messages": turns, "reference_answer": f"route {n % 97}"}
            out.write(json.dumps(row) + "\n")
    return path


def baseline(file: str) -> None:
    """Reads every line and remembers its prompt."""
    seen: set[str] = set()
    with Path(file).open() as stream:
        for line in stream:
            seen.add(json.loads(line)["messages"][-1]["content"])


def validate(file: str) -> None:
    """Checks with what ``touchstone data validate --max-prompt-length`` runs."""
    from touchstone.workbench.data.validate import Checks
    from touchstone.workbench.data.validate import validate as run

    deque(run(file, checks=Checks(max_prompt_length=2048)), maxlen=0)


def profile(file: str) -> None:
    """Profiles with what ``touchstone data profile`` runs."""
    from touchstone.workbench.data.profile import profile as run

    run(file)


def split(file: str) -> None:
    """Splits with what ``touchstone data split`` runs."""
    from touchstone.workbench.data.split import How
    from touchstone.workbench.data.split import split as run

    run(file, file.removesuffix(".jsonl"), How())


_TASKS = {task.__name__: task for task in (baseline, validate, profile, split)}


def main() -> None:
    """Prints a line per task."""
    if sys.argv[1:2] == ["--task"]:
        start = time.perf_counter()
        _TASKS[sys.argv[2]](sys.argv[3])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([time.perf_counter() - start, peak]))
        return
    (count,) = arguments(__doc__, ROWS=ROWS)
    print(f"{'task':<12}{'rows':>10}{'rows/s':>10}{'peak MiB':>10}")
    with tempfile.TemporaryDirectory() as name:
        for rows in (count // 10, count):
            file = make(Path(name) / "rows.jsonl", rows)
            for task in _TASKS:
                reply = subprocess.run(
                    [sys.executable, "-m", "benches.data_checks", "--task", task, str(file)],
                    check=True, capture_output=True, text=True,
                ).stdout  # fmt: skip
                seconds, peak = json.loads(reply)
                print(f"{task:<12}{rows:>10,}{rows / seconds:>10,.0f}{peak:>10.0f}", flush=True)


if __name__ == "__main__":
    main()
