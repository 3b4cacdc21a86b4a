"""Sets the leaves of an answer against those expected, and counts what is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from templates.data_extraction.comparators import Rules, Scalar, compare
from templates.data_extraction.formats import claims, is_blank
from templates.data_extraction.matching import distinct, equal_items, match_by_rare_values
from templates.data_extraction.paths import LISTINGS, FieldRule, FieldRules, Path, show
from touchstone.scoring.assignment import assign

# Bounds of one sample's work. Beyond them, items are paired by the rare values they share.
MAX_PAIRS = 10_000  # candidates of one list's best match: 100 items against 100
MAX_WORK = 40_000  # comparisons of leaves, about 0.3 s
_PROSE_UNIT = 20_000  # products of lengths that cost as much as one comparison
_MAX_NOTES = 5


@dataclass(slots=True)
class Tally:
    """Weights of leaves.

    Attributes:
        expected: That the reference states.
        claimed: That the answer states.
        present: Expected leaves for which the answer states something.
        right: What was right of them, prose in part.
        notes: The first of what is wrong, for a person.
    """

    expected: float = 0.0
    claimed: float = 0.0
    present: float = 0.0
    right: float = 0.0
    notes: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Adds another part of the same answer."""
        self.expected += other.expected
        self.claimed += other.claimed
        self.present += other.present
        self.right += other.right
        if other.notes and len(self.notes) < _MAX_NOTES:
            self.notes += other.notes[: _MAX_NOTES - len(self.notes)]

    @property
    def completeness(self) -> float:
        """Share of the expected leaves that are present; 1 when none are expected."""
        return min(1.0, self.present / self.expected) if self.expected else 1.0

    @property
    def accuracy(self) -> float:
        """F1 of the leaves: ``2 * right / (expected + claimed)``; 1 when there are none."""
        total = self.expected + self.claimed
        return min(1.0, 2 * self.right / total) if total else 1.0

    def remarks(self) -> list[str]:
        """Returns the notes as text."""
        return [f"{show(path)}: {note}" for path, note in self.notes]


@dataclass(frozen=True, slots=True)
class _Way:
    """How what lies at or below a path counts, unless a rule of its own says otherwise."""

    weight: float
    compare: str | None
    rules: Rules

    def ruled(self, rule: FieldRule) -> _Way:
        rules = self.rules
        if rule.tolerance is not None:
            rules = replace(rules, number_tolerance=rule.tolerance)
        return _Way(self.weight * rule.weight, rule.compare or self.compare, rules)


