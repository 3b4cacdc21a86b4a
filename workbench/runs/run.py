"""One run in its file: a head, and a row for each that was graded, written as it goes."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec

from touchstone.thinking import Pairs
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.grading.run import Graded
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.rows.storage import shown

SUFFIX = ".run"
FORMAT = 2
_EVERY_S = 1.0  # between two commits: what a crash may lose
_READ = """
CREATE TABLE read (
    name TEXT PRIMARY KEY, lines INTEGER NOT NULL, last BLOB NOT NULL, version TEXT NOT NULL
);
"""
_SCHEMA = f"""
CREATE TABLE head (value TEXT NOT NULL);
CREATE TABLE rows (
    n INTEGER PRIMARY KEY, file TEXT NOT NULL, line INTEGER NOT NULL, problem TEXT NOT NULL,
    id TEXT NOT NULL, rollouts BLOB, same BLOB NOT NULL, row TEXT NOT NULL, result TEXT NOT NULL,
    outcome TEXT NOT NULL, reward REAL, usd REAL NOT NULL, step INTEGER, time TEXT NOT NULL
);
{_READ}"""
_TO_FORMAT_2 = f"""
BEGIN;
ALTER TABLE rows ADD COLUMN step INTEGER;
ALTER TABLE rows ADD COLUMN time TEXT NOT NULL DEFAULT '';
{_READ}"""
_INTO = "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ROWS = "SELECT n, same, rollouts, outcome, reward, usd, step, time FROM rows"
_SOME = "WHERE n >= ?1 AND (?2 IS NULL OR step BETWEEN ?2 AND ?3) ORDER BY n"
_STEPS = "SELECT min(step), max(step), count(*) FILTER (WHERE step BETWEEN ?2 AND ?3) FROM rows"
_RESULTS = "SELECT file, line, problem, row, result, step, time FROM rows"


class Head(msgspec.Struct, kw_only=True):
    """What a run is of, and how it ended.

    Attributes:
        id: The run's own name.
        grader: As it was called.
        file: What held the rows.
        version: Of the grader, ``""`` where it is not known.
        settings: Of the grader, empty where they are not known.
        function: The deployed function that was asked, ``""`` for a grader of this machine.
        judge: Who judged, for a person.
        began: ISO 8601 in UTC.
        ended: Likewise; ``""`` for a run that broke off or is still going on.
        summary: What ``grade --json`` printed at its end.
        imported: It was graded elsewhere, and is brought here by ``runs import``.
        untold: Of its rows, those whose completion nobody recorded.
        format: Of the file.
    """

    id: str = ""
    grader: str
    file: str
    version: str = ""
    settings: dict[str, Any] = {}
    function: str = ""
    judge: str = ""
    began: str = ""
    ended: str = ""
    summary: dict[str, Any] = {}
    imported: bool = False
    untold: int = 0
    format: int = FORMAT

    @property
    def thinking_marks(self) -> Pairs:
        """Marks of its grader's own between which the completions of its rows think."""
        return [(opening, closing) for opening, closing in self.settings.get("thinking_marks", ())]


class _Told(msgspec.Struct):
    """What every summary says, whichever version wrote it."""

    rows: int
    scored: int
    mean: float | None
    unscored: dict[str, int]
    groups: int
    flat_groups: int


class RunNotWritten(WorkbenchError):
    """A run cannot be kept any more; the rows that were kept until then are there."""


class RunNotRead(WorkbenchError):
    """The file of a run is damaged, or went while it was read."""


class NoSuchSteps(WorkbenchError):
    """A run holds no rollout of the steps that were asked for."""


