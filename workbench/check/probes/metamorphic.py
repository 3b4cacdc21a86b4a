"""Metamorphic: what must hold between rewards, whatever they are.

A better answer never earns less; a change that nobody reads, the order of a batch and who else is
in it never matter; a repeat and a new process give the same number.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from touchstone.groups import same
from touchstone.workbench.aws import FunctionError, ServiceError
from touchstone.workbench.check.draws import rng_of, spread
from touchstone.workbench.check.gold import golds, known_bad
from touchstone.workbench.check.subject import SpentUp, Subject, number, placed
from touchstone.workbench.check.trial import Answered, Trial
from touchstone.workbench.check.verdict import Verdict, not_tried
from touchstone.workbench.check.worse import between_cases, ladders

_LADDERS, _TRIALS, _REPEATS = 120, 24, 4
_PLAIN = "This is a plain answer in a few ordinary words."
_UNREAD = "touchstone_check_unread"  # no grader reads a field of this name

Pair = tuple[Answered, Answered]


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields a verdict for each relation."""
    yield _order(subject)
    if subject.held is not None:
        yield _judge(subject)
    trials = _mixed(subject)
    warm = subject.ask(trials)
    for name, relation in _RELATIONS.items():
        try:
            yield relation(subject, warm)
        except SpentUp as exc:
            yield not_tried(f"metamorphic:{name}", str(exc))


