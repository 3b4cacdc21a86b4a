"""Where records come from: JSON Lines, JSON documents, CSV and Parquet as one stream.

Every reader holds a bounded part of its file in memory, and can begin after a place that an
earlier run reached.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any, Literal

from workbench.data.rft import parse_json
from workbench.data.storage import STDIN, DataError, File, open_bytes, open_raw

Format = Literal["jsonl", "json", "csv", "tsv", "parquet"]
Unit = Literal["line", "item", "row"]
_FORMATS: dict[str, Format] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".log": "json",
    ".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
# What a document's list of records is called: datasets' viewers and exports.
_LISTS = ("data", "rows")
_RECORD_KEYS = {"messages", "prompt", "question", "input", "conversations", "instruction"}
# A first line longer than this is read as a document, which needs no whole line in memory.
_FIRST_LINE = 1 << 20
_BOM = b"\xef\xbb\xbf"


class UnreadableFile(Exception):
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
        item: Its place in the list that its line holds, from 1; 0 where it is the line.
    """

    file: str
    place: int
    unit: Unit
    value: Any
    problem: str = ""
    kind: str = ""
    item: int = 0


def format_of(name: str, form: str) -> Format | None:
    """Returns how a file is read, by its name; ``None`` for one that holds no records.

    Args:
        name: A path, URL or ``-``.
        form: The form asked for; ``csv`` and ``parquet`` decide where the name does not.
    """
    suffix = PurePosixPath(name.removesuffix(".gz")).suffix.lower()
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
            reader = {"jsonl": _lines, "json": _json, "parquet": _parquet}.get(how, _csv)
            for record in reader(stream, file.name, after):
                if record.place > after:
                    yield record
    except (EOFError, zlib.error) as exc:
        raise UnreadableFile(f"is damaged: {exc}") from exc
    except OSError as exc:
        if exc.errno is None:  # gzip's own, not the disk's
            raise UnreadableFile(f"is damaged: {exc}") from exc
        raise DataError(f"{file.name}: {exc.strerror}") from exc


def _lines(stream: IO[bytes], name: str, after: int) -> Iterator[Record]:
    for number, raw in enumerate(stream, 1):
        if number > after:
            yield from _line(name, number, raw)


def _line(name: str, number: int, raw: bytes) -> Iterator[Record]:
    if number == 1:
        raw = raw.removeprefix(_BOM)
    if raw.isspace() or not raw:
        return
    try:
        value = parse_json(raw)
    except ValueError as exc:
        yield Record(name, number, "line", None, str(exc), "not_json")
        return
    listed = _listed(value)
    if listed is None:
        yield Record(name, number, "line", value)
        return
    for index, item in enumerate(listed, 1):
        yield Record(name, number, "line", item, item=index)


def _listed(value: Any) -> list[Any] | None:
    """Returns the records of a value that is a list of them, ``None`` for one record."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and not _RECORD_KEYS & value.keys():
        for key in _LISTS:
            inner = value.get(key)
            if isinstance(inner, list) and inner and isinstance(inner[0], dict):
                return inner
    return None


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
        yield from _items(_Chained(first.removeprefix(_BOM), stream), name)
        return
    if number > after:
        yield from _line(name, number, first.removeprefix(_BOM))
    for later, raw in enumerate(stream, number + 1):
        if later > after:
            yield from _line(name, later, raw)


def _looks_like_lines(first: bytes) -> bool:
    """Tells a broken first line from the first line of a document over many lines."""
    return len(first) < _FIRST_LINE and first.rstrip()[-1:] not in (b"{", b"[", b",", b":")


def _items(stream: Any, name: str) -> Iterator[Record]:
    import ijson

    number = 0
    try:
        for number, value in enumerate(_documents(stream), 1):
            yield Record(name, number, "item", _finite(value))
    except ijson.JSONError as exc:
        message = str(exc).split("\n")[0]
        raise UnreadableFile(f"is not JSON after item {number}: {message}") from exc


def _documents(stream: Any) -> Iterator[Any]:
    """Yields the items of lists, of ``data`` and ``rows`` in objects, and other objects whole."""
    import ijson

    # What is built begins at prefix `at`; of an object that held a list, the rest is passed over.
    builder, at, listed = ijson.ObjectBuilder(), "", False
    for prefix, event, value in ijson.parse(stream, use_float=True, multiple_values=True):
        if not at and event == "start_array" and prefix in ("", *_LISTS):
            at, listed, builder = f"{prefix}.item".lstrip("."), True, ijson.ObjectBuilder()
        elif at and event == "end_array" and f"{prefix}.item".lstrip(".") == at:
            at, listed = "", bool(prefix)
        elif at or not listed:
            builder.event(event, value)
            if prefix == at and event not in ("start_map", "start_array", "map_key"):
                yield builder.value
                builder = ijson.ObjectBuilder()
        elif not prefix and event == "end_map":
            builder, listed = ijson.ObjectBuilder(), False


def _csv(stream: IO[bytes], name: str, _after: int) -> Iterator[Record]:
    # A prompt is longer than the 128 KiB that a cell may have by default.
    csv.field_size_limit(2**31 - 1)
    # Bytes that are not UTF-8 must refuse their row, not end the file.
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    try:
        head = text.readline()
        tabs = name.removesuffix(".gz").endswith(".tsv")
        mark = "\t" if tabs else ";" if ";" in head and "," not in head else ","
        reader = csv.reader(itertools.chain([head], text), delimiter=mark, strict=True)
        header = next(reader, [])
        if not any(header) or len(set(header)) < len(header):
            raise UnreadableFile("has no header line with a different name for every column")
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


def _cells(name: str, line: int, header: list[str], cells: list[str]) -> Record:
    if len(cells) != len(header):
        problem = f"has {len(cells)} cells where the header has {len(header)}"
        return Record(name, line, "line", None, problem, "cells")
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return Record(name, line, "line", None, "not UTF-8", "not_utf8")
    return Record(name, line, "line", {k: v for k, v in zip(header, cells, strict=True) if v})


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
                for value in batch.to_pylist():
                    number += 1
                    yield _typed(name, number, value)
    except pa.ArrowException as exc:
        raise UnreadableFile(f"is not Parquet after row {number}: {exc}") from exc


def _typed(name: str, number: int, value: dict[str, Any]) -> Record:
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


class _Chained:
    """A stream with what was already read from it put back in front."""

    def __init__(self, front: bytes, rest: IO[bytes]) -> None:
        self._front, self._rest = front, rest

    def read(self, size: int = -1) -> bytes:
        if not self._front or size == 0:
            return self._rest.read(size)
        front = self._front if size < 0 else self._front[:size]
        self._front = self._front[len(front) :]
        return front + self._rest.read() if size < 0 else front
