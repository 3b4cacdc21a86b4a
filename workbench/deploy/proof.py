"""A new version graded by its own golden cases, before anybody's job meets it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from touchstone.grader import judge_models
from touchstone.rooms import HOME
from touchstone.templates import load_grader
from touchstone.workbench.check.cases import own_cases
from touchstone.workbench.grading.backends import deployed
from touchstone.workbench.grading.expect import read_expectation, shown
from touchstone.workbench.grading.run import grade_lines
from touchstone.workbench.rows.events import read_events
from touchstone.workbench.rows.rft import Line

_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Cases:
    """A grader's golden cases.

    Attributes:
        file: Where they are; ``None`` where it has none, which proves that it can be called.
        scores: What they expect is this grader's own reward. Not so where they are a template's
            and the settings are not, or where a judge decides: then they have to be scored.
    """

    file: Path | None
    scores: bool


def cases_of(grader: str, graders: Path) -> Cases:
    """Returns a grader's own cases, or else its template's.

    Args:
        grader: An entry's name.
        graders: The graders.toml.
    """
    made, own = load_grader(grader, graders), own_cases(grader, graders)
    judged = bool(judge_models(made))
    if own.exists():
        return Cases(own, scores=not judged)
    bundled = HOME / "templates" / made.template.name / "cases.jsonl"
    plain = made.settings == type(made.settings)()
    return Cases(bundled if bundled.exists() else None, scores=plain and not judged)


def failures(function: str, cases: Cases, region: str = "") -> list[str]:
    """Returns what a version answers otherwise than its cases expect, in words; empty if nothing.

    Args:
        function: The version's ARN.
        cases: Its golden cases.
        region: Where it is.

    Raises:
        WorkbenchError: It cannot be called, or the cases cannot be read.
    """
    backend = deployed(function, region)
    if cases.file is None:
        return []
    graded = grade_lines(read_events(str(cases.file)), backend, _AT_ONCE)
    return [said for line, entry in graded if (said := _failure(line, entry, cases))]


def _failure(line: Line, entry: dict[str, Any], cases: Cases) -> str:
    expect = line.row.get("expect") if isinstance(line.row, dict) else None
    if expect is None:
        return ""
    wanted = read_expectation(expect, f"{line.place}: expect")
    as_wanted = wanted.met_by(entry) if cases.scores else wanted.outcome == entry["outcome"]
    if as_wanted:
        return ""
    why = f": {entry['reason']}" if entry["reason"] else ""
    return f"{line.place}: wanted {wanted}, got {shown(entry)}{why}"
