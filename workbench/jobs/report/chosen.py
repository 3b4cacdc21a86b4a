"""Which rollouts explain a job's curves: at most ten, each chosen by a rule that is told.

The same rollouts give the same choice: ties go to the earlier row. The rows are read twice,
so that only their figures, and not their texts, are held in memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from touchstone.groups import is_flat, quantile, same

MOST = 10
_MOST_KINDS = 2
# Robust deviations of the length above which an answer is an outlier (Iglewicz, Hoaglin 1993).
_OUTLIER = 3.5
_TO_SIGMA = 1.4826
_HIGH_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Chosen:
    """A rollout with the reason that it was chosen for.

    Attributes:
        title: The rule's name.
        why: The rule, with this rollout's figures.
        row: The rollout as it was kept.
        length: Of its completion, in characters.
        advantage: Its reward less its group's mean; ``None`` without one.
    """

    title: str
    why: str
    row: dict[str, Any]
    length: int
    advantage: float | None


@dataclass(frozen=True, slots=True)
class _Figures:
    """What a choice needs to know of a row."""

    place: int
    step: int
    group: str
    reward: float | None
    length: int
    outcome: str
    spread: float


_Pick = tuple[str, str, _Figures]


def choose(rows: Callable[[], Iterable[dict[str, Any]]]) -> tuple[list[Chosen], int]:
    """Returns the chosen rollouts in the order of the rules, and how many there were.

    Args:
        rows: Gives the job's rollouts, the same each time.
    """
    figures = [_figures(place, row) for place, row in enumerate(rows())]
    groups = _groups(figures)
    picks: list[_Pick] = []
    taken: set[int] = set()
    for title, why, pick in _candidates(figures, groups, taken):
        if pick.place not in taken and len(picks) < MOST:
            taken.add(pick.place)
            picks.append((title, why, pick))
    found = {place: row for place, row in enumerate(rows()) if place in taken}
    chosen = [
        Chosen(title, why, found[pick.place], pick.length, _advantage(pick, groups))
        for title, why, pick in picks
    ]
    return chosen, len(figures)


def _figures(place: int, row: dict[str, Any]) -> _Figures:
    criteria = list((row.get("metrics") or {}).values())
    spread = max(criteria) - min(criteria) if criteria else 0.0
    return _Figures(
        place, row["step"], str(row.get("group", "")), row.get("reward"),
        len(row.get("completion") or ""), row.get("outcome", "scored"), spread,
    )  # fmt: skip


_Groups = dict[tuple[int, str], list[float]]


def _groups(figures: Sequence[_Figures]) -> _Groups:
    """Returns the rewards of each prompt's rollouts, step by step."""
    groups: defaultdict[tuple[int, str], list[float]] = defaultdict(list)
    for one in figures:
        if one.reward is not None:
            groups[one.step, one.group].append(one.reward)
    return groups


def _advantage(one: _Figures, groups: _Groups) -> float | None:
    return None if one.reward is None else one.reward - fmean(groups[one.step, one.group])


def _candidates(figures: Sequence[_Figures], groups: _Groups, taken: set[int]) -> Iterator[_Pick]:
    """Yields what each rule would choose, knowing what was taken before it is asked."""
    scored = [one for one in figures if one.reward is not None]
    if scored:
        first, last = scored[0].step, max(one.step for one in scored)
        third = (last - first) / 3
        early = [one for one in scored if one.step <= first + third]
        late = [one for one in scored if one.step >= last - third]
        yield from _advantages("early", early, groups)
        yield from _advantages("late", late, groups)
        yield _typical(late)
        yield from _hack(scored)
        yield from _flat([one for one in scored if one.place not in taken], groups)
    yield from _unscored(figures)
    if scored:
        yield from _rest(scored)


