"""What changed between two runs over the same rows: in the mean, in rows, and inside groups.

Rows are paired by what they hold, so that neither order nor ids matter.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from touchstone.groups import EQUAL, advantages, is_flat, same
from touchstone.workbench.runs.run import Row, Run
from touchstone.workbench.stats import Estimate, bootstrap

_MOST = 10  # of the rows that changed, shown in a terminal
_MANY = 2000  # groups, from which fewer draws are exact enough
_WINDOWS = 10  # of time, into which rollouts without steps are parted
_FEWEST = 16  # of them in a window
_Pair = tuple[Row, Row]


@dataclass(frozen=True, slots=True)
class Groups:
    """What became of the groups of rollouts that both runs scored at least two of.

    Attributes:
        groups: How many.
        flat_before: Of these, whose rewards were all equal.
        flat_after: Likewise, in the second run.
        flipped: Groups in which some rollout was better than another, and is worse now.
        turned: Rollouts whose advantage has the other sign now.
        rollouts: Rollouts in these groups.
    """

    groups: int = 0
    flat_before: int = 0
    flat_after: int = 0
    flipped: int = 0
    turned: int = 0
    rollouts: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """What changed among some of the rollouts that both runs scored.

    Attributes:
        scored: How many.
        mean_before: Of these; likewise ``mean_after``.
        mean_after: See ``mean_before``.
        groups: What became of groups.
    """

    scored: int
    mean_before: float
    mean_after: float
    groups: Groups


@dataclass(frozen=True, slots=True)
class Step(Part):
    """What changed among the rollouts of one step of training.

    Attributes:
        step: Which.
    """

    step: int


@dataclass(frozen=True, slots=True)
class Window(Part):
    """What changed among the rollouts that were graded after one another.

    Attributes:
        since: When the first run graded the first of them, ISO 8601 in UTC.
        until: Likewise the last.
    """

    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A rollout whose advantage has the other sign: training would have done the opposite.

    Attributes:
        before: Its row in the first run.
        after: In the second.
        was: Its advantage in the first, in standard deviations of its group.
        now: In the second.
    """

    before: Row
    after: Row
    was: float
    now: float


@dataclass(frozen=True, slots=True)
class _Group:
    """What became of the rollouts of one prompt, and of one step."""

    pairs: list[_Pair]
    flat_before: bool = False
    flat_after: bool = False
    flipped: bool = False
    turns: Sequence[Turn] = ()


@dataclass(slots=True)
class Diff:
    """The difference of two runs.

    Attributes:
        before: Rows of the first run.
        after: Rows of the second.
        paired: Rows in both.
        mean_before: Of the pairs that both scored; ``None`` where there are none.
        mean_after: Likewise.
        gain: Second less first over these pairs, resampled by prompt; ``None`` likewise.
        changed: Pairs that both scored, with another reward.
        lost: Pairs that only the first scored.
        won: Pairs that only the second scored.
        groups: What became of groups.
        usd_before: What judges took in the first run.
        usd_after: In the second.
        most: The pairs that changed most, the largest change first.
        turns: Rollouts whose advantage turned most, likewise.
        steps: What changed step by step, where rows have steps.
        windows: What changed in the order of time, where no row has a step and rows tell when
            they were graded. A step may lie in two windows, and a window hold several.
    """

    before: int = 0
    after: int = 0
    paired: int = 0
    mean_before: float | None = None
    mean_after: float | None = None
    gain: Estimate | None = None
    changed: int = 0
    lost: int = 0
    won: int = 0
    groups: Groups = field(default_factory=Groups)
    usd_before: float = 0.0
    usd_after: float = 0.0
    most: list[_Pair] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)