class Row(msgspec.Struct, frozen=True):
    """A row's result, as a comparison needs it.

    Attributes:
        n: The row's place in its run, from 0.
        same: Is equal for equal rows.
        rollouts: Is equal for rollouts of one prompt, and of one step where they have steps;
            ``None`` for a row that is no sample.
        outcome: ``scored`` or ``unscored:<kind>``.
        reward: ``None`` where it is not scored.
        usd: What its judge took.
        step: Of training; ``None`` where it is no job's, or nothing tells it.
        time: When it was graded, ISO 8601 in UTC; ``""`` where nothing tells.
    """

    n: int
    same: bytes
    rollouts: bytes | None
    outcome: str
    reward: float | None
    usd: float
    step: int | None
    time: str


class Mark(msgspec.Struct, frozen=True):
    """How far a file that a run is imported from was read.

    Attributes:
        lines: Of it, that the run holds.
        last: What tells the last of them.
        version: Of the file, once it was read to an end that nothing is added to; else ``""``.
    """

    lines: int = 0
    last: bytes = b""
    version: str = ""


class Elsewhere(Protocol):
    """Keeps copies of runs.

    Attributes:
        url: Where.
    """

    url: str

    def send(self, run: Run, *, last: bool) -> None:
        """Copies a run, which was changed; ``last`` when it is closed next."""
        ...

    def forget(self, name: str) -> None:
        """Drops what is kept of a run that came to nothing."""
        ...