def _advantages(when: str, some: Sequence[_Figures], groups: _Groups) -> Iterator[_Pick]:
    """Yields what the update pulled hardest towards, and pushed hardest away from."""
    told = [(one, _advantage(one, groups) or 0.0) for one in some]
    best = max(told, key=lambda pair: pair[1])
    worst = min(told, key=lambda pair: pair[1])
    for (one, advantage), way, what in (
        (best, "above", "reinforced most"),
        (worst, "below", "discouraged most"),
    ):
        if not same(advantage, 0.0):
            yield (
                f"{when.capitalize()}: {what}",
                f"Of the {when} third of the steps, the reward furthest {way} the mean of its "
                f"own group: {advantage:+.3f}.",
                one,
            )


def _typical(late: Sequence[_Figures]) -> _Pick:
    """Returns what an ordinary answer looks like in the end."""
    reward = quantile([one.reward for one in late if one.reward is not None], 0.5)
    length = quantile([one.length for one in late], 0.5)
    pick = min(late, key=lambda o: (abs((o.reward or 0.0) - reward), abs(o.length - length)))
    why = (
        f"Of the late third, the nearest to the median reward ({reward:.3f}), then to the median "
        f"length ({length:,.0f} characters)."
    )
    return "Most typical", why, pick


def _hack(scored: Sequence[_Figures]) -> Iterator[_Pick]:
    """Yields a high reward for an answer of a very unusual length, the commonest trick."""
    middle = quantile([one.length for one in scored], 0.5)
    deviation = _TO_SIGMA * quantile([abs(one.length - middle) for one in scored], 0.5) or 1.0
    rewards = [one.reward for one in scored if one.reward is not None]
    bar = quantile(rewards, _HIGH_SHARE)
    if same(bar, min(rewards)):
        return
    high = [one for one in scored if one.reward is not None and one.reward >= bar]
    pick = max(high, key=lambda one: abs(one.length - middle))
    far = abs(pick.length - middle) / deviation
    if far > _OUTLIER:
        yield (
            "Suspected hack",
            f"Of the best tenth by reward ({bar:.3f} and up), the length furthest from the median: "
            f"{pick.length:,} characters against {middle:,.0f}, {far:,.0f} robust deviations "
            f"(more than {_OUTLIER:g} count). Read it: is it worth its reward?",
            pick,
        )


def _flat(scored: Sequence[_Figures], groups: _Groups) -> Iterator[_Pick]:
    """Yields one answer of the commonest kind of group that taught nothing."""
    flat = {key: r for key, r in groups.items() if len(r) > 1 and is_flat(r)}
    if not flat:
        return
    value, count = Counter(rewards[0] for rewards in flat.values()).most_common(1)[0]
    of_value = {key for key, rewards in flat.items() if rewards[0] == value}
    some = [one for one in scored if (one.step, one.group) in of_value]
    if some:
        yield (
            "Of a flat group",
            f"Every rollout of its prompt earned {value:.3f}, so none was told from another: the "
            f"commonest kind of flat group ({count} of {len(flat)}), the latest.",
            max(some, key=lambda one: one.step),
        )


def _unscored(figures: Sequence[_Figures]) -> Iterator[_Pick]:
    """Yields the first of each of the commonest kinds of fault."""
    kinds = Counter(one.outcome for one in figures if one.reward is None)
    for outcome, count in kinds.most_common(_MOST_KINDS):
        kind = outcome.removeprefix("unscored:")
        pick = next(one for one in figures if one.reward is None and one.outcome == outcome)
        yield (
            f"Unscored: {kind}",
            f"The first of {count} that could not be scored for this reason.",
            pick,
        )


def _rest(scored: Sequence[_Figures]) -> Iterator[_Pick]:
    """Yields what fills the ten where other rules chose nothing."""
    apart = max(scored, key=lambda one: one.spread)
    if apart.spread > 0:
        yield (
            "Criteria at odds",
            f"Its criteria lie furthest apart: {apart.spread:.3f} between the best and the worst.",
            apart,
        )
    yield "Longest", "The longest completion.", max(scored, key=lambda one: one.length)
    yield "Shortest", "The shortest completion.", min(scored, key=lambda one: one.length)
    newest = [one for one in scored if one.step == scored[-1].step]
    yield (
        "Newest and best",
        "The highest reward of the last step.",
        max(newest, key=lambda one: one.reward or 0.0),
    )
