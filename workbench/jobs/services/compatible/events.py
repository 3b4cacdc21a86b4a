"""What the compatible API tells of a job, in the words of Bedrock's own jobs."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.folder import ENDED, Status

STATUS: dict[str, Status] = {
    "validating_files": "InProgress", "queued": "InProgress", "running": "InProgress",
    "paused": "InProgress", "cancelling": "Stopping", "cancelled": "Stopped",
    "succeeded": "Completed", "failed": "Failed",
}  # fmt: skip
# Its events write underscores where the graphs of Bedrock's own jobs have slashes.
_METRICS = {re.sub(r"\W", "_", name): name for name in m.OF_SERVICES}


@dataclass(frozen=True, slots=True)
class Update:
    """What an event tells of an update; ``ms`` is the end of the second it was made in."""

    step: int
    total: int
    ms: int
    metrics: dict[str, float]


def update_of(event: Any) -> Update | None:
    """Returns the update that an event tells of, ``None`` where it is a message alone."""
    data: dict[str, Any] = event.data if isinstance(event.data, dict) else {}
    numbers = {
        name: number for name, value in data.items() if (number := _number(value)) is not None
    }
    step, total = numbers.pop("step", None), numbers.pop("total_steps", 0.0)
    if step is None:
        return None
    metrics = {
        _METRICS.get(re.sub(r"\W", "_", name), name): value for name, value in numbers.items()
    }
    return Update(int(step), int(total), event.created_at * 1000 + 999, metrics)


def _number(value: Any) -> float | None:
    try:
        number = float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def end_of(job: Any) -> datetime | None:
    """Returns when a job ended, ``None`` while it goes on."""
    if STATUS.get(job.status) not in ENDED:
        return None
    return moment(job.finished_at) if job.finished_at else datetime.now(UTC)


def moment(seconds: int) -> datetime:
    """Returns the moment that the API tells in seconds since the epoch."""
    return datetime.fromtimestamp(seconds, UTC)


def iso(seconds: int) -> str:
    """Returns the moment as a job's folder writes it."""
    return moment(seconds).isoformat().replace("+00:00", "Z")
