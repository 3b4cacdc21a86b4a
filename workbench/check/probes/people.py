"""People: whether rewards agree with marks that people gave, and where they do not, why."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from touchstone.workbench.check.draws import rng_of
from touchstone.workbench.check.given import Given, given
from touchstone.workbench.check.marks import Kind
from touchstone.workbench.check.subject import Subject
from touchstone.workbench.check.trial import Answered
from touchstone.workbench.check.verdict import Verdict, not_tried
from touchstone.workbench.stats import (
    FEWEST,
    Estimate,
    Share,
    area,
    bootstrap,
    kappa,
    ranks,
    spearman,
    wilson,
)

# One completion: what it was given, and a person's mark of it.
Pair = tuple[float, float]
Group = Sequence[Pair]
_WORST, _DRAWS = 10, 400
_NAMES: dict[Kind, tuple[str, float]] = {
    "score": ("rank correlation", 0.0),
    "yes_no": ("area under the curve", 0.5),
    "pair": ("pairs in the right order", 0.5),
}


def run(subject: Subject) -> Iterator[Verdict]:
    """Yields the agreement with all marks; what disagrees most is in ``seen``.

    Agreement is Spearman's rank correlation for scores; for yes and no the area under the ROC
    curve, with Cohen's kappa beside it; for pairs the share in the right order, ties as halves.
    Its interval is over prompts. It falls short where the interval does not lie above what a
    grader would get by chance.
    """
    marked = [one for one in given(subject) if one.case.mark is not None]
    if not marked:
        yield not_tried("people", "no row has a person's mark: name its field with --labels")
        return
    scored = [one for one in marked if one.answered.scored]
    groups = by_prompt(scored)
    kind: Kind = marked[0].case.mark.kind if marked[0].case.mark else "score"
    if len(groups) < FEWEST:
        yield not_tried(
            "people", f"{len(groups)} prompts have marks and rewards; an interval needs {FEWEST}"
        )
        return
    yield _agreement(subject, kind, groups, len(marked) - len(scored))


def by_prompt(some: Sequence[Given]) -> list[list[Given]]:
    """Returns rollouts by prompt, in the order of the rows."""
    groups: dict[str, list[Given]] = defaultdict(list)
    for one in some:
        groups[one.prompt].append(one)
    return list(groups.values())


def agreement(kind: Kind, groups: Sequence[Group]) -> float:
    """Returns how far rewards follow marks; what 0, a half and 1 are depends on the kind.

    Args:
        kind: Of the marks.
        groups: Reward and mark of each completion, by prompt.
    """
    if kind == "pair":
        return _in_order(groups)
    pairs = list(itertools.chain.from_iterable(groups))
    return spearman(pairs) if kind == "score" else area(pairs)


def _agreement(
    subject: Subject, kind: Kind, groups: Sequence[Sequence[Given]], unscored: int
) -> Verdict:
    name, chance = _NAMES[kind]
    of = _pairs(groups, lambda one: one.reward or 0.0)
    found = _sure(bootstrap(of, lambda some: agreement(kind, some)), 2 * chance - 1, len(groups))
    worst = _worst(subject, kind, groups)
    short = found.low <= chance
    said = (
        f"{name} with people {found.value:.2f} ({found.low:.2f} to {found.high:.2f}), "
        f"over {len(groups)} prompts"
    )
    if unscored:
        said += f"; {unscored} marked rows could not be scored"
    if short:
        said += f": not shown to be above chance ({chance:g})"
    seen: dict[str, Any] = {"agreement": found.value, "low": found.low, "high": found.high}
    if kind == "yes_no":
        middle = (subject.low + subject.high) / 2
        said_yes = [(reward > middle, mark > 0.5) for reward, mark in itertools.chain(*of)]
        seen["kappa"] = kappa(said_yes)
    seen["criteria"] = _of_criteria(kind, groups)
    seen["worst"] = [_disagreement(subject, one, away) for away, one in worst]
    seen["weights"] = better_weights(subject.seed, kind, groups)
    rows = sum(map(len, groups))
    wrong = sum(away >= 0.5 for away, _ in _away(subject, kind, groups))
    return Verdict(
        "people", "falls_short" if short else "holds", said, rows, wrong, "marked rows",
        worst[0][1].answered if short and worst else None, seen=seen,
    )  # fmt: skip


def _sure(found: Estimate, lowest: float, prompts: int) -> Share:
    """Returns an agreement with an interval even where all draws agree, as perfectly alike.

    It then is Wilson's for as many trials as there are prompts, on the scale of the agreement.
    """
    if found.low is not None and found.high is not None:
        return Share(found.value, found.low, found.high)
    width = 1 - lowest
    ends = wilson((found.value - lowest) / width, prompts)
    return Share(found.value, lowest + width * ends.low, lowest + width * ends.high)


def _pairs(
    groups: Sequence[Sequence[Given]], value: Callable[[Answered], float]
) -> list[list[Pair]]:
    return [
        [(value(one.answered), one.case.mark.value if one.case.mark else 0.0) for one in group]
        for group in groups
    ]


def _in_order(groups: Sequence[Group]) -> float:
    """Returns the share of pairs of one prompt in the right order; a half of none."""
    right = total = 0.0
    for group in groups:
        better = [reward for reward, mark in group if mark > 0.5]
        worse = [reward for reward, mark in group if mark <= 0.5]
        for a, b in itertools.product(better, worse):
            right += area([(a, 1.0), (b, 0.0)])
            total += 1
    return right / total if total else 0.5


def _of_criteria(kind: Kind, groups: Sequence[Sequence[Given]]) -> dict[str, float]:
    """Returns how far each criterion alone follows the marks."""
    return {
        name: round(agreement(kind, _pairs(groups, lambda one, n=name: one.criteria[n])), 4)
        for name in _shared(groups)
    }


def _shared(groups: Sequence[Sequence[Given]]) -> list[str]:
    """Returns the criteria that every rollout has."""
    of_all = [set(one.answered.criteria) for group in groups for one in group]
    return [n for n in groups[0][0].answered.criteria if all(n in own for own in of_all)]


def _away(
    subject: Subject, kind: Kind, groups: Sequence[Sequence[Given]]
) -> list[tuple[float, Given]]:
    """Returns how far each reward is from its mark, 0..1, beside the rollout.

    Scores have a scale of their own, so that there ranks are held against each other.
    """
    some = [one for group in groups for one in group]
    marks = [one.case.mark.value if one.case.mark else 0.0 for one in some]
    rewards = [subject.share(one.answered.reward or 0.0) for one in some]
    if kind == "score":
        most = max(1, len(some) - 1)
        rewards, marks = ([(r - 1) / most for r in ranks(side)] for side in (rewards, marks))
    return [(abs(r - m), one) for r, m, one in zip(rewards, marks, some, strict=True)]


def _worst(
    subject: Subject, kind: Kind, groups: Sequence[Sequence[Given]]
) -> list[tuple[float, Given]]:
    away = _away(subject, kind, groups)
    return sorted(away, key=lambda one: (-one[0], one[1].answered.trial.size))[:_WORST]


def _disagreement(subject: Subject, one: Given, away: float) -> dict[str, Any]:
    """Returns a disagreement as data, with the criterion that is furthest on the reward's side."""
    mark = one.case.mark.value if one.case.mark else 0.0
    criteria = one.answered.criteria
    high = subject.share(one.answered.reward or 0.0) > 0.5
    cause = (max if high else min)(criteria, key=lambda name: criteria[name], default="")
    return {"mark": mark, "away": round(away, 4), "cause": cause, **one.answered.as_json()}


