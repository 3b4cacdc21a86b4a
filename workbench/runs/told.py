"""What a run, or some steps of it, amounts to: the summary that ``touchstone grade`` prints."""

from __future__ import annotations

from typing import Any

from touchstone.workbench.grading.summary import Summary
from touchstone.workbench.grading.why import Why
from touchstone.workbench.runs.run import Run


def told(run: Run, steps: range | None = None) -> dict[str, Any]:
    """Returns the summary of what a run holds.

    Args:
        run: The run.
        steps: Of training, whose rollouts alone count; all rows by default.

    Raises:
        NoSuchSteps: The run has no row of these steps.
    """
    if steps is not None:
        run.check_steps(steps)
    summary, why = Summary(), Why()
    for (line, entry), row in zip(run.graded(steps=steps), run.rows(steps=steps), strict=True):
        summary.add(entry, row.rollouts)
        why.add(line, entry)
    return summary.as_json(run.head.judge) | {"rows_per_second": None, "why": why.as_json()}
