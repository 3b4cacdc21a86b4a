"""What a deployed grader logged while a job ran, made into the job's steps.

The service tells a grader neither the job nor the step, so both are estimates: a rollout is
the job's when the job's pinned version graded it while the job ran, and where a step ends is
told by a ``StepBoundary``. Rollouts of validation prompts are told apart by the prompt's hash;
a call that the service repeats is counted again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import fmean
from typing import Any, Protocol

import msgspec

from touchstone.observe import RECORD
from touchstone.workbench.grading.rewards import Reward
from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.measure import latency_metrics, reward_metrics

_SCORED = "scored"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A dataset row, as its rollouts are told by: ``hash`` is that of the records."""

    id: str
    text: str
    reference: Any
    validation: bool


@dataclass(slots=True)
class Cursor:
    """How far a grader's log was read (kept in the job's state).

    Attributes:
        closed: Steps that are written down and will not change.
        read_to: Milliseconds since the epoch; events before it were used.
        seen: Ids of those used that are from just then.
        usd: Spent in closed steps; likewise ``throttles``.
        sizes: Bytes of the folder's files then; what is beyond was written by a process that
            died before it could say so, and is written again.
    """

    closed: int = 0
    read_to: int = 0
    seen: list[str] = field(default_factory=list)
    usd: float = 0.0
    throttles: float = 0.0
    sizes: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Step:
    """What was logged while one step was graded."""

    number: int
    rows: list[dict[str, Any]] = field(default_factory=list)
    validation: list[dict[str, Any]] = field(default_factory=list)
    durations_ms: list[float] = field(default_factory=list)
    usd: float | None = None
    time: str = ""
    validation_time: str = ""

    def spend(self, usd: float) -> None:
        """Adds money; ``usd`` stays ``None`` while nothing is known of it."""
        self.usd = (self.usd or 0.0) + usd


class _Record(msgspec.Struct):
    """A rollout as ``touchstone.observe`` logs it."""

    version: str
    prompt_hash: str
    completion_hash: str
    reward: float
    outcome: str
    criteria: dict[str, float]
    prompt: str = ""
    completion: str = ""
    fault: str | None = None


class _Report(msgspec.Struct, rename="camel"):
    """Of one call, as Lambda logs it."""

    duration_ms: float
    billed_duration_ms: float
    memory_size_mb: float = msgspec.field(name="memorySizeMB")


class _Cost(msgspec.Struct):
    """What judges cost, as the grader's metrics tell it."""

    version: str
    usd: float | list[float] = msgspec.field(name="JudgeCostUsd")


class StepBoundary(Protocol):
    """Where one step ends and which is next."""

    def ends(self, step: Step, ms: int) -> bool:
        """Tells whether what is logged at a moment comes after a step."""
        ...

    def next(self, closed: int, ms: int) -> int:
        """Returns the number of the step that a moment belongs to, after some are closed."""
        ...

    def whole(self, step: Step) -> bool:
        """Tells whether a step's numbers are those of an update, when the job has ended."""
        ...


@dataclass(frozen=True, slots=True)
class CountedSteps:
    """A step is as many rollouts in a row as one update takes."""

    rollouts: int

    def ends(self, step: Step, ms: int) -> bool:  # noqa: ARG002 - only the count tells
        """Tells whether the step is full."""
        return len(step.rows) == self.rollouts

    def next(self, closed: int, ms: int) -> int:  # noqa: ARG002
        """Returns the number after the last."""
        return closed + 1

    def whole(self, step: Step) -> bool:  # noqa: ARG002
        """Takes the last for one: an epoch's last batch may be smaller."""
        return True


@dataclass(frozen=True, slots=True)
class TimedSteps:
    """A step ends when the service says that it made its update.

    Attributes:
        said: Step to that moment, in milliseconds since the epoch.
    """

    said: Mapping[int, int]

    def ends(self, step: Step, ms: int) -> bool:
        """Tells whether the step's update was before a moment."""
        return step.number in self.said and ms > self.said[step.number]

    def next(self, closed: int, ms: int) -> int:
        """Returns the first step whose update was not before a moment, as far as any is known."""
        later = [step for step, end in self.said.items() if step > closed and end >= ms]
        return min(later, default=max([closed, *self.said]) + 1)

    def whole(self, step: Step) -> bool:
        """Takes those that the service tells of, or all where it tells of none."""
        return not self.said or step.number in self.said


def _line_of(message: str) -> _Record | _Report | _Cost | None:
    """Returns what a line of the log says, ``None`` for what other code wrote there."""
    try:
        line = msgspec.json.decode(message)
        if line.get("message") == RECORD:
            return msgspec.convert(line, _Record)
        if line.get("type") == "platform.report":
            return msgspec.convert(line["record"]["metrics"], _Report)
        if "_aws" in line and "JudgeCostUsd" in line:
            return msgspec.convert(line, _Cost)
    except (msgspec.MsgspecError, AttributeError, LookupError, TypeError):
        pass
    return None


