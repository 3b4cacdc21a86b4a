"""The last check of a grader, kept beside graders.toml, and whether it still speaks for it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from templates import load_grader
from touchstone.settings import SettingsError
from workbench.check.run import FORMAT, Report
from workbench.grading.version import version_of

FOLDER = Path(".touchstone") / "checks"
State = Literal["holds", "fell_short", "other_version", "none"]


@dataclass(frozen=True, slots=True)
class LastCheck:
    """What is known of a grader's last check.

    Attributes:
        state: ``holds``; ``fell_short``; ``other_version`` where code or settings have changed
            since; ``none``.
        said: One sentence for a person, without the grader's name.
        advice: What to do about it, ``""`` where nothing is to be done.
    """

    state: State
    said: str
    advice: str = ""

    @property
    def holds(self) -> bool:
        """This version was checked, and nothing fell short."""
        return self.state == "holds"


def store(report: Report, file: Path | None = None) -> Path:
    """Keeps a report; it takes the place of the last one.

    Args:
        report: What was found.
        file: Where; in ``.touchstone/checks`` by default.
    """
    file = file or file_of(report.grader, report.function)
    file.parent.mkdir(parents=True, exist_ok=True)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    text = json.dumps({"when": when, **report.as_json()}, indent=1)
    aside = file.with_name(f"{file.name}.new")
    aside.write_text(text + "\n", encoding="utf-8")
    aside.replace(file)
    return file


def file_of(grader: str, function: str = "") -> Path:
    """Returns where the last check of a grader, or of a function of any version, is kept."""
    name = function.split(":function:")[-1].split(":")[0] if function else grader
    folder = FOLDER / "functions" if function else FOLDER
    return folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '-', name)}.json"


def last_check(grader: str, function: str = "") -> LastCheck:
    """Returns what the last check of a grader says of its version of now.

    Read beside the graders.toml of the working directory; nobody else is asked.

    Args:
        grader: A template, or an entry of graders.toml; ``""`` where only a function is known.
        function: The deployed function that a job names: a check of it counts before one of the
            grader here. Its code is not compared, as that would ask the account.
    """
    of_function = _read(file_of(grader, function)) if function else None
    stored = of_function or (_read(file_of(grader)) if grader else None)
    command = f"run `touchstone check {grader or 'NAME ROWS --function ' + function}`"
    if stored is None:
        return LastCheck("none", "was never checked", command)
    when = str(stored.get("when", ""))[:10]
    if of_function is None and stored.get("version") != _version_now(grader):
        return LastCheck("other_version", f"has changed since it was checked on {when}", command)
    if not stored.get("holds"):
        said = f"fell short when it was checked on {when}: {stored.get('said', '')}"
        return LastCheck("fell_short", said, f"mend it, then {command}")
    return LastCheck("holds", f"was checked on {when}, and holds")


def _version_now(grader: str) -> str:
    try:
        return version_of(load_grader(grader))
    except SettingsError:
        return ""


def _read(file: Path) -> dict[str, Any] | None:
    """Returns a stored report; ``None`` where there is none that can be read."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stored if isinstance(stored, dict) and stored.get("format") == FORMAT else None
