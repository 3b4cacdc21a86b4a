"""Why a run ended as it did: the commonest causes of each kind of fault, and rows at both ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from touchstone.groups import same
from touchstone.sanitize import one_line
from touchstone.workbench.rows.rft import Line

SHOWN = 3  # causes of a kind, and rows at either end
_KINDS_OF_CAUSE = 1000  # of one kind of fault; those beyond are counted together
LONGEST = 160  # characters of a reason
# What differs between two rows of one cause: what is quoted, and numbers.
_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\d+(?:\.\d+)?")
_OTHERS = "other causes"


@dataclass(slots=True)
class Cause:
    """What left some rows unscored.

    Attributes:
        reason: Of the first of them, in one line.
        rows: How many.
        place: ``file:line`` of the first.
        id: Of the first.
    """

    reason: str
    rows: int
    place: str
    id: Any


@dataclass(frozen=True, slots=True)
class End:
    """A scored row among the lowest or the highest.

    Attributes:
        reward: What it earned.
        reason: Why, in one line.
        place: ``file:line``.
        id: The row's.
    """

    reward: float
    reason: str
    place: str
    id: Any


@dataclass(slots=True)
class Why:
    """Gathers, in bounded memory, what a person asks first after a run."""

    _causes: dict[str, dict[str, Cause]] = field(default_factory=dict)
    _low: list[End] = field(default_factory=list)
    _high: list[End] = field(default_factory=list)

    def add(self, line: Line, entry: dict[str, Any]) -> None:
        """Takes one row and its result, which may be of any past version."""
        kind, reason = entry["outcome"], one_line(str(entry.get("reason") or ""), LONGEST)
        if kind == "scored":
            end = End(entry["aggregate_reward_score"], reason, line.place, entry["id"])
            self._low = sorted([*self._low, end], key=lambda one: one.reward)[:SHOWN]
            self._high = sorted([*self._high, end], key=lambda one: -one.reward)[:SHOWN]
            return
        kind = kind.removeprefix("unscored:")
        reason = reason.removeprefix(f"{kind}: ")
        of_kind = self._causes.setdefault(kind, {})
        key = _PARTICULAR.sub("_", reason)
        if key not in of_kind and len(of_kind) >= _KINDS_OF_CAUSE:
            key = reason = _OTHERS
        cause = of_kind.setdefault(key, Cause(reason, 0, line.place, entry["id"]))
        cause.rows += 1

    def as_json(self) -> dict[str, Any]:
        """Returns the commonest causes by kind, and the rows at both ends, as data.

        ``causes`` holds for each kind how many ``different`` ones there are, and the
        ``commonest``; ``lowest`` and ``highest`` hold no row twice.
        """
        low, high = self._ends()
        return {
            "causes": {
                kind: {"different": len(found), "commonest": _commonest(found)}
                for kind, found in self._causes.items()
            },
            "lowest": [asdict(one) for one in low],
            "highest": [asdict(one) for one in high],
        }

    def _ends(self) -> tuple[list[End], list[End]]:
        if self._low and same(self._low[0].reward, self._high[0].reward):
            return self._low[:1], []
        taken = {one.place for one in self._low}
        return self._low, [one for one in self._high if one.place not in taken]


def lines_of(why: Mapping[str, Any]) -> list[str]:
    """Returns what ``Why.as_json`` gave as lines of text, ``[]`` where nothing is to be said."""
    said: list[str] = []
    for kind, found in why["causes"].items():
        shown = found["commonest"]
        said.append(kind)
        said += [f"  {one['rows']} x {one['reason']} ({place_of(one)})" for one in shown]
        if (rest := found["different"] - len(shown)) > 0:
            said.append(f"  and {rest} causes more")
    for title in ("lowest", "highest"):
        if why[title]:
            said.append(title)
        said += [f"  {one['reward']:.3f} {place_of(one)}: {one['reason']}" for one in why[title]]
    return said


def _commonest(found: Mapping[str, Cause]) -> list[dict[str, Any]]:
    return [asdict(one) for one in sorted(found.values(), key=lambda one: -one.rows)[:SHOWN]]


def place_of(one: Mapping[str, Any]) -> str:
    """Returns what a row is found by: its ``place``, and its ``id`` where it has one."""
    return one["place"] if one["id"] is None else f"{one['place']}, {one['id']}"