def diff(before: Run, after: Run, most: int = _MOST, steps: range | None = None) -> Diff:
    """Returns what changed from one run to another.

    Args:
        before: The first.
        after: The second.
        most: How many of the pairs that changed most to keep.
        steps: Of training, whose rollouts alone are compared; all rows by default.

    Raises:
        NoSuchSteps: A run has no row of these steps.
    """
    if steps is not None:
        before.check_steps(steps)
        after.check_steps(steps)
    found, first = Diff(), defaultdict[bytes, list[Row]](list)
    for row in before.rows(steps=steps):
        found.before += 1
        found.usd_before += row.usd
        first[row.same].append(row)
    for waiting in first.values():
        waiting.reverse()
    pairs: list[_Pair] = []
    for row in after.rows(steps=steps):
        found.after += 1
        found.usd_after += row.usd
        if first.get(row.same):
            pairs.append((first[row.same].pop(), row))
    found.paired = len(pairs)
    _count(found, pairs, most)
    return found


def _count(found: Diff, pairs: Sequence[_Pair], most: int) -> None:
    scored = [(a, b) for a, b in pairs if a.reward is not None and b.reward is not None]
    found.lost = sum(a.reward is not None and b.reward is None for a, b in pairs)
    found.won = sum(a.reward is None and b.reward is not None for a, b in pairs)
    moved = [(a, b) for a, b in scored if not same(_of(a), _of(b))]
    found.changed = len(moved)
    found.most = sorted(moved, key=lambda pair: -abs(_of(pair[1]) - _of(pair[0])))[:most]
    if not scored:
        return
    found.mean_before = math.fsum(_of(a) for a, _ in scored) / len(scored)
    found.mean_after = math.fsum(_of(b) for _, b in scored) / len(scored)
    together = _together(scored)
    found.gain = _gain(together)
    groups = list(map(_changed, together))
    found.groups = _groups(groups)
    turns = (turn for group in groups for turn in group.turns)
    found.turns = sorted(turns, key=lambda turn: -abs(turn.now - turn.was))[:_MOST]
    by_step = defaultdict[int, list[_Group]](list)
    for group in groups:
        if (step := group.pairs[0][0].step) is not None:
            by_step[step].append(group)
    found.steps = [Step(*_part(by_step[step]), step) for step in sorted(by_step)]
    if not found.steps:
        windows = list(_windows([pair for pair in scored if pair[0].time]))
        found.windows = windows if len(windows) > 1 else []


def _together(pairs: Sequence[_Pair]) -> list[list[_Pair]]:
    """Returns pairs by their group."""
    together = defaultdict[bytes, list[_Pair]](list)
    for a, b in pairs:
        together[a.rollouts or a.same].append((a, b))
    return list(together.values())


