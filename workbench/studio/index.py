"""What a run is searched, filtered and sorted by: a file beside it that is read from it once.

A run keeps each row as the text that it came as. To look for a word or a length in that would read
all of it each time; the index holds a few numbers a row and the words of its texts (FTS5, which
comes with SQLite). It grows beside a run that is still being written, and goes when its run has
gone. Where nothing may be written beside a run, its index lies in the user's cache instead.
"""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
import threading
import time
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from touchstone.contract import Sample, parse
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.grading.run import Graded
from touchstone.workbench.runs.run import SUFFIX, Row, Run

_SUFFIX = ".index"
_BESIDE = ("", "-wal", "-shm")  # SQLite's own files
_FORMAT = 4  # of another one it is made anew
_BATCH = 250  # rows between two looks at the clock
_EVERY_S = 0.5  # between two commits, before which no other thread sees what was read
_PATIENCE_S = 30.0  # for another studio that reads the same run
_FIRST_S = 0.3  # for which a page waits for what has not been read yet
_MOST_CRITERIA = 64  # of a run; a function of somebody else's may name as many as it likes
# Each criterion has a column of rows, named by its place.
_SCHEMA = """
CREATE TABLE head (began TEXT NOT NULL, run BLOB NOT NULL);
CREATE TABLE rows (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL, outcome TEXT NOT NULL, reward REAL,
    length INTEGER NOT NULL, prompt INTEGER NOT NULL, step INTEGER
);
CREATE INDEX of_prompt ON rows (prompt);
CREATE INDEX of_reward ON rows (reward);
CREATE TABLE prompts (
    prompt INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, scored INTEGER NOT NULL, low REAL,
    high REAL
);
CREATE TABLE criteria (place INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE VIRTUAL TABLE said USING fts5(id, prompt, completion, reason, content='')
"""
_PROMPT = """
INSERT INTO prompts (key, scored, low, high) VALUES (?1, ?2 IS NOT NULL, ?2, ?2)
ON CONFLICT (key) DO UPDATE SET
    scored = scored + excluded.scored,
    low = min(coalesce(low, excluded.low), coalesce(excluded.low, low)),
    high = max(coalesce(high, excluded.high), coalesce(excluded.high, high))
RETURNING prompt
"""
# Scripts that put no space between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
# Each of their characters is a word, and a word that is looked for is a phrase of them.
_UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff])")


class NoIndex(WorkbenchError):
    """The index of a run cannot be written, neither beside it nor in the user's cache."""


class Index:
    """The index of one run; a context that ends with its file closed.

    Each thread opens its own. One grows it, others read beside it.

    Args:
        run: What it is of, open in the same thread.

    Attributes:
        store: Its tables, to be read.

    Raises:
        NoIndex: It is not there and cannot be made.
    """

    def __init__(self, run: Run) -> None:
        self._run, self._path = run, _place(run.path)
        try:
            self.store = _opened(self._path, run)
        except (OSError, sqlite3.Error) as exc:
            raise self._failed(exc) from exc

    def __enter__(self) -> Index:
        """Returns it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it; what was read since the last commit is read again."""
        self.store.close()

    def count(self) -> int:
        """Returns how many of the run's rows it holds: the first so many."""
        (last,) = self.store.execute("SELECT max(n) FROM rows").fetchone()
        return 0 if last is None else last + 1

    def grow(self, ended: threading.Event) -> None:
        """Reads what the run holds and it does not yet.

        Args:
            ended: Stops it when set.

        Raises:
            NoIndex: The disk is full, or it was taken away.
        """
        since = self.count()
        committed = 0.0  # so that the first rows are seen at once
        try:
            rows = zip(self._run.rows(since), self._run.graded(since), strict=False)
            while not ended.is_set() and (batch := list(islice(rows, _BATCH))):
                if not self.store.in_transaction:
                    self.store.execute("BEGIN IMMEDIATE")
                    if self.count() != batch[0][0].n:  # another studio reads the same run
                        break
                self._take(batch)
                if time.monotonic() - committed > _EVERY_S:
                    self.store.commit()
                    committed = time.monotonic()
            self.store.commit()
        except sqlite3.Error as exc:
            raise self._failed(exc) from exc

    def criteria(self) -> dict[str, str]:
        """Returns the criteria by name, each with the column of ``rows`` that holds its value."""
        found = self.store.execute("SELECT name, place FROM criteria ORDER BY place")
        return {name: f"c{place}" for name, place in found}

    def _take(self, batch: list[tuple[Row, Graded]]) -> None:
        columns = self._columns(batch)
        entries, said = [], []
        for row, (line, entry) in batch:
            key = (row.rollouts or row.same, row.reward)
            (prompt,) = self.store.execute(_PROMPT, key).fetchone()
            sample = parse([line.row], self._run.head.thinking_marks).rows[0]
            asked, answer = (
                (sample.prompt, sample.answer) if isinstance(sample, Sample) else ("", "")
            )
            name = _plain(str(entry["id"]))
            values = _criteria_of(entry)
            entries.append(
                (
                    row.n,
                    name,
                    row.outcome,
                    row.reward,
                    len(answer),
                    prompt,
                    row.step,
                    *map(values.get, columns),
                )
            )
            texts = (name, asked, answer, str(entry["reason"]))
            said.append((row.n, *(spaced(text) for text in texts)))
        into = self.store.executemany
        marks = ", ".join("?" * (7 + len(columns)))
        into(f"INSERT INTO rows VALUES ({marks})", entries)  # noqa: S608 - question marks
        into(
            "INSERT INTO said (rowid, id, prompt, completion, reason) VALUES (?, ?, ?, ?, ?)", said
        )

    def _columns(self, batch: list[tuple[Row, Graded]]) -> list[str]:
        """Returns the names of the criteria, in the order of their columns, new ones made."""
        known = list(self.criteria())
        fresh = dict.fromkeys(name for _, (_, entry) in batch for name in _criteria_of(entry))
        for name in [name for name in fresh if name not in known][: _MOST_CRITERIA - len(known)]:
            known.append(name)
            self.store.execute("INSERT INTO criteria VALUES (?, ?)", (len(known), name))
            self.store.execute(f"ALTER TABLE rows ADD COLUMN c{len(known)} REAL")
        return known

    def _failed(self, exc: OSError | sqlite3.Error) -> NoIndex:
        return NoIndex(
            f"{self._path}: {exc.strerror if isinstance(exc, OSError) else exc}",
            "the studio keeps it beside the run, or where that may not be written below "
            "$XDG_CACHE_HOME; if it is deleted, it is made anew",
        )


