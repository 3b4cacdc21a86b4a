"""What a deployed grader logged while a job ran, made into the job's steps.

The service tells a grader neither the job nor the step, so both are estimates: a rollout is
the job's when the job's pinned version graded it while the job ran, and a step is as many
rollouts in a row as one update takes. Rollouts of validation prompts are told apart by the
prompt's hash; a call that the service repeats is counted again.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from touchstone.observe import RECORD
from workbench.jobs.folder import JobFolder
from workbench.jobs.services.aws import asking, client
from workbench.jobs.services.base import ServiceError
from workbench.rehearse.measure import latency_metrics, quantile

# A log's events arrive a little late, and not in order: those younger than this wait.
LATE_MS = 20_000
_PRICES = Path(__file__).parents[1] / "plan" / "prices.toml"
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
        open_events: Events in the open step when it was last written down.
    """

    closed: int = 0
    read_to: int = 0
    seen: list[str] = field(default_factory=list)
    usd: float = 0.0
    throttles: float = 0.0
    sizes: dict[str, int] = field(default_factory=dict)
    open_events: int = 0


@dataclass(slots=True)
class Step:
    """What was logged while one step was graded."""

    number: int
    rows: list[dict[str, Any]] = field(default_factory=list)
    validation: list[dict[str, Any]] = field(default_factory=list)
    durations_ms: list[float] = field(default_factory=list)
    usd: float | None = None
    events: int = 0
    time: str = ""

    def spend(self, usd: float) -> None:
        """Adds money; ``usd`` stays ``None`` while nothing is known of it."""
        self.usd = (self.usd or 0.0) + usd


def read_log(group: str, region: str, start: int, end: int) -> Iterator[dict[str, Any]]:
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
        per_step: Rollouts of one update.
        prompts: The dataset's rows by the hash of the records.
        prices: US dollars by name, the job's own over the dated ones.
    """

    folder: JobFolder
    version: str
    per_step: int
    prompts: Mapping[str, Prompt]
    prices: Mapping[str, float]

    def __call__(
        self, events: Iterable[dict[str, Any]], cursor: Cursor, *, ended: bool, throttles: float
    ) -> Cursor:
        """Writes what is new into the folder, and returns how far it read.

        Args:
            events: In the order of time, from ``cursor.read_to`` on.
            cursor: Where the last call stood.
            ended: The job is over, so the open step will not grow.
            throttles: Calls of the grader that were throttled since the job began.
        """
        self._forget_unsaid(cursor)
        step, at, seen = Step(cursor.closed + 1), cursor.read_to, list(cursor.seen)
        for event in events:
            if (name := _name(event)) in cursor.seen:
                continue
            seen = [*seen, name] if event["timestamp"] == at else [name]
            at = event["timestamp"]
            self._take(event, step)
            if len(step.rows) == self.per_step:
                cursor = self._close(step, cursor, at, seen, throttles)
                step = Step(cursor.closed + 1)
        if ended and (step.rows or step.validation):
            return self._close(step, cursor, at, seen, throttles)
        if step.rows and step.events != cursor.open_events:
            metrics = self._metrics(step, cursor, throttles)
            self.folder.add_metrics(step.number, metrics, step.time)
            cursor.open_events = step.events
        return cursor

    def _take(self, event: Mapping[str, Any], step: Step) -> None:
        try:
            line = json.loads(event["message"])
        except ValueError:
            return
        if not isinstance(line, dict):
            return
        if line.get("message") == RECORD and line.get("version") == self.version:
            step.events += 1
            step.time = _iso(event["timestamp"])
            known = self.prompts.get(line["prompt_hash"])
            if known and known.validation:  # what was learned up to the step before
                step.validation.append(self._row(line, step.number - 1))
            else:
                step.rows.append(self._row(line, step.number))
        elif line.get("type") == "platform.report" and self._ours(event):
            metrics = line["record"]["metrics"]
            step.durations_ms.append(metrics["durationMs"])
            gb_seconds = metrics["billedDurationMs"] / 1000 * metrics["memorySizeMB"] / 1024
            step.spend(gb_seconds * self.prices["lambda_gb_second"] + self.prices["lambda_request"])
        elif "_aws" in line and line.get("version") == self.version and "JudgeCostUsd" in line:
            value = line["JudgeCostUsd"]
            step.spend(sum(value) if isinstance(value, list) else value)

    def _ours(self, event: Mapping[str, Any]) -> bool:
        """Tells by the stream's name, which holds the version: ``2026/03/02/[7]0a1b``."""
        return f"[{self.version}]" in event["logStreamName"]

    def _row(self, record: Mapping[str, Any], step: int) -> dict[str, Any]:
        key = record["prompt_hash"]
        known = self.prompts.get(key)
        scored = record["outcome"] == _SCORED
        return {
            "step": step,
            "group": known.id if known else key,
            "id": f"{key[:12]}-{record['completion_hash'][:12]}",
            "prompt": known.text if known else record.get("prompt", ""),
            "completion": record.get("completion", ""),
            "reference_answer": known.reference if known else None,
            "reward": record["reward"] if scored else None,
            "metrics": record["criteria"],
            "outcome": record["outcome"],
            "reason": record.get("fault", ""),
        }

    def _close(
        self, step: Step, cursor: Cursor, at: int, seen: Sequence[str], throttles: float
    ) -> Cursor:
        metrics = self._metrics(step, cursor, throttles)
        if step.rows:
            self.folder.add_metrics(step.number, metrics, step.time)
            self.folder.add_rollouts(step.rows)
        rewards = [row["reward"] for row in step.validation if row["reward"] is not None]
        if rewards:
            score = {"val-score/rewards/mean@1": fmean(rewards)}
            self.folder.add_metrics(step.number - 1, score, step.time)
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

    def _metrics(self, step: Step, cursor: Cursor, throttles: float) -> dict[str, float]:
        metrics = {**_numbers(step.rows), **latency_metrics(step.durations_ms)}
        if step.usd is not None or cursor.usd:
            metrics["touchstone/spend_usd"] = cursor.usd + (step.usd or 0.0)
        if throttles > cursor.throttles:
            metrics["touchstone/throttles"] = throttles - cursor.throttles
        return metrics

    def _forget_unsaid(self, cursor: Cursor) -> None:
        for kind in ("rollouts", "evaluation"):
            if _size(self.folder, kind) > (size := cursor.sizes.get(kind, 0)):
                with (self.folder.path / f"{kind}.jsonl").open("r+b") as file:
                    file.truncate(size)