def _windows(pairs: Sequence[_Pair]) -> Iterator[Window]:
    """Yields windows of as many rollouts each; what was graded at one time stays together."""
    ordered = sorted(pairs, key=lambda pair: pair[0].time)
    wanted = max(1, min(_WINDOWS, len(ordered) // _FEWEST))
    for left in range(wanted, 0, -1):
        if not ordered:
            break
        end = -(-len(ordered) // left)
        end += sum(pair[0].time == ordered[end - 1][0].time for pair in ordered[end:])
        window, ordered = ordered[:end], ordered[end:]
        part = _part(list(map(_changed, _together(window))))
        yield Window(*part, window[0][0].time, window[-1][0].time)


def _gain(groups: Sequence[list[_Pair]]) -> Estimate:
    """Returns the mean difference; prompts are drawn, as rollouts of one hang together."""
    sums = [(math.fsum(_of(b) - _of(a) for a, b in group), len(group)) for group in groups]

    def mean(drawn: Sequence[tuple[float, int]]) -> float:
        return math.fsum(total for total, _ in drawn) / sum(count for _, count in drawn)

    return bootstrap(sums, mean, 1000 if len(sums) <= _MANY else 200)


def _part(groups: Sequence[_Group]) -> tuple[int, float, float, Groups]:
    """Returns what :class:`Part` says of some groups."""
    pairs = [pair for group in groups for pair in group.pairs]
    return (
        len(pairs),
        math.fsum(_of(a) for a, _ in pairs) / len(pairs),
        math.fsum(_of(b) for _, b in pairs) / len(pairs),
        _groups(groups),
    )


def _changed(pairs: list[_Pair]) -> _Group:
    """Returns what became of one group; of a single rollout, nothing can."""
    if len(pairs) == 1:
        return _Group(pairs)
    old, new = [_of(a) for a, _ in pairs], [_of(b) for _, b in pairs]
    found = zip(pairs, advantages(old), advantages(new), strict=True)
    turns = [Turn(before, after, was, now) for (before, after), was, now in found if was * now < 0]
    flips = _flips(list(zip(old, new, strict=True)))
    return _Group(pairs, is_flat(old), is_flat(new), flips, turns)


def _groups(groups: Sequence[_Group]) -> Groups:
    several = [group for group in groups if len(group.pairs) > 1]
    return Groups(
        groups=len(several),
        flat_before=sum(group.flat_before for group in several),
        flat_after=sum(group.flat_after for group in several),
        flipped=sum(group.flipped for group in several),
        turned=sum(len(group.turns) for group in several),
        rollouts=sum(len(group.pairs) for group in several),
    )


def _flips(rewards: Sequence[tuple[float, float]]) -> bool:
    """Tells whether two rollouts of a group changed places."""
    return any(
        (a[0] - b[0]) * (a[1] - b[1]) < 0 and min(abs(a[0] - b[0]), abs(a[1] - b[1])) > EQUAL
        for a, b in combinations(dict.fromkeys(rewards), 2)
    )


def _of(row: Row) -> float:
    return 0.0 if row.reward is None else row.reward  # of pairs that both scored


def as_json(found: Diff, before: Run, after: Run) -> dict[str, Any]:
    """Returns a difference as data, with the rows that changed most."""
    gain = found.gain
    return {
        "runs": [before.head.id, after.head.id],
        "graders": [before.head.grader, after.head.grader],
        "versions": [before.head.version, after.head.version],
        "rows": [found.before, found.after],
        "paired": found.paired,
        "mean": [found.mean_before, found.mean_after],
        "gain": gain and {"value": gain.value, "low": gain.low, "high": gain.high},
        "changed": found.changed,
        "scored_only": [found.lost, found.won],
        "groups": found.groups.groups,
        "flat_groups": [found.groups.flat_before, found.groups.flat_after],
        "groups_with_another_order": found.groups.flipped,
        "advantages_turned": found.groups.turned,
        "rollouts_in_groups": found.groups.rollouts,
        "usd": [found.usd_before, found.usd_after],
        "most": [
            {"before": _shown(before, a.n), "after": _shown(after, b.n)} for a, b in found.most
        ],
        "turned_most": [
            {
                "before": _shown(before, turn.before.n) | {"advantage": turn.was},
                "after": _shown(after, turn.after.n) | {"advantage": turn.now},
            }
            for turn in found.turns
        ],
        "steps": [{"step": one.step} | _as_json(one) for one in found.steps],
        "windows": [{"graded": [one.since, one.until]} | _as_json(one) for one in found.windows],
    }


def _as_json(part: Part) -> dict[str, Any]:
    groups = part.groups
    return {
        "scored": part.scored,
        "mean": [part.mean_before, part.mean_after],
        "groups": groups.groups,
        "flat_groups": [groups.flat_before, groups.flat_after],
        "groups_with_another_order": groups.flipped,
        "advantages_turned": groups.turned,
        "rollouts_in_groups": groups.rollouts,
    }


def _shown(run: Run, n: int) -> dict[str, Any]:
    line, entry = run.result(n)
    return {
        "place": line.place,
        "step": line.step,
        "id": entry["id"],
        "reward": entry["aggregate_reward_score"],
        "reason": entry["reason"],
    }
