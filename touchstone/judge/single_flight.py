"""Does equal work once: while it is under way, everyone who wants it waits for the one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

from touchstone.deadline import Deadline
from touchstone.judge.faults import NoVerdict
from touchstone.judge.types import NOTHING_SPENT
from touchstone.outcomes import DeadlineExceeded

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Results by key: the newest ones are kept, failures never are."""

    def __init__(self, keep: int = 4096) -> None:
        self._keep = keep
        self._lock = threading.Lock()
        self._done: OrderedDict[str, T] = OrderedDict()
        self._under_way: dict[str, Future[T]] = {}

    def do(self, key: str, work: Callable[[], T], deadline: Deadline) -> tuple[T, bool]:
        """Returns the result for ``key``, and whether someone else did the work.

        Raises:
            NoVerdict: The work failed, here (with its usage) or at the one waited for.
            DeadlineExceeded: The time ran out while waiting.
        """
        while True:
            with self._lock:
                if key in self._done:
                    self._done.move_to_end(key)
                    return self._done[key], True
                leading = key not in self._under_way
                flight = self._under_way.setdefault(key, Future())
            if leading:
                return self._lead(key, work, flight), False
            try:
                return flight.result(min(deadline.left(), threading.TIMEOUT_MAX)), True
            except NoVerdict as fault:
                raise fault.costing(NOTHING_SPENT) from fault
            except DeadlineExceeded:
                # The other's time ran out; ours may not have, so that it is our turn to ask.
                if deadline.left() <= 0:
                    raise
            except TimeoutError:
                raise DeadlineExceeded("an identical request was still being judged") from None

    def _lead(self, key: str, work: Callable[[], T], flight: Future[T]) -> T:
        try:
            result = work()
        except BaseException as exc:
            with self._lock:
                del self._under_way[key]
            flight.set_exception(exc)
            raise
        with self._lock:
            self._done[key] = result
            if len(self._done) > self._keep:
                self._done.popitem(last=False)
            del self._under_way[key]
        flight.set_result(result)
        return result
