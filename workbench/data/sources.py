"""Where records come from: JSON Lines, JSON documents, CSV and Parquet as one stream.

Every reader holds a bounded part of its file in memory, and can begin after a place that an
earlier run reached.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import re
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import IO, Any, Literal, cast

from touchstone.workbench.data.documents import BrokenDocument, cut, cut_line, listed
from touchstone.workbench.data.tables import rows_of_table
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.rows.kinds import binary_kind, kind_of
from touchstone.workbench.rows.rft import parse_json
from touchstone.workbench.rows.storage import (
    LONGEST_LINE,
    STDIN,
    DataError,
    File,
    LineTooLong,
    bounded_lines,
    open_bytes,
    open_raw,
    unpacked_name,
)

Format = Literal["jsonl", "json", "csv", "tsv", "parquet"]
Unit = Literal["line", "item", "row"]
_FORMATS: dict[str, Format] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".log": "json",
    ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_SEPARATOR = re.compile(r"\ufeff?sep=(.)", re.IGNORECASE)
# A first line longer than this is read as a document, which needs no whole line in memory.
_FIRST_LINE = 1 << 20
_BOM = b"\xef\xbb\xbf"
_LONGEST_MARK = 64
# Bytes that are not UTF-8, times outside Python's years or zones, nanoseconds inside a struct.
_NOT_IN_PYTHON = (ValueError, OverflowError, LookupError)


class UnreadableFile(WorkbenchError):
    """A file breaks off or is not what its name says; the message says after what."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source.

    Attributes:
        file: The file's name.
        place: Its line, item or row, from 1; grows along the file.
        unit: What ``place`` counts.
        value: What it holds; ``None`` when it could not be read.
        problem: Why it could not be read, ``""`` when it could.
        kind: A word for the problem.
        item: Its place in the list or table that its line or item holds, from 1; 0 where it is
            the whole.
        left_out: What its reader left out of it, by name.
    """

    file: str
    place: int
    unit: Unit
    value: Any
    problem: str = ""
    kind: str = ""
    item: int = 0
    left_out: tuple[str, ...] = ()


def format_of(name: str, form: str) -> Format | None:
    """Returns how a file is read, by its name; ``None`` for one that holds no records.

    Args:
        name: A path, URL or ``-``.
        form: The form asked for; ``csv`` and ``parquet`` decide where the name does not.
    """
    suffix = PurePosixPath(unpacked_name(name)).suffix.lower()
    if suffix in _FORMATS:
        return _FORMATS[suffix]
    if form in ("csv", "parquet"):
        return "csv" if form == "csv" else "parquet"
    return "json" if name == STDIN or not suffix else None


def read_records(
    file: File,
    how: Format,
    after: int = 0,
    opened: Callable[[IO[bytes]], None] = lambda _: None,
    raw: IO[bytes] | None = None,
) -> Iterator[Record]:
    """Yields the records of one file, those after place ``after``.

    Args:
        file: What to read.
        how: Its format.
        after: Places up to this one are passed over.
        opened: Is handed the open file, to follow the reading.
        raw: The file as it is stored, where it is open already; is closed at the end.

    Raises:
        DataError: The file cannot be opened, or storage fails.
        UnreadableFile: It is damaged.
    """
    try:
        with _parquet_file(file, raw) if how == "parquet" else open_bytes(file.name, raw) as stream:
            opened(stream)
            if how != "parquet":
                stream = _as_text(stream)
            reader = {"jsonl": _lines, "json": _json, "parquet": _parquet}.get(how, _csv)
            for record in reader(stream, file.name, after):
                if record.place > after:
                    yield record
    except LineTooLong as exc:
        raise UnreadableFile(str(exc)) from exc
    except (EOFError, zlib.error) as exc:
        raise UnreadableFile(f"is damaged: {exc}") from exc
    except OSError as exc:
        if exc.errno is None:  # gzip's own, not the disk's
            raise UnreadableFile(f"is damaged: {exc}") from exc
        raise DataError(f"{file.name}: {exc.strerror}") from exc


def _as_text(stream: IO[bytes]) -> IO[bytes]:
    """Returns a stream that is text by its first bytes.

    Raises:
        UnreadableFile: It is something else, which its name does not say.
    """
    front = stream.read(_LONGEST_MARK)
    if kind := binary_kind(front):
        raise UnreadableFile(f"is {kind.what} by its content; {kind.advice}")
    return cast("IO[bytes]", io.BufferedReader(_Chained(front, stream), 1 << 20))


def _lines(stream: IO[bytes], name: str, after: int) -> Iterator[Record]:
    lines = bounded_lines(stream)
    front = list(itertools.islice(lines, 2))
    _refuse_other(*front, b"", b"")
    for number, raw in enumerate(itertools.chain(front, lines), 1):
        if number > after:
            yield from _line(name, number, raw)


def _refuse_other(first: bytes, second: bytes, *_: bytes) -> None:
    """Refuses a file whose first lines say that it is no JSON Lines, whatever it is called.

    Raises:
        UnreadableFile: It is another kind of file, which the message names.
    """
    first, second = first.removeprefix(_BOM).strip(), second.strip()
    if not first or not next(_line("", 1, first)).kind:
        return
    if kind := kind_of(first, second):
        raise UnreadableFile(f"seems to be {kind.what} by its content; {kind.advice}")


def _line(name: str, number: int, raw: bytes) -> Iterator[Record]:
    if number == 1:
        raw = raw.removeprefix(_BOM)
    if raw.isspace() or not raw:
        return
    try:
        value = parse_json(raw)
    except ValueError as exc:
        pieces = cut_line(raw)
        if not pieces:
            yield Record(name, number, "line", None, str(exc), "not_json")
        for index, piece in enumerate(pieces, 1):
            yield _parsed(name, number, "line", piece, index)
        return
    items = listed(value) or rows_of_table(value)
    if items is None:
        yield Record(name, number, "line", value)
        return
    for index, item in enumerate(items, 1):
        yield Record(name, number, "line", item, item=index)


def _json(stream: IO[bytes], name: str, after: int) -> Iterator[Record]:
    """Reads what calls itself JSON: lines of it, a list, or a document that holds a list."""
    first, number = b"\n", 0
    while first and first.isspace():
        first = stream.readline(_FIRST_LINE)
        number += 1
    try:
        # A list on one line is counted by its items, so that resuming need not begin anew.
        one_per_line = not first.lstrip(_BOM).lstrip().startswith(b"[")
        one_per_line = one_per_line and isinstance(parse_json(first.removeprefix(_BOM)), dict)
    except ValueError:
        one_per_line = not first or _looks_like_lines(first)
    if not one_per_line:
        front = cast("IO[bytes]", _Chained(first.removeprefix(_BOM), stream))
        yield from _items(front, name, after)
        return
    if number > after:
        yield from _line(name, number, first.removeprefix(_BOM))
    for later, raw in enumerate(bounded_lines(stream), number + 1):
        if later > after:
            yield from _line(name, later, raw)


def _looks_like_lines(first: bytes) -> bool:
    """Tells a broken first line from the first line of a document over many lines."""
    return len(first) < _FIRST_LINE and first.rstrip()[-1:] not in (b"{", b"[", b",", b":")


def _items(stream: IO[bytes], name: str, after: int) -> Iterator[Record]:
    number = 0
    try:
        for number, raw in enumerate(cut(stream), 1):
            if number > after:
                record = _parsed(name, number, "item", raw)
                rows = rows_of_table(record.value)
                yield from [record] if rows is None else _rows_in(record, rows)
    except BrokenDocument as exc:
        raise UnreadableFile(f"is not JSON after item {number}: {exc}") from exc


def _rows_in(record: Record, rows: list[dict[str, Any]]) -> Iterator[Record]:
    for index, row in enumerate(rows, 1):
        yield replace(record, value=row, item=index)


def _parsed(name: str, place: int, unit: Unit, raw: bytes, item: int = 0) -> Record:
    try:
        return Record(name, place, unit, parse_json(raw), item=item)
    except ValueError as exc:
        return Record(name, place, unit, None, str(exc), "not_json", item)


def _csv(stream: IO[bytes], name: str, _after: int) -> Iterator[Record]:
    # A prompt is longer than the 128 KiB that a cell may have by default.
    csv.field_size_limit(LONGEST_LINE)
    # Bytes that are not UTF-8 must refuse their row, not end the file.
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        lines = bounded_lines(text)
        head = next(lines, "")
        told = _SEPARATOR.fullmatch(head.strip())  # as Excel says which mark it wrote
        front = [head] if told is None else [head, head := next(lines, "")]
        mark = told[1] if told else _mark(head, name)
        # Who writes a space after each comma does not mean it to be part of a name or cell.
        spaced = any(name[:1] == " " for name in next(csv.reader([head], delimiter=mark), [])[1:])
        reader = csv.reader(
            itertools.chain(front, lines), delimiter=mark, strict=True, skipinitialspace=spaced
        )
        if told:
            next(reader)
        header = _header(reader)
        start = reader.line_num + 1
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as exc:
                if "end of data" in str(exc):  # the rest of the file is inside one quote
                    raise UnreadableFile(f"has a quote from line {start} to its end") from exc
                yield Record(name, start, "line", None, str(exc), "cells")
            else:
                if cells:
                    yield _cells(name, start, header, cells)
            start = reader.line_num + 1
    finally:
        text.detach()


def _mark(head: str, name: str) -> str:
    """Returns what parts the cells of a table: by its name, or by its first line."""
    if unpacked_name(name).endswith(".tsv"):
        return "\t"
    return next((mark for mark in (",", ";", "\t") if mark in head), ",")


def _header(reader: Iterator[list[str]]) -> list[str]:
    try:
        header = [name.strip() for name in next(reader, [])]
        "".join(header).encode()
    except UnicodeEncodeError as exc:
        raise UnreadableFile("is not UTF-8; save it as UTF-8") from exc
    except csv.Error as exc:
        raise UnreadableFile(f"has no header line that can be read: {exc}") from exc
    if not any(header) or len(set(header)) < len(header):
        raise UnreadableFile("has no header line with a different name for every column")
    return header


def _cells(name: str, line: int, header: list[str], cells: list[str]) -> Record:
    if len(cells) != len(header):
        problem = f"has {len(cells)} cells where the header has {len(header)}"
        return Record(name, line, "line", None, problem, "cells")
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return Record(name, line, "line", None, "not UTF-8", "not_utf8")
    # Data frames write their row numbers as a first column that has no name.
    left_out = () if header[0] else ("unnamed column",)
    value = {k: v for k, v in zip(header, cells, strict=True) if v and (k or k != header[0])}
    return Record(name, line, "line", value, left_out=left_out)


def _parquet_file(file: File, raw: IO[bytes] | None) -> IO[bytes]:
    """Opens a Parquet file so that it can be sought in: a copy on disk where it cannot."""
    raw = raw or open_raw(file.name)
    if file.name != STDIN and raw.seekable():
        return raw
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - its reader closes it
    with raw:
        shutil.copyfileobj(raw, copy, 1 << 20)
    copy.seek(0)
    return copy


def _parquet(stream: IO[bytes], name: str, after: int) -> Iterator[Record]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        table = pq.ParquetFile(stream, pre_buffer=False)
        for group in range(table.num_row_groups):
            rows = table.metadata.row_group(group).num_rows
            if number + rows <= after:
                number += rows
                continue
            for batch in table.iter_batches(1024, row_groups=[group], use_threads=False):
                for value in _rows(batch):
                    number += 1
                    yield _typed(name, number, value)
    except pa.ArrowException as exc:
        raise UnreadableFile(f"is not Parquet after row {number}: {exc}") from exc


def _rows(batch: Any) -> list[dict[str, Any] | str]:
    """Returns the rows of a batch, and for a row that Python cannot hold the reason."""
    import pyarrow as pa

    fields = [field.with_type(_in_python(field.type)) for field in batch.schema]
    batch = batch.cast(pa.schema(fields), safe=False)
    try:
        return batch.to_pylist()
    except _NOT_IN_PYTHON:
        return [_row(batch, index) for index in range(batch.num_rows)]


def _in_python(kind: Any) -> Any:
    """Returns a column's type, with the microseconds that Python's times have."""
    import pyarrow as pa

    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    return pa.time64("us") if pa.types.is_time64(kind) else kind


def _row(batch: Any, index: int) -> dict[str, Any] | str:
    row = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            row[name] = column[index].as_py()
        except _NOT_IN_PYTHON as exc:
            return f"column {name!r}: {exc}"
    return row


def _typed(name: str, number: int, value: dict[str, Any] | str) -> Record:
    if isinstance(value, str):
        return Record(name, number, "row", None, value, "bad_value")
    for column, cell in value.items():
        if _holds_bytes(cell):
            problem = f"column {column!r} holds binary data"
            return Record(name, number, "row", None, problem, "binary")
    present = {k: _finite(v) for k, v in value.items() if v is not None}
    return Record(name, number, "row", present)


def _holds_bytes(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_bytes, value.values()))
    return any(map(_holds_bytes, value)) if isinstance(value, list) else isinstance(value, bytes)


def _finite(value: Any) -> Any:
    """Returns a value as JSON can hold it: a number that is none (NaN) is nothing."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    return [_finite(v) for v in value] if isinstance(value, list) else value


class _Chained(io.RawIOBase):
    """A stream with what was already read from it put back in front."""

    def __init__(self, front: bytes, rest: IO[bytes]) -> None:
        self._front, self._rest = front, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # As much as is there: who sends lines one by one waits for none to be read.
        data = self._front[: len(buffer)] or cast("Any", self._rest).read1(len(buffer))
        self._front = self._front[len(data) :]
        buffer[: len(data)] = data
        return len(data)
