"""The conversion of a dataset: streaming, counted, and resumable to the byte.

Records are worked on in blocks. A block's rows and refusals are written and synced, and only
then the state file moves on; so whatever stops a run, its state names a place in the source
and two lengths on disk that belong together. Resuming cuts the files to those lengths and
goes on from that place, which gives the bytes that an uninterrupted run gives.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from workbench.data.forms import Options, convert_record
from workbench.data.forms.draft import Refused
from workbench.data.forms.logs import is_no_record
from workbench.data.rft import encode_row
from workbench.data.sources import Format, Record, UnreadableFile, format_of, read_records
from workbench.data.storage import STDIN, DataError, File, is_s3, list_files, upload

# A block ends at either bound; both depend on the records alone, so that a resumed run makes
# the same blocks, which are the members of a gzip file.
BLOCK_RECORDS = 4096
BLOCK_BYTES = 8 << 20
_STATE_VERSION = 1


class Interrupted(Exception):
    """The run was stopped from outside; ``--resume`` continues it."""


class Counts(msgspec.Struct):
    """What became of the records: ``read == written + refused + filtered``.

    Attributes:
        read: Records seen.
        written: Rows in the output.
        refused: Records in the rejects file.
        filtered: Records that the request-metadata filter did not keep.
        forms: Rows by the form their record was read as.
        refused_by: Refusals by kind.
        references: Rows by where their reference came from.
        without_reference: Rows that have none.
        left_out: What rows have no place for, by name, with how many records had it.
        unreadable: Files that are damaged, with the reason.
    """

    read: int = 0
    written: int = 0
    refused: int = 0
    filtered: int = 0
    forms: dict[str, int] = {}
    refused_by: dict[str, int] = {}
    references: dict[str, int] = {}
    without_reference: int = 0
    left_out: dict[str, int] = {}
    unreadable: dict[str, str] = {}


class _State(msgspec.Struct):
    """Where a run stands, as its state file keeps it."""

    version: int
    fingerprint: str
    file: int = 0
    after: int = 0
    output_bytes: int = 0
    rejects_bytes: int = 0
    counts: Counts = msgspec.field(default_factory=Counts)


@dataclass(frozen=True, slots=True)
class Result:
    """A finished run.

    Attributes:
        output: Where the rows are.
        rejects: Where the refusals are, ``""`` when there are none.
        counts: What became of the records.
        passed_over: Files of a folder or prefix that hold no records.
    """

    output: str
    rejects: str
    counts: Counts
    passed_over: list[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: records read, and bytes of the sources of ``total`` (0: not known)."""

    counts: Counts
    bytes_read: int
    total: int


