"""Where runs are kept, how one is begun and found again."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from touchstone.config import graders_file
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.grading.run import Graded
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.rows.storage import DataError, is_s3
from touchstone.workbench.runs.remote import Place
from touchstone.workbench.runs.run import SUFFIX, Head, Run

FOLDER = Path(".touchstone") / "runs"
# What means one of the latest runs by its age.
_BY_AGE = {"last": 0, "previous": 1}


# An id as ``begin`` gives it.
_ID = re.compile(r"\d{8}-\d{6}(?:-\w+)?")


def runs_folder() -> str:
    """Returns where runs are kept unless another place is named: beside graders.toml."""
    return str(graders_file().parent / FOLDER)


class NoSuchRun(WorkbenchError):
    """No run is kept by that name, or the file is none."""


def begin(head: Head, where: str | Path) -> Run:
    """Begins a run in a place, which is made where it is not there.

    Args:
        head: What it is of; it is given its name and when it began.
        where: The folder or the ``s3://`` prefix that keeps runs.

    Raises:
        OSError: The folder cannot be written to.
        DataError: S3 refuses.
    """
    place, folder = _place(where), folder_of(where)
    if place:
        place.prepare()
    elif not folder.is_dir():
        folder.mkdir(parents=True)
        # Rows are the user's data: no commit takes them along by mistake.
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    now = datetime.now(UTC)
    # Several machines share a prefix, and may begin in the same second.
    path = _new(folder, f"{now:%Y%m%d-%H%M%S-%f}" if place else f"{now:%Y%m%d-%H%M%S}")
    head.id, head.began = path.stem, now.isoformat(timespec="seconds")
    try:
        run = Run.create(path, head)
    except sqlite3.Error as exc:
        _unlink(path)
        raise OSError(None, str(exc), str(folder)) from exc
    if place:
        run.elsewhere = place
        try:
            place.announce(head)
        except DataError:
            with run:
                raise
    return run


def find(name: str, where: str | Path) -> Run:
    """Opens a run.

    Args:
        name: Its id or the beginning of it, ``last``, ``previous``, or the path of its file; with
            ``s3://bucket/prefix/`` before it, of the runs that are kept there.
        where: The folder or the ``s3://`` prefix that keeps runs.

    Raises:
        NoSuchRun: There is none, or there are several that begin so.
        DataError: S3 cannot be asked.
    """
    if is_s3(name):
        where, _, name = name.removesuffix(SUFFIX).rpartition("/")
    elif name.endswith(SUFFIX):
        return _opened(Path(name))
    names = _names(where)
    if name in _BY_AGE:
        if len(names) <= _BY_AGE[name]:
            raise NoSuchRun(f"{where}: {len(names)} runs are kept, so none is `{name}`")
        return _of(names[-1 - _BY_AGE[name]], where)
    found = [each for each in names if each.startswith(name)]
    found = [each for each in found if each == name] or found
    if len(found) != 1:
        said = "no run" if not found else f"{len(found)} runs, as {found[0]}"
        raise NoSuchRun(f"{name}: {said} of that name in {where}", "touchstone runs list")
    return _of(found[0], where)


def folder_of(where: str | Path) -> Path:
    """Returns the folder of this disk where a place's runs lie, those of S3 once they are read."""
    place = _place(where)
    return place.folder if place else Path(where)


def names_run(url: str) -> bool:
    """Tells whether an ``s3://`` URL names a run there, and no file or folder of rows."""
    name = url.rpartition("/")[2].removesuffix(SUFFIX)
    return name in _BY_AGE or _ID.fullmatch(name) is not None


def unfinished(grader: str, file: str, where: str | Path) -> Run:
    """Opens the last run of a grader over a file, which broke off.

    Raises:
        NoSuchRun: There is none, or it came to its end.
        DataError: S3 cannot be asked.
    """
    for head in reversed(kept(where)):
        if (head.grader, head.file, head.imported) == (grader, file, False):
            if head.ended:
                raise NoSuchRun(f"run {head.id} of {grader} over {file} came to its end")
            return _of(head.id, where)
    raise NoSuchRun(f"no run of {grader} over {file} is kept in {where}", "touchstone runs list")


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


def kept(where: str | Path) -> list[Head]:
    """Returns what every run of a place is of, the oldest first; what is none is passed over.

    Raises:
        DataError: S3 cannot be asked.
    """
    place, heads = _place(where), list[Head]()
    for name in _names(where):
        head = place.head(name) if place else None
        try:
            if head is None:
                with _opened(_file(name, where)) as run:
                    head = run.head
            heads.append(head)
        except NoSuchRun:  # broken off before it held anything, or of another format
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


def _place(where: str | Path) -> Place | None:
    return Place(where) if isinstance(where, str) and is_s3(where) else None


def _names(where: str | Path) -> list[str]:
    """Returns the ids of a place's runs, the oldest first."""
    place = _place(where)
    return place.names() if place else sorted(p.stem for p in Path(where).glob(f"*{SUFFIX}"))


def _file(name: str, where: str | Path) -> Path:
    """Returns the file of a run, fetched where it is kept in S3."""
    place = _place(where)
    return place.fetched(name) if place else Path(where) / f"{name}{SUFFIX}"


def _of(name: str, where: str | Path) -> Run:
    run, place = _opened(_file(name, where)), _place(where)
    if place:
        run.elsewhere, run.changed = place, place.unsent(run)
    return run


def _unlink(path: Path) -> None:
    for beside in ("", "-wal", "-shm"):  # SQLite's own files
        path.with_name(path.name + beside).unlink(missing_ok=True)


def _opened(path: Path) -> Run:
    try:
        return Run.open(path)
    except (sqlite3.Error, ValueError) as exc:
        raise NoSuchRun(f"{path}: is no run: {exc}") from exc
