"""Brings records of rollouts into a run, and into the same run again what was added since."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

from touchstone.graded import read_event
from touchstone.workbench.rows.rft import Line, read_lines
from touchstone.workbench.rows.storage import Ahead, DataError, File, shown
from touchstone.workbench.runs.records import Recorded, Records
from touchstone.workbench.runs.run import Head, Mark, Run
from touchstone.workbench.runs.store import begin, find, kept
from touchstone.workbench.runs.told import told


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of an import.

    Attributes:
        name: Of the run, which is not kept where it has no rows.
        head: Of the run.
        rows: That it has now.
        new: Of them, those that were brought just now.
    """

    name: str
    head: Head
    rows: int
    new: int


def bring(records: Records, where: str, on_row: Callable[[], None] = lambda: None) -> Brought:
    """Brings what is new in some files of records into their run, which is begun if need be.

    A file that no longer begins as it did, as that of another job under the same name, makes
    another run. Whatever breaks it off, what was read is kept, and the next call goes on.

    Args:
        records: What to bring.
        where: Where runs are kept.
        on_row: Called for each that is new.

    Raises:
        DataError: A file cannot be read, or a line is no record; what came before is kept.
        NoSuchRun, RunNotWritten: The run cannot be read or written.
    """
    with _latest(records, where) or begin(records.head, where) as run:
        before = run.count()
        if before:
            records.head.grader, records.head.version = run.head.grader, run.head.version
        try:
            for one in _new(records, run):
                run.head.untold += not one.told
                on_row()
        except BaseException:
            run.note(ended=False)
            raise
        run.head.grader, run.head.version = records.head.grader, records.head.version
        rows = run.count()
        if rows > before or not run.head.ended:
            run.finish(told(run))
        return Brought(run.name, run.head, rows, rows - before)


def _new(records: Records, run: Run) -> Iterator[Recorded]:
    """Yields what is new, each with its mark kept in the run already."""
    marks = run.marks()
    unread = [file for file in records.files if not marks.get(shown(file.name), Mark()).version]
    with closing(Ahead(unread)) as ahead:
        for index, file in enumerate(unread):
            mark = marks.get(shown(file.name), Mark())
            for line in _lines(file, records, mark.lines, ahead, index):
                mark = Mark(line.number, _digest(line))
                found = _read(records, line)
                for left, one in enumerate(found, 1 - len(found)):
                    brought = Line(line.file, line.number, one.row, step=one.step, time=one.time)
                    run.add(brought, one.entry, one.group, None if left else mark)
                    yield one
            run.mark(file.name, mark if records.grows else Mark(mark.lines, mark.last, _of(file)))


def _lines(file: File, records: Records, read: int, ahead: Ahead, index: int) -> Iterator[Line]:
    """Yields the lines of a file after those that were read, which are passed over unread."""
    waiting: DataError | None = None
    for line in read_lines(file.name, bytes, ahead.open(index)):
        if waiting:
            raise waiting
        if line.number > read:
            try:
                yield replace(line, row=read_event(line.row))
            except ValueError as exc:
                waiting = DataError(f"{line.place}: {exc}")
    if waiting and not records.grows:  # of one that grows, the last line is still being written
        raise waiting


def _read(records: Records, line: Line) -> list[Recorded]:
    try:
        return list(records.read(line.row))
    except ValueError as exc:
        raise DataError(f"{line.place}: is no record of a rollout: {exc}") from exc


def _latest(records: Records, where: str) -> Run | None:
    """Opens the run that these records are of, ``None`` where none has what they begin with."""
    wanted = records.head
    for head in reversed(kept(where)):
        names = (head.grader, wanted.grader), (head.version, wanted.version)
        if head.imported and head.file == wanted.file and all(b in ("", a) for a, b in names):
            run = find(head.id, where)
            if all(_goes_on(file, run.marks().get(shown(file.name))) for file in records.files):
                return run
            with run:
                return None
    return None


def _goes_on(file: File, mark: Mark | None) -> bool:
    """Tells whether a file still holds what was read of it."""
    if mark is None or mark.lines == 0:
        return True
    if mark.version:
        return mark.version == _of(file)
    lines = read_lines(file.name, bytes)
    last = next((line for line in lines if line.number == mark.lines), None)
    return last is not None and _digest(last) == mark.last


def _digest(line: Line) -> bytes:
    return hashlib.blake2b(line.raw, digest_size=8).digest()


def _of(file: File) -> str:
    return file.version or str(file.size)
