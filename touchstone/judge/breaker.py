"""Stops asking a service that answers nobody, so that a run ends at its first rows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from touchstone.judge.faults import NoVerdict
from touchstone.judge.types import NOTHING_SPENT

# In a row, of a service that has never answered, and of one that has: a single call may be
# refused for its text, by a gateway.
_AT_FIRST, _LATER = 3, 10
# One call in so many seconds finds out whether the service is back.
_TRIAL_S = 10.0


class Breaker:
    """Counts the faults of a judge's calls that have nothing to do with what was asked."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._answered = False
        self._in_a_row = 0
        self._fault: NoVerdict | None = None
        self._trial_at = 0.0

    def check(self) -> None:
        """Lets a call through, unless the service answers nobody.

        Raises:
            NoVerdict: The fault that it answers everybody with; nothing was spent.
        """
        with self._lock:
            if self._fault is None:
                return
            if self._clock() >= self._trial_at:
                self._trial_at = self._clock() + _TRIAL_S
                return
            raise self._fault.costing(NOTHING_SPENT)

    def answered(self) -> None:
        """Takes note of an answer, whatever it was."""
        with self._lock:
            self._answered, self._in_a_row, self._fault = True, 0, None

    def failed(self, fault: NoVerdict) -> NoVerdict:
        """Takes note of a fault; returns it, lasting where the service now answers nobody."""
        if not (fault.lasting or fault.unreachable):
            if fault.usage.input_tokens:
                self.answered()
            return fault
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row < (_LATER if self._answered else _AT_FIRST):
                return fault
            self._fault = NoVerdict(fault.cause, fault.detail, fault.usage, lasting=True)
            self._trial_at = self._clock() + _TRIAL_S
            return self._fault