def _mixed(subject: Subject) -> list[Trial]:
    """Returns rollouts of all sorts: right, wrong, half and beside the point."""
    bounds, made = (subject.low, subject.high), []
    for case in subject.cases:
        right = golds(case, subject.template, bounds)
        made += [*right[:2], *known_bad(case, bounds)]
        made.append(Trial(case.row, _PLAIN, "plain", "it answers nothing"))
        if right:
            half = right[0].completion[: right[0].size // 2]
            made.append(Trial(case.row, half, "half", "the gold, cut off in its middle"))
    return spread(made, subject.seed)[:_TRIALS]


def _order(subject: Subject) -> Verdict:
    """Asks ladders, and holds each rung against the one below it."""
    bounds = (subject.low, subject.high)
    made = [ladder for case in subject.cases for ladder in ladders(case, subject.template, bounds)]
    some = [
        *between_cases(list(subject.cases), bounds), *spread(made, subject.seed)
    ][:_LADDERS]  # fmt: skip
    if not some:
        return not_tried("metamorphic:order", "no row says what would be a worse answer")
    answers = iter(subject.ask(itertools.chain.from_iterable(some)))
    pairs: list[Pair] = []
    for ladder in some:
        rungs = list(itertools.islice(answers, len(ladder)))
        pairs += itertools.pairwise(rungs)
    wrong = [(a, b) for a, b in pairs if _both(a, b) and _less(a, b)]
    found = _of_pairs("order", pairs, wrong, "a better answer never earns less")
    if wrong:
        kinds = sorted({worse.trial.name for _, worse in wrong})
        found = replace(found, said=f"{found.said}; it does in {', '.join(kinds[:3])}")
    return found


def _judge(subject: Subject) -> Verdict:
    """Turns one question of the judge's after the other from the best to the lowest level.

    A lower level never earns more; of a template, each question is heard: it moves some
    criterion of some gold.
    """
    bounds, name = (subject.low, subject.high), "metamorphic:judge"
    found = [golds(case, subject.template, bounds)[:1] for case in subject.cases]
    some = spread(list(itertools.chain.from_iterable(found)), subject.seed)[:_TRIALS]
    if not some:
        return not_tried(name, "no row says what is right")
    best = subject.ask(replace(gold, held="") for gold in some)
    pairs: list[Pair] = []
    heard: set[str] = set()
    for question in sorted(subject.questions):
        lower = subject.ask(replace(one.trial, held=question) for one in best)
        pairs += zip(best, lower, strict=False)
        if any(_moved(a, b) for a, b in zip(best, lower, strict=False)):
            heard.add(question)
    if not pairs:
        return not_tried(name, "rules decide these rows, and no judge is asked")
    wrong = [(a, b) for a, b in pairs if _both(a, b) and _less(a, b)]
    verdict = _of_pairs("judge", pairs, wrong, "a lower mark of the judge's never earns more")
    unheard = sorted(subject.questions - heard)
    if wrong or not unheard or not subject.template:
        return verdict
    said = f"the judge is asked, and nothing hears what it says, of {', '.join(unheard)}"
    return replace(
        verdict, status="falls_short", said=said, failed=len(unheard), tried=len(subject.questions),
        of="questions", smallest=best[0],
    )  # fmt: skip


def _moved(one: Answered, other: Answered) -> bool:
    return one.reward != other.reward or one.criteria != other.criteria


def _irrelevant(subject: Subject, warm: Sequence[Answered]) -> Verdict:
    """Changes what nobody reads: a field of the row, and the order of its keys."""
    pairs: list[Pair] = []
    for change in (_with_field, _keys_turned, _with_id):
        again = subject.ask(replace(one.trial, row=change(one.trial.row)) for one in warm)
        pairs += zip(warm, again, strict=False)
    return _alike("irrelevant", pairs, "a change that nobody reads never matters")


def _with_field(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, _UNREAD: "text", "metadata": {**_object(row.get("metadata")), _UNREAD: [1, 2]}}


def _keys_turned(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(list(row.items())[::-1])


def _with_id(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "id": "another-id"}


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _batch(subject: Subject, warm: Sequence[Answered]) -> Verdict:
    """Asks the same rows turned round, mixed, and each alone."""
    pairs: list[Pair] = []
    orders = [list(reversed(warm)), rng_of(subject.seed, "batch").sample(list(warm), len(warm))]
    for order in orders:
        pairs += zip(order, subject.ask(one.trial for one in order), strict=False)
    for one in warm:
        pairs += zip([one], subject.ask([one.trial]), strict=False)
    return _alike("batch", pairs, "order and neighbours in a batch never matter")


def _repeat(subject: Subject, warm: Sequence[Answered]) -> Verdict:
    """Asks the same again; says what share of flips so many repeats would have shown."""
    pairs: list[Pair] = []
    for _ in range(_REPEATS):
        pairs += zip(warm, subject.ask(one.trial for one in warm), strict=False)
    found = _alike("repeat", pairs, "a repeat gives the same number")
    count = found.tried
    if not count:
        return found
    rate = 1 - 0.05 ** (1 / count)
    power = f"{count} repeats show a flip rate of {rate:.1%} with a probability of 95 %"
    return replace(found, said=f"{found.said}; {power}", seen={"shows_flip_rate": round(rate, 4)})


def _cold(subject: Subject, warm: Sequence[Answered]) -> Verdict:
    """Asks a new process, whose hashes, caches and order of sets are others."""
    fresh = subject.fresh
    if fresh is None:
        return not_tried(
            "metamorphic:cold", "a new process of a deployed function cannot be asked for"
        )
    events = [subject.event(one.trial) for one in warm]
    try:
        reply = subject.send(lambda: fresh(events), len(events))
    except (FunctionError, ServiceError) as exc:
        return not_tried("metamorphic:cold", str(exc))
    pairs = [
        (one, replace(one, reward=number(entry.get("aggregate_reward_score")),
                      outcome=str(entry.get("outcome", "scored"))))
        for one, entry in zip(warm, placed(events, reply), strict=True)
    ]  # fmt: skip
    return _alike("cold", pairs, "a new process gives the same number")


_RELATIONS: dict[str, Callable[[Subject, Sequence[Answered]], Verdict]] = {
    "irrelevant": _irrelevant,
    "batch": _batch,
    "repeat": _repeat,
    "cold": _cold,
}


def _alike(name: str, pairs: Sequence[Pair], law: str) -> Verdict:
    wrong = [(a, b) for a, b in pairs if not _equal(a, b)]
    return _of_pairs(name, pairs, wrong, law)


def _of_pairs(name: str, pairs: Sequence[Pair], wrong: Sequence[Pair], law: str) -> Verdict:
    name = f"metamorphic:{name}"
    if not pairs:
        return not_tried(name, "no row could be asked twice")
    if not wrong:
        return Verdict(name, "holds", f"{law}: {len(pairs)} pairs", len(pairs), 0, "pairs")
    first, second = min(wrong, key=lambda pair: pair[0].trial.size + pair[1].trial.size)
    said = f"{law}, but {len(wrong)} of {len(pairs)} pairs differ: {first.shown} and {second.shown}"
    return Verdict(name, "falls_short", said, len(pairs), len(wrong), "pairs", second, first)


def _both(one: Answered, other: Answered) -> bool:
    return one.scored and other.scored


def _less(better: Answered, worse: Answered) -> bool:
    a, b = better.reward or 0.0, worse.reward or 0.0
    return a < b and not same(a, b)


def _equal(one: Answered, other: Answered) -> bool:
    """Tells whether two ended alike; the number of an unscored row is its siblings' matter."""
    if not _both(one, other):
        return one.outcome == other.outcome
    return same(one.reward or 0.0, other.reward or 0.0)
