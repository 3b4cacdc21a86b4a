"""What a file is by its first bytes, where it is not what its reader expects.

Source of the marks: the formats' own specifications, as collected in file(1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass


def _convert(ending: str) -> str:
    return f"`touchstone data convert` reads it, where its name ends in .{ending}"


_MARKUP = re.compile(rb"\s*<(?:!doctype html|html|\?xml)", re.IGNORECASE)
_YAML = re.compile(rb"---\s*|\s*(?:- )?[\w-]+:(?:\s.*)?|\s*- .*")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file seems to be.

    Attributes:
        what: Its format, for a person.
        advice: What to do so that it can be read.
    """

    what: str
    advice: str


# What files begin with that are no rows, whatever they are called.
_UNPACK = "unpack it, or end its name in what it is packed with"
_MARKS = (
    (b"\xff\xfe", Kind("UTF-16", "save it as UTF-8")),
    (b"\xfe\xff", Kind("UTF-16", "save it as UTF-8")),
    (b"\x1f\x8b", Kind("gzip", _UNPACK)),
    (b"BZh", Kind("bzip2", _UNPACK)),
    (b"\xfd7zXZ\0", Kind("xz", _UNPACK)),
    (b"\x28\xb5\x2f\xfd", Kind("Zstandard", _UNPACK)),
    (b"PK\x03\x04", Kind("a ZIP archive or an Office document", "save it as CSV, or unpack it")),
    (b"PAR1", Kind("Parquet", _convert("parquet"))),
    (b"ARROW1", Kind("an Arrow file", "save it as Parquet")),
    (b"%PDF-", Kind("a PDF", "it holds no records")),
    (b"version https://git-lfs", Kind("a Git LFS pointer", "fetch the file with git lfs pull")),
    (b"SQLite format 3\0", Kind("a SQLite database", "export its table as CSV")),
)
_TABLES = (
    (b"\t", Kind("TSV", _convert("tsv"))),
    (b",", Kind("CSV", _convert("csv"))),
    (b";", Kind("CSV", _convert("csv"))),
)


def binary_kind(front: bytes) -> Kind | None:
    """Returns what a file is that holds no rows, whatever it is called; ``None`` for text."""
    if kind := next((kind for mark, kind in _MARKS if front.startswith(mark)), None):
        return kind
    if len(front) > 1 and b"" in (front[1::2].strip(b"\0"), front[::2].strip(b"\0")):
        return Kind("UTF-16", "save it as UTF-8")
    return None


def kind_of(first: bytes, second: bytes) -> Kind | None:
    """Returns what a file is that should hold a JSON value in every line, and does not.

    Args:
        first: Its first line, which holds no such value.
        second: The line after it, ``b""`` where there is none.

    Returns:
        ``None`` where it may be JSON Lines with a fault in its first line.
    """
    if kind := binary_kind(first):
        return kind
    if _is_opened(first, second):
        return Kind("JSON over several lines", _convert("json"))
    if second.lstrip()[:1] in (b"{", b"["):
        return None
    if _MARKUP.match(first):
        return Kind("a page of markup", "it holds no rows; look at what was downloaded")
    if _YAML.fullmatch(first) and _YAML.fullmatch(second):
        return Kind("YAML", "write each row as a line of JSON")
    return next(
        (kind for mark, kind in _TABLES if 0 < first.count(mark) == second.count(mark)), None
    )


def _is_opened(first: bytes, second: bytes) -> bool:
    """Tells whether a line opens a JSON value that a later line closes."""
    text, after = first.strip(), second.strip()
    if text[:1] == b"[":
        is_row = after[:1] + after[-1:] == b"{}"
        return text == b"[" or (text[-1:] != b"]" and bool(after) and not is_row)
    return text[:1] == b"{" and text[-1:] != b"}" and after[:1] not in (b"", b"{")
