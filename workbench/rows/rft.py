"""The RFT row: one JSON object a line, as Bedrock reads a training file, and how to read one.

``{"id"?, "messages", "tools"?, "reference_answer"?, ...fields of the user's own}``; the keys
are written in that order.

Source: Amazon Bedrock user guide, "Prepare data for reinforcement fine-tuning".
"""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import msgspec

from touchstone.workbench.rows.kinds import kind_of
from touchstone.workbench.rows.storage import (
    DataError,
    LineTooLong,
    bounded_lines,
    open_bytes,
    shown,
)

# The keys that are not fields of the user's own.
ROW_KEYS = ("id", "messages", "tools", "reference_answer")
# What a row may lack; a training file has each in every row or in none.
OPTIONAL_KEYS = ("id", "tools", "reference_answer")
ROLES = ("system", "user", "assistant", "tool")
# What is said of a file that is no RFT file yet.
NO_MESSAGES = "there are no `messages`; run `touchstone data convert` first"
# Documented limits on the records of a training file.
MIN_RECORDS, MAX_RECORDS = 100, 20_000

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file.

    Attributes:
        file: The file's name, as given.
        number: The line, from 1.
        row: What it holds; ``None`` when it could not be read.
        problem: Why it could not, ``""`` when it could.
        raw: The line's bytes without its end.
        crlf: The line ends as Windows ends lines.
        step: Of a rollout, the step of training that it was made for; ``None`` where no job's.
        time: When a rollout was first graded, ISO 8601 in UTC; ``""`` where that is not known.
    """

    file: str
    number: int
    row: Any
    problem: str = ""
    raw: bytes = b""
    crlf: bool = False
    step: int | None = None
    time: str = ""

    @property
    def place(self) -> str:
        """Returns ``file:line``, to open a message with."""
        return f"{shown(self.file)}:{self.number}"


def parse_object(data: bytes) -> dict[str, Any]:
    """Reads a line that holds an object, as every row of a training file does.

    Raises:
        ValueError: It holds none; the message says why.
    """
    value = parse_json(data)
    if not isinstance(value, dict):
        raise ValueError(f"not an object but {type(value).__name__}")
    return value


def read_lines(
    file: str, parse: Callable[[bytes], Any] = parse_object, raw: IO[bytes] | None = None
) -> Iterator[Line]:
    """Yields the lines of a file, in constant memory; empty ones are passed over.

    Args:
        file: ``.jsonl`` or ``.jsonl.gz``, a path, an ``s3://`` URL, or ``-``.
        parse: Reads one line, or raises ``ValueError`` with the problem.
        raw: The file as it is stored, where it is open already.

    Raises:
        DataError: The file cannot be opened, breaks off in the middle, or is another form of
            file by its first lines.
    """
    number = 0
    try:
        with open_bytes(file, raw) as stream:
            lines = _of_json(file, bounded_lines(stream), parse)
            for number, whole in enumerate(lines, 1):
                if line := whole.rstrip(b"\r\n"):
                    yield _line(file, number, line, parse, crlf=whole.endswith(b"\r\n"))
    except LineTooLong as exc:
        raise DataError(f"{file}: line {number + 1}: it {exc}") from exc
    except (OSError, EOFError, gzip.BadGzipFile, zlib.error) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise DataError(f"{file}: line {number + 1}: {reason}") from exc


def parse_json(data: bytes | str) -> Any:
    """Reads strict JSON: no NaN, no half characters, UTF-8 only.

    Raises:
        ValueError: It is not; the message says why.
    """
    try:
        return _decode(data)
    except UnicodeDecodeError as exc:
        raise ValueError(f"not UTF-8: byte {exc.start} is 0x{exc.object[exc.start]:02x}") from exc
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    except msgspec.MsgspecError as exc:
        raise ValueError(f"not JSON: {exc}") from exc


def make_row(
    messages: list[dict[str, Any]],
    *,
    row_id: Any = None,
    tools: list[dict[str, Any]] | None = None,
    reference: Any = None,
    fields: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Returns a row with its keys in their order; what is ``None`` is left out."""
    row: dict[str, Any] = {} if row_id is None else {"id": row_id}
    row["messages"] = messages
    if tools:
        row["tools"] = tools
    if reference is not None:
        row["reference_answer"] = reference
    return row | (fields or {})


def encode_row(row: dict[str, Any]) -> bytes:
    """Returns the row as one line of UTF-8 JSON, with its newline."""
    return _encode(row) + b"\n"


def _of_json(file: str, lines: Iterator[bytes], parse: Callable[[bytes], Any]) -> Iterator[bytes]:
    """Yields the lines of a file, unless the first two say that it is no JSON Lines at all."""
    front = list(itertools.islice(lines, 1))
    if front and _line(file, 1, front[0].rstrip(b"\r\n"), parse, crlf=False).problem:
        # Only now: who sends lines one by one waits for none to be read.
        front += itertools.islice(lines, 1)
        first, second = (*(one.rstrip(b"\r\n") for one in front), b"")[:2]
        if kind := kind_of(first.removeprefix(_BOM), second):
            raise DataError(f"{file}: seems to be {kind.what}, not JSON Lines", kind.advice)
    yield from itertools.chain(front, lines)


def _line(file: str, number: int, raw: bytes, parse: Callable[[bytes], Any], *, crlf: bool) -> Line:
    try:
        row = parse(raw.removeprefix(_BOM) if number == 1 else raw)
    except ValueError as exc:
        return Line(file, number, None, str(exc), raw, crlf)
    return Line(file, number, row, "", raw, crlf)
