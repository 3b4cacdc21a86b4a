"""One set of keys for all rows of a file: what some rows have, the others have as null.

AWS's validator of training files refuses one in which an optional key stands in some rows only.
Which keys those are is known when the last record was read; only then is a mixed file rewritten.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from pathlib import Path

from touchstone.workbench.rows.rft import OPTIONAL_KEYS, parse_object
from touchstone.workbench.rows.storage import open_bytes

_BLOCK = 8 << 20


def even_out(path: Path, counts: Mapping[str, int], rows: int) -> None:
    """Gives every row of a file the optional keys that some of its rows have.

    Done again it changes nothing, so that a run which was stopped meanwhile can go on.

    Args:
        path: The file, gzipped where its name says so.
        counts: How many rows have a key.
        rows: How many rows there are.
    """
    mixed = [key for key in OPTIONAL_KEYS if 0 < counts.get(key, 0) < rows]
    if not mixed:
        return
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as out:
        for block in _blocks(path, mixed):
            out.write(gzip.compress(block, 6, mtime=0) if path.suffix == ".gz" else block)
    fresh.replace(path)


def _blocks(path: Path, mixed: list[str]) -> Iterator[bytes]:
    block = bytearray()
    with open_bytes(str(path)) as lines:
        for line in lines:
            missing = [key for key in mixed if key not in parse_object(line)]
            block += _with_nulls(line, missing)
            if len(block) >= _BLOCK:
                yield bytes(block)
                block.clear()
    yield bytes(block)


def _with_nulls(line: bytes, missing: list[str]) -> bytes:
    """Returns a row with keys added at its end; the rest stays the same to the byte."""
    added = "".join(f',"{key}":null' for key in missing).encode()
    return line.removesuffix(b"}\n") + added + b"}\n"
