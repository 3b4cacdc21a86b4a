"""Where rows to grade come from: a file, or a kept run, of which only some may be asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from touchstone.workbench.grading.run import Graded
from touchstone.workbench.rows.events import read_events
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.rows.storage import DataError, count_lines
from touchstone.workbench.runs.run import Head, Run
from touchstone.workbench.runs.store import find

_RUN = "run:"  # of a name that means a kept run where a file could stand
Grade = Callable[[Iterator[Line]], Iterator[Graded]]


class Source:
    """Rows of a file or of a kept run.

    Args:
        name: A file as :func:`read_events` takes it, or ``run:`` and the name of a run.
        runs: Where runs are kept.
        mends: The grader that only grades what the run left unscored, the other rows keeping
            their results; ``""`` to grade all.

    Attributes:
        name: As given; of a run with its whole id.
        mended: What the run is of whose scores are kept, if there is one.

    Raises:
        DataError: What is to be mended is a file, or a run of another grader; or nobody recorded
            a completion of the run's rollouts.
        NoSuchRun: There is no such run.
    """

    def __init__(self, name: str, runs: str, *, mends: str = "") -> None:
        self.name = name
        self._run: Run | None = None
        if name.startswith(_RUN):
            self._run = find(name.removeprefix(_RUN), runs)
            self.name = f"{_RUN}{self._run.name}"
            _check_told(self._run)
        elif mends:
            raise DataError(f"{name}: which rows are unscored is known of run:NAME only")
        self.mended: Head | None = self._run.head if self._run and mends else None
        if self.mended and self.mended.grader != mends:
            raise DataError(f"{name}: its scores are of {self.mended.grader}, not of {mends}")

    def lines(self) -> Iterator[Line]:
        """Yields the rows.

        Raises:
            DataError: The file cannot be opened, or breaks off in the middle.
        """
        if self._run is None:
            return read_events(self.name)
        return (line for line, _ in self._run.graded())

    def graded(self, lines: Iterator[Line], grade: Grade) -> Iterator[Graded]:
        """Yields every row with its result, in order.

        Args:
            lines: The rows, as ``lines`` gave them.
            grade: Grades rows, in order.
        """
        if self._run is None or self.mended is None:
            yield from grade(lines)
            return
        was = self._run
        fresh = grade(line for line, entry in was.graded() if entry["outcome"] != "scored")
        for line, entry in was.graded():
            yield (line, entry) if entry["outcome"] == "scored" else next(fresh)

    def count(self) -> int | None:
        """Returns how many rows there are about, where that is soon known."""
        return count_lines(self.name) if self._run is None else self._run.count()


def _check_told(run: Run) -> None:
    """Refuses what would only say of every row that it has no completion."""
    untold, rows = run.head.untold, run.count()
    if untold and untold == rows:
        raise DataError(
            f"run {run.head.id}: none of its {rows:,} completions was recorded, so there is "
            "nothing to grade",
            "a stage with `record_text` records them, without personal data (docs/deploy.md)",
        )
