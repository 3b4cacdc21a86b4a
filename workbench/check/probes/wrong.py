"""Wrong: what a person calls wrong earns no more than that person says."""

from __future__ import annotations

from collections.abc import Iterator

from touchstone.workbench.check.draws import spread
from touchstone.workbench.check.gold import known_bad
from touchstone.workbench.check.probes.gold import MOST, cut_short
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.trial import Answered
from touchstone.workbench.check.verdict import Verdict, not_tried, smallest_of


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields one verdict over all golden cases that expect a low reward."""
    bounds = (subject.low, subject.high)
    trials = [trial for case in subject.cases for trial in known_bad(case, bounds)]
    if not trials or subject.stood_in:
        why = "no golden case expects a low reward"
        yield not_tried("wrong", why if not trials else "the offline stand-in judged")
        return
    answers = subject.ask(spread(trials, subject.seed)[:MOST])
    paid = [one for one in answers if _paid(one)]
    said = (
        f"{len(paid)} of {len(answers)} completions that a person calls wrong earn more than "
        f"their golden case says{cut_short(answers, min(len(trials), MOST), subject)}"
    )
    yield Verdict(
        "wrong", "falls_short" if paid else "holds", said, len(answers), len(paid),
        "wrong completions", smallest_of(paid),
    )  # fmt: skip


def _paid(one: Answered) -> bool:
    """Tells whether it earned too much; the number of an unscored row counts, none is a gain."""
    return one.reward is None or (one.trial.band is not None and one.reward > one.trial.band[1])
