"""``make demo``: every template's bundled rows, through the handler that Bedrock will call."""

from __future__ import annotations

import sys
import time
from typing import Any

from rich.console import Console

from touchstone.rooms import HOME
from touchstone.templates import get_template, template_names
from touchstone.workbench.grading.backends import in_process, judge_of
from touchstone.workbench.grading.expect import read_expectation
from touchstone.workbench.grading.run import Graded, grade_lines
from touchstone.workbench.grading.summary import Summary, group_of
from touchstone.workbench.grading.table import summary_table
from touchstone.workbench.rows.events import read_events


def main() -> int:
    """Grades and prints each template's cases; 0 when every row ended as it should.

    What is under way is shown on a terminal; the line under each table says how long it took.
    """
    console, wrong, names = Console(), 0, template_names()
    for number, name in enumerate(names, 1):
        stage, began = f"{number} of {len(names)}, {name}", time.monotonic()
        with console.status(f"{stage} ..."):
            told, graded = _graded(name)
        console.print(summary_table(f"{name}: {get_template(name).summary}", told))
        wrong += _tell(console, graded)
        took = f"{stage}: {len(graded)} rows in {time.monotonic() - began:.1f} s"
        console.print(took, highlight=False)
        console.print()
    if wrong:
        console.print(f"[red]{wrong} rows did not end as their case expects[/red]")
    else:
        console.print("Every row ended as its case expects.")
    return 1 if wrong else 0


def _graded(name: str) -> tuple[dict[str, Any], list[Graded]]:
    """Returns the summary of a template's cases, and the cases with their results."""
    cases = HOME / "templates" / name / "cases.jsonl"
    summary, graded = Summary(), []
    with in_process(name, {}) as backend:
        for line, entry in grade_lines(read_events(str(cases)), backend, 1):
            summary.add(entry, group_of(line.row))
            graded.append((line, entry))
        return summary.as_json(judge_of(backend, stood_in=summary.stood_in)), graded


def _tell(console: Any, graded: list[Graded]) -> int:
    """Prints a line per surprising row, and one per row that ended otherwise than expected."""
    wrong = 0
    for line, entry in graded:
        expected = read_expectation(line.row["expect"], f"{entry['id']}: expect")
        right = expected.met_by(entry)
        wrong += not right
        if right and not expected.surprising:
            continue
        scored = entry["outcome"] == "scored"
        shown = f"{entry['aggregate_reward_score']:.2f}" if scored else entry["outcome"]
        text = f"{shown:>8}  {entry['id']}: {expected.note or entry['reason']}"
        if not right:
            text += f" (expected {expected}; {entry['reason']})"
        console.print(text, markup=False, highlight=False, soft_wrap=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