def convert(
    sources: Sequence[str],
    output: str,
    options: Options,
    *,
    settings: str = "",
    resume: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Result:
    """Converts sources to one RFT file, and what it refuses to a file of refusals beside it.

    Args:
        sources: Files, folders, ``s3://`` URLs, or ``-``.
        output: The file to write; gzipped where it ends in ``.gz``; may be an ``s3://`` URL.
        options: How records become rows.
        settings: The options in words; a run is resumed only with the same ones.
        resume: Go on where a stopped run was.
        on_progress: Is told how far the run is, every few hundred records.

    Raises:
        DataError: A source or the output cannot be used, or there is nothing to resume.
        Interrupted: Ctrl-C; what was converted so far is on disk.
    """
    paths = _Paths.of(output)
    files, passed_over = _plan(sources, options.form, paths)
    state = _begin(paths, _fingerprint(files, settings), resume)
    run = _Run(files, options, paths, state, on_progress)
    run.go()
    rejects = paths.rejects if state.counts.refused or state.counts.unreadable else None
    if is_s3(output):
        upload(paths.output, output)
        if rejects:
            upload(rejects, _rejects_name(output))
    result = Result(
        output,
        _rejects_name(output) if rejects else "",
        state.counts,
        passed_over,
    )
    paths.clean(keep_output=not is_s3(output), keep_rejects=rejects is not None)
    return result


@dataclass(frozen=True, slots=True)
class _Paths:
    """The files of a run on this disk; one that goes to S3 is made here first."""

    output: Path
    rejects: Path
    state: Path

    @classmethod
    def of(cls, output: str) -> _Paths:
        path = Path(output)
        if is_s3(output):
            key = hashlib.sha256(output.encode()).hexdigest()[:12]
            path = Path(".touchstone", "convert", key, output.rsplit("/", 1)[-1])
            path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() or not path.name or not path.parent.is_dir():
            raise DataError(f"{output}: is not a file in a folder that exists")
        return cls(path, Path(_rejects_name(str(path))), Path(f"{path}.state.json"))

    def clean(self, *, keep_output: bool, keep_rejects: bool) -> None:
        self.state.unlink(missing_ok=True)
        if not keep_rejects or not keep_output:
            self.rejects.unlink(missing_ok=True)
        if not keep_output:
            self.output.unlink()
            self.output.parent.rmdir()


def _rejects_name(output: str) -> str:
    return output.removesuffix(".gz").removesuffix(".jsonl") + ".rejects.jsonl"


def _plan(
    sources: Sequence[str], form: str, paths: _Paths
) -> tuple[list[tuple[File, Format]], list[str]]:
    """Returns the files to read, and those of folders and prefixes that hold no records."""
    own = {p.resolve() for p in (paths.output, paths.rejects, paths.state)}
    files: list[tuple[File, Format]] = []
    passed_over = []
    for source in sources:
        found = list_files(source)
        for file in found:
            local = file.name != STDIN and not is_s3(file.name)
            named = file.name == source
            if local and Path(file.name).resolve() in own:
                if named:
                    raise DataError(f"{source}: the rows would replace their source")
                continue
            how = format_of(file.name, form)
            if how is None and named:
                raise DataError(f"{source}: is neither JSON Lines, JSON, CSV nor Parquet by name")
            if how is None or (not named and is_no_record(file.name)):
                passed_over.append(file.name)
            else:
                files.append((file, how))
    if not files:
        raise DataError(f"{', '.join(sources)}: holds no JSON Lines, JSON, CSV or Parquet file")
    return files, passed_over


def _fingerprint(files: list[tuple[File, Format]], settings: str) -> str:
    listed = [[file.name, file.size, file.version] for file, _ in files]
    return hashlib.sha256(msgspec.json.encode([settings, listed])).hexdigest()


def _begin(paths: _Paths, fingerprint: str, resume: bool) -> _State:
    if not resume:
        if paths.state.exists():
            raise DataError(
                f"{paths.output}: an earlier run was stopped; --resume continues it, "
                f"or delete {paths.state} to start anew"
            )
        return _State(_STATE_VERSION, fingerprint)
    try:
        state = msgspec.json.decode(paths.state.read_bytes(), type=_State)
    except FileNotFoundError as exc:
        raise DataError(f"{paths.state}: is not there, so there is nothing to resume") from exc
    except msgspec.MsgspecError as exc:
        raise DataError(f"{paths.state}: is not the state of a run: {exc}") from exc
    if state.fingerprint != fingerprint or state.version != _STATE_VERSION:
        raise DataError(
            f"{paths.state}: the sources or the options have changed since; delete it to start anew"
        )
    return state


class _Run:
    """One run from its state on."""

    def __init__(
        self,
        files: list[tuple[File, Format]],
        options: Options,
        paths: _Paths,
        state: _State,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._files, self._options, self._state = files, options, state
        self._gzip = paths.output.name.endswith(".gz")
        self._state_path = paths.state
        self._output = _open_at(paths.output, state.output_bytes)
        self._rejects = _open_at(paths.rejects, state.rejects_bytes)
        self._on_progress = on_progress
        self._total = sum(file.size for file, _ in files)
        self._done = sum(file.size for file, _ in files[: state.file])
        self._stream: IO[bytes] | None = None
        self._block = _Block(_copy(state.counts))

    def go(self) -> None:
        try:
            self._save()
            for index in range(self._state.file, len(self._files)):
                self._read_file(index)
            self._commit(len(self._files), 0)
        except KeyboardInterrupt:
            # Rows of the block in work are worth having, though resuming makes them again.
            self._write_block()
            raise Interrupted from None
        except DataError:
            self._write_block()
            raise
        finally:
            self._output.close()
            self._rejects.close()

    def _read_file(self, index: int) -> None:
        file, how = self._files[index]
        after = self._state.after if index == self._state.file else 0
        last = after
        try:
            for record in read_records(file, how, after, self._opened):
                if record.place != last and self._block.full():
                    self._commit(index, last)
                last = record.place
                self._take(record)
        except UnreadableFile as exc:
            self._block.refuse(file.name, {}, "unreadable", "", str(exc), counted=False)
            self._block.counts.unreadable[file.name] = str(exc)
        self._stream = None
        self._done += file.size

    def _opened(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def _take(self, record: Record) -> None:
        block = self._block
        block.counts.read += 1
        if block.counts.read % 512 == 0:
            self._on_progress(Progress(block.counts, self._position(), self._total))
        try:
            if record.problem:
                raise Refused(record.kind, "", record.problem)
            block.add(convert_record(record.value, record.file, self._options))
        except Refused as exc:
            place: dict[str, Any] = {record.unit: record.place}
            if record.item:
                place["item"] = record.item
            block.refuse(record.file, place, exc.kind, exc.where, str(exc))

    def _position(self) -> int:
        inside = 0
        if self._stream is not None and self._files[0][0].name != STDIN:
            raw = getattr(self._stream, "fileobj", self._stream)
            try:
                inside = raw.tell()
            except OSError:  # S3's stream does not know
                inside = 0
        return min(self._done + inside, self._total)

    def _commit(self, file: int, after: int) -> None:
        with _held_interrupts():
            self._write_block()
            state = self._state
            state.file, state.after = file, after
            state.output_bytes = self._output.tell()
            state.rejects_bytes = self._rejects.tell()
            # The block goes on counting in its own copy, which a stopped run forgets.
            state.counts = self._block.counts
            self._save()
            self._block = _Block(_copy(state.counts))

    def _write_block(self) -> None:
        for stream, start, data in (
            (self._output, self._state.output_bytes, self._rows()),
            (self._rejects, self._state.rejects_bytes, b"".join(self._block.rejects)),
        ):
            stream.seek(start)
            stream.truncate()
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())

    def _rows(self) -> bytes:
        data = b"".join(self._block.rows)
        return gzip.compress(data, 6, mtime=0) if self._gzip and data else data

    def _save(self) -> None:
        fresh = self._state_path.with_name(self._state_path.name + ".new")
        fresh.write_bytes(msgspec.json.encode(self._state))
        fresh.replace(self._state_path)


@dataclass(slots=True)
class _Block:
    """Rows and refusals not yet written."""

    counts: Counts
    rows: list[bytes] = field(default_factory=list)
    rejects: list[bytes] = field(default_factory=list)
    size: int = 0
    records: int = 0

    def full(self) -> bool:
        return self.records >= BLOCK_RECORDS or self.size >= BLOCK_BYTES

    def add(self, converted: Any) -> None:
        counts = self.counts
        if converted is None:
            counts.filtered += 1
            self.records += 1
            return
        try:
            line = encode_row(converted.row)
        except (UnicodeEncodeError, TypeError) as exc:
            raise Refused("not_utf8", "", f"cannot be written as JSON: {exc}") from exc
        self._keep(self.rows, line)
        counts.written += 1
        _count(counts.forms, converted.form)
        if converted.reference_from:
            _count(counts.references, converted.reference_from)
        else:
            counts.without_reference += 1
        for name in set(converted.left_out):
            _count(counts.left_out, name)

    def refuse(
        self,
        file: str,
        place: dict[str, Any],
        kind: str,
        where: str,
        reason: str,
        *,
        counted: bool = True,
    ) -> None:
        entry = {"file": file, **place, "kind": kind, "field": where, "reason": reason}
        self._keep(self.rejects, encode_row(entry))
        if counted:
            self.counts.refused += 1
            _count(self.counts.refused_by, kind)

    def _keep(self, lines: list[bytes], line: bytes) -> None:
        lines.append(line)
        self.size += len(line)
        self.records += 1


def _copy(counts: Counts) -> Counts:
    return msgspec.json.decode(msgspec.json.encode(counts), type=Counts)


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _open_at(path: Path, length: int) -> IO[bytes]:
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
def _held_interrupts() -> Iterator[None]:
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
