"""Reading rows in any event form, one a line; a line that cannot be read loses nothing else."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from touchstone.contract import unwrap


class InputError(Exception):
    """The input cannot be read at all; the message names the file."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the input.

    Attributes:
        number: Its line, from 1.
        row: What it holds; ``None`` when it could not be read.
        problem: Why it could not be read, ``""`` when it could.
    """

    number: int
    row: Any
    problem: str = ""


def read_lines(path: str) -> Iterator[Line]:
    """Yields every row of a ``.jsonl`` or ``.jsonl.gz`` file, or of standard input (``-``).

    A line may hold one row or any event form, so several rows; blank lines are passed over.

    Raises:
        InputError: There is no such file, or it is not UTF-8 or not gzip.
    """
    try:
        with _open(path) as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield from _rows_of(number, line)
    except (OSError, EOFError, UnicodeDecodeError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
        raise InputError(f"{path}: {reason}") from exc


def _open(path: str) -> IO[str]:
    if path == "-":
        return io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8-sig")
    if path.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return Path(path).open(encoding="utf-8-sig")


def _rows_of(number: int, line: str) -> Iterator[Line]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError) as exc:
        what = "nested too deeply" if isinstance(exc, RecursionError) else str(exc)
        yield Line(number, None, f"line {number} is not JSON: {what}")
        return
    for row in unwrap(event)[0]:
        yield Line(number, row)
