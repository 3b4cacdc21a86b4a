"""Rows side by side, each with a fair share of the call's time, whatever another one does."""

from __future__ import annotations

import errno
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, Literal, TypeVar

from touchstone.deadline import Deadline

T = TypeVar("T")
R = TypeVar("R")
# How a row ends that has no result.
Late = Literal["not started", "not finished"]

# A row that minds its own deadline has ended by then; who does not is left behind.
GRACE_S = 3.0
# How often the clock is looked at while a row is under way.
_TICK_S = 0.25


class Turns(Generic[T, R]):
    """Takes rows one after another, several at a time, until all are done or the time is over.

    A row's share is the time that is left, times the workers, over the rows that wait: what quick
    rows leave goes to later ones. Where that is less than a row's own limits need, it gets what
    they need, but at most half of what is left, so that the rows behind it get theirs.
    """

    def __init__(
        self,
        rows: Sequence[T],
        work: Callable[[T, Deadline], R],
        *,
        workers: int,
        deadline: Deadline,
        row_s: float,
    ) -> None:
        """Prepares; nothing runs before :meth:`run`.

        Args:
            rows: What to work on, in this order.
            work: Does one row, by the deadline that it is given; called from several threads.
            workers: Rows at the same time.
            deadline: When all of them must have ended.
            row_s: Seconds that one row may need by its own limits.
        """
        self._rows = rows
        self._work = work
        self._workers = workers
        self._deadline = deadline
        self._row_s = row_s
        self._changed = threading.Condition()
        self._results: dict[int, R | Late] = {}
        self._under_way: dict[int, float] = {}  # until when it is waited for
        self._next = 0
        self._over = False
        self._broken: BaseException | None = None

    def run(self) -> list[R | Late]:
        """Returns each row's result, or how far it came.

        Raises:
            OSError: The system has no thread to work in.
        """
        for wanted in range(min(self._workers, len(self._rows))):
            if not self._hire(needed=not wanted):
                break
        with self._changed:
            try:
                while not self._done() and self._deadline.left() > 0:
                    self._leave_behind()
                    self._changed.wait(self._until_next_look())
            finally:
                self._over = True
            if self._broken:
                raise self._broken
            return [self._result(index) for index in range(len(self._rows))]

    def _done(self) -> bool:
        return self._broken is not None or len(self._results) == len(self._rows)

    def _result(self, index: int) -> R | Late:
        late: Late = "not finished" if index in self._under_way else "not started"
        return self._results.get(index, late)

    def _until_next_look(self) -> float | None:
        left = self._deadline.left()
        return None if left == math.inf else min(left, _TICK_S)

    def _leave_behind(self) -> None:
        """Gives the place of a row that does not end to a new worker."""
        now = time.monotonic()
        for index in [i for i, until in self._under_way.items() if until <= now]:
            del self._under_way[index]
            self._results[index] = "not finished"
            self._hire(needed=not self._under_way)

    def _hire(self, *, needed: bool) -> bool:
        """Starts a worker; where the system has no thread left, fewer do unless it is needed."""
        try:
            # A row that never ends must not keep the process from ending.
            threading.Thread(target=self._serve, name="grade", daemon=True).start()
        except RuntimeError as exc:
            if needed:
                raise OSError(errno.EAGAIN, f"no thread to grade in: {exc}") from exc
            return False
        return True

    def _serve(self) -> None:
        try:
            while (turn := self._take()) is not None:
                index, own = turn
                result = self._work(self._rows[index], own)
                if not self._give(index, result):
                    return
        except BaseException as exc:  # noqa: BLE001 - raised where it is waited for
            with self._changed:
                self._broken = exc
                self._changed.notify()

    def _take(self) -> tuple[int, Deadline] | None:
        with self._changed:
            waiting = len(self._rows) - self._next
            if self._over or not waiting or self._deadline.left() <= 0:
                return None
            index, self._next = self._next, self._next + 1
            own = self._share(waiting)
            self._under_way[index] = own.at + GRACE_S
            return index, own

    def _give(self, index: int, result: R) -> bool:
        """Hands in a result; false for a row that was left behind, whose worker is not needed."""
        with self._changed:
            if self._under_way.pop(index, None) is None:
                return False
            self._results[index] = result
            if self._done():
                self._changed.notify()
            return True

    def _share(self, waiting: int) -> Deadline:
        left = self._deadline.left()
        if left == math.inf:
            return self._deadline
        fair = left * self._workers / waiting
        return self._deadline.within(max(fair, min(self._row_s, left / 2)))
