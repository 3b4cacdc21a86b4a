"""Honest variants: what is right and written oddly earns what the plain gold earns.

A false negative teaches a model as much as a reward that was not earned, and is told as loudly.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from touchstone.workbench.check.draws import spread
from touchstone.workbench.check.gold import golds
from touchstone.workbench.check.probes.gold import cut_short, earns
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.trial import Answered, Trial
from touchstone.workbench.check.variants import variants
from touchstone.workbench.check.verdict import Verdict, not_tried, smallest_of

_GOLDS, _OF_A_KIND = 60, 40  # rows that variants are made of; variants of one kind
# Ours: how far below its gold a variant may be, of the whole range: odd style may cost a little.
LESS = 0.15


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields a verdict for each group of variants, each held against its own gold."""
    plain = _plain_golds(subject)
    if not plain:
        yield not_tried("variants", "no row has a gold that earns what it should")
        return
    trials = _trials(subject, plain)
    answers = subject.ask(trials)
    groups: dict[str, list[Answered]] = defaultdict(list)
    for one in answers:
        groups[one.trial.name.split(":")[1]].append(one)
    for group, some in sorted(groups.items()):
        yield _verdict(group, some, plain, subject)
    if rest := cut_short(answers, len(trials), subject):
        yield not_tried("variants:rest", rest.removeprefix("; "))


def _plain_golds(subject: Subject) -> dict[int, tuple[Answered, int]]:
    """Returns each row's first gold that earns what it should, by the row, with its case."""
    bounds = (subject.low, subject.high)
    firsts = [
        (found[0], at)
        for at, case in enumerate(subject.cases)
        if (found := golds(case, subject.template, bounds))
    ]
    some = spread(firsts, subject.seed)[:_GOLDS]
    answers = subject.ask(trial for trial, _ in some)
    return {
        id(one.trial.row): (one, at)
        for one, (_, at) in zip(answers, some, strict=False)
        if earns(one, subject)
    }


def _trials(subject: Subject, plain: dict[int, tuple[Answered, int]]) -> list[Trial]:
    """Returns the variants in a drawn order, so many of each kind at most."""
    made = [
        trial
        for gold, at in plain.values()
        for trial in variants(
            subject.cases[at],
            gold.trial,
            subject.template,
            stranger=subject.stranger,
            thinking_marks=subject.thinking_marks,
        )
    ]
    seen: Counter[str] = Counter()
    kept = []
    for trial in spread(made, subject.seed):
        seen[trial.name] += 1
        if seen[trial.name] <= _OF_A_KIND:
            kept.append(trial)
    return kept


def _verdict(
    group: str, some: list[Answered], plain: dict[int, tuple[Answered, int]], subject: Subject
) -> Verdict:
    low = [one for one in some if not _as_good(one, plain[id(one.trial.row)][0], subject)]
    kinds = Counter(one.trial.name.split(":", 1)[1] for one in low)
    said = f"{len(some) - len(low)} of {len(some)} earn what their gold earns"
    if kinds:
        said += f"; less do {', '.join(f'{kind} ({n})' for kind, n in kinds.most_common(3))}"
    smallest = smallest_of(low)
    return Verdict(
        f"variants:{group}", "falls_short" if low else "holds", said, len(some), len(low),
        "right completions", smallest, plain[id(smallest.trial.row)][0] if smallest else None,
        seen=dict(kinds),
    )  # fmt: skip


def _as_good(one: Answered, gold: Answered, subject: Subject) -> bool:
    if not one.scored or one.reward is None or gold.reward is None:
        return False
    return subject.share(one.reward) >= subject.share(gold.reward) - LESS
