"""Many candidates, few calls: which of the jobs that wait go together to an executor.

A call takes a part of what waits, so that the rest can run beside it, and no more than Lambda
carries. The executor gives back what it did not get to (:mod:`touchstone.sandbox.queued`): quick
candidates share a call, and behind a slow one nobody has to wait.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from touchstone.deadline import Deadline
from touchstone.invoking import MAX_BYTES, Unanswered, pauses
from touchstone.sandbox.codec import CodecError
from touchstone.sandbox.serialization import JSON, Faulted
from touchstone.sandbox.types import Run

# Where a grader's function finds its executor.
VARIABLE = "TOUCHSTONE_EXECUTOR"
# Calls that one grader's process may always have under way. Where a stage reserves capacity, it
# reserves this many executors for each copy of a grader, so that none of them is refused.
EXECUTORS_EACH = 2
# Beyond them it tries one more at a time: where executors are free, work that waits gets them.
_MOST_CALLS = 64
_ONE_MORE_AFTER_S = 0.1
_AROUND_BYTES = 100  # a job's, in a request of several
_LONGEST_WAIT_S = 60.0  # until the clock is looked at again
# An executor lost with one job alone is tried once more: the job may have taken it down, or AWS.
_TRIES = 2
# Kept back from a job's deadline for the network, there and back.
NETWORK_MARGIN_S = 1.0

Send = Callable[[Sequence["Ticket"]], Sequence[JSON | None]]


@dataclass(eq=False, slots=True)
class Ticket:
    """A job that waits for an executor.

    Attributes:
        text: The job and its limits, as JSON.
        deadline: When its result is no use any more.
        alone: Goes in a call of its own.
        accept: Reads an executor's reply to it; raises where no honest one writes it.
        lost: Calls that it was alone in and that were lost.
        result: What the executor says of it.
        problem: Why there is no result, yet or at all.
    """

    text: str
    deadline: Deadline
    accept: Callable[[JSON], Run]
    alone: bool = False
    lost: int = 0
    result: Run | Faulted | None = None
    problem: Unanswered | CodecError | None = None

    @property
    def ended(self) -> bool:
        """Whether it has a result, or can get none."""
        final = isinstance(self.problem, Unanswered) and self.problem.fate == "ours"
        return self.result is not None or final or self.lost >= _TRIES

    def left(self) -> float:
        """Returns the seconds that an executor may have for it, negative when it is too late."""
        return self.deadline.left() - NETWORK_MARGIN_S


@dataclass(slots=True)
class Bundles:
    """Shares executor calls among the threads that wait for a result.

    Whichever thread finds a call free makes it, with its own job and others that wait. What did not
    run waits on, for as long as its deadline lets it.

    Args:
        send: Makes one call; returns a reply for each job, ``None`` for one that was not begun.
    """

    send: Send
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _waiting: list[Ticket] = field(default_factory=list)
    _calls: int = 0
    _resume_at: float = 0.0  # nobody calls before, since nothing would run
    _one_more_at: float = 0.0
    _pauses: Iterator[float] = field(default_factory=pauses)

    def run(self, ticket: Ticket) -> None:
        """Returns when the ticket has a reply or a problem that is final, or its time is over."""
        with self._changed:
            self._waiting.append(ticket)
            while not ticket.ended:
                if ticket not in self._waiting:
                    self._changed.wait()
                elif ticket.left() <= 0:
                    self._waiting.remove(ticket)
                    return
                elif (pause := self._until_free()) > 0:
                    self._changed.wait(min(pause, ticket.left(), _LONGEST_WAIT_S))
                else:
                    self._lead(ticket)

    def _until_free(self) -> float:
        """Returns how long the next call must wait; infinite until another one ends."""
        now = time.monotonic()
        if self._calls >= _MOST_CALLS:
            return math.inf
        at = self._resume_at
        if self._calls >= EXECUTORS_EACH:
            at = max(at, self._one_more_at)
        return at - now

    def _lead(self, ticket: Ticket) -> None:
        bundle = self._take(ticket)
        self._calls += 1
        began = self._one_more_at = time.monotonic()
        self._one_more_at += _ONE_MORE_AFTER_S
        self._changed.notify_all()
        self._changed.release()
        outcome: Sequence[JSON | None] | Unanswered | CodecError | None = None
        try:
            outcome = self.send(bundle)
        except (Unanswered, CodecError) as exc:
            outcome = exc
        finally:
            self._changed.acquire()
            self._calls -= 1
            if outcome is None:  # something else was raised, here: the others wait on
                self._wait_on(bundle[1:])
            elif isinstance(outcome, Exception):
                self._failed(bundle, outcome, began)
            else:
                self._answered(bundle, outcome)
            self._changed.notify_all()

    def _take(self, first: Ticket) -> list[Ticket]:
        """Takes the jobs of one call out of those that wait, the caller's own first."""
        self._waiting.remove(first)
        bundle = [first]
        if first.alone:
            return bundle
        # Half of an even part each: parts get smaller, so that all end at about the same time.
        most = math.ceil((len(self._waiting) + 1) / (2 * EXECUTORS_EACH))
        size = len(first.text)
        for other in list(self._waiting):
            if len(bundle) == most:
                break
            grown = size + len(other.text)
            if not other.alone and grown < MAX_BYTES - _AROUND_BYTES * most:
                self._waiting.remove(other)
                bundle.append(other)
                size = grown
        return bundle

    def _answered(self, bundle: Sequence[Ticket], replies: Sequence[JSON | None]) -> None:
        self._resume_at, self._pauses = 0.0, pauses()
        for ticket, reply in zip(bundle, replies, strict=True):
            if reply is not None:  # else the executor did not get to it
                self._read(ticket, reply, len(bundle) == 1)
        self._wait_on(bundle)

    def _read(self, ticket: Ticket, reply: JSON, alone: bool) -> None:
        try:
            ticket.result = ticket.accept(reply)
        except Faulted as fault:
            ticket.result = fault
        except CodecError as exc:
            self._lose(ticket, exc, alone)

    def _lose(self, ticket: Ticket, problem: Unanswered | CodecError, alone: bool) -> None:
        # Of several nobody knows which one it was: that try is nobody's.
        ticket.lost += alone
        ticket.alone, ticket.problem = True, problem

    def _failed(
        self, bundle: Sequence[Ticket], problem: Unanswered | CodecError, began: float
    ) -> None:
        fate = problem.fate if isinstance(problem, Unanswered) else "may have run"
        if fate == "not run" and began >= self._resume_at:  # else a pause has been made of it
            self._resume_at = time.monotonic() + next(self._pauses)
        for ticket in bundle:
            if fate == "may have run":
                self._lose(ticket, problem, len(bundle) == 1)
            ticket.problem = problem
        self._wait_on(bundle)

    def _wait_on(self, bundle: Sequence[Ticket]) -> None:
        self._waiting[:0] = [ticket for ticket in bundle if not ticket.ended]
