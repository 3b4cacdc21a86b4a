"""Results that a run left behind when it broke off, so that the next one goes on after them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from touchstone.workbench.grading.run import Graded
from touchstone.workbench.rows.rft import Line
from touchstone.workbench.rows.storage import DataError, bounded_lines, is_s3

_FIELDS = ("id", "aggregate_reward_score", "metrics_list", "outcome")


@contextmanager
def continuing(name: str) -> Iterator[IO[bytes]]:
    """Opens a file of results for adding to it, without the half line that a kill leaves.

    Raises:
        DataError: It is not one that can be gone on with.
    """
    if is_s3(name) or name.endswith(".gz"):
        raise DataError(f"{name}: --resume goes on with a file on this disk that is not compressed")
    path = Path(name)
    path.touch()
    with path.open("r+b") as sink:
        whole = sum(len(line) for line in bounded_lines(sink) if line.endswith(b"\n"))
        sink.truncate(whole)
        sink.seek(whole)
        yield sink


def kept_results(name: str, lines: Iterable[Line]) -> Iterator[Graded]:
    """Yields the rows that have a result already, each with it, and takes them off ``lines``.

    Args:
        name: The file of results, as :func:`continuing` has opened it.
        lines: The rows, an iterator.

    Raises:
        DataError: It holds something else, or results of other rows.
    """
    rows = iter(lines)
    with Path(name).open("rb") as stream:
        for number, raw in enumerate(bounded_lines(stream), 1):
            entry = _entry(raw, f"{name}:{number}")
            line = next(rows, None)
            if line is None:
                raise DataError(f"{name}:{number}: more results than there are rows")
            row_id = line.row.get("id") if isinstance(line.row, dict) else None
            if row_id is not None and entry["id"] != row_id:
                raise DataError(
                    f"{name}:{number}: the result of {entry['id']!r}, and {line.place} is "
                    f"{row_id!r}: these are results of other rows"
                )
            yield line, entry


def _entry(raw: bytes, place: str) -> dict[str, Any]:
    try:
        entry = json.loads(raw)
    except ValueError:
        entry = None
    if not isinstance(entry, dict) or not all(field in entry for field in _FIELDS):
        raise DataError(f"{place}: is no result of `touchstone grade`")
    return entry
