"""Records of rollouts that a job's graders left, wherever they lie, as the rows of runs.

Three things are read: the folder of a job or of a rehearsal, the comparison in it, and the
records that deployed graders send to S3. None is changed.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec

from touchstone.workbench.grading.rewards import event_of
from touchstone.workbench.grading.summary import group_of, key_of
from touchstone.workbench.jobs.folder import FolderError, JobFolder, State
from touchstone.workbench.rows.rft import read_lines
from touchstone.workbench.rows.storage import DataError, File, is_s3, list_files
from touchstone.workbench.runs.run import Head

_SCORED = "scored"
_MOST_STEPS = 10**12
# What an empty completion's records are told by.
_NOTHING = hashlib.blake2b(b"", digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Recorded:
    """One rollout, as its record tells it.

    Attributes:
        row: The row that was graded; where nobody recorded its completion, what is known of it.
        entry: Its result.
        group: What is equal for rollouts of one prompt and step; ``None`` where nothing tells.
        step: Of training; ``None`` where the record does not tell.
        time: When it was graded, ISO 8601 in UTC.
        told: The completion was recorded, so that the row can be graded again.
    """

    row: dict[str, Any]
    entry: dict[str, Any]
    group: bytes | None
    step: int | None
    time: str
    told: bool


@dataclass(frozen=True, slots=True)
class Records:
    """Files of records that make one run.

    Attributes:
        head: What the run is of.
        files: Where they lie, in the order of time.
        read: Reads the object of one line; raises ``ValueError`` with what is wrong with it.
        grows: Lines are added to the files; else they are what they are once they are there.
    """

    head: Head
    files: list[File]
    read: Callable[[Any], Iterator[Recorded]]
    grows: bool


class Dataset:
    """Rows of a job's data by their prompt and reference, to put back what records leave out.

    Args:
        files: RFT files; one that cannot be read is passed over.
    """

    def __init__(self, files: list[str]) -> None:
        self._rows: dict[bytes, dict[str, Any]] = {}
        for file in files:
            try:
                for line in read_lines(file):
                    if line.row and isinstance(line.row.get("messages"), list):
                        key = group_of(event_of(line.row, "", "-"))
                        self._rows.setdefault(key or b"", line.row)
            except (DataError, ValueError):  # such as a name that no file can have
                continue

    def row(self, prompt: str, reference: Any) -> dict[str, Any] | None:
        """Returns the row with a prompt's text and a reference."""
        return self._rows.get(key_of(f"{prompt}\0{json.dumps(reference, sort_keys=True)}"))

    def hashed(self, prompt_hash: str) -> dict[str, Any] | None:
        """Returns the row that a grader's records tell by this hash."""
        return self._rows.get(bytes.fromhex(prompt_hash))


class _Graded(msgspec.Struct):
    """Who graded, as a job.toml says."""

    name: str = ""


class _Rows(msgspec.Struct):
    """The files of rows, as a job.toml says."""

    train: str = ""
    validation: str = ""


class _Spec(msgspec.Struct):
    """What is read of a job.toml, as it was launched, which may be of another version."""

    grader: _Graded = msgspec.field(default_factory=_Graded)
    data: _Rows = msgspec.field(default_factory=_Rows)


class _Kept(msgspec.Struct):
    """A rollout, or an answer to a validation prompt, as a job's folder keeps it."""

    step: Annotated[int, msgspec.Meta(ge=0, le=_MOST_STEPS)]
    group: str
    id: str
    prompt: str
    completion: str
    reward: float | None
    outcome: str
    metrics: dict[str, float] = {}
    reference_answer: Any = None
    reason: str = ""


class _Answer(msgspec.Struct):
    """An answer in a comparison's ``pairs.jsonl``."""

    completion: str
    reward: float | None
    outcome: str
    criteria: dict[str, float] = {}
    reason: str = ""


class _Pair(msgspec.Struct):
    """A line of ``pairs.jsonl``."""

    id: str
    prompt: str
    base: list[_Answer]
    tuned: list[_Answer]
    reference_answer: Any = None


class _Logged(msgspec.Struct):
    """A record as ``touchstone.observe`` logs it, with the logger's own fields."""

    service: str
    version: str
    prompt_hash: str
    completion_hash: str
    reward: float
    outcome: str
    criteria: dict[str, float] = {}
    timestamp: str = ""
    prompt: str | None = None
    completion: str | None = None
    fault: str | None = None


def of_folder(folder: JobFolder, rows: list[str]) -> list[Records]:
    """Returns what the folder of a job or a rehearsal holds: a run each.

    These are the rollouts of training, the answers to validation prompts (the base model's of
    step 0), and the newest comparison, whose tuned model is that of the job's last step.

    Args:
        folder: Of the job.
        rows: RFT files with its rows; by default those that its job.toml names.

    Raises:
        FolderError: There is no job, or a file of it cannot be read.
    """
    state, times = folder.state(), folder.times()
    try:
        spec = msgspec.convert(tomllib.loads(folder.job_toml()), _Spec)
    except (ValueError, RecursionError) as exc:
        raise FolderError(f"{folder.path / 'job.toml'}: {exc}") from exc
    dataset = Dataset(rows or _data_of(spec, folder.path.parent.parent))
    function = str(state.details.get("pinned", ""))
    head = Head(
        grader=spec.grader.name or state.grader,
        file="",
        version=str(state.details.get("version", "")),
        function=function,
        judge=state.judge,
        imported=True,
    )

    def kept(line: Any) -> Iterator[Recorded]:
        yield _of_kept(msgspec.convert(line, _Kept), state, times, dataset)

    def pair(line: Any) -> Iterator[Recorded]:
        yield from _of_pair(msgspec.convert(line, _Pair), state, dataset)

    found = [
        Records(_named(head, name), list_files(name), read, grows)
        for part, read, grows in (
            ("rollouts.jsonl", kept, True),
            ("evaluation.jsonl", kept, True),
            ("compare/pairs.jsonl", pair, False),
        )
        if Path(name := str(folder.path / part)).exists()
    ]
    if not found:
        raise FolderError(f"{folder.path}: the job has kept no rollouts yet")
    return found


