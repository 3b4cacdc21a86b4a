"""The rollouts that came with the rows, graded once for all probes that look at them."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.trial import Answered, Trial
from touchstone.workbench.forecast.rollouts import Rollout, Rollouts, prompt_key


@dataclass(frozen=True, slots=True)
class Given:
    """A rollout of the user's, and what the grader made of it.

    Attributes:
        case: The row that it came with.
        answered: Its reward.
        prompt: The same for rollouts of one prompt.
    """

    case: Case
    answered: Answered
    prompt: str


def given(subject: Subject) -> list[Given]:
    """Returns the graded rollouts, as many as time and money allow; empty without any.

    Raises:
        SpentUp: Not one of them could be asked any more.
    """
    cases = [case for case in subject.cases if is_rollout(case)]
    if subject.given is None and cases:
        began = time.monotonic()
        subject.given = subject.ask(_trial(case) for case in cases)
        subject.given_s = time.monotonic() - began
    answers = subject.given or []
    return [
        Given(case, one, prompt_key(subject.event(one.trial)) or "")
        for case, one in zip(cases, answers, strict=False)
    ]


def is_rollout(case: Case) -> bool:
    """Tells whether a row brought a completion of a model; a golden case's is a person's."""
    return case.completion is not None and case.expect is None


def as_rollouts(some: list[Given], seconds: float) -> Rollouts:
    """Returns graded rollouts as a forecast reads them.

    Args:
        some: The rollouts.
        seconds: What grading them took.
    """
    unscored = Counter(
        one.answered.outcome.removeprefix("unscored:") for one in some if not one.answered.scored
    )
    made = Rollouts(unscored=unscored, calls=[(seconds, len(some))])
    for one in some:
        if one.answered.scored and one.answered.reward is not None:
            length = one.answered.trial.size
            rollout = Rollout(one.answered.reward, one.answered.criteria, length)
            made.groups.setdefault(one.prompt, []).append(rollout)
    return made


def _trial(case: Case) -> Trial:
    return Trial(case.row, case.completion or "", "rollout", "it is a rollout of the rows")
