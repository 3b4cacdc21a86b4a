"""What a plan finds wrong: how bad, where in the job.toml, and the setting that would work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from touchstone.workbench.jobs.spec import JobFile

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that a person should judge.

    Attributes:
        severity: ``error`` where the job cannot work, else ``warning``.
        place: ``file:line``.
        key: The dotted key of job.toml; ``""`` for a line of the dataset.
        message: What is wrong.
        fix: What would work.
    """

    severity: Severity
    place: str
    key: str
    message: str
    fix: str

    @property
    def line(self) -> str:
        """The finding as a sentence: where it is, what is wrong, and what would work."""
        key = f" {self.key}:" if self.key else ""
        return f"{self.place}:{key} {self.message} -> {self.fix}"


@dataclass(slots=True)
class Findings:
    """Collects findings about one job.toml; the same finding is kept once."""

    file: JobFile
    _found: dict[Finding, None] = field(default_factory=dict)

    def error(self, key: str, message: str, fix: str) -> None:
        """Notes what cannot work."""
        self.add(Finding("error", self.file.place(key), key, message, fix))

    def warn(self, key: str, message: str, fix: str) -> None:
        """Notes what may not work, or what nobody documents."""
        self.add(Finding("warning", self.file.place(key), key, message, fix))

    def add(self, finding: Finding) -> None:
        """Notes a finding that has its place already."""
        self._found[finding] = None

    def __iter__(self) -> Iterator[Finding]:
        """Yields errors first, each kind in the order it was found."""
        yield from sorted(self._found, key=lambda finding: finding.severity != "error")
