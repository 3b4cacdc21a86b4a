"""The conversion of a dataset: streaming, counted, and resumable to the byte.

Records are worked on in blocks. A block's rows and refusals are written and synced, and only
then the state file moves on; so whatever stops a run, its state names a place in the source
and two lengths on disk that belong together. Resuming cuts the files to those lengths and
goes on from that place, which gives the bytes that an uninterrupted run gives.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any

from touchstone.workbench.data.checkpoint import (
    Counts,
    Paths,
    State,
    begin,
    copy_counts,
    fingerprint_of,
    held_interrupts,
    open_at,
    rejects_name,
)
from touchstone.workbench.data.forms import Converted, Options, convert_record
from touchstone.workbench.data.forms.draft import Refused
from touchstone.workbench.data.forms.logs import is_no_record
from touchstone.workbench.data.same_keys import even_out
from touchstone.workbench.data.sources import (
    Format,
    Record,
    UnreadableFile,
    format_of,
    read_records,
)
from touchstone.workbench.errors import Interrupted
from touchstone.workbench.rows.rft import OPTIONAL_KEYS, encode_row
from touchstone.workbench.rows.storage import (
    STDIN,
    Ahead,
    DataError,
    File,
    is_s3,
    list_files,
    same_file,
    shown,
    unpacked_name,
    upload,
)

# A block ends at either bound; both depend on the records alone, so that a resumed run makes
# the same blocks, which are the members of a gzip file.
BLOCK_RECORDS = 4096
BLOCK_BYTES = 8 << 20


class Broken(DataError):
    """Storage failed half-way; what was converted is kept, and ``--resume`` continues it."""


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


def convert_files(
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
        Broken: Storage failed half-way.
        Interrupted: Ctrl-C; what was converted so far is on disk.
    """
    paths = Paths.of(output)
    files, passed_over = _plan(sources, options.form, output, paths)
    state = begin(paths, fingerprint_of([file for file, _ in files], settings), resume)
    if state.file < len(files) or paths.output.stat().st_size == state.output_bytes:
        _Run(files, options, paths, state, on_progress).go()
    even_out(paths.output, state.counts.optional, state.counts.written)
    rejects = paths.rejects if state.counts.refused or state.counts.unreadable else None
    if is_s3(output):
        try:
            upload(paths.output, output)
            if rejects:
                upload(rejects, rejects_name(output))
        except DataError as exc:
            raise Broken(str(exc)) from exc
    result = Result(
        shown(output),
        shown(rejects_name(output)) if rejects else "",
        state.counts,
        [shown(name) for name in passed_over],
    )
    paths.clean(keep_output=not is_s3(output), keep_rejects=rejects is not None)
    return result


def _plan(
    sources: Sequence[str], form: str, output: str, paths: Paths
) -> tuple[list[tuple[File, Format]], list[str]]:
    """Returns the files to read, and those of folders and prefixes that hold no records."""
    own = (output, rejects_name(output), str(paths.state))
    files: list[tuple[File, Format]] = []
    passed_over = []
    for source in sources:
        found = list_files(source)
        for file in found:
            named = same_file(file.name, source)
            if any(same_file(file.name, name) for name in own):
                if named:
                    raise DataError(f"{source}: the rows would replace their source")
                if not paths.state.exists():
                    raise DataError(
                        f"{file.name}: is among the sources and would be replaced; choose another "
                        "-o, or delete it if it is an earlier run's"
                    )
                continue
            how = format_of(file.name, form)
            if how is None and named:
                raise DataError(
                    f"{source}: is neither JSON Lines, JSON, CSV nor Parquet by name{_hint(source)}"
                )
            if how is None or (not named and is_no_record(file.name)):
                passed_over.append(file.name)
            else:
                files.append((file, how))
    if not files:
        raise DataError(f"{', '.join(sources)}: holds no JSON Lines, JSON, CSV or Parquet file")
    return files, passed_over


def _hint(name: str) -> str:
    office = unpacked_name(name).lower().endswith((".xlsx", ".xls", ".ods", ".numbers"))
    return "; save the sheet as CSV" if office else ""


