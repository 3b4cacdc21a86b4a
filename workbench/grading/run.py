"""Sends a stream of rows to a backend in batches and gives every row its result, in order."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from touchstone.graded import BATCH_ROWS, result_of, unscored
from touchstone.workbench.aws import FunctionError
from touchstone.workbench.grading.backends import Backend
from touchstone.workbench.rows.rft import Line

Graded = tuple[Line, dict[str, Any]]


def grade_lines(lines: Iterable[Line], backend: Backend, concurrency: int) -> Iterator[Graded]:
    """Yields each line with its result, in the input's order, as batches come back.

    Args:
        lines: The rows; ones that could not be read are answered as ``bad_sample``.
        backend: Grades a list of rows.
        concurrency: Batches in flight at once. At most that many are held in memory.

    A batch that a deployed function failed on is answered as unscored, as is a row that is too
    large for it, and the rest goes on.

    Raises:
        ServiceError: The function cannot be called any more; what came before has been yielded.
    """
    chunks = _chunks(lines)
    pending: deque[Future[list[Graded]]] = deque()
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="batch")
    try:
        for chunk in chunks:
            pending.append(pool.submit(_grade_chunk, chunk, backend))
            if len(pending) > concurrency:
                yield from pending.popleft().result()
        while pending:
            yield from pending.popleft().result()
    finally:
        # Whoever stops half-way must not wait for batches that nobody will read.
        pool.shutdown(wait=False, cancel_futures=True)


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    stream = iter(lines)
    while chunk := list(itertools.islice(stream, BATCH_ROWS)):
        yield chunk


def _grade_chunk(chunk: list[Line], backend: Backend) -> list[Graded]:
    readable = [line for line in chunk if not line.problem]
    try:
        replies = iter(backend([line.row for line in readable]) if readable else [])
    except FunctionError as exc:
        return [(line, unscored(line.row, "grader_error", str(exc))) for line in chunk]
    return [(line, _unread(line) if line.problem else result_of(next(replies))) for line in chunk]


def _unread(line: Line) -> dict[str, Any]:
    return unscored(line.row, "bad_sample", f"line {line.number}: {line.problem}")
