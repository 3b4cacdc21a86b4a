"""The log of a job's deployed grader, read as the job goes on, whichever service runs it.

The services tell little of single rollouts; the grader's own records tell all of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from touchstone.contract import Result, Sample, parse
from touchstone.observe import rollout_record
from touchstone.outcomes import Grade
from touchstone.workbench import aws
from touchstone.workbench.aws import PASSING, ServiceError, asking, client
from touchstone.workbench.jobs.folder import FolderError, JobFolder
from touchstone.workbench.jobs.observed.steps import Cursor, Prompt, Reader, StepBoundary
from touchstone.workbench.jobs.prices import published
from touchstone.workbench.jobs.service import note
from touchstone.workbench.jobs.spec import Job
from touchstone.workbench.rows.rft import read_lines
from touchstone.workbench.rows.storage import DataError

# A log's events arrive a little late, and not in order: those younger than this wait.
_LATE_MS = 20_000


class GraderLog:
    """Pins a job's grader, and makes what it logs into the job's steps.

    Args:
        job: Names the region and prices.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._prompts: dict[str, Prompt] | None = None

    def pin(self, folder: JobFolder, function: str) -> str:
        """Returns the function at one version; what an earlier call pinned is kept.

        Raises:
            ServiceError: There is no such function, or AWS could not be asked.
        """
        state = folder.state()
        if state.details.get("function") != function or "log_group" not in state.details:
            pinned = aws.pin(function, self._job.region)
            found = {"version": pinned.version, "log_group": pinned.log_group, "pinned": pinned.arn}
            state = note(folder, function=function, **found)
        return folder.update(grader=state.details["pinned"]).grader

    def read(
        self,
        folder: JobFolder,
        boundary: StepBoundary,
        *,
        begin: datetime,
        end: datetime | None,
        theirs: frozenset[str] = frozenset(),
    ) -> int:
        """Writes what is new in the log into the folder; without access to it, says so once.

        Args:
            folder: Of the job.
            boundary: Where its steps end.
            begin: When the job was created.
            end: When it ended, ``None`` while it goes on.
            theirs: Metrics that the service tells itself.

        Returns:
            The last step that is complete, 0 before there is one.

        Raises:
            ServiceError: A passing trouble; the same call, made later, goes on.
        """
        cursor = _cursor(folder)
        if folder.state().details.get("observed_all"):
            return cursor.closed
        last = (end or datetime.now(UTC)) + timedelta(minutes=1)
        until = int(last.timestamp() * 1000)
        if end is None:
            until = min(until, int(time.time() * 1000) - _LATE_MS)
        start = cursor.read_to or int(begin.timestamp() * 1000)
        try:
            self.pin(folder, folder.state().details.get("function") or folder.state().grader)
            details = folder.state().details
            events = list(_read(details["log_group"], self._job.region, start, until))
            throttles = _throttled(details["pinned"], self._job.region, begin, last)
        except ServiceError as exc:
            if exc.trouble in PASSING:  # without what a log tells, a job goes on
                raise
            unseen(folder, exc)
            return cursor.closed
        if events and self._prompts is None:
            self._prompts = _read_prompts(
                details.get("train_file", ""), details.get("validation_file", "")
            )
        prices = {**published()[0], **self._job.prices}
        reader = Reader(folder, details["version"], boundary, self._prompts or {}, prices, theirs)
        ended = end is not None
        cursor = reader(events, cursor, until=until, ended=ended, throttles=throttles)
        note(folder, cursor=msgspec.to_builtins(cursor), observed_all=ended)
        return cursor.closed


def _cursor(folder: JobFolder) -> Cursor:
    try:
        return msgspec.convert(folder.state().details.get("cursor", {}), Cursor)
    except msgspec.ValidationError as exc:
        raise FolderError(f"{folder.path / 'state.json'}: details.cursor: {exc}") from exc


def unseen(folder: JobFolder, why: ServiceError) -> None:
    """Says, once, that the grader's log is not read."""
    if folder.state().details.get("unobserved") != str(why):
        folder.add_event("warn", f"the grader's log is not read: {why}; {why.advice}")
        note(folder, unobserved=str(why))


def _read(group: str, region: str, start: int, end: int) -> Iterator[dict[str, Any]]:
    """Yields the events of a log group between two moments, in milliseconds, oldest first.

    Raises:
        ServiceError: It cannot be read. That it is not there yet is no error.
    """
    logs = client("logs", region)
    try:
        with asking(f"logs:FilterLogEvents on {group}"):
            pages = logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=start, endTime=end
            )
            events = [event for page in pages for event in page["events"]]
    except ServiceError as exc:
        if exc.trouble == "missing":
            return
        raise
    yield from sorted(events, key=lambda event: event["timestamp"])


def _read_prompts(train: str, validation: str) -> dict[str, Prompt]:
    """Returns the rows of a job's files by the hash that the grader's records carry.

    A file that cannot be read any more is passed over: its rollouts are told by hash alone.
    """
    found: dict[str, Prompt] = {}
    names: set[str] = set()
    for file, held_out in ((validation, True), (train, False)):
        try:
            for line in read_lines(file) if file else ():
                known = _hash_of(line.row) if line.row is not None else None
                if line.row is not None and known:
                    key, text = known
                    # An id that several rows have would make one group of all their rollouts.
                    name = str(line.row.get("id") or key)
                    name = key if name in names else name
                    names.add(name)
                    reference = line.row.get("reference_answer")
                    found[key] = Prompt(name, text, reference, held_out)
        except DataError:
            continue
    return found


def _hash_of(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """Returns the prompt's hash and text, through the very code that a grader records with.

    ``None`` where the row has no turns: nothing is recorded of it.
    """
    turns = row.get("messages")
    if not isinstance(turns, list):
        return None
    messages = [*turns, {"role": "assistant", "content": "-"}]
    (sample,) = parse([{**row, "messages": messages}]).rows
    record = rollout_record(sample, Result("", Grade(0.0), 0.0), "")
    return record["prompt_hash"], sample.prompt if isinstance(sample, Sample) else ""


def _throttled(arn: str, region: str, start: datetime, end: datetime) -> float:
    """Returns how many calls of a function's version were throttled, as CloudWatch has it."""
    name, version = arn.split(":")[6:8]
    dimensions = [
        {"Name": "FunctionName", "Value": name},
        {"Name": "Resource", "Value": f"{name}:{version}"},
    ]
    with asking("cloudwatch:GetMetricStatistics"):
        found = client("cloudwatch", region).get_metric_statistics(
            Namespace="AWS/Lambda", MetricName="Throttles", Dimensions=dimensions,
            StartTime=start, EndTime=end, Period=3600, Statistics=["Sum"],
        )  # fmt: skip
    return float(sum(point["Sum"] for point in found["Datapoints"]))
