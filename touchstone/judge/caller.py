"""Asks a model one question: once per identical question, within limits, time and retries."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Protocol, TypeVar

from touchstone.deadline import Deadline
from touchstone.judge.breaker import Breaker
from touchstone.judge.faults import NoVerdict
from touchstone.judge.ladder import Form
from touchstone.judge.limits import Limiter
from touchstone.judge.options import JudgeOptions
from touchstone.judge.question import Prompt
from touchstone.judge.single_flight import SingleFlight
from touchstone.judge.transport import Reply, Transport
from touchstone.judge.types import NOTHING_SPENT, Usage
from touchstone.judge.watchdog import ended_within
from touchstone.outcomes import DeadlineExceeded

# With less time than this, no model answers.
MIN_CALL_S = 0.25
# Where nothing else ends it (no deadline), a service that is down is given up on.
MAX_ATTEMPTS = 12
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 8.0
# An answer came, but no verdict: the simplest form may still bring one.
_UNREAD = ("bad_json", "outside_set", "unfounded")
# A token is about four characters of English: enough for a reservation, which the token
# limit counts before the service has counted anything.
_CHARS_PER_TOKEN = 4
_NO_SIGN = "the verdict quotes nothing of what it judges: nothing shows that it was judged"
_FALSE_SIGN = "what the verdict quotes does not stand in what it judges"


class Answered(Protocol):
    """What a model answered, as it was read."""

    @property
    def quotes(self) -> bool:
        """It shows that what was asked about was read."""
        ...

    @property
    def misquotes(self) -> bool:
        """It shows something that does not stand there."""
        ...


A = TypeVar("A", bound=Answered)
A_co = TypeVar("A_co", bound=Answered, covariant=True)


class Asked(Protocol[A_co]):
    """What a model can be asked; :class:`touchstone.judge.question.Question` is the judge's."""

    def key(self, *how: Any) -> str:
        """Returns a hash of what is asked, and of how it is."""
        ...

    def prompt(self) -> Prompt:
        """Returns the prompt of one call."""
        ...

    def read(self, verdicts: Sequence[Any]) -> A_co:
        """Reads what the model gave.

        Raises:
            NoVerdict: It is no answer.
        """
        ...

    def control(self) -> Asked[A_co]:
        """Returns the same of a text that no model refuses; itself where there is none."""
        ...


class Caller:
    """A transport with everything around it that holds for all calls of a process."""

    def __init__(self, transport: Transport, options: JudgeOptions) -> None:
        self.transport = transport
        self._options = options
        self._breaker = Breaker()
        self._of_control: Answered | None = None
        self._answers: SingleFlight[tuple[Any, Usage]] = SingleFlight()
        self._limiter = Limiter(
            options.concurrency, options.requests_per_minute, options.tokens_per_minute
        )

    def ask(self, question: Asked[A], deadline: Deadline, draw: int = 0) -> tuple[A, Usage]:
        """Returns the answer and what it took: nothing, where an identical question paid.

        Args:
            question: What to ask.
            deadline: Waiting, asking and retrying all end by it.
            draw: Tells apart the several answers that are drawn to one question.

        Raises:
            NoVerdict: There is no usable answer.
            DeadlineExceeded: The time ran out before the model could be asked.
        """
        key = question.key(self.transport.name, self._options.temperature, draw)
        (answer, usage), shared = self._answers.do(
            key, lambda: self._ask(question, deadline), deadline
        )
        return answer, NOTHING_SPENT if shared else usage

    def _ask(self, question: Asked[A], deadline: Deadline) -> tuple[A, Usage]:
        ladder = self.transport.ladder
        form, silent = ladder.current(), None
        spent = NOTHING_SPENT
        attempt = 0
        last: NoVerdict | None = None
        while True:
            try:
                reply = self._send(question.prompt(), form, deadline)
                spent += reply.usage
                self._breaker.answered()
                answer = question.read(reply.verdicts)
                if not answer.quotes and silent is None and question == question.control():
                    form, silent = ladder.simplest(), form  # it may quote in this form alone
                    continue
                spent += self._founded(question, answer, deadline)
                ladder.heard(form, silent)
                return answer, spent
            except NoVerdict as fault:
                spent += fault.usage
                last = fault
            except DeadlineExceeded:
                if last is None:
                    raise
                # The refusal tells more than that the time ran out after it.
                raise last.costing(spent) from None
            if ladder.refused(form, last):
                form = ladder.current()
                continue
            last = self._breaker.failed(last)
            if last.cause in _UNREAD and silent is None:
                form, silent = ladder.simplest(), form
                continue
            attempt += 1
            if not last.retried or attempt == MAX_ATTEMPTS:
                raise last.costing(spent)
            pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (attempt - 1))
            pause = max(last.retry_after_s, pause * random.uniform(0.5, 1.0))  # noqa: S311
            if pause + MIN_CALL_S > deadline.left():
                raise last.costing(spent)
            time.sleep(pause)

    def _founded(self, question: Asked[A], answer: A, deadline: Deadline) -> Usage:
        """Makes sure that an answer shows that the model judged; returns what that took.

        One that quotes what it judges does. Of any other, the model's answer to the control
        question tells what it forgives: no quotation, if there is none there either, and a false
        one only if that one is false too. What the model answered to other rows decides nothing,
        or their order would.

        Raises:
            NoVerdict: ``unfounded``, when the model can do better, or nobody can tell.
        """
        if answer.quotes:
            return NOTHING_SPENT
        control, spent = question.control(), NOTHING_SPENT
        if question == control:
            return spent
        known = self._of_control
        if known is None:
            try:
                known, spent = self.ask(control, deadline)
            except NoVerdict as fault:
                raise NoVerdict("unfounded", _NO_SIGN, fault.usage) from fault
            except DeadlineExceeded as exc:
                raise NoVerdict("unfounded", _NO_SIGN) from exc
            self._of_control = known
        if known.quotes or (answer.misquotes and not known.misquotes):
            raise NoVerdict("unfounded", _FALSE_SIGN if answer.misquotes else _NO_SIGN, spent)
        return spent

    def _send(self, prompt: Prompt, form: Form, deadline: Deadline) -> Reply:
        self._breaker.check()
        size = (len(prompt.system) + len(prompt.user)) // _CHARS_PER_TOKEN
        with ExitStack() as held:
            held.enter_context(self._limiter.turn(size + self._options.max_tokens, deadline))
            left = deadline.left()
            if left < MIN_CALL_S:
                raise DeadlineExceeded("no time was left to ask the judge")
            timeout_s = min(left, self._options.call_timeout_s)
            send = partial(self.transport.send, prompt, form, timeout_s)
            # Its place among the calls in flight is free when it has really ended.
            return ended_within(timeout_s, send, held.pop_all().close)