class Run:
    """Reads and writes one run; a context that ends with its file closed.

    Attributes:
        path: Its file.
        head: What it is of.
        elsewhere: Where a copy of it is kept too; ``None`` for nowhere.
        changed: It holds what the copy does not.
    """

    def __init__(self, path: Path, store: sqlite3.Connection, head: Head) -> None:
        self.path, self.head, self._store = path, head, store
        self.elsewhere: Elsewhere | None = None
        self.changed = False
        self._since, self._n = time.monotonic(), self.count()
        self._begun_here = False

    @classmethod
    def create(cls, path: Path, head: Head) -> Run:
        """Makes the file of a new run.

        Raises:
            sqlite3.Error: It cannot be made.
        """
        store = sqlite3.connect(path, check_same_thread=False)
        try:
            store.execute("PRAGMA journal_mode = WAL")
            store.execute("PRAGMA synchronous = NORMAL")
            store.executescript(_SCHEMA)
            store.execute("INSERT INTO head VALUES (?)", (_text(msgspec.to_builtins(head)),))
            store.commit()
        except sqlite3.Error:
            store.close()  # takes what SQLite keeps beside the file with it
            raise
        run = cls(path, store, head)
        run._begun_here = True
        return run

    @classmethod
    def open(cls, path: Path) -> Run:
        """Opens the file of a run.

        Raises:
            sqlite3.Error: It is not there, or no such file.
            ValueError: It is of another format.
        """
        # SQLite writes beside what it reads, unless told that nobody changes it: in a folder that
        # may not be written, where nobody has it open.
        still = (
            not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
        )
        how = "immutable=1" if still else "mode=rw"
        store = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)
        found = store.execute("SELECT value FROM head").fetchone()
        if found is None or not isinstance(found[0], str):
            raise ValueError("it was never begun")
        told = json.loads(found[0])  # half a character is none to msgspec
        of = told.get("format") if isinstance(told, dict) else None
        if of not in (1, FORMAT):
            raise ValueError(f"of format {of}, and {FORMAT} is read")
        if of == 1:
            told["format"] = FORMAT
            store.executescript(_TO_FORMAT_2)
            store.execute("UPDATE head SET value = ?", (_text(told),))
            store.commit()
        return cls(path, store, read_head(told, path.stem))

    @property
    def name(self) -> str:
        """What it is called by: its id, with the place before it where that is in S3."""
        return f"{self.elsewhere.url}/{self.head.id}" if self.elsewhere else self.head.id

    def __enter__(self) -> Run:
        """Returns it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Keeps what was added, and closes the file.

        That of a run without a row goes, but only by who began it: to who opened it, it may be
        one that another process is about to write the first row of.

        Raises:
            RunNotWritten: The disk is full, or cannot be written to.
            DataError: A copy that is kept elsewhere could not be brought up to date.
        """
        try:
            with self._writing():
                self._store.commit()
                empty = self._begun_here and not self.count()
            if self.elsewhere and empty:
                self.elsewhere.forget(self.head.id)
            elif self.elsewhere and self.changed:
                self.elsewhere.send(self, last=True)
        finally:
            self._store.close()
        if empty:
            self.path.unlink(missing_ok=True)

    def count(self) -> int:
        """Returns how many rows it has so far; at once, as they are numbered without a gap."""
        (last,) = self._store.execute("SELECT max(n) FROM rows").fetchone()
        return 0 if last is None else last + 1

    def add(
        self, line: Line, entry: dict[str, Any], group: bytes | None, mark: Mark | None = None
    ) -> None:
        """Keeps a row with its result.

        Args:
            line: The row.
            entry: Its result.
            group: See ``Row.rollouts``.
            mark: How far the row's file is read with it, where the run is imported; both are kept
                or neither.

        Raises:
            RunNotWritten: The disk is full, or cannot be written to.
        """
        scored = entry["outcome"] == "scored"
        spent = sum(m["value"] for m in entry["metrics_list"] if m["name"] == "judge_cost_usd")
        row = line.row if not line.problem else None
        values = (
            self._n, line.file, line.number, line.problem, str(entry["id"]), group,
            _same(row, line), _text(row), _text(entry), entry["outcome"],
            entry["aggregate_reward_score"] if scored else None, float(spent), line.step, line.time,
        )  # fmt: skip
        with self._writing():
            # Half a character, or a byte of a file's name that is none, is no text to SQLite.
            plain = [shown(one) if isinstance(one, str) else one for one in values]
            self._store.execute(_INTO, plain)
            if mark:
                self._mark(line.file, mark)
            self._n += 1
            self.changed = True
            if time.monotonic() - self._since <= _EVERY_S:
                return
            self._store.commit()
            self._since = time.monotonic()
        if self.elsewhere:
            self.elsewhere.send(self, last=False)

    def mark(self, name: str, mark: Mark) -> None:
        """Notes how far a file was read that the run is imported from.

        Raises:
            RunNotWritten: The disk is full, or cannot be written to.
        """
        with self._writing():
            self._mark(name, mark)

    def _mark(self, name: str, mark: Mark) -> None:
        values = (shown(name), mark.lines, mark.last, mark.version)
        self._store.execute("REPLACE INTO read VALUES (?, ?, ?, ?)", values)

    def marks(self) -> dict[str, Mark]:
        """Returns how far each file was read that the run is imported from, by ``shown`` names."""
        found = self._store.execute("SELECT name, lines, last, version FROM read")
        return {name: Mark(*values) for name, *values in found}

    def finish(self, summary: dict[str, Any]) -> None:
        """Writes down how it ended, and that it did.

        Raises:
            RunNotWritten: The disk is full, or cannot be written to.
        """
        self.head.summary = summary
        self.head.judge = str(summary.get("judge_name", ""))
        self.note(ended=True)

    def note(self, *, ended: bool) -> None:
        """Writes down what its head says by now; of one that has not ended, no summary.

        Raises:
            RunNotWritten: The disk is full, or cannot be written to.
        """
        self.head.ended = datetime.now(UTC).isoformat(timespec="seconds") if ended else ""
        self.head.summary = self.head.summary if ended else {}
        self.changed = True
        with self._writing():
            value = _text(msgspec.to_builtins(self.head))
            self._store.execute("UPDATE head SET value = ?", (value,))
            self._store.commit()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as exc:
            advice = "make room there and go on with --resume, or keep no run with --runs none"
            raise RunNotWritten(f"{self.path}: {exc}", advice) from exc

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError, TypeError) as exc:  # what a damaged row makes of itself
            advice = "a copy of it, or grading its rows again, is what is left"
            raise RunNotRead(f"{self.path}: is damaged: {exc}", advice) from exc

    def check_steps(self, wanted: range) -> None:
        """Refuses steps of training that no row is of.

        Raises:
            NoSuchSteps: With those that it has.
        """
        with self._reading():
            first, last, some = self._store.execute(_STEPS, _which(0, wanted)).fetchone()
        if first is None:
            raise NoSuchSteps(f"run {self.head.id}: nothing tells the steps of its rows")
        if not some:
            raise NoSuchSteps(
                f"run {self.head.id}: no row of these steps; it has {first} to {last}"
            )

    def copy(self, path: Path) -> int:
        """Writes what is kept by now to another file; returns how many rows that are.

        Raises:
            RunNotWritten: There is no room for it.
        """
        with self._writing(), closing(sqlite3.connect(path)) as other:
            self._store.backup(other)
            (count,) = other.execute("SELECT count(*) FROM rows").fetchone()
        return count

    def graded(self, since: int = 0, steps: range | None = None) -> Iterator[Graded]:
        """Yields every row with its result, in order.

        Args:
            since: The place to begin at, from 0.
            steps: Of training, whose rollouts alone are yielded; all rows by default.

        Raises:
            RunNotRead: A row cannot be read.
        """
        with self._reading():
            found = self._store.execute(f"{_RESULTS} {_SOME}", _which(since, steps))
            yield from map(_graded, found)

    def rows(self, since: int = 0, steps: range | None = None) -> Iterator[Row]:
        """Yields what a comparison needs of every row, in order.

        Args:
            since: The place to begin at, from 0.
            steps: Of training, whose rollouts alone are yielded; all rows by default.

        Raises:
            RunNotRead: A row cannot be read.
        """
        with self._reading():
            for values in self._store.execute(f"{_ROWS} {_SOME}", _which(since, steps)):
                yield Row(*values)

    def rows_of(self, same: Iterable[bytes]) -> Iterator[Row]:
        """Yields, in order, the rows that hold what one of some rows does.

        Args:
            same: Of these rows.
        """
        among = "hex(same) IN (SELECT value FROM json_each(?))"  # however many there are
        names = json.dumps([one.hex().upper() for one in same])
        with self._reading():
            for values in self._store.execute(f"{_ROWS} WHERE {among} ORDER BY n", (names,)):
                yield Row(*values)

    def result(self, n: int) -> Graded:
        """Returns one row with its result.

        Args:
            n: Its place, from 0.

        Raises:
            RunNotRead: As ``graded`` does.
        """
        with self._reading():
            return _graded(self._store.execute(f"{_RESULTS} WHERE n = ?", (n,)).fetchone())


