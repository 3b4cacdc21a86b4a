"""Gold: what is right by the row's own reference, in each usual dress, earns near the top.

Where a judge decides, a second verdict says what rules leave to it: before a judge that finds
nothing wrong, nothing is taken from what is right, and golden cases earn what they say of that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from touchstone.workbench.check.draws import spread
from touchstone.workbench.check.gold import at_best, golds
from touchstone.workbench.check.held import FINDS_NOTHING_WRONG
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.trial import Answered
from touchstone.workbench.check.verdict import Verdict, not_tried, smallest_of

MOST = 400  # golds; --all asks those of every row


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields a verdict over all golds, and one of rules alone; ``seen`` has each dress's share."""
    bounds = (subject.low, subject.high)
    trials = [trial for case in subject.cases for trial in golds(case, subject.template, bounds)]
    if not trials:
        yield not_tried(
            "gold", "no row says what is right: its reference cannot be written as a completion, "
            "and no golden case expects a high reward",
        )  # fmt: skip
        return
    what = f"right completions earn {subject.near_top:.2g} or more, or what their golden case says"
    asked = spread(trials, subject.seed)[:MOST]
    own = subject.ask(asked)
    if subject.stood_in:  # its marks are worth what a person has said of them
        own = [one for one in own if one.trial.band is not None]
        asked = [trial for trial in asked if trial.band is not None]
    if own:
        yield _verdict("gold", own, len(asked), what, subject)
    else:
        yield not_tried("gold", "only a judge can tell what is right, and the stand-in is none")
    if subject.held is not None:
        bare = [replace(trial, held="") for trial in trials if trial.band is None]
        stated = [one for case in subject.cases if (one := at_best(case)) is not None]
        if some := spread([*bare, *stated], subject.seed)[:MOST]:
            what = f"completions earn what they should before {FINDS_NOTHING_WRONG}"
            yield _verdict("gold:rules", subject.ask(some), len(some), what, subject)


def _verdict(
    name: str, answers: list[Answered], asked: int, what: str, subject: Subject
) -> Verdict:
    low = [one for one in answers if not earns(one, subject)]
    said = f"{len(answers) - len(low)} of {len(answers)} {what}{cut_short(answers, asked, subject)}"
    return Verdict(
        name, "falls_short" if low else "holds", said, len(answers), len(low),
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