class Indexer:
    """Grows the indexes of runs in threads, one a run, which end with the process."""

    def __init__(self) -> None:
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._threads: dict[Path, threading.Thread] = {}
        self._problems: dict[Path, WorkbenchError] = {}

    def see_to(self, run: Run, index: Index) -> None:
        """Has an index read on where it lacks rows, and waits a moment for the first of them.

        Raises:
            NoIndex: Reading on failed before.
        """
        if index.count() >= run.count():
            return
        with self._lock:
            if problem := self._problems.pop(run.path, None):
                raise problem
            thread = self._threads.get(run.path)
            if thread and thread.is_alive():
                return
            thread = threading.Thread(target=self._grow, args=(run.path,), daemon=True)
            self._threads[run.path] = thread
            thread.start()
        thread.join(_FIRST_S)

    def close(self) -> None:
        """Ends the threads."""
        self._ended.set()
        for thread in self._threads.values():
            thread.join()

    def _grow(self, path: Path) -> None:
        try:
            with Run.open(path) as run, Index(run) as index:
                index.grow(self._ended)
        except WorkbenchError as exc:
            self._problems[path] = exc
        except (sqlite3.Error, ValueError) as exc:  # the run went meanwhile
            self._problems[path] = NoIndex(f"{path}: {exc}")


def sweep(folder: Path) -> None:
    """Takes away the indexes of runs that are gone: they hold words of their rows.

    Args:
        folder: That keeps runs; what the user's cache holds of runs anywhere is swept too.
    """
    for path in folder.glob(f"*{_SUFFIX}"):
        if not path.with_suffix(SUFFIX).exists() and os.access(folder, os.W_OK):
            _remove(path)
    for path in _cache().glob(f"*{_SUFFIX}"):
        if not _has_run(path):
            _remove(path)


def spaced(text: str) -> str:
    """Returns text as the index takes it in, and as what is looked for in it must be written."""
    text = _plain(text)
    return text if text.isascii() else _UNSPACED.sub(r" \1 ", text)


def _plain(text: str) -> str:
    return text.encode("utf-8", "replace").decode()  # half a character is no text to SQLite


def _criteria_of(entry: dict[str, Any]) -> dict[str, float]:
    return {_plain(m["name"]): m["value"] for m in entry["metrics_list"] if m["type"] == "Reward"}


def _place(run: Path) -> Path:
    """Returns where the index of a run's file lies: beside it, or else in the user's cache."""
    beside = run.with_suffix(_SUFFIX)
    files = [path for end in _BESIDE if (path := beside.with_name(beside.name + end)).exists()]
    if all(os.access(path, os.W_OK) for path in (run.parent, *files)):
        return beside
    name = hashlib.blake2b(os.fsencode(run.resolve()), digest_size=16).hexdigest()
    return _cache() / f"{name}{_SUFFIX}"


def _cache() -> Path:
    """Returns the folder of the user's cache for indexes (XDG Base Directory Specification)."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))  # one that is not absolute counts for none
    base = named if named.is_absolute() else Path("~/.cache").expanduser()
    return base / "touchstone" / "indexes"


def _has_run(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as store:
            found = store.execute("SELECT run FROM head").fetchone()
    except sqlite3.Error:  # another studio is making it
        return True
    return found is None or Path(os.fsdecode(found[0])).exists()


def _opened(path: Path, run: Run) -> sqlite3.Connection:
    """Returns the tables of an index, made where they are not there or of another run."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds words of the rows
    store = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = OFF")  # what is lost is read again
    began = run.head.began
    version = store.execute("PRAGMA user_version").fetchone()[0]
    if version and (
        version != _FORMAT or store.execute("SELECT began FROM head").fetchone() != (began,)
    ):
        store.close()
        _remove(path)
        return _opened(path, run)
    if not version:
        store.execute("BEGIN IMMEDIATE")  # of two threads the second waits, and finds it made
        if not store.execute("PRAGMA user_version").fetchone()[0]:
            for statement in _SCHEMA.split(";"):
                store.execute(statement)
            store.execute(
                "INSERT INTO head VALUES (?, ?)", (began, os.fsencode(run.path.resolve()))
            )
            store.execute(f"PRAGMA user_version = {_FORMAT}")
        store.execute("COMMIT")
    return store


def _remove(path: Path) -> None:
    for beside in _BESIDE:
        path.with_name(path.name + beside).unlink(missing_ok=True)
