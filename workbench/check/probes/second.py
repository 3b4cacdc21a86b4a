"""Second opinion: how often another checker, which shares no code, says otherwise.

It measures false negatives above all: right answers that a grader does not know. A disagreement
is no proof, so each is shown, and only many of them count.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.draws import spread
from touchstone.workbench.check.given import given
from touchstone.workbench.check.gold import RIGHT, golds
from touchstone.workbench.check.second import SECOND, opened
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.trial import Answered, Trial
from touchstone.workbench.check.verdict import Verdict, not_tried, smallest_of
from touchstone.workbench.stats import wilson

# Ours: with fewer disagreements than this, the second checker is as likely to be wrong.
_ALLOWED = 0.05
_MOST, _SHOWN = 120, 20


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields the share of right answers, by the second checker, that earn less than half."""
    if subject.template not in SECOND:
        yield not_tried("second", "no other checker can decide these rows")
        return
    pairs = _asked(subject)
    opinions: list[tuple[Answered, bool]] = []
    opinion, what = SECOND[subject.template]
    with opened() as sandbox:
        for case, one in pairs:
            said = opinion(case, one.trial.completion, sandbox)
            if said is not None and one.scored:
                opinions.append((one, said))
    if not pairs:
        yield not_tried("second", "no row brings a rollout, or a reference that can be written out")
        return
    if not opinions:
        yield not_tried("second", f"{what}, can decide none of {len(pairs)} completions")
        return
    yield _verdict(subject, what, opinions, len(pairs))


def _asked(subject: Subject) -> list[tuple[Case, Answered]]:
    """Returns rollouts of the rows, or else what is right by their references.

    Golden cases are left out: there a person decided, knowing the odd case.
    """
    some = [(one.case, one.answered) for one in given(subject)]
    if some:
        return spread(some, subject.seed)[:_MOST]
    bounds = (subject.low, subject.high)
    made = [
        (case, trial)
        for case in subject.cases
        for trial in golds(case, subject.template, bounds)
        if trial.band is None
    ]
    chosen: list[tuple[Case, Trial]] = spread(made, subject.seed)[:_MOST]
    answers = subject.ask(trial for _, trial in chosen)
    return [(case, one) for (case, _), one in zip(chosen, answers, strict=False)]


def _verdict(
    subject: Subject, what: str, opinions: list[tuple[Answered, bool]], asked: int
) -> Verdict:
    right = [one for one, said in opinions if said]
    wrong = [one for one, said in opinions if not said]
    unpaid = [one for one in right if subject.share(one.reward or 0.0) < RIGHT]
    paid = [one for one in wrong if (one.reward or 0.0) >= subject.near_top]
    many = bool(right) and wilson(len(unpaid) / len(right), len(right)).low > _ALLOWED
    said = (
        f"{what}: of {len(right)} that it finds right {len(unpaid)} earn less than half, of "
        f"{len(wrong)} that it finds wrong {len(paid)} earn near the top; "
        f"{asked - len(opinions)} it cannot decide"
    )
    seen: dict[str, Any] = {
        "right_and_unpaid": [one.as_json() for one in unpaid[:_SHOWN]],
        "wrong_and_paid": [one.as_json() for one in paid[:_SHOWN]],
    }
    return Verdict(
        "second", "falls_short" if many else "holds", said, len(right), len(unpaid),
        "right completions", smallest_of(unpaid) if many else None, seen=seen,
    )  # fmt: skip
