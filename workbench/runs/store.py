"""Where runs are kept, how one is begun and found again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.grading.run import Graded
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.runs.run import SUFFIX, Head, Run

FOLDER = Path(".touchstone") / "runs"
# What means one of the latest runs by its age.
_BY_AGE = {"last": 0, "previous": 1}


class NoSuchRun(WorkbenchError):
    """No run is kept by that name, or the file is none."""


def begin(head: Head, folder: Path) -> Run:
    """Begins a run in a folder, which is made where it is not there.

    Args:
        head: What it is of; it is given its name and when it began.
        folder: Where runs are kept.

    Raises:
        OSError: The folder cannot be written to.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True)
        # Rows are the user's data: no commit takes them along by mistake.
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    now = datetime.now(UTC)
    path = _new(folder, f"{now:%Y%m%d-%H%M%S}")
    head.id, head.began = path.stem, now.isoformat(timespec="seconds")
    try:
        return Run.create(path, head)
    except sqlite3.Error as exc:
        for beside in ("", "-wal", "-shm"):  # SQLite's own files
            path.with_name(path.name + beside).unlink(missing_ok=True)
        raise OSError(None, str(exc), str(folder)) from exc


def find(name: str, folder: Path) -> Run:
    """Opens a run.

    Args:
        name: Its id or the beginning of it, ``last``, ``previous``, or the path of its file.
        folder: Where runs are kept.

    Raises:
        NoSuchRun: There is none, or there are several that begin so.
    """
    if name.endswith(SUFFIX):
        return _opened(Path(name))
    paths = _paths(folder)
    if name in _BY_AGE:
        if len(paths) <= _BY_AGE[name]:
            raise NoSuchRun(f"{folder}: {len(paths)} runs are kept, so none is `{name}`")
        return _opened(paths[-1 - _BY_AGE[name]])
    found = [path for path in paths if path.stem.startswith(name)]
    found = [path for path in found if path.stem == name] or found
    if len(found) != 1:
        said = "no run" if not found else f"{len(found)} runs, as {found[0].stem}"
        raise NoSuchRun(f"{name}: {said} of that name in {folder}", "touchstone runs list")
    return _opened(found[0])


def unfinished(grader: str, file: str, folder: Path) -> Run:
    """Opens the last run of a grader over a file, which broke off.

    Raises:
        NoSuchRun: There is none, or it came to its end.
    """
    for path in reversed(_paths(folder)):
        try:
            with _opened(path) as run:
                head = run.head
        except NoSuchRun:  # broken off before it held anything, or of another format
            continue
        if (head.grader, head.file) == (grader, file):
            if head.ended:
                raise NoSuchRun(f"run {head.id} of {grader} over {file} came to its end")
            return _opened(path)
    raise NoSuchRun(f"no run of {grader} over {file} is kept in {folder}", "touchstone runs list")


def kept_rows(run: Run, lines: Iterator[Line]) -> Iterator[Graded]:
    """Yields the rows that a run has already, each with its result, and takes them off ``lines``.

    Raises:
        NoSuchRun: It has other rows.
    """
    for was, entry in run.graded():
        line = next(lines, None)
        if line is None or line.row != was.row:
            where = line.place if line else "the end of the file"
            raise NoSuchRun(f"{where}: run {run.head.id} has another row here")
        yield line, entry


def kept(folder: Path) -> list[Head]:
    """Returns what every run of a folder is of, the oldest first; what is none is passed over."""
    heads = []
    for path in _paths(folder):
        try:
            with _opened(path) as run:
                heads.append(run.head)
        except NoSuchRun:
            continue
    return heads


def _new(folder: Path, second: str) -> Path:
    """Makes an empty file whose name comes after all that are there."""
    for name in (second, *(f"{second}-{number:03}" for number in range(2, 1000))):
        path = folder / f"{name}{SUFFIX}"
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise OSError(None, f"a thousand runs began at {second}", str(folder))


def _paths(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stem)


def _opened(path: Path) -> Run:
    try:
        return Run.open(path)
    except (sqlite3.Error, ValueError) as exc:
        raise NoSuchRun(f"{path}: is no run: {exc}") from exc
