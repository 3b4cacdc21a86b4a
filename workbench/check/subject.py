"""The grader under test: asked, counted, and stopped where time or money end."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from touchstone import contract
from touchstone.thinking import Pairs
from touchstone.workbench.aws import FunctionError, ServiceError
from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.held import HeldJudge
from touchstone.workbench.check.trial import Answered, Trial
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.grading.backends import Backend
from touchstone.workbench.grading.rewards import event_of
from touchstone.workbench.grading.summary import STOOD_IN

BATCH_ROWS = 32  # small enough that the clock is looked at often
NEAR_TOP = 0.9  # of the way from the lowest reward to the highest, unless a check says otherwise


class SpentUp(WorkbenchError):
    """Time or money of the check ended before anything of this could be asked."""


@dataclass(slots=True)
class Subject:
    """A grader under test.

    Attributes:
        name: As the command was given it.
        backend: Rows of an event to entries of a reply.
        cases: What probes are made from: the user's rows, or golden cases.
        template: The template that it is or customises; ``""`` for code and for strangers.
        low: The lowest reward it can give.
        high: The highest.
        seed: Of everything drawn.
        version: What tells it from other versions; ``""`` where that is not known.
        budget_usd: What its judge may cost in all; ``None`` for no limit.
        stranger: It is a deployed function of which only the replies are known.
        reply: An event of any form to the reply as it is; raises where the call fails.
        timed: The same, with seconds that are left of the call; ``None`` where nobody can say
            how much is left.
        fresh: Rows of an event to entries, in a new process; ``None`` where none can be had.
        held: A judge to the grader judged by it; ``None`` where it asks none, or is deployed.
        questions: What held judges were asked, by name.
        rows: Rows asked so far; repeats count again.
        seconds: What asking took.
        usd: What judges cost, as the replies estimate it.
        usd_unknown: Some judge's price is not known, so that ``usd`` is too low.
        stood_in: The offline stand-in judged some row.
        thinking_marks: Marks of its own between which its model thinks.
        isolation: The least that untrusted programs were held by; ``None`` where none ran or
            the replies do not tell.
        given: Answers to the rollouts that the rows brought, once they were asked.
        given_s: What that took.
    """

    name: str
    backend: Backend
    reply: Callable[[Any], Any]
    cases: Sequence[Case]
    timed: Callable[[Any, float], Any] | None = None
    fresh: Backend | None = None
    held: Callable[[HeldJudge], Backend] | None = None
    questions: set[str] = field(default_factory=set)
    template: str = ""
    low: float = 0.0
    high: float = 1.0
    seed: int = 0
    version: str = ""
    budget_usd: float | None = None
    stranger: bool = False
    rows: int = 0
    seconds: float = 0.0
    usd: float = 0.0
    usd_unknown: bool = False
    stood_in: bool = False
    thinking_marks: Pairs = ()
    isolation: float | None = None
    given: list[Answered] | None = None
    given_s: float = 0.0
    spent: str = ""
    _until: float = math.inf
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def near_top(self) -> float:
        """The least that counts as near the highest reward."""
        return self.low + NEAR_TOP * (self.high - self.low)

    def share(self, reward: float) -> float:
        """Returns where a reward lies between the lowest and the highest, 0..1."""
        return (reward - self.low) / (self.high - self.low)

    def ask(self, trials: Iterable[Trial]) -> list[Answered]:
        """Returns the answers to trials in their order, as many as time and money allow.

        Raises:
            SpentUp: Not one of them could be asked any more.
        """
        answers: list[Answered] = []
        waiting = iter(trials)
        while batch := list(itertools.islice(waiting, BATCH_ROWS)):
            if not self.may_go_on():
                if answers:
                    break
                raise SpentUp(self.spent)
            for held, some in itertools.groupby(batch, key=lambda trial: trial.held):
                answers += self._asked(list(some), self._judged(held))
        return answers

    def send(self, call: Callable[[], Any], rows: int) -> Any:
        """Makes one call of the grader, counted and timed; raises what it raises."""
        began = time.monotonic()
        try:
            return call()
        finally:
            self.seconds += time.monotonic() - began
            self.rows += rows

    def learn_bounds(self, right: Iterable[Trial], wrong: Iterable[Trial]) -> None:
        """Takes a stranger's bounds from its replies: nothing else says what it can give.

        Args:
            right: The most that one of these earns is the highest.
            wrong: The least of these, or 0 where that is less, is the lowest.
        """
        most, least = (
            [one.reward for one in self.ask(trials) if one.scored and one.reward is not None]
            for trials in (right, wrong)
        )
        self.low = min(0.0, *least, *most) if least or most else 0.0
        high = max(most, default=self.low)
        self.high = high if high > self.low else self.low + 1.0

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Lets what is asked inside take so long at most."""
        self._until, self.spent = time.monotonic() + seconds, ""
        try:
            yield
        finally:
            self._until = math.inf

    @property
    def left(self) -> float:
        """Seconds that what is asked now may still take; infinite where nobody limits it."""
        return self._until - time.monotonic()

    def event(self, trial: Trial) -> dict[str, Any]:
        """Returns a trial as the row of an event that Bedrock sends, with an id of its own."""
        return event_of(trial.row, f"check-{next(self._ids)}", trial.completion)

    def may_go_on(self) -> bool:
        """Returns whether time and money allow more; ``spent`` says what does not."""
        if time.monotonic() >= self._until:
            self.spent = "its time was over"
        elif self.budget_usd is not None and self.usd >= self.budget_usd:
            self.spent = f"the budget of {self.budget_usd:g} USD was spent"
        return not self.spent

    def _judged(self, held: str | None) -> Backend:
        if held is None:
            return self.backend
        assert self.held is not None  # noqa: S101 - who makes such trials has looked
        return self.held(HeldJudge(held, self.questions.add))

    def _asked(self, trials: list[Trial], backend: Backend) -> list[Answered]:
        events = [self.event(trial) for trial in trials]
        try:
            reply = self.send(lambda: backend(events), len(events))
        except (FunctionError, ServiceError) as exc:
            if len(trials) > 1:  # one row may be what fails the call; the others are not its fault
                half = len(trials) // 2
                return [
                    *self._asked(trials[:half], backend), *self._asked(trials[half:], backend)
                ]  # fmt: skip
            return [Answered(trials[0], "unscored:grader_error", None, reason=str(exc))]
        entries = placed(events, reply)
        return [self._answered(t, e) for t, e in zip(trials, entries, strict=True)]

    def count_cost(self, entry: Any) -> None:
        """Counts what an entry of a reply says that judges cost; of what is none, nothing."""
        named = {str(one.get("name")): one for one in _metrics(entry)}
        self.usd += number(named.get("judge_cost_usd", {}).get("value")) or 0.0
        self.usd_unknown |= bool(number(named.get("judge_cost_unknown", {}).get("value")))

    def _answered(self, trial: Trial, entry: Mapping[str, Any]) -> Answered:
        metrics = _metrics(entry)
        named = {str(one.get("name")): one for one in metrics}
        self.count_cost(entry)
        self.stood_in |= STOOD_IN in named
        level = number(named.get("isolation_level", {}).get("value"))
        self.isolation = min((v for v in (self.isolation, level) if v is not None), default=None)
        reward = number(entry.get("aggregate_reward_score"))
        outcome = entry.get("outcome") or contract.outcome_of({"metrics_list": metrics})
        if reward is None and outcome == "scored":
            outcome = "unscored:no_number"
        criteria = {
            name: value
            for name, one in named.items()
            if one.get("type") == "Reward" and (value := number(one.get("value"))) is not None
        }
        return Answered(trial, outcome, reward, criteria, str(entry.get("reason") or ""))


def placed(events: Sequence[Mapping[str, Any]], reply: Any) -> list[Mapping[str, Any]]:
    """Returns the entry of every event row, by id, else by place; an empty one where none is."""
    entries = [e if isinstance(e, Mapping) else {} for e in reply] if _is_list(reply) else []
    by_id = {str(entry.get("id")): entry for entry in entries}
    in_place = entries if len(entries) == len(events) else [{}] * len(events)
    return [by_id.get(e["id"], other) for e, other in zip(events, in_place, strict=True)]


def _metrics(entry: Any) -> list[Mapping[str, Any]]:
    """Returns the metrics of an entry that have the form of some."""
    listed = entry.get("metrics_list") if isinstance(entry, Mapping) else None
    if not isinstance(listed, list | tuple):
        return []
    return [one for one in listed if isinstance(one, Mapping)]


def number(value: Any) -> float | None:
    """Returns a finite number; ``None`` of anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)
