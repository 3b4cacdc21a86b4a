"""Bytes from and to where datasets lie: this disk, S3, standard input; gzip by name.

The only module that opens what may lie anywhere. S3 is read as a stream, never as a whole, and
is written by boto3's own multipart upload.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, AnyStr, Protocol, TypeVar, cast

from touchstone.workbench import aws
from touchstone.workbench.errors import WorkbenchError

STDIN = "-"  # and standard output, where it is written to

_Text = TypeVar("_Text", str, bytes, covariant=True)
# A longer one is no line of records, but what a small compressed file was made to hold.
LONGEST_LINE = 256 << 20


class LineTooLong(Exception):
    """A line that memory is not risked for."""


class _Lines(Protocol[_Text]):
    def readline(self, size: int, /) -> _Text: ...


class DataError(WorkbenchError):
    """The input or output cannot be used at all; the message names the file."""


class NothingThere(DataError):
    """There is no such file, folder or prefix."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a source.

    Attributes:
        name: A path, an ``s3://`` URL, or ``-`` for standard input.
        size: Bytes as stored; 0 where that is not known.
        version: Changes when the file does: modification time or ETag.
    """

    name: str
    size: int = 0
    version: str = ""


def is_s3(name: str) -> bool:
    """Tells whether ``name`` is an ``s3://`` URL."""
    return name.startswith("s3://")


def shown(name: str) -> str:
    """Returns a name as text: bytes of a file's name that are not UTF-8 as escapes."""
    return name.encode(errors="backslashreplace").decode()


def same_file(one: str, other: str) -> bool:
    """Tells whether two names mean one file, by whatever path or link; it need not be there."""
    if is_s3(one) or is_s3(other):
        return one == other
    paths = Path(one), Path(other)
    if all(path.exists() for path in paths):
        return paths[0].samefile(paths[1])
    return paths[0].resolve() == paths[1].resolve()


def list_files(source: str) -> list[File]:
    """Returns the files of a source in a fixed order: a file, a folder's tree, an S3 prefix.

    Raises:
        NothingThere: There is no such file, folder or prefix.
        DataError: There is no such bucket, or S3 cannot be asked.
    """
    if source == STDIN:
        return [File(STDIN)]
    if is_s3(source):
        return _list_s3(source)
    path = Path(source)
    if path.is_dir():
        found = [p for p in path.rglob("*") if p.is_file() and not _hidden(p, path)]
        return [_local(p) for p in sorted(found, key=lambda p: p.relative_to(path).as_posix())]
    if not path.exists():
        raise NothingThere(f"{source}: no such file or folder")
    return [_local(path)]


def unpacked_name(name: str) -> str:
    """Returns a file's name without the ending that says how it is packed."""
    return name.removesuffix(next((end for end in _PACKED if name.endswith(end)), ""))


def open_bytes(name: str, raw: IO[bytes] | None = None) -> IO[bytes]:
    """Opens a file for reading as a stream of bytes, unpacked where its name says it is packed.

    That is ``.gz``, ``.bz2``, ``.xz`` or ``.zst``.

    Args:
        name: What to open.
        raw: The file as it is stored, where it is open already.

    Raises:
        DataError: It cannot be opened.
    """
    raw = raw or open_raw(name)
    unpack = next((_PACKED[end] for end in _PACKED if name.endswith(end)), None)
    return raw if unpack is None else cast("IO[bytes]", unpack(raw))


def bounded_lines(stream: _Lines[AnyStr]) -> Iterator[AnyStr]:
    """Yields the lines of a stream, and holds no more of it than the longest line allowed.

    Raises:
        LineTooLong: A line has ``LONGEST_LINE`` bytes or characters.
    """
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise LineTooLong(f"has a line longer than {LONGEST_LINE >> 20} MiB")
        yield line


def count_lines(name: str) -> int | None:
    """Returns the lines of a file, ``None`` where only reading all of it another time tells."""
    if name == STDIN or is_s3(name) or unpacked_name(name) != name:
        return None
    with open_raw(name) as stream:
        return sum(part.count(b"\n") for part in iter(lambda: stream.read(1 << 20), b""))


def open_raw(name: str) -> IO[bytes]:
    """Opens a file for reading as it is stored.

    Raises:
        DataError: It cannot be opened.
    """
    if name == STDIN:
        return sys.stdin.buffer
    if is_s3(name):
        bucket, key = split_url(name)
        with _asking(f"s3:GetObject on {name}"):
            body = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
        return io.BufferedReader(cast("Any", _Readable(name, body)), 1 << 20)
    try:
        return Path(name).open("rb", buffering=1 << 20)
    except OSError as exc:
        raise DataError(f"{name}: {exc.strerror}") from exc


