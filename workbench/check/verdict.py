"""What one probe found: whether the grader holds, how sure that is, and the smallest proof."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from touchstone.workbench.check.trial import Answered
from touchstone.workbench.stats import Share, wilson

Status = Literal["holds", "falls_short", "not_tried"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a probe says.

    Attributes:
        probe: Its name, with what of it was tried: ``gold``, ``attack:empty``.
        status: ``not_tried`` where nothing could be tried; ``said`` then has why.
        said: One sentence for a person.
        tried: How many trials it rests on.
        failed: How many of them fell short.
        of: What those are a share of, as in ``references``.
        smallest: The smallest input that shows the fault; ``None`` where it holds.
        beside: What it is to be compared with, where the fault takes two.
        seen: Figures of the probe's own, by name.
    """

    probe: str
    status: Status
    said: str
    tried: int = 0
    failed: int = 0
    of: str = "trials"
    smallest: Answered | None = None
    beside: Answered | None = None
    seen: dict[str, Any] | None = None

    @property
    def share(self) -> Share | None:
        """The share that failed, with its 95 % interval by Wilson; ``None`` of nothing."""
        return wilson(self.failed / self.tried, self.tried) if self.tried else None

    def as_json(self) -> dict[str, Any]:
        """Returns it as data."""
        return {
            "probe": self.probe,
            "status": self.status,
            "said": self.said,
            "tried": self.tried,
            "failed": self.failed,
            "of": self.of,
            "share": asdict(self.share) if self.share else None,
            "smallest": self.smallest.as_json() if self.smallest else None,
            "beside": self.beside.as_json() if self.beside else None,
            "seen": self.seen or {},
        }


def smallest_of(answers: Sequence[Answered]) -> Answered | None:
    """Returns the answer with the shortest completion; ``None`` of none."""
    return min(answers, key=lambda one: one.trial.size, default=None)


def not_tried(probe: str, why: str) -> Verdict:
    """Returns the verdict of a probe that had nothing to try; it neither holds nor falls short."""
    return Verdict(probe, "not_tried", why)