def read_head(told: Any, name: str) -> Head:
    """Returns a head as somebody wrote it.

    Args:
        told: As JSON holds it.
        name: Of the run, which a copy has another of.

    Raises:
        ValueError: It is none.
    """
    head = msgspec.convert(told, Head)
    if head.summary:
        msgspec.convert(head.summary, _Told)
    return msgspec.structs.replace(head, id=name)


def _which(since: int, steps: range | None) -> tuple[int, int | None, int | None]:
    return (since, None, None) if steps is None else (since, steps.start, steps.stop - 1)


def _graded(values: tuple[str, int, str, str, str, int | None, str]) -> Graded:
    file, number, problem, row, result, step, time_ = values
    line = Line(file, number, json.loads(row), problem, step=step, time=time_)
    return line, json.loads(result)


def _text(value: Any) -> str:
    return json.dumps(value)  # ASCII, so that half a character survives


def _same(row: Any, line: Line) -> bytes:
    """Returns what tells a row by what it holds, its id and an expectation aside."""
    if isinstance(row, dict):
        row = {name: value for name, value in row.items() if name not in ("id", "expect")}
    said = json.dumps(row, sort_keys=True) if not line.problem else f"{line.file}:{line.number}"
    return hashlib.blake2b(said.encode(), digest_size=16).digest()
