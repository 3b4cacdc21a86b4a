"""What `make e2e` prints at its end: what was proven on what, and how long calls took."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table

_PARTS = {
    "test_runtime.py": "packages under Lambda's runtime interface",
    "test_capacity.py": "a small account, many callers",
    "test_deploy.py": "stack deployed to the local AWS",
    "test_regrade.py": "rows in S3, graded in the account",
    "test_clients.py": "AWS's own reward verifiers",
    "test_trl.py": "a step of TRL's own trainer",
}


@dataclass
class Report:
    """Collects the times of calls, in milliseconds; judges none."""

    times: dict[tuple[str, str], dict[str, list[float]]] = field(default_factory=dict)

    def timed(self, part: str, function: str, kind: str, started: float) -> None:
        """Adds the time since ``started``, a ``time.perf_counter()``."""
        cells = self.times.setdefault((part, function), {})
        cells.setdefault(kind, []).append((time.perf_counter() - started) * 1000)

    def show(self, python: str, results: Iterable[tuple[str, str, float]]) -> None:
        """Prints two tables: results by part, and medians of times by function.

        Args:
            python: What the functions ran on.
            results: Of each test's phases: its file, how it ended, the seconds it took.
        """
        console = Console(width=100)
        console.print(self._results(python, results))
        console.print(self._times())

    def _results(self, python: str, results: Iterable[tuple[str, str, float]]) -> Table:
        ends: dict[str, Counter[str]] = {}
        seconds: dict[str, float] = {}
        for file, end, took in results:
            ends.setdefault(file, Counter())[end] += 1
            seconds[file] = seconds.get(file, 0.0) + took
        table = Table("proven", "passed", "failed", "seconds", title=python)
        for file, counts in ends.items():
            failed = counts["failed"] + counts["error"]
            name = _PARTS.get(file, file)
            table.add_row(name, str(counts["passed"]), str(failed), f"{seconds[file]:.0f}")
        return table

    def _times(self) -> Table:
        kinds = sorted({kind for cells in self.times.values() for kind in cells})
        table = Table("one row through", "function", *kinds, title="median milliseconds")
        for (part, function), cells in self.times.items():
            values = [f"{statistics.median(cells[k]):.0f}" if k in cells else "" for k in kinds]
            table.add_row(part, function, *values)
        return table
