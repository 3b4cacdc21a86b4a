"""How fast a judge may be asked: calls in flight, requests and tokens per minute."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from touchstone.deadline import Deadline
from touchstone.outcomes import DeadlineExceeded

WINDOW_S = 60.0


class Limiter:
    """Limits that hold among the threads of a process.

    The rates hold in every window of 60 s, not on average: a service that counts by the
    minute refuses a burst that an average would allow.
    """

    def __init__(
        self,
        concurrency: int,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._slots = threading.Semaphore(concurrency)
        self._requests = requests_per_minute or float("inf")
        self._tokens = tokens_per_minute or float("inf")
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._sent: deque[tuple[float, int]] = deque()

    @contextmanager
    def turn(self, tokens: int, deadline: Deadline) -> Iterator[None]:
        """Waits until a call of this size may start and holds its place until it has ended.

        Args:
            tokens: Sent, plus the most that may come back.
            deadline: Waiting never goes past it.

        Raises:
            DeadlineExceeded: The turn would come too late.
        """
        if not self._slots.acquire(timeout=min(deadline.left(), threading.TIMEOUT_MAX)):
            raise DeadlineExceeded(
                "no place among the judge's calls in flight came free in time", blame="ours"
            )
        try:
            while (wait := self._reserve(tokens)) > 0:
                if wait >= deadline.left():
                    raise DeadlineExceeded(
                        "the judge's own rate limit leaves no turn in time", blame="ours"
                    )
                self._sleep(wait)
            yield
        finally:
            self._slots.release()

    def _reserve(self, tokens: int) -> float:
        """Books the call and returns 0, or returns how long to wait before trying again."""
        with self._lock:
            now = self._clock()
            while self._sent and self._sent[0][0] <= now - WINDOW_S:
                self._sent.popleft()
            booked = sum(size for _, size in self._sent)
            # A call larger than the whole limit goes alone, or it would wait for ever.
            fits = not self._sent or (
                len(self._sent) < self._requests and booked + tokens <= self._tokens
            )
            if fits:
                self._sent.append((now, tokens))
                return 0.0
            return max(self._sent[0][0] + WINDOW_S - now, 0.001)
