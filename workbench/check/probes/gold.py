"""Gold: what is right by the row's own reference, in each usual dress, earns near the top."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from workbench.check.draws import spread
from workbench.check.gold import golds
from workbench.check.subject import Subject
from workbench.check.trial import Answered
from workbench.check.verdict import Verdict, not_tried, smallest_of

MOST = 400  # golds; --all asks those of every row


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields one verdict over all golds; ``seen`` has each dress's share."""
    bounds = (subject.low, subject.high)
    trials = [trial for case in subject.cases for trial in golds(case, subject.template, bounds)]
    if not trials:
        yield not_tried(
            "gold", "no row says what is right: its reference cannot be written as a completion, "
            "and no golden case expects a high reward",
        )  # fmt: skip
        return
    answers = subject.ask(spread(trials, subject.seed)[:MOST])
    low = [one for one in answers if not earns(one, subject)]
    asked = min(len(trials), MOST)
    said = (
        f"{len(answers) - len(low)} of {len(answers)} right completions earn "
        f"{subject.near_top:.2g} or more, or what their golden case says"
        f"{cut_short(answers, asked, subject)}"
    )
    yield Verdict(
        "gold", "falls_short" if low else "holds", said, len(answers), len(low),
        "right completions", smallest_of(low), seen=by_dress(answers, subject),
    )  # fmt: skip


def earns(one: Answered, subject: Subject) -> bool:
    """Tells whether a right completion earned what it should.

    A golden case's own band decides where it has one, as a person may know why it earns less.
    """
    if not one.scored or one.reward is None:
        return False
    if one.trial.band is not None:
        return one.trial.band[0] <= one.reward <= one.trial.band[1]
    return one.reward >= subject.near_top


def cut_short(answers: list[Answered], asked: int, subject: Subject) -> str:
    """Returns that fewer were tried than were asked, and why; ``""`` where all were."""
    if len(answers) == asked:
        return ""
    return f"; {asked - len(answers)} more were not tried: {subject.spent}"


def by_dress(answers: list[Answered], subject: Subject) -> dict[str, str]:
    """Returns how many of each dress earned what they should."""
    found: dict[str, list[bool]] = defaultdict(list)
    for one in answers:
        found[one.trial.name].append(earns(one, subject))
    return {name: f"{sum(right)} of {len(right)}" for name, right in sorted(found.items())}
