"""Why a run ended as it did: the commonest causes of each kind of fault, and rows at both ends."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from touchstone.groups import same
from workbench.rows.rft import Line

SHOWN = 3  # causes of a kind, and rows at either end
_KINDS_OF_CAUSE = 1000  # of one kind of fault; those beyond are counted together
_LONGEST = 160
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
        kind, reason = entry["outcome"], _one_line(str(entry.get("reason") or ""))
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
        """Returns the commonest causes by kind, and the rows at both ends, as data."""
        low, high = self._ends()
        return {
            "causes": {kind: [asdict(one) for one in found] for kind, found in self._commonest()},
            "lowest": [asdict(one) for one in low],
            "highest": [asdict(one) for one in high],
        }

    def lines(self) -> list[str]:
        """Returns it as lines of text for a terminal, ``[]`` where there is nothing to say."""
        said: list[str] = []
        for kind, found in self._commonest():
            said.append(kind)
            said += [f"  {one.rows} x {one.reason} ({_where(one)})" for one in found]
            if (rest := len(self._causes[kind]) - len(found)) > 0:
                said.append(f"  and {rest} causes more")
        for title, ends in zip(("lowest", "highest"), self._ends(), strict=True):
            if ends:
                said.append(title)
            said += [f"  {one.reward:.3f} {_where(one)}: {one.reason}" for one in ends]
        return said

    def _commonest(self) -> list[tuple[str, list[Cause]]]:
        return [
            (kind, sorted(found.values(), key=lambda one: -one.rows)[:SHOWN])
            for kind, found in self._causes.items()
        ]

    def _ends(self) -> tuple[list[End], list[End]]:
        """Returns the lowest and the highest rows, no row twice."""
        if self._low and same(self._low[0].reward, self._high[0].reward):
            return self._low[:1], []
        taken = {one.place for one in self._low}
        return self._low, [one for one in self._high if one.place not in taken]


def _where(one: Cause | End) -> str:
    return one.place if one.id is None else f"{one.place}, {one.id}"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