def _name(event: Mapping[str, Any]) -> str:
    """Returns the event's id, which the API does not promise, or else what stands for it."""
    place = f"{event.get('logStreamName')} {event['timestamp']} {event['message']}"
    return event.get("eventId") or hashlib.blake2b(place.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Reader:
    """Puts the events of a log into steps.

    Attributes:
        folder: Of the job.
        version: Of the grader, pinned.
        boundary: Where steps end.
        prompts: The dataset's rows by the hash of the records.
        prices: US dollars by name, the job's own over the dated ones.
        theirs: Metrics that the service tells itself, and that are left to it.
    """

    folder: JobFolder
    version: str
    boundary: StepBoundary
    prompts: Mapping[str, Prompt]
    prices: Mapping[str, float]
    theirs: frozenset[str] = frozenset()

    def __call__(
        self,
        events: Iterable[dict[str, Any]],
        cursor: Cursor,
        *,
        until: int,
        ended: bool,
        throttles: float,
    ) -> Cursor:
        """Writes what is new into the folder, and returns how far it read.

        Args:
            events: In the order of time, from ``cursor.read_to`` on.
            cursor: Where the last call stood.
            until: All that was logged before it, in milliseconds, is in ``events``.
            ended: The job is over, so the open step will not grow.
            throttles: Calls of the grader that were throttled since the job began.
        """
        self._forget_unsaid(cursor)
        step, at, seen = None, cursor.read_to, list(cursor.seen)
        for event in events:
            if (name := _name(event)) in cursor.seen:
                continue
            when = event["timestamp"]
            if step and self.boundary.ends(step, when):
                cursor, step = self._close(step, cursor, at, seen, throttles), None
            seen, at = ([*seen, name] if when == at else [name]), when
            step = step or Step(self.boundary.next(cursor.closed, when))
            self._take(event, step)
        if step and (self.boundary.ends(step, until) or (ended and (step.rows or step.validation))):
            cursor, step = self._close(step, cursor, at, seen, throttles), None
        self.folder.update(open_step=self._so_far(step, cursor, throttles))
        return cursor

    def _take(self, event: Mapping[str, Any], step: Step) -> None:
        line = _line_of(event["message"])
        if isinstance(line, _Report):
            if self._ours(event):
                step.durations_ms.append(line.duration_ms)
                gb_seconds = line.billed_duration_ms / 1000 * line.memory_size_mb / 1024
                rate = self.prices["lambda_gb_second"]
                step.spend(gb_seconds * rate + self.prices["lambda_request"])
        elif line and line.version == self.version:
            if isinstance(line, _Cost):
                step.spend(sum(line.usd) if isinstance(line.usd, list) else line.usd)
            else:
                self._take_record(line, _iso(event["timestamp"]), step)

    def _take_record(self, record: _Record, time: str, step: Step) -> None:
        known = self.prompts.get(record.prompt_hash)
        if known and known.validation:  # what was learned up to the step before
            step.validation_time = time
            step.validation.append(self._row(record, step.number - 1))
        else:
            step.time = time
            step.rows.append(self._row(record, step.number))

    def _ours(self, event: Mapping[str, Any]) -> bool:
        """Tells by the stream's name, which holds the version: ``2026/03/02/[7]0a1b``."""
        return f"[{self.version}]" in event["logStreamName"]

    def _row(self, record: _Record, step: int) -> dict[str, Any]:
        known = self.prompts.get(record.prompt_hash)
        return {
            "step": step,
            "group": known.id if known else record.prompt_hash,
            "id": f"{record.prompt_hash[:12]}-{record.completion_hash[:12]}",
            "prompt": known.text if known else record.prompt,
            "completion": record.completion,
            "reference_answer": known.reference if known else None,
            "reward": record.reward if record.outcome == _SCORED else None,
            "metrics": record.criteria,
            "outcome": record.outcome,
            "reason": record.fault or "",
        }

    def _close(
        self, step: Step, cursor: Cursor, at: int, seen: Sequence[str], throttles: float
    ) -> Cursor:
        if step.rows:
            if self.boundary.whole(step):
                self._tell(step.number, self._metrics(step, cursor, throttles), step.time)
            self.folder.add_rollouts(step.rows)
        rewards = [row["reward"] for row in step.validation if row["reward"] is not None]
        if rewards:
            score = {m.VALIDATION: fmean(rewards)}
            self._tell(step.number - 1, score, step.validation_time)
        if step.validation:
            model = "tuned" if cursor.closed else "base"
            self.folder.add_evaluation({"model": model, **row} for row in step.validation)
        return Cursor(
            closed=step.number if step.rows else cursor.closed,
            read_to=at,
            seen=list(seen),
            usd=cursor.usd + (step.usd or 0.0),
            throttles=throttles,
            sizes={kind: _size(self.folder, kind) for kind in ("rollouts", "evaluation")},
        )

    def _tell(self, step: int, metrics: Mapping[str, float], time: str) -> None:
        ours = {name: value for name, value in metrics.items() if name not in self.theirs}
        if ours:
            self.folder.add_metrics(step, ours, time)

    def _so_far(self, step: Step | None, cursor: Cursor, throttles: float) -> dict[str, float]:
        if step is None or not (step.rows or step.usd):
            return {}
        return {"rollouts": len(step.rows), **self._metrics(step, cursor, throttles)}

    def _metrics(self, step: Step, cursor: Cursor, throttles: float) -> dict[str, float]:
        metrics = {**_numbers(step.rows), **latency_metrics(step.durations_ms)}
        if step.usd is not None or cursor.usd:
            metrics[m.SPEND] = cursor.usd + (step.usd or 0.0)
        if throttles > cursor.throttles:
            metrics[m.THROTTLES] = throttles - cursor.throttles
        return metrics

    def _forget_unsaid(self, cursor: Cursor) -> None:
        for kind in ("rollouts", "evaluation"):
            if _size(self.folder, kind) > (size := cursor.sizes.get(kind, 0)):
                with (self.folder.path / f"{kind}.jsonl").open("r+b") as file:
                    file.truncate(size)


def _numbers(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    groups: defaultdict[str, list[Reward]] = defaultdict(list)
    for row in rows:
        reward = Reward(row["reward"], row["metrics"], row["outcome"], row["reason"])
        groups[row["group"]].append(reward)
    return reward_metrics(groups.values())


def _size(folder: JobFolder, kind: str) -> int:
    file = folder.path / f"{kind}.jsonl"
    return file.stat().st_size if file.exists() else 0


def _iso(ms: int) -> str:
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