def better_weights(
    seed: int, kind: Kind, groups: Sequence[Sequence[Given]]
) -> dict[str, Any] | None:
    """Returns weights of the criteria that agree better, fitted on one half of the prompts.

    They are drawn, evenly over all weights that add up to 1, and the draw that agrees most on
    one half is held against the rewards as they are on the other.

    Returns:
        ``weights`` by criterion, and on the other half the agreement ``with`` them and
        ``without``; ``None`` where there are not two criteria and two halves of ``FEWEST``
        prompts.
    """
    names = _shared(groups)
    rng = rng_of(seed, "weights")
    mixed = rng.sample(list(groups), len(groups))
    fitted, held = mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]
    if len(names) < 2 or len(fitted) < FEWEST:
        return None
    draws = [[rng.expovariate(1) for _ in names] for _ in range(_DRAWS)]
    corners = [[float(a == b) for b in names] for a in names]
    best = max([*draws, *corners], key=lambda some: _with(kind, fitted, names, some))
    total = sum(best)
    return {
        "weights": {name: round(w / total, 3) for name, w in zip(names, best, strict=True)},
        "with": round(_with(kind, held, names, best), 4),
        "without": round(agreement(kind, _pairs(held, lambda one: one.reward or 0.0)), 4),
        "prompts": len(held),
    }


def _with(
    kind: Kind, groups: Sequence[Sequence[Given]], names: Sequence[str], weights: Sequence[float]
) -> float:
    return agreement(kind, _pairs(groups, lambda one: sum(
        weight * one.criteria[name] for name, weight in zip(names, weights, strict=True)
    )))  # fmt: skip