def of_s3(source: str, rows: list[str], grader: str, version: str) -> list[Records]:
    """Returns the records of one grader's version that lie under a prefix, as one run.

    Args:
        source: An ``s3://`` prefix, or a folder that holds a copy of it.
        rows: RFT files, to put prompts and references back.
        grader: Its name, ``""`` where there is only one.
        version: Likewise.

    Raises:
        DataError: There is nothing under it.
    """
    dataset = Dataset(rows)
    head = Head(grader=grader, file=source, version=version, imported=True)

    def logged(line: Any) -> Iterator[Recorded]:
        record = msgspec.convert(line, _Logged)
        if grader not in ("", record.service) or version not in ("", record.version):
            return
        head.grader = head.grader or record.service
        head.version = head.version or record.version
        if (record.service, record.version) != (head.grader, head.version):
            raise ValueError(
                f"a rollout of {record.service} version {record.version}, and those before are of "
                f"{head.grader} version {head.version}: choose with --grader and --version"
            )
        yield _of_logged(record, dataset)

    return [Records(head, list_files(source), logged, grows=False)]


def _named(head: Head, file: str) -> Head:
    return msgspec.structs.replace(head, file=file)


def _data_of(spec: _Spec, beside: Path) -> list[str]:
    """Returns the files of rows that a job.toml names, which lies beside its ``jobs`` folder."""
    named = [name for name in (spec.data.train, spec.data.validation) if name]
    return [name if is_s3(name) else str(beside / name) for name in named]


def _of_kept(one: _Kept, state: State, times: Mapping[int, str], dataset: Dataset) -> Recorded:
    hashed = one.id.rpartition("-")[2]
    told = state.service == "local" or bool(one.completion) or _NOTHING.startswith(hashed or "-")
    known = dataset.row(one.prompt, one.reference_answer)
    row = _row(one.id, one.prompt, one.reference_answer, one.completion if told else None, known)
    if not told:
        row["completion_hash"] = hashed
    entry = _entry(one.id, one.reward, one.metrics, one.outcome, one.reason)
    group = key_of(one.group, one.step)
    return Recorded(row, entry, group, one.step, times.get(one.step, ""), told)


def _of_pair(pair: _Pair, state: State, dataset: Dataset) -> Iterator[Recorded]:
    known = dataset.row(pair.prompt, pair.reference_answer)
    for which, step, answers in (("base", 0, pair.base), ("tuned", state.step, pair.tuned)):
        for n, one in enumerate(answers):
            name = f"{pair.id}-{which}-{n}"
            row = _row(name, pair.prompt, pair.reference_answer, one.completion, known)
            entry = _entry(name, one.reward, one.criteria, one.outcome, one.reason)
            yield Recorded(row, entry, key_of(pair.id, step), step, "", told=True)


def _of_logged(one: _Logged, dataset: Dataset) -> Recorded:
    name = f"{one.prompt_hash[:12]}-{one.completion_hash[:12]}"
    empty = one.completion_hash == _NOTHING
    completion = "" if empty and one.completion is None else one.completion
    known = dataset.hashed(one.prompt_hash)
    told = completion is not None and (known is not None or one.prompt is not None)
    row = _row(name, one.prompt, None, completion if told else None, known)
    if not told:
        row |= {"prompt_hash": one.prompt_hash, "completion_hash": one.completion_hash}
    reward = one.reward if one.outcome == _SCORED else None
    entry = _entry(name, reward, one.criteria, one.outcome, one.fault or "")
    try:
        when = datetime.fromisoformat(one.timestamp).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # the year 9999 in another zone
        when = ""
    return Recorded(row, entry, bytes.fromhex(one.prompt_hash) or None, None, when, told)


def _row(
    name: str,
    prompt: str | None,
    reference: Any,
    completion: str | None,
    known: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Returns the row that was graded, from its dataset's row where that is known."""
    if known is not None and completion is not None:
        return event_of(known, name, completion)
    row: dict[str, Any] = {"id": name}
    turns = known["messages"] if known else [{"role": "user", "content": prompt}]
    reference = known.get("reference_answer") if known else reference
    if known or prompt is not None:
        row["messages"] = turns
    if completion is not None:
        row["messages"] = [*turns, {"role": "assistant", "content": completion}]
    return row if reference is None else row | {"reference_answer": reference}


def _entry(
    name: str, reward: float | None, criteria: Mapping[str, float], outcome: str, reason: str
) -> dict[str, Any]:
    if reward is None and outcome == _SCORED:
        raise ValueError("it is scored, and has no reward")
    if not all(map(math.isfinite, (reward or 0.0, *criteria.values()))):
        raise ValueError("a reward or a criterion is no finite number")
    return {
        "id": name,
        "aggregate_reward_score": 0.0 if reward is None else reward,
        "metrics_list": [{"name": n, "value": v, "type": "Reward"} for n, v in criteria.items()],
        "outcome": outcome,
        "reason": reason,
    }
