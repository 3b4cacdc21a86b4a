"""Candidates per second, ten small tests each: cages against a fresh process and against exec.

Baselines: one fresh ``python -I`` process per candidate, which is what most graders do; and
``exec`` in this process, which holds nothing back and shows what isolation costs.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benches.figures import tell
from benches.usage import arguments
from touchstone.deadline import Deadline
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.types import Call, FunctionJob, Limits, Returned

CANDIDATES, ROUNDS, TESTS, THREADS = 40, 7, 10, 2
CODE = """
def f(items):
    total = 0
    for i, item in enumerate(items):
        total += item * i
    return total
"""
INPUTS = [list(range(n)) for n in range(TESTS)]
WANTED = [sum(i * i for i in range(n)) for n in range(TESTS)]
SCRIPT = f"{CODE}\nimport json, sys\nprint(json.dumps([f(x) for x in json.load(sys.stdin)]))"
JOB = FunctionJob(CODE, "f", tuple(Call((items,)) for items in INPUTS))


def fresh_process(_n: int) -> None:
    """One candidate in one ``python -I``."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", SCRIPT],
        input=json.dumps(INPUTS),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == WANTED


def in_process(_n: int) -> None:
    """One candidate by ``exec`` here."""
    names: dict[str, Any] = {}
    exec(CODE, names)
    assert [names["f"](items) for items in INPUTS] == WANTED


def run() -> list[dict[str, Any]]:
    """Returns a row per way: candidates a second, milliseconds each, ratio to a fresh process."""
    sandbox = open_sandbox()

    def cage(_n: int) -> None:
        outcomes = sandbox.run(JOB, Limits(), Deadline()).outcomes
        assert [o.value for o in outcomes if isinstance(o, Returned)] == WANTED

    ways: dict[str, tuple[Callable[[int], None], int]] = {
        "fresh python -I (baseline)": (fresh_process, 1),
        "cage": (cage, 1),
        "exec in process": (in_process, 1),
        f"fresh python -I, {THREADS} threads": (fresh_process, THREADS),
        f"cage, {THREADS} threads": (cage, THREADS),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    with ThreadPoolExecutor(THREADS) as pool:
        cage(0)
        for _ in range(ROUNDS):
            for name, (way, threads) in ways.items():
                started = time.perf_counter()
                if threads == 1:
                    for n in range(CANDIDATES):
                        way(n)
                else:
                    list(pool.map(way, range(CANDIDATES)))
                times[name].append((time.perf_counter() - started) / CANDIDATES)
    rows = []
    base = times["fresh python -I (baseline)"]
    for name, seconds in times.items():
        ratios = [b / s for b, s in zip(base, seconds, strict=True)]
        median = statistics.median(seconds)
        rows.append(
            {
                "way": name,
                "per_s": 1 / median,
                "ms": 1000 * median,
                "ratio": statistics.median(ratios),
            }
        )
    rows += _cpu(fresh_process)
    usage = sandbox.run(JOB, Limits(), Deadline()).usage
    rows.append({"way": "peak resident memory of one cage", "mib": usage.peak_memory_mb})
    rows.append({"way": "private memory of one cage", "mib": _private_mib(sandbox)})
    rows.append({"way": "isolation", "level": sandbox.isolation.level})
    sandbox.close()
    return rows


def _cpu(fresh: Callable[[int], None]) -> list[dict[str, Any]]:
    """Returns CPU milliseconds a candidate, every process counted, the zygote's start too."""

    def spent() -> float:
        own, children = (resource.getrusage(who) for who in (0, resource.RUSAGE_CHILDREN))
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    started = spent()
    for n in range(CANDIDATES):
        fresh(n)
    middle = spent()
    sandbox, candidates = open_sandbox(), 10 * CANDIDATES
    for _ in range(candidates):
        sandbox.run(JOB, Limits(), Deadline())
    sandbox.close()
    base, cage = (middle - started) / CANDIDATES, (spent() - middle) / candidates
    return [
        {"way": "CPU of a fresh python -I", "cpu_ms": 1000 * base, "ratio": 1.0},
        {"way": "CPU of a cage", "cpu_ms": 1000 * cage, "ratio": base / cage},
    ]


def _private_mib(sandbox: Any) -> float:
    """Returns what one cage does not share with its zygote, in MiB, 0 without /proc."""
    with sandbox.session(CODE, Limits(), Deadline()) as session:
        session.call("f", [1])
        try:
            rollup = Path(f"/proc/{session.pid}/smaps_rollup").read_text()
        except OSError:
            return 0.0
    fields = dict(line.split(":") for line in rollup.splitlines()[1:])
    return sum(int(fields[f"Private_{kind}"].split()[0]) for kind in ("Clean", "Dirty")) / 1024


def main() -> None:
    """Prints the table."""
    rows = run()
    lines = [
        [row["way"], f"{row['per_s']:,.0f}" if "ms" in row else "",
         f"{row['ms' if 'ms' in row else 'cpu_ms']:.2f} ms", f"{row['ratio']:.1f}x"]
        for row in rows
        if "ratio" in row
    ]  # fmt: skip
    tell("sandbox-candidates", ["", "candidates/s", "each", "ratio"], lines)
    for row in rows:
        if "mib" in row:
            print(f"{row['way']}: {row['mib']:.1f} MiB")
        elif "level" in row:
            print(f"{row['way']}: {row['level']}")


if __name__ == "__main__":
    arguments(__doc__)
    main()
