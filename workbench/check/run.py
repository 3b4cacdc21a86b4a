"""Runs the probes one after the other, each within its share of the time, into one report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchstone.workbench.check.probes import PROBES, Probe
from touchstone.workbench.check.subject import SpentUp, Subject
from touchstone.workbench.check.verdict import Verdict, not_tried

FORMAT = 1  # of a stored report


@dataclass(slots=True)
class Report:
    """What a check found.

    Attributes:
        grader: As it was called.
        version: What tells this version of it from others.
        function: The deployed function that was asked, ``""`` for one of this machine.
        judge: Who judged, for a person; ``""`` where nobody did.
        rows_from: The file that probes were made from.
        seed: Of everything drawn.
        verdicts: In the order of the probes.
        rows: Rows that the grader was asked.
        seconds: What asking took.
        usd: What judges cost, as far as the replies tell.
    """

    grader: str
    version: str = ""
    function: str = ""
    judge: str = ""
    rows_from: str = ""
    seed: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    rows: int = 0
    seconds: float = 0.0
    usd: float = 0.0

    @property
    def fell_short(self) -> list[Verdict]:
        """The verdicts that fell short."""
        return [one for one in self.verdicts if one.status == "falls_short"]

    @property
    def holds(self) -> bool:
        """Something was tried, and nothing fell short."""
        return not self.fell_short and any(one.status == "holds" for one in self.verdicts)

    @property
    def sentence(self) -> str:
        """The verdict, in one sentence."""
        short, tried = self.fell_short, [v for v in self.verdicts if v.status != "not_tried"]
        untried = len(self.verdicts) - len(tried)
        rest = f"; {untried} could not be tried" if untried else ""
        if not tried:
            return f"{self.grader}: nothing could be tried"
        if short:
            names = ", ".join(one.probe for one in short)
            return f"{self.grader} falls short in {len(short)} of {len(tried)}: {names}{rest}"
        return f"{self.grader} holds in all {len(tried)}{rest}"

    def as_json(self) -> dict[str, Any]:
        """Returns it as data, as ``--json`` prints it and a stored check holds it."""
        return {
            "format": FORMAT,
            "grader": self.grader,
            "holds": self.holds,
            "said": self.sentence,
            "version": self.version,
            "function": self.function,
            "judge": self.judge,
            "rows_from": self.rows_from,
            "seed": self.seed,
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
            "usd": self.usd,
            "verdicts": [one.as_json() for one in self.verdicts],
        }


def run(
    subject: Subject,
    seconds: float,
    probes: Sequence[Probe] = PROBES,
    on_verdict: Callable[[Verdict], None] = lambda _: None,
) -> list[Verdict]:
    """Runs probes against a subject.

    Args:
        subject: The grader.
        seconds: For all of them; what one does not need, those after it share.
        probes: Which.
        on_verdict: Is called with each verdict as it is found.

    Returns:
        At least one verdict of each probe.
    """
    until, verdicts = time.monotonic() + seconds, []
    for at, probe in enumerate(probes):
        share = (until - time.monotonic()) / (len(probes) - at)
        with subject.within(share):
            for verdict in _verdicts(probe, subject):
                verdicts.append(verdict)
                on_verdict(verdict)
    return verdicts


def _verdicts(probe: Probe, subject: Subject) -> Iterator[Verdict]:
    said = False
    try:
        for verdict in probe.run(subject):
            said = True
            yield verdict
    except SpentUp as exc:
        yield not_tried(probe.name if not said else f"{probe.name}:rest", str(exc))
        return
    if not said:
        yield not_tried(probe.name, "there is nothing to try it with")