def _numbers(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Returns the metrics of a step's rollouts; what none of them tells is left out."""
    scores = sorted(row["reward"] for row in rows if row["reward"] is not None)
    kinds = Counter(row["outcome"].partition(":")[2] for row in rows if row["reward"] is None)
    made: dict[str, float] = {}
    if rows:
        made["touchstone/unscored"] = kinds.total() / len(rows)
        made |= {f"touchstone/unscored/{kind}": float(count) for kind, count in kinds.items()}
    if not scores:
        return made
    criteria: defaultdict[str, list[float]] = defaultdict(list)
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row["reward"] is not None:
            groups[row["group"]].append(row["reward"])
            for name, value in row["metrics"].items():
                criteria[name].append(value)
    made |= {
        "critic/rewards/mean": fmean(scores),
        "critic/rewards/max": scores[-1],
        "critic/rewards/min": scores[0],
        **{f"touchstone/rewards/p{q}": quantile(scores, q / 100) for q in (10, 50, 90)},
        **{f"touchstone/criteria/{name}": fmean(values) for name, values in criteria.items()},
    }
    return made | _flatness(groups.values())


def _flatness(groups: Iterable[Sequence[float]]) -> dict[str, float]:
    several = [set(group) for group in groups if len(group) > 1]
    if not several:
        return {}
    flat = [next(iter(values)) for values in several if len(values) == 1]
    zeros, ones = flat.count(0.0), flat.count(1.0)
    counts = {
        "": len(flat), "/all_zero": zeros, "/all_one": ones, "/equal": len(flat) - zeros - ones
    }  # fmt: skip
    return {f"touchstone/flat_groups{kind}": n / len(several) for kind, n in counts.items()}


def read_prompts(train: str, validation: str) -> dict[str, Prompt]:
    """Returns the rows of a job's files by the hash that the grader's records carry.

    A file that cannot be read any more is passed over: its rollouts are told by hash alone.
    """
    from workbench.data.rft import read_lines
    from workbench.data.storage import DataError

    found: dict[str, Prompt] = {}
    for file, held_out in ((validation, True), (train, False)):
        try:
            for line in read_lines(file) if file else ():
                if line.row is not None:
                    key, text = _hash_of(line.row)
                    name = str(line.row.get("id", key))
                    reference = line.row.get("reference_answer")
                    found[key] = Prompt(name, text, reference, held_out)
        except DataError:
            continue
    return found


def _hash_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """Returns the prompt's hash and text, through the very code that a grader records with."""
    from touchstone.contract import Result, Sample, parse
    from touchstone.observe import rollout_record
    from touchstone.outcomes import Grade

    messages = [*row.get("messages", ()), {"role": "assistant", "content": "-"}]
    (sample,) = parse([{**row, "messages": messages}]).rows
    record = rollout_record(sample, Result("", Grade(0.0), 0.0), "")
    return record["prompt_hash"], sample.prompt if isinstance(sample, Sample) else ""


def prices(given: Mapping[str, float]) -> dict[str, float]:
    """Returns the dated prices under those that a job gives itself."""
    return {**tomllib.loads(_PRICES.read_text("utf-8"))["prices"], **given}


def throttled(arn: str, region: str, start: datetime, end: datetime) -> float:
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


def _size(folder: JobFolder, kind: str) -> int:
    file = folder.path / f"{kind}.jsonl"
    return file.stat().st_size if file.exists() else 0


def _iso(ms: int) -> str:
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
