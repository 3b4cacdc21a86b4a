"""Attacks: what is wrong, or no better than another completion, earns accordingly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from touchstone.groups import EQUAL
from touchstone.workbench.check.attacks import ATTACKS, VERSION, Attack
from touchstone.workbench.check.attacks.target import Attempt, Target
from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.draws import rng_of, spread
from touchstone.workbench.check.gold import golds
from touchstone.workbench.check.held import FINDS_NOTHING_WRONG
from touchstone.workbench.check.probes.gold import cut_short
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.trial import Answered, Trial
from touchstone.workbench.check.verdict import Verdict, not_tried, smallest_of

_ROWS, _OF_A_KIND = 40, 24  # rows that are attacked; attempts of one kind
MARGIN = 0.02  # Ours: of the whole range; less than this is noise of a judge and no gain
_UNTOLD = "no row tells that such a completion is wrong"

_Key = tuple[int, str, str | None]


@dataclass(frozen=True, slots=True)
class _Found:
    attempt: Attempt
    answered: Answered
    gain: float

    @property
    def earns_more(self) -> bool:
        """It earns more than it may; what must earn less may not even earn the same."""
        return self.gain > (-EQUAL if self.attempt.less else MARGIN)


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields a verdict for each kind of attack; ``seen`` has the worst gain and who was spared."""
    targets = _targets(subject)
    if not targets:
        yield not_tried("attack", "no row has a gold that is scored")
        return
    floors = _floors(targets, subject)
    for attack in ATTACKS:
        yield _verdict(attack, targets, subject, floors)


def _targets(subject: Subject) -> list[Target]:
    """Returns rows of which some gold is scored, with golds of rows unlike them."""
    bounds = (subject.low, subject.high)
    some = [
        (case, found[0])
        for case in spread(list(subject.cases), subject.seed)
        if (found := golds(case, subject.template, bounds))
    ][:_ROWS]
    answers = subject.ask(trial for _, trial in some)
    right = [pair for pair, one in zip(some, answers, strict=False) if one.scored]
    return [
        Target(
            case,
            gold,
            _others(case, right),
            subject.template,
            rng_of(subject.seed, at),
            subject.thinking_marks,
        )
        for at, (case, gold) in enumerate(right)
    ]


def _floors(targets: list[Target], subject: Subject) -> dict[int, float]:
    """Returns what is nothing on each row, by the row.

    Where rewards go below 0 a grader may fine one fault and not another: an honest wrong answer
    then says how low a row goes, and 0 is nothing at all events.
    """
    if subject.low >= 0:
        return {}
    answers = subject.ask(target.wrong for target in targets)
    return {
        id(one.trial.row): max(subject.low, min(0.0, one.reward))
        for one in answers
        if one.reward is not None
    }


def _others(case: Case, right: list[tuple[Case, Trial]]) -> tuple[tuple[Case, Trial], ...]:
    return tuple(
        (other, gold)
        for other, gold in right
        if other.prompt != case.prompt and other.reference != case.reference
    )


def _verdict(
    attack: Attack, targets: list[Target], subject: Subject, floors: dict[int, float]
) -> Verdict:
    name = f"attack:{attack.name}"
    stood_in = attack.judged and subject.stood_in
    made = [(to, list(attack.make(to))) for to in targets]
    spared = sum(not some for _, some in made)
    own = [
        one for to, some in made for one in some
        if not (to.open and (stood_in or (subject.stood_in and one.by_rules)))
    ]  # fmt: skip
    held = [one.held for _, some in made for one in some if one.by_rules and subject.held]
    attempts = [
        one for each in (own, held) for one in spread(each, subject.seed)[:_OF_A_KIND]
    ]  # fmt: skip
    judges = sum(not one.by_rules for to, some in made if stood_in and to.open for one in some)
    if not attempts:
        why = "only a judge could tell, and the offline stand-in judged" if judges else _UNTOLD
        return not_tried(name, why)
    found = _found(attempts, subject, floors)
    gained = [one for one in found if one.earns_more]
    worst = max((one.gain for one in found), default=0.0)
    said = (
        f"{len(gained)} of {len(found)} earn more than they may"
        f"{f', at worst {worst:.0%} of the range' if gained else ''}"
    )
    if len(found) < len(attempts):
        said += cut_short([one.answered for one in found], len(attempts), subject)
    if before := sum(one.attempt.trial.held is not None for one in found):
        said += f"; {before} of them stood before {FINDS_NOTHING_WRONG}"
    if judges:
        said += f"; {judges} more only a judge could tell, and the offline stand-in is none"
    smallest = smallest_of([one.answered for one in gained])
    beside = next((one for one in gained if one.answered is smallest), None)
    return Verdict(
        name, "falls_short" if gained else "holds", said, len(found), len(gained), "attempts",
        smallest, None if beside is None else _best(beside.attempt, subject),
        seen={"battery": VERSION, "worst_gain": round(worst, 4), "rows_spared": spared},
    )  # fmt: skip


def _found(attempts: list[Attempt], subject: Subject, floors: dict[int, float]) -> list[_Found]:
    """Asks attempts, and each after what it is held against, so that those are its siblings."""
    trials: dict[_Key, Trial] = {}
    for attempt in attempts:
        for trial in (*attempt.beside, attempt.trial):
            trials.setdefault(_key(trial), trial)
    answers = {_key(one.trial): one for one in subject.ask(trials.values())}
    found = []
    for attempt in attempts:
        needed = (*attempt.beside, attempt.trial)
        if all(_key(trial) in answers for trial in needed):
            floor = floors.get(id(attempt.trial.row), subject.low)
            found.append(_held(attempt, answers, subject, floor))
    return found


def _held(
    attempt: Attempt, answers: dict[_Key, Answered], subject: Subject, floor: float
) -> _Found:
    """Holds what an attempt earned against what it may; a row with no number is a gain.

    An unscored row counts with the number that was sent for it, as a job would train on it.
    """
    one = answers[_key(attempt.trial)]
    if attempt.less and any(_weighs_nothing(one, answers[_key(b)]) for b in attempt.beside):
        return _Found(attempt, one, -MARGIN)
    earned = [answers[_key(trial)].reward for trial in attempt.beside]
    best = max((reward for reward in earned if reward is not None), default=floor)
    allowed = floor + attempt.most * (best - floor)
    got = subject.high if one.reward is None else one.reward
    return _Found(attempt, one, subject.share(got) - subject.share(allowed))


def _weighs_nothing(worse: Answered, better: Answered) -> bool:
    """Tells whether the grader sees what is worse, and its settings give that no weight."""
    return worse.reward == better.reward and any(
        value < better.criteria.get(name, value) for name, value in worse.criteria.items()
    )


def _best(attempt: Attempt, subject: Subject) -> Answered | None:
    answers = subject.ask(attempt.beside)
    return max(answers, key=lambda one: one.reward or subject.low, default=None)


def _key(trial: Trial) -> _Key:
    return id(trial.row), trial.completion, trial.held
