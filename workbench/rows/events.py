"""Reading rows in any event form, one a line; a line that cannot be read loses nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from touchstone.contract import unwrap
from touchstone.graded import read_event
from touchstone.workbench.rows.rft import Line, read_lines


def read_events(file: str) -> Iterator[Line]:
    """Yields every row of a file of events, in constant memory.

    A line may hold one row or any event form, so several rows; blank lines are passed over.
    Values are as Lambda's runtime reads them: integers of any size, NaN, half characters.

    Args:
        file: ``.jsonl`` or ``.jsonl.gz``, a path, an ``s3://`` URL, or ``-``.

    Raises:
        DataError: The file cannot be opened, or breaks off in the middle.
    """
    for line in read_lines(file, read_event):
        if line.problem:
            if line.raw.strip():
                yield line
            continue
        for row in unwrap(line.row)[0]:
            yield replace(line, row=row)