class Ahead:
    """Fetches small objects of S3 before their turn, so that a tree of logs is not all waiting.

    At most eight of at most 4 MiB are held; whatever is larger or local is opened in its turn.
    """

    _OBJECTS, _BYTES = 8, 4 << 20

    def __init__(self, files: Sequence[File]) -> None:
        self._files = files
        self._fetched: dict[int, Future[bytes]] = {}
        self._pool = ThreadPoolExecutor(self._OBJECTS, thread_name_prefix="ahead")

    def open(self, index: int) -> IO[bytes]:
        """Opens a file as it is stored, and begins to fetch the ones after it.

        Raises:
            DataError: It cannot be opened.
        """
        for later in range(index, min(index + self._OBJECTS, len(self._files))):
            file = self._files[later]
            if later not in self._fetched and is_s3(file.name) and file.size <= self._BYTES:
                self._fetched[later] = self._pool.submit(_whole, file.name)
        if index in self._fetched:
            return io.BytesIO(self._fetched.pop(index).result())
        return open_raw(self._files[index].name)

    def close(self) -> None:
        """Fetches no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def writing(name: str) -> Iterator[IO[bytes]]:
    """Opens a file for writing from its beginning, compressed where it ends in ``.gz``.

    What goes to S3 is kept on this disk until the block ends, however it ends. An object that
    may not be written is refused at once, before the block's work is done or paid for.

    Args:
        name: A path, an ``s3://`` URL, or ``-`` for standard output.

    Raises:
        DataError: It cannot be opened, or S3 refused it; then the message says where it is kept.
    """
    if name == STDIN:
        yield sys.stdout.buffer
        return
    if not is_s3(name):
        with _create(Path(name), name) as sink:
            yield sink
        return
    handle, path = tempfile.mkstemp(prefix="touchstone-", suffix=Path(name).name)
    os.close(handle)
    part = Path(path)
    try:
        upload(part, name)
    except DataError:
        part.unlink()
        raise
    try:
        with _create(part, name) as sink:
            yield sink
    finally:
        try:
            upload(part, name)
        except DataError as exc:
            raise DataError(f"{exc}; what was written is kept in {part}", exc.advice) from exc
        part.unlink()


def upload(path: Path, url: str) -> None:
    """Copies a local file to S3, in parts where it is large.

    Raises:
        DataError: S3 refused it, or cannot be reached.
    """
    with _asking():
        aws.upload(path, url)


def split_url(url: str) -> tuple[str, str]:
    """Returns bucket and key of an ``s3://`` URL.

    Raises:
        DataError: It names no bucket.
    """
    with _asking():
        return aws.split_url(url)


@contextmanager
def _asking(action: str = "", allow: str = "") -> Iterator[None]:
    """Lets what AWS refuses be what the file cannot be used for."""
    try:
        with aws.asking(action, allow):
            yield
    except aws.ServiceError as exc:
        raise DataError(str(exc), exc.advice) from exc


@contextmanager
def _create(path: Path, name: str) -> Iterator[IO[bytes]]:
    try:
        file = path.open("wb")
    except OSError as exc:
        raise DataError(f"{name}: {exc.strerror}") from exc
    with file:
        if not name.endswith(".gz"):
            yield file
            return
        # No name and time inside: the same rows make the same file.
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as zipped:
            yield cast("IO[bytes]", zipped)


class _Unzipped(gzip.GzipFile):
    """Closes the file under it too, which ``GzipFile`` leaves to its caller."""

    def __init__(self, raw: IO[bytes]) -> None:
        super().__init__(fileobj=raw)
        self._raw = raw

    def close(self) -> None:
        super().close()
        self._raw.close()


class _Unpacked(io.BufferedReader):
    """Reads what another codec packed, and closes the file under it too."""

    def __init__(self, unpacked: Any, raw: IO[bytes]) -> None:
        super().__init__(unpacked, 1 << 20)
        self.fileobj = raw  # for whoever asks how far it is read

    def close(self) -> None:
        super().close()
        self.fileobj.close()


def _zstd(raw: IO[bytes]) -> _Unpacked:
    import pyarrow as pa

    return _Unpacked(pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd"), raw)


# How files are packed, by the ends of their names.
_PACKED: dict[str, Callable[[IO[bytes]], Any]] = {
    ".gz": _Unzipped,
    ".bz2": lambda raw: _Unpacked(bz2.BZ2File(raw), raw),
    ".xz": lambda raw: _Unpacked(lzma.LZMAFile(raw), raw),  # noqa: SIM115 - it closes both
    ".zst": _zstd,
}


class _Readable(io.RawIOBase):
    """Lets a botocore body be buffered: it has ``read`` but not ``readinto``."""

    def __init__(self, url: str, body: Any) -> None:
        self._url, self._body = url, body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _asking(f"s3:GetObject on {self._url}"):
            data = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._body.close()
        super().close()


def _whole(name: str) -> bytes:
    with open_raw(name) as stream:
        return stream.read()


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _local(path: Path) -> File:
    stat = path.stat()
    return File(str(path), stat.st_size, str(stat.st_mtime_ns))


def _list_s3(url: str) -> list[File]:
    bucket, key = split_url(url)
    found = [
        File(f"s3://{bucket}/{item['Key']}", item["Size"], item["ETag"])
        for page in _pages(url, bucket, key)
        for item in page.get("Contents", ())
        if _under(item["Key"], key)
    ]
    if not found:
        raise NothingThere(f"{url}: no such object or prefix")
    return sorted(found, key=lambda file: file.name)


def _under(key: str, prefix: str) -> bool:
    """Keeps ``logs/2026`` from meaning ``logs/2026-old`` too, and passes over folder markers."""
    inside = not prefix or prefix.endswith("/") or key == prefix or key.startswith(prefix + "/")
    return inside and not key.endswith("/")


def _pages(url: str, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    with _asking(f"s3:ListBucket on {url}"):
        pages = aws.client("s3").get_paginator("list_objects_v2")
        yield from pages.paginate(Bucket=bucket, Prefix=prefix)
