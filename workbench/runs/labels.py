"""People's marks of rows, one line each, kept beside the runs as they are given.

A mark is of a row and not of a run: what a person said of a completion holds in every run of the
folder that has the row, whichever grader graded it. Nothing is ever changed in the file; of two
marks of one row by one person the later counts.
"""

from __future__ import annotations

import fcntl
import hashlib
import heapq
import itertools
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec

from touchstone.sanitize import one_line
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.rows.storage import shown
from touchstone.workbench.runs.run import Row, Run

FILE = "labels.jsonl"
MARK = "mark"  # the field that `check --labels` and `judge check` are told
LONGEST_NAME, LONGEST_NOTE = 60, 2000
_PARTS = 5  # of the range of rewards, each asked of as often as the others


class LabelError(WorkbenchError):
    """A label cannot be kept or read; the message says which and why."""


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What one person said of one row.

    Attributes:
        row: The digest of the row, in hexadecimal, as runs know it (``Row.same``).
        id: The row's own name, for whoever reads the file.
        labeller: Who said it.
        mark: 0 for bad to 1 for good; ``None`` takes back what was said before.
        note: Why, where that was said.
        time: ISO 8601 in UTC.
    """

    row: str
    id: str
    labeller: str
    mark: float | None
    note: str = ""
    time: str = ""


class Labels:
    """The labels of a folder of runs.

    Attributes:
        path: Their file, which need not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def give(
        self, row: bytes, row_id: str, labeller: str, mark: float | None, note: str = ""
    ) -> None:
        """Keeps one label, on the disk when this returns.

        Args:
            row: The digest of the row.
            row_id: The row's own name.
            labeller: Who says it.
            mark: Within 0..1, or ``None`` to take back what was said.
            note: Why.

        Raises:
            LabelError: The labeller is nobody, the mark no such number, the note too long, or the
                file cannot be written.
        """
        if mark is not None and not 0 <= mark <= 1:
            raise LabelError(f"mark: {mark} is outside 0..1")
        if len(note) > LONGEST_NOTE:
            raise LabelError(f"note: {len(note)} characters, more than {LONGEST_NOTE}")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        label = Label(
            row=row.hex(),
            id=shown(row_id),
            labeller=read_name(labeller),
            mark=mark,
            note=note,
            time=now,
        )
        try:
            with self.path.open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # another labeller's page may write too
                file.seek(0)
                text = file.read()
                whole = _whole_lines(text)
                file.truncate(min(len(whole), len(text)))
                file.write(whole[len(text) :] + msgspec.json.encode(label) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as exc:
            raise LabelError(f"{self.path}: {exc.strerror}") from exc

    def all(self) -> Iterator[Label]:
        """Yields every label in the order they were given, those taken back too.

        Raises:
            LabelError: The file cannot be read, or a line is none; names it.
        """
        try:
            lines = _whole_lines(self.path.read_bytes()).split(b"\n")[:-1]
        except FileNotFoundError:
            return
        except OSError as exc:
            raise LabelError(f"{self.path}: {exc.strerror}") from exc
        for number, line in enumerate(lines, 1):
            try:
                label = msgspec.json.decode(line, type=Label)
                bytes.fromhex(label.row)
            except (msgspec.MsgspecError, ValueError) as exc:
                raise LabelError(f"{self.path}:{number}: is no label: {exc}") from exc
            yield label

    def standing(self) -> dict[str, dict[bytes, Label]]:
        """Returns what counts: labeller to row to label, each in the order of its giving.

        Raises:
            LabelError: A line of the file is no label.
        """
        found: dict[str, dict[bytes, Label]] = defaultdict(dict)
        for label in self.all():
            of_one, row = found[label.labeller], bytes.fromhex(label.row)
            of_one.pop(row, None)  # so that what was said last stands last
            if label.mark is not None:
                of_one[row] = label
        return {labeller: labels for labeller, labels in found.items() if labels}


def _whole_lines(text: bytes) -> bytes:
    """Returns what a file holds without the half line that a kill leaves.

    A last line that only lacks its end, as some editors leave it, is whole, and is given one.
    """
    before, end, last = text.rpartition(b"\n")
    try:
        msgspec.json.decode(last, type=Label)
    except msgspec.MsgspecError:
        return before + end
    return text + b"\n"


def read_name(labeller: str) -> str:
    """Returns a labeller's name as it is kept.

    Raises:
        LabelError: It is empty or too long.
    """
    name = one_line(labeller)
    if not 0 < len(name) <= LONGEST_NAME:
        raise LabelError(f"labeller: a name of 1 to {LONGEST_NAME} characters is needed")
    return name


def in_turn(rows: Iterable[Row], seed: int, most: int) -> list[Row]:
    """Returns the rows to label, in an order that has few of them stand for all.

    The range of rewards is cut into equal parts, and each kind of unscored row is one more. One
    of each part comes in turn, drawn by the seed, so that rare rewards are seen as often as common
    ones. Rows that hold the same come once, and what is no sample not at all. The same seed gives
    two labellers the same rows.

    Args:
        rows: Of a run.
        seed: Draws the order.
        most: How many to return at most.
    """
    distinct = {row.same: row for row in rows if row.rollouts is not None}
    rewards = [row.reward for row in distinct.values() if row.reward is not None]
    low, high = (min(rewards), max(rewards)) if rewards else (0.0, 0.0)
    parts: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in distinct.values():
        share = (row.reward - low) / ((high - low) or 1) if row.reward is not None else 0.0
        parts[row.outcome, min(_PARTS - 1, int(share * _PARTS))].append(row)

    def lot(row: Row) -> bytes:
        # Of the row alone, so that a row that is added changes the order of no others.
        return hashlib.blake2b(row.same, digest_size=8, key=str(seed).encode()).digest()

    drawn = [heapq.nsmallest(most, part, key=lot) for _, part in sorted(parts.items())]
    rounds = (part[turn] for turn in range(most) for part in drawn if turn < len(part))
    return list(itertools.islice(rounds, most))


def rows_with_labels(
    run: Run, standing: Mapping[str, Mapping[bytes, Label]]
) -> dict[bytes, list[Row]]:
    """Returns the rows of a run that somebody labelled, by what they hold, in their order.

    Args:
        run: The run.
        standing: Whose labels count, as ``Labels.standing`` gives them.
    """
    found: dict[bytes, list[Row]] = defaultdict(list)
    for row in run.rows_of({same for of_one in standing.values() for same in of_one}):
        if row.rollouts is not None:
            found[row.same].append(row)
    return found


def labelled(run: Run, standing: Mapping[str, Mapping[bytes, Label]]) -> Iterator[dict[str, Any]]:
    """Yields the rows of a run that have labels, each with its ``mark``, as checks read them.

    Of several people's the mark is the mean. Notes and names stay out, as no grader is to see
    them, and so does what a golden case expects: the mark stands in its place.

    Args:
        run: The run.
        standing: Whose labels count, as ``Labels.standing`` gives them.
    """
    rows = itertools.chain.from_iterable(rows_with_labels(run, standing).values())
    for row in sorted(rows, key=lambda row: row.n):
        given = [of_one[row.same].mark for of_one in standing.values() if row.same in of_one]
        marks = [mark for mark in given if mark is not None]
        held = run.result(row.n)[0].row
        if isinstance(held, dict) and marks:
            bare = {name: value for name, value in held.items() if name != "expect"}
            yield {**bare, MARK: fmean(marks)}
