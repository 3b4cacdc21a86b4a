"""The last check of a grader, kept beside graders.toml, and whether it still speaks for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from touchstone.config import graders_file
from touchstone.settings import SettingsError
from touchstone.templates import find_grader
from touchstone.workbench import aws
from touchstone.workbench.check.run import FORMAT, Report
from touchstone.workbench.grading.version import version_of
from touchstone.workbench.rows.storage import is_s3

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

    @property
    def shown(self) -> str:
        """What is known and what to do about it, in one line, without the grader's name."""
        return f"{self.said} -> {self.advice}" if self.advice else self.said


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
    folder = graders_file().parent / FOLDER
    folder = folder / "functions" if function else folder
    return folder / f"{re.sub(r'[^A-Za-z0-9_.-]', '-', name)}.json"


def share(grader: str, graders: Path, bucket: str) -> None:
    """Keeps the report of a grader's version of now in a bucket too, where there is a report.

    Other machines find it there: ``last_check``.

    Args:
        grader: An entry of graders.toml.
        graders: That file.
        bucket: An ``s3://`` URL in the bucket; anything else keeps nothing.

    Raises:
        ServiceError: S3 refused it.
    """
    file, version = file_of(grader), _version_now(grader, graders)
    stored = _read(file)
    if is_s3(bucket) and stored is not None and stored.get("version") == version:
        aws.upload(file, _shared(grader, version, bucket))


def last_check(
    grader: str,
    function: str = "",
    *,
    graders: Path | None = None,
    bucket: str = "",
    client: Callable[[str], Any] | None = None,
) -> LastCheck:
    """Returns what the last check of a grader says of its version of now.

    Read beside the graders.toml that counts here, and where that does not speak of this
    version, in a bucket that deployments keep reports in.

    Args:
        grader: A template, or an entry of graders.toml; ``""`` where only a function is known.
        function: The deployed function that a job names: a check of it counts before one of the
            grader here. Its code is not compared, as that would ask the account.
        graders: The graders.toml that the grader is of; the one that counts here by default.
        bucket: An ``s3://`` URL in the stage's output bucket; anything else asks none.
        client: Makes a service's client by name; ``None`` asks no bucket either.
    """
    graders = graders or graders_file()
    of_function = _read(file_of(grader, function)) if function else None
    stored = of_function or (_read(file_of(grader)) if grader else None)
    version = _version_now(grader, graders) if grader else ""
    here = of_function is not None or (stored is not None and stored.get("version") == version)
    if client is not None and is_s3(bucket) and version and not here:
        stored = _read_shared(_shared(grader, version, bucket), client) or stored
    command = f"run `touchstone check {grader or 'NAME ROWS --function ' + function}`"
    if stored is None:
        return LastCheck("none", "was never checked", command)
    when = str(stored.get("when", ""))[:10]
    if of_function is None and stored.get("version") != version:
        return LastCheck("other_version", f"has changed since it was checked on {when}", command)
    if not stored.get("holds"):
        said = f"fell short when it was checked on {when}: {stored.get('said', '')}"
        return LastCheck("fell_short", said, f"mend it, then {command}")
    return LastCheck("holds", f"was checked on {when}, and holds")


def _version_now(grader: str, graders: Path) -> str:
    try:
        return version_of(find_grader(grader, graders), graders)
    except SettingsError:
        return ""


def _shared(grader: str, version: str, bucket: str) -> str:
    return f"s3://{aws.split_url(bucket)[0]}/checks/{grader}/{version}.json"


def _read(file: Path) -> dict[str, Any] | None:
    """Returns a stored report; ``None`` where there is none that can be read."""
    try:
        return _report(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _read_shared(url: str, client: Callable[[str], Any]) -> dict[str, Any] | None:
    bucket, key = aws.split_url(url)
    try:
        with aws.asking(f"s3:GetObject on {url}"):
            return _report(client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    except (aws.ServiceError, ValueError):
        return None


def _report(text: str | bytes) -> dict[str, Any] | None:
    stored = json.loads(text)
    return stored if isinstance(stored, dict) and stored.get("format") == FORMAT else None
