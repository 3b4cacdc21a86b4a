"""A step of a training job against Lambda's concurrency: a model with discrete events, not AWS.

8,192 rollouts want their rewards at the same time, in calls of 64 rollouts or of one, from a grader
that runs code. Assumed, since nobody documents it:

- The service sends all calls of a step within a second, and sends one that is throttled again after
  1 s, 2 s, 4 s ... at most 20 s, times a random half to whole, for as long as it takes.
- A copy of the grader is ready 0.6 s after it was called, within a fifth; executors are warm.
- A candidate takes 0.15 s, or 10.2 s where it runs into a limit of 10 s.
- Nothing is lost but by time: a call has 300 s, and a row without a result by then is unscored.

The grader's rule is the real one, with its constants: how many executor calls it has under way, how
many candidates a call takes, when the executor gives the rest back, how long a refusal is waited
out. So is the sharing out of the stage's number.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benches.figures import tell
from benches.usage import arguments
from touchstone.invoking import pauses
from touchstone.sandbox.bundles import _MOST_CALLS, _ONE_MORE_AFTER_S, EXECUTORS_EACH
from touchstone.sandbox.queued import _WORK_S

ROLLOUTS, TIMEOUT_S, MARGIN_S, READY_S = 8_192, 300.0, 2.5, 0.6


@dataclass(slots=True)
class Pool:
    """Units of concurrency: taken, or refused."""

    free: int

    def take(self) -> bool:
        """Takes one, if there is one."""
        if self.free <= 0:
            return False
        self.free -= 1
        return True


@dataclass(eq=False, slots=True)
class Call:
    """One call of the grader, from when a copy took it.

    Attributes:
        waiting: Seconds that each candidate without a result would take.
        ends: When its time is over.
    """

    waiting: list[float]
    ends: float
    pauses: Iterator[float]
    under_way: int = 0
    left: int = 0
    resume_at: float = 0.0
    one_more_at: float = 0.0


@dataclass(slots=True)
class Step:
    """One step, played.

    Attributes:
        graders: Where copies of the grader come from.
        executors: Where executors come from; the same pool where nothing is reserved.
        scored: Rollouts with a reward.
        executor_calls: Calls that ran.
        ended: When the last rollout was scored.
    """

    graders: Pool
    executors: Pool
    random: random.Random
    scored: int = 0
    executor_calls: int = 0
    ended: float = 0.0
    _events: list[Any] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=itertools.count)

    def play(self, per_call: int, duration: Callable[[random.Random], float]) -> None:
        """Plays it to its end."""
        for first in range(0, ROLLOUTS, per_call):
            rows = [duration(self.random) for _ in range(min(per_call, ROLLOUTS - first))]
            self._at(self.random.uniform(0, 1), self._arrive, rows, 0)
        while self._events:
            now, _, what, about = heapq.heappop(self._events)
            what(now, *about)

    def _at(self, when: float, what: Callable[..., None], *about: Any) -> None:
        heapq.heappush(self._events, (when, next(self._count), what, about))

    def _arrive(self, now: float, rows: list[float], tries: int) -> None:
        if not self.graders.take():
            again = now + min(20, 2**tries) * self.random.uniform(0.5, 1)
            self._at(again, self._arrive, rows, tries + 1)
            return
        seed = self.random.randrange(1 << 30)
        call = Call(rows, now + TIMEOUT_S - MARGIN_S, pauses(seed), left=len(rows))
        self._at(now + READY_S * self.random.uniform(0.8, 1.2), self._lead, call)
        self._at(call.ends, self._over, call)

    def _over(self, _now: float, call: Call) -> None:
        if call.left:
            call.left = 0
            self.graders.free += 1

    def _lead(self, now: float, call: Call) -> None:
        """Makes as many executor calls as the grader may now, and looks again when it may more."""
        while call.left and call.waiting and call.under_way < _MOST_CALLS:
            at = call.resume_at
            if call.under_way >= EXECUTORS_EACH:
                at = max(at, call.one_more_at)
            if at > now:
                self._at(at, self._lead, call)
                return
            call.one_more_at = now + _ONE_MORE_AFTER_S
            if not self.executors.take():
                call.resume_at = now + next(call.pauses)
                continue
            self._execute(now, call)

    def _execute(self, now: float, call: Call) -> None:
        size = math.ceil(len(call.waiting) / (2 * EXECUTORS_EACH))
        bundle, call.waiting = call.waiting[:size], call.waiting[size:]
        spent, done = 0.0, 0
        for seconds in bundle:
            if done and spent >= _WORK_S:
                break
            spent, done = spent + seconds, done + 1
        call.under_way += 1
        self.executor_calls += 1
        self._at(now + spent, self._answered, call, done, bundle[done:])

    def _answered(self, now: float, call: Call, done: int, rest: list[float]) -> None:
        self.executors.free += 1
        call.under_way -= 1
        if not call.left:
            return
        call.resume_at, call.pauses = 0.0, pauses(self.random.randrange(1 << 30))
        call.waiting[:0] = rest
        call.left -= done
        self.scored, self.ended = self.scored + done, now
        if call.left:
            self._lead(now, call)
        else:
            self.graders.free += 1


def _some_hang(share: float) -> Callable[[random.Random], float]:
    return lambda rng: 10.2 if rng.random() < share else 0.15


def _row(title: str, graders: int, executors: int, per_call: int, hang: float) -> list[str]:
    pool = Pool(graders)
    step = Step(pool, Pool(executors) if executors else pool, random.Random(1))
    step.play(per_call, _some_hang(hang))
    shares = [f"{hang:.0%}", f"{step.scored / ROLLOUTS:.0%}"]
    return [title, str(per_call), *shares, f"{step.ended:,.0f} s", f"{step.executor_calls:,}"]


def main() -> None:
    """Prints a table: how a step ends by what is reserved, rows a call, and hanging candidates."""
    lines: list[list[str]] = []
    for per_call, hang in itertools.product((64, 1), (0.0, 0.1)):
        # The last two as infra/capacity.py shares it out: one grader of code; seven, two of code.
        lines += [
            _row("nothing, a pool of 1,000", 1_000, 0, per_call, hang),
            _row("900: grader 276, executor 555", 276, 555, per_call, hang),
            _row("400 for seven graders: grader 35, executor 146", 35, 146, per_call, hang),
        ]
    lines += [
        _row("nothing, a pool of 10", 10, 0, 64, 0.0),
        _row("10: grader 2, executor 7", 2, 7, 64, 0.0),
    ]
    header = ["reserved", "rows a call", "hanging", "scored", "ends after", "executor calls"]
    tell("step-concurrency", header, lines, "a model, whose figures no machine changes")


if __name__ == "__main__":
    arguments(__doc__)
    main()
