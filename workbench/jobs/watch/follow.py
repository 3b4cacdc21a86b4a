"""Follows a job: asks the service, reads the folder, and goes on through any passing trouble."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from touchstone.workbench.aws import ServiceError
from touchstone.workbench.jobs.details import moment
from touchstone.workbench.jobs.folder import ENDED, JobFolder, State
from touchstone.workbench.jobs.history import History
from touchstone.workbench.jobs.service import Service
from touchstone.workbench.jobs.watch.signs import Sign, signs

# Troubles that waiting does not end.
_FINAL_TROUBLES = ("denied", "missing")
_LONGEST_WAIT = 300.0
_MOST_DOUBLINGS = 20
# Looks at a job that has ended while something of it cannot be read.
_LAST_LOOKS = 3

BrakeRule = Callable[[JobFolder], str | None]


@dataclass(frozen=True, slots=True)
class Frame:
    """What is known of a job at one moment.

    Attributes:
        state: Where it stands.
        history: Its numbers.
        events: What happened, oldest first.
        signs: What looks wrong.
        trouble: Why the service could not be asked, ``""`` when it was.
        braked: Why the brake stopped the job, ``""`` while it did not.
        wait: Seconds until the service is asked again.
    """

    state: State
    history: History
    events: list[dict[str, Any]]
    signs: list[Sign]
    trouble: str = ""
    braked: str = ""
    wait: float = 0.0

    @property
    def ended(self) -> bool:
        """Tells whether nothing more will come."""
        return self.state.status in ENDED

    @property
    def seconds_left(self) -> float | None:
        """Estimates the time left from the pace of the steps so far, ``None`` without one.

        The pace is that of the newest ten steps, because the first wait for machines.
        """
        total, times = self.state.total_steps, sorted(self.history.times.items())[-11:]
        if self.ended or not total or len(times) < 2:
            return None
        (first, begun), (last, newest) = times[0], times[-1]
        pace = (moment(newest) - moment(begun)).total_seconds() / (last - first)
        return max(0.0, pace * (total - last))


def read_frame(folder: JobFolder, trouble: str = "", braked: str = "", wait: float = 0.0) -> Frame:
    """Reads a frame from the folder alone.

    Raises:
        FolderError: There is no job there, or a file of it cannot be read.
    """
    history = History.of(folder)
    return Frame(folder.state(), history, folder.events(), signs(history), trouble, braked, wait)


def follow(
    folder: JobFolder,
    service: Service,
    *,
    interval: float,
    brake: BrakeRule | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Frame]:
    """Yields a frame after every look at the service, until the job has ended and is read.

    A throttled, unreachable or failing service, or credentials that expired, are told in the
    frame and tried again, each time twice as late up to five minutes.

    Args:
        folder: Of the job.
        service: Runs it.
        interval: Seconds between looks.
        brake: Says why to stop the job, or ``None``; without one it is never stopped.
        sleep: Waits.

    Raises:
        ServiceError: The service denies access or knows no such job: waiting is no use.
        FolderError: The folder is not that of a job.
    """
    failures, braked = 0, ""
    while True:
        fault = _refresh(folder, service)
        if brake and not braked and folder.state().status == "InProgress":
            # Time and money run on where the service does not answer.
            try:
                braked = _brake(folder, service, brake)
            except ServiceError as exc:
                fault = fault or exc
        if fault and fault.trouble in _FINAL_TROUBLES:
            raise fault
        failures = min(failures + 1, _MOST_DOUBLINGS) if fault else 0
        trouble = _told(fault) if fault else ""
        wait = min(interval * 2**failures, max(_LONGEST_WAIT, interval))
        frame = read_frame(folder, trouble, braked, wait)
        yield frame
        if frame.ended and (not trouble or failures >= _LAST_LOOKS):
            return
        sleep(wait)


def _refresh(folder: JobFolder, service: Service) -> ServiceError | None:
    try:
        service.refresh(folder)
    except ServiceError as exc:
        return exc
    return None


def _told(fault: ServiceError) -> str:
    return f"{fault.trouble}: {fault}" + (f"; {fault.advice}" if fault.advice else "")


def _brake(folder: JobFolder, service: Service, brake: BrakeRule) -> str:
    """Stops the job if the brake says so; returns why it did."""
    why = brake(folder)
    if not why:
        return ""
    service.stop(folder)  # raises where it could not: then it is tried at the next look
    folder.update(message=f"the brake stopped the job: {why}")
    folder.add_event("warn", folder.state().message)
    return why
