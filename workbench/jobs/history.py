"""A job's numbers as series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.stats import Series


@dataclass(frozen=True, slots=True)
class History:
    """What is known of each step.

    Attributes:
        steps: Step to its numbers, in order.
        times: Step to when they were written, ISO 8601.
    """

    steps: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    times: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: JobFolder) -> History:
        """Reads a job's folder.

        Raises:
            FolderError: A line of the metrics cannot be read.
        """
        return cls(folder.metrics(), folder.times())

    def series(self, name: str) -> Series:
        """Returns the steps that have a number of that name, with it."""
        return [(step, values[name]) for step, values in self.steps.items() if name in values]

    def values(self, name: str) -> list[float]:
        """Returns the numbers of that name, in the order of the steps."""
        return [value for _, value in self.series(name)]

    def last(self, name: str) -> float | None:
        """Returns the newest number of that name, ``None`` when there is none."""
        return next(iter(self.values(name)[-1:]), None)

    def total(self, name: str) -> float:
        """Returns the sum over all steps."""
        return sum(self.values(name))

    def names(self, prefix: str = "") -> list[str]:
        """Returns every name that any step has, in alphabetical order."""
        return sorted({n for values in self.steps.values() for n in values if n.startswith(prefix)})

    @property
    def criteria(self) -> list[str]:
        """Names of the criteria, each a series of its mean."""
        return self.names(m.CRITERIA)

    @property
    def unscored_kinds(self) -> dict[str, int]:
        """Rollouts that could not be scored, by kind of fault, over all steps."""
        totals = {m.fault_of(n): int(self.total(n)) for n in self.names(m.unscored(""))}
        return {kind: count for kind, count in totals.items() if count}
