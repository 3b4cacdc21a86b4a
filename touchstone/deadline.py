"""The one clock of a call: how long is left, with time kept back to answer in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

# Kept back from Lambda's own limit: to collect rows, build and serialise the reply.
ANSWER_MARGIN_S = 1.5


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the monotonic clock.

    Attributes:
        at: ``time.monotonic()`` seconds; ``inf`` for none.
    """

    at: float = float("inf")

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Returns the deadline ``seconds`` from now."""
        return cls(time.monotonic() + seconds)

    @classmethod
    def of_lambda(cls, context: Any) -> Deadline:
        """Returns the moment by which work must stop so that the reply still gets out.

        A fifth of a short limit is kept back, at most :data:`ANSWER_MARGIN_S`. Anything
        that is not a Lambda context (``None``, a test's stand-in) has no deadline.
        """
        remaining = getattr(context, "get_remaining_time_in_millis", None)
        if remaining is None:
            return cls()
        left = remaining() / 1000
        return cls.after(left - min(ANSWER_MARGIN_S, left / 5))

    def left(self) -> float:
        """Returns the seconds that are left, never negative."""
        return max(0.0, self.at - time.monotonic())

    def within(self, seconds: float) -> Deadline:
        """Returns the nearer of this deadline and ``seconds`` from now."""
        return Deadline(min(self.at, time.monotonic() + seconds))