class _Run:
    """One run from its state on."""

    def __init__(
        self,
        files: list[tuple[File, Format]],
        options: Options,
        paths: Paths,
        state: State,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self._files, self._options, self._state = files, options, state
        self._gzip = paths.output.name.endswith(".gz")
        self._state_path = paths.state
        self._output = open_at(paths.output, state.output_bytes)
        self._rejects = open_at(paths.rejects, state.rejects_bytes)
        self._on_progress = on_progress
        self._total = sum(file.size for file, _ in files)
        self._done = sum(file.size for file, _ in files[: state.file])
        self._stream: IO[bytes] | None = None
        self._ahead = Ahead([file for file, _ in files])
        self._block = _Block(copy_counts(state.counts))

    def go(self) -> None:
        try:
            self._state.save(self._state_path)
            for index in range(self._state.file, len(self._files)):
                self._read_file(index)
            self._commit(len(self._files), 0)
        except KeyboardInterrupt:
            # Rows of the block in work are worth having, though resuming makes them again.
            self._write_block()
            raise Interrupted("Stopped") from None
        except DataError as exc:
            self._write_block()
            raise Broken(str(exc)) from exc
        except OSError as exc:  # what is read fails as DataError
            raise Broken(f"{self._output.name}: {exc.strerror or exc}") from exc
        finally:
            self._ahead.close()
            for stream in (self._output, self._rejects):
                with suppress(OSError):  # what counts is on the disk; a full one says so again
                    stream.close()

    def _read_file(self, index: int) -> None:
        file, how = self._files[index]
        after = self._state.after if index == self._state.file else 0
        last = after
        try:
            raw = self._ahead.open(index)
            for record in read_records(file, how, after, self._opened, raw):
                if record.place != last and self._block.full():
                    self._commit(index, last)
                last = record.place
                self._take(record)
        except UnreadableFile as exc:
            self._block.refuse(file.name, {}, "unreadable", "", str(exc), counted=False)
            self._block.counts.unreadable[shown(file.name)] = str(exc)
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
            made = convert_record(record.value, record.file, self._options)
            block.add(made, record.left_out)
        except Refused as exc:
            self._refuse(record, exc)
        except RecursionError:
            self._refuse(record, Refused("too_deep", "", "is nested too deeply"))

    def _refuse(self, record: Record, refused: Refused) -> None:
        place: dict[str, Any] = {record.unit: record.place}
        if record.item:
            place["row" if record.unit == "item" else "item"] = record.item
        self._block.refuse(record.file, place, refused.kind, refused.where, str(refused))

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
        with held_interrupts():
            self._write_block()
            state = self._state
            state.file, state.after = file, after
            state.output_bytes = self._output.tell()
            state.rejects_bytes = self._rejects.tell()
            # The block goes on counting in its own copy, which a stopped run forgets.
            state.counts = self._block.counts
            state.save(self._state_path)
            self._block = _Block(copy_counts(state.counts))

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

    def add(self, converted: Converted | None, left_out: tuple[str, ...]) -> None:
        counts = self.counts
        if converted is None:
            counts.filtered += 1
            self.records += 1
            return
        row = converted.row
        try:
            line = encode_row(row)
        except (UnicodeEncodeError, TypeError, RecursionError) as exc:
            raise Refused("not_utf8", "", f"cannot be written as JSON: {exc}") from exc
        self._keep(self.rows, line)
        counts.written += 1
        _count(counts.forms, converted.form)
        if converted.reference_from:
            _count(counts.references, converted.reference_from)
        else:
            counts.without_reference += 1
        for name in OPTIONAL_KEYS:
            if name in row:
                _count(counts.optional, name)
        for name in sorted({*converted.left_out, *left_out}):
            _count(counts.left_out, name)
        for name in converted.alike:
            _count(counts.alike, name)

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
        file, where, reason = shown(file), shown(where), shown(reason)
        entry = {"file": file, **place, "kind": kind, "field": where, "reason": reason}
        self._keep(self.rejects, encode_row(entry))
        if counted:
            self.counts.refused += 1
            _count(self.counts.refused_by, kind)
            at = " ".join(f"{unit} {number}" for unit, number in place.items())
            text = ": ".join(filter(None, (f"{file} {at}", where, reason)))
            self.counts.first.setdefault(kind, text)

    def _keep(self, lines: list[bytes], line: bytes) -> None:
        lines.append(line)
        self.size += len(line)
        self.records += 1


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1