class Aligner:
    """Compares one answer with one reference.

    A null, missing or blank value states nothing: it is never right, and never invented.

    Args:
        fields: Comparators and weights by path.
        rules: How leaves are compared.
        penalise_extra: Whether what was not expected counts as claimed.
    """

    def __init__(self, fields: FieldRules, rules: Rules, *, penalise_extra: bool = True) -> None:
        self._fields = fields
        self._rules = rules
        self._penalise_extra = penalise_extra
        self._work = 0

    def compare(self, expected: Any, got: Any) -> Tally:
        """Returns the tally of a whole answer."""
        return self._compare(expected, got, (), _Way(1.0, None, self._rules))

    def _compare(self, expected: Any, got: Any, path: Path, way: _Way) -> Tally:
        rule = self._fields.of(path)
        if rule:
            way = way.ruled(rule)
        if way.weight == 0 or (is_blank(expected) and is_blank(got)):
            return Tally()
        if isinstance(expected, dict) and isinstance(got, dict):
            return self._objects(expected, got, path, way)
        if isinstance(expected, list) and isinstance(got, list):
            return self._lists(expected, got, path, way)
        apart = isinstance(expected, dict | list) or isinstance(got, dict | list)
        if apart or is_blank(expected) or is_blank(got):
            return self._apart(expected, got, path, way.weight)
        return self._leaves(expected, got, path, way)

    def _leaves(self, expected: Any, got: Any, path: Path, way: _Way) -> Tally:
        self._work += 1
        if isinstance(expected, str) and isinstance(got, str):
            self._work += len(expected) * len(got) // _PROSE_UNIT
        kind = None if way.compare in LISTINGS else way.compare
        share = compare(expected, got, cast("Scalar | None", kind), way.rules)
        tally = Tally(way.weight, way.weight, way.weight, way.weight * share)
        if share < 1:
            tally.notes.append((path, f"{_quote(got)} for {_quote(expected)}"))
        return tally

    def _objects(
        self, expected: dict[str, Any], got: dict[str, Any], path: Path, way: _Way
    ) -> Tally:
        total = Tally()
        for key, value in expected.items():
            total.add(self._compare(value, got.get(key), (*path, key), way))
        for key, value in got.items():
            if key not in expected:
                total.add(self._compare(None, value, (*path, key), way))
        return total

    def _apart(self, expected: Any, got: Any, path: Path, weight: float) -> Tally:
        """Nothing to set against each other: one is missing, or they are of different kinds."""
        tally = Tally(expected=self._weigh(expected, path, weight))
        invented = self._weigh(got, path, weight)
        if tally.expected:
            tally.notes.append((path, "of another kind" if invented else "missing"))
        elif invented:
            tally.notes.append((path, "not expected"))
        if self._penalise_extra or tally.expected:
            tally.claimed = invented
        return tally

    def _weigh(self, data: Any, path: Path, weight: float) -> float:
        """Returns the weight of the leaves below ``path``, whose own rule is in ``weight``."""
        if not self._fields.below(path) or not isinstance(data, dict | list):
            return weight * claims(data)
        children = data.items() if isinstance(data, dict) else (("[*]", value) for value in data)
        total = 0.0
        for key, value in children:
            child = (*path, key)
            rule = self._fields.of(child)
            total += self._weigh(value, child, weight * rule.weight if rule else weight)
        return total

    def _lists(self, expected: list[Any], got: list[Any], path: Path, way: _Way) -> Tally:
        item = (*path, "[*]")
        kind = way.compare
        inner = replace(way, compare=None) if kind in LISTINGS else way

        def pair(wanted: Any, found: Any) -> Tally:
            return self._compare(wanted, found, item, inner)

        if kind == "ordered":
            pairs = list(zip(expected, got, strict=False))
            wanted, found = expected[len(pairs) :], got[len(pairs) :]
        else:
            if kind == "set":
                expected, got = distinct(expected), distinct(got)
            pairs, wanted, found = equal_items(expected, got)
            best = self._best_match(wanted, found, pair)
            pairs += [(wanted[i], found[j]) for i, j in best]
            rows, columns = {i for i, _ in best}, {j for _, j in best}
            wanted = [value for i, value in enumerate(wanted) if i not in rows]
            found = [value for j, value in enumerate(found) if j not in columns]
        total = Tally()
        for one, other in pairs:
            total.add(pair(one, other))
        for value in wanted:
            total.add(pair(value, None))
        for value in found:
            total.add(pair(None, value))
        return total

    def _best_match(
        self, wanted: list[Any], found: list[Any], pair: Callable[[Any, Any], Tally]
    ) -> list[tuple[int, int]]:
        pairs = len(wanted) * len(found)
        if pairs <= 1:
            return [(0, 0)] * pairs
        if pairs > MAX_PAIRS or self._work + claims(wanted) * len(found) > MAX_WORK:
            return match_by_rare_values(wanted, found)
        gains: list[list[float]] = []
        for i, one in enumerate(wanted):
            row: list[float] = []
            for j, other in enumerate(found):
                if self._work > MAX_WORK:
                    return match_by_rare_values(wanted, found)
                tally = pair(one, other)
                # Presence decides between equally right pairs, and then the order.
                row.append(tally.right + 1e-6 * tally.present + (1e-9 if i == j else 0.0))
            gains.append(row)
        return assign(gains)


def _quote(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
