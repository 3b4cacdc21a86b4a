"""Where a conversion stands, on disk: its counts, its state file, its files cut to fit.

A state names a place in the sources and two lengths on disk that belong together.
"""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from touchstone.workbench.rows.storage import STDIN, DataError, File, is_s3, shown, split_url

_STATE_VERSION = 1


class Counts(msgspec.Struct):
    """What became of the records: ``read == written + refused + filtered``.

    Attributes:
        read: Records seen.
        written: Rows in the output.
        refused: Records in the rejects file.
        filtered: Records that the request-metadata filter did not keep.
        forms: Rows by the form their record was read as.
        refused_by: Refusals by kind.
        first: The first refusal of each kind, in words.
        references: Rows by where their reference came from.
        without_reference: Rows that have none.
        optional: Rows that have a key which rows may lack, by its name.
        left_out: What rows have no place for, by name, with how many records had it.
        alike: Fields that look like a reference and were not used, with how many rows had one.
        unreadable: Files that are damaged, with the reason.
    """

    read: int = 0
    written: int = 0
    refused: int = 0
    filtered: int = 0
    forms: dict[str, int] = {}
    refused_by: dict[str, int] = {}
    first: dict[str, str] = {}
    references: dict[str, int] = {}
    without_reference: int = 0
    optional: dict[str, int] = {}
    left_out: dict[str, int] = {}
    alike: dict[str, int] = {}
    unreadable: dict[str, str] = {}


class State(msgspec.Struct):
    """Where a run stands, as its state file keeps it.

    Attributes:
        version: Of this format.
        fingerprint: Of the sources and options.
        file: Index of the file in work.
        after: The last place in it that is done.
        output_bytes: Length of the output that belongs to that place.
        rejects_bytes: Length of the rejects file that does.
        counts: What became of the records up to it.
    """

    version: int
    fingerprint: str
    file: int = 0
    after: int = 0
    output_bytes: int = 0
    rejects_bytes: int = 0
    counts: Counts = msgspec.field(default_factory=Counts)

    def save(self, path: Path) -> None:
        """Writes the state so that a reader finds the old one or the new one, whole."""
        fresh = path.with_name(path.name + ".new")
        fresh.write_bytes(msgspec.json.encode(self))
        fresh.replace(path)


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of a run on this disk; one that goes to S3 is made here first."""

    output: Path
    rejects: Path
    state: Path

    @classmethod
    def of(cls, output: str) -> Paths:
        """Returns the paths for an output.

        Raises:
            DataError: It is standard output or a folder, or its folder does not exist.
        """
        path = Path(output)
        if output == STDIN:
            raise DataError("rows go to a file, which a stopped run goes on from; name one with -o")
        if is_s3(output):
            name = split_url(output)[1].rsplit("/", 1)[-1]
            if not name:
                raise DataError(f"{output}: is a folder; add a file's name, such as rows.jsonl")
            key = hashlib.sha256(output.encode()).hexdigest()[:12]
            path = Path(".touchstone", "convert", key, name)
            path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() or not path.name or not path.parent.is_dir():
            raise DataError(f"{output}: is not a file in a folder that exists")
        return cls(path, Path(rejects_name(str(path))), Path(f"{path}.state.json"))

    def clean(self, *, keep_output: bool, keep_rejects: bool) -> None:
        """Removes the state of a finished run, and what is not to stay on this disk."""
        self.state.unlink(missing_ok=True)
        if not keep_rejects or not keep_output:
            self.rejects.unlink(missing_ok=True)
        if not keep_output:
            self.output.unlink()
            self.output.parent.rmdir()


def rejects_name(output: str) -> str:
    """Returns where the refusals of a run with this output go."""
    return output.removesuffix(".gz").removesuffix(".jsonl") + ".rejects.jsonl"


def fingerprint_of(files: Sequence[File], settings: str) -> str:
    """Returns what changes when a source or an option does."""
    listed = [[shown(file.name), file.size, file.version] for file in files]
    return hashlib.sha256(msgspec.json.encode([settings, listed])).hexdigest()


def begin(paths: Paths, fingerprint: str, resume: bool) -> State:
    """Returns a new state, or that of the run to resume.

    Raises:
        DataError: A stopped run would be overwritten; or there is none to resume, or its
            sources or options were others.
    """
    if not resume:
        if paths.state.exists():
            raise DataError(
                f"{paths.output}: an earlier run was stopped; --resume continues it, "
                f"or delete {paths.state} to start anew"
            )
        return State(_STATE_VERSION, fingerprint)
    try:
        state = msgspec.json.decode(paths.state.read_bytes(), type=State)
    except FileNotFoundError as exc:
        raise DataError(f"{paths.state}: is not there, so there is nothing to resume") from exc
    except msgspec.MsgspecError as exc:
        raise DataError(f"{paths.state}: is not the state of a run: {exc}") from exc
    if state.fingerprint != fingerprint or state.version != _STATE_VERSION:
        raise DataError(
            f"{paths.state}: the sources or the options have changed since; delete it to start anew"
        )
    return state


def copy_counts(counts: Counts) -> Counts:
    """Returns counts of their own that begin where these are."""
    return msgspec.json.decode(msgspec.json.encode(counts), type=Counts)


def open_at(path: Path, length: int) -> IO[bytes]:
    """Opens a file for writing after its first ``length`` bytes.

    Raises:
        DataError: It cannot be opened, or is shorter than that.
    """
    try:
        stream = path.open("r+b" if length else "wb")
    except OSError as exc:
        raise DataError(f"{path}: {exc.strerror}") from exc
    if stream.seek(0, os.SEEK_END) < length:
        stream.close()
        raise DataError(f"{path}: is shorter than the stopped run left it; start anew")
    stream.seek(length)
    return stream


@contextmanager
def held_interrupts() -> Iterator[None]:
    """Lets a Ctrl-C wait until the block is through."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[bool] = []
    before = signal.signal(signal.SIGINT, lambda *_: came.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
