"""Runs under ``s3://``: each is written on this disk as it goes, and sent at intervals.

A run is two objects: ``ID.run``, the file, and ``ID.json``, its head, so that runs are listed
without being fetched. What this disk holds of them lies in ``.touchstone/s3/``, where a run that
could not be sent waits for the next command that opens it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

import msgspec

from touchstone.config import graders_file
from touchstone.workbench.aws import ServiceError, asking, client
from touchstone.workbench.rows.storage import (
    DataError,
    NothingThere,
    list_files,
    open_raw,
    split_url,
    upload,
    writing,
)
from touchstone.workbench.runs.run import SUFFIX, Head, Run, read_head

HERE = Path(".touchstone") / "s3"
# Sending waits for this long, and ten times as long as it took the last time: a run of many rows
# is graded no slower than by a tenth.
_EVERY_S = 60.0
_PATIENCE = 10


class Sent(msgspec.Struct):
    """What S3 holds of a run, as this disk knows it.

    Attributes:
        head: Of the run.
        rows: Its rows there.
    """

    head: Head
    rows: int


class Place:
    """A prefix that keeps runs, and the folder of this disk that mirrors it.

    Args:
        url: ``s3://bucket/prefix``.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        bucket, key = split_url(self.url)
        self._here = graders_file().parent / HERE
        self.folder = self._here / bucket / key
        self._due = 0.0

    def prepare(self) -> None:
        """Makes the folder.

        Raises:
            OSError: It cannot be made.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        # Rows are the user's data: no commit takes them along by mistake.
        (self._here / ".gitignore").write_text("*\n", encoding="utf-8")

    def names(self) -> list[str]:
        """Returns the ids of the runs, there and here, the oldest first.

        Raises:
            DataError: S3 cannot be asked.
        """
        here = {path.stem for path in self.folder.glob(f"*{SUFFIX}")}
        return sorted(here | self._told().keys())

    def fetched(self, name: str) -> Path:
        """Returns the file of a run, fetched where S3 has more of it than this disk.

        Raises:
            DataError: S3 cannot be asked.
        """
        path = self.folder / f"{name}{SUFFIX}"
        there = self._read(name)
        if there and self._behind(path, there):
            self.prepare()
            with tempfile.TemporaryDirectory(dir=self.folder) as work:
                part = Path(work) / "run"
                with open_raw(f"{self.url}/{name}{SUFFIX}") as source, part.open("wb") as sink:
                    shutil.copyfileobj(source, sink, 1 << 20)
                for beside in ("-wal", "-shm"):  # of what lay here before
                    path.with_name(path.name + beside).unlink(missing_ok=True)
                part.replace(path)
        return path

    def head(self, name: str) -> Head | None:
        """Returns what a run that S3 holds is of, ``None`` where this disk alone has it.

        Raises:
            DataError: S3 cannot be asked.
        """
        there = self._read(name)
        return there and there.head

    def send(self, run: Run, *, last: bool) -> None:
        """Sends a run, if it is time to; what an interval could not send, the end does.

        Raises:
            DataError: It is the last time, and S3 refuses; the message says where it is kept.
        """
        if not last and time.monotonic() < self._due:
            return
        began = time.monotonic()
        try:
            self._send(run)
        except DataError as exc:
            if last:
                kept = f"the run is kept in {run.path}; `touchstone runs show {self.url}/"
                raise DataError(f"{exc}; {kept}{run.head.id}` sends it", exc.advice) from exc
        ended = time.monotonic()
        self._due = ended + max(_EVERY_S, _PATIENCE * (ended - began))

    def _send(self, run: Run) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder) as work:
            file, told = Path(work) / "run", Path(work) / "head"
            rows = run.copy(file)
            if rows:
                upload(file, f"{self.url}/{run.head.id}{SUFFIX}")
            told.write_bytes(_text(Sent(run.head, rows)))
            upload(told, f"{self.url}/{run.head.id}.json")

    def announce(self, head: Head) -> None:
        """Says in S3 that a run begins: whoever may not write there is told before it is paid for.

        Raises:
            DataError: S3 refuses.
        """
        with writing(f"{self.url}/{head.id}.json") as sink:
            sink.write(_text(Sent(head, 0)))

    def forget(self, name: str) -> None:
        """Takes away what S3 holds of a run that came to nothing, where that is allowed."""
        bucket, key = split_url(f"{self.url}/{name}.json")
        with contextlib.suppress(ServiceError), asking("s3:DeleteObject"):
            client("s3").delete_object(Bucket=bucket, Key=key)

    def unsent(self, run: Run) -> bool:
        """Tells whether this disk holds more of a run than S3 does."""
        there = self._read(run.head.id)
        return there is None or (there.rows, there.head.ended) != (run.count(), run.head.ended)

    def _told(self) -> dict[str, str]:
        try:
            files = list_files(f"{self.url}/")
        except NothingThere:
            return {}
        names = (file.name.removeprefix(f"{self.url}/") for file in files)
        heads = (name for name in names if name.endswith(".json") and "/" not in name)
        return {name.removesuffix(".json"): name for name in heads}

    def _read(self, name: str) -> Sent | None:
        try:
            with open_raw(f"{self.url}/{name}.json") as body:
                there = msgspec.convert(json.loads(body.read()), Sent)
            return Sent(read_head(msgspec.to_builtins(there.head), name), there.rows)
        except (ValueError, RecursionError):  # of somebody else
            return None
        except DataError as exc:
            if "(NoSuchKey)" in str(exc):
                return None
            raise

    @staticmethod
    def _behind(path: Path, there: Sent) -> bool:
        try:
            with Run.open(path) as here:
                return (there.rows, there.head.ended) > (here.count(), here.head.ended)
        except (sqlite3.Error, ValueError):
            return there.rows > 0


def _text(sent: Sent) -> bytes:
    return json.dumps(
        msgspec.to_builtins(sent)
    ).encode()  # ASCII, so that half a character survives
