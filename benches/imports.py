"""What importing costs: whole Python processes, in turn, so that drift hits all alike."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping

_RUNS = 15


def import_times(programs: Mapping[str, str]) -> dict[str, float]:
    """Returns the median milliseconds of a process per program, by its name."""
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(_RUNS):
        for name, program in programs.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True)
            times[name].append(1000 * (time.perf_counter() - started))
    return {name: statistics.median(samples) for name, samples in times.items()}
