"""Sets the leaves of an answer against those expected, and counts what is right."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, cast

from touchstone.scoring.assignment import assign
from touchstone.templates.data_extraction.comparators import Comparator, Rules, Scalar
from touchstone.templates.data_extraction.formats import Choice, claims, frozen, is_blank
from touchstone.templates.data_extraction.matching import match_by_rare_values
from touchstone.templates.data_extraction.paths import LISTINGS, FieldRules, Path, show
from touchstone.templates.data_extraction.signatures import ITEM, Reading, Signatures, Unlike, Way

# Bounds of one sample's work. Beyond them, items are paired by the rare values they share.
MAX_PAIRS = 10_000  # candidates of one list's best match: 100 items against 100
MAX_WORK = 40_000  # comparisons of leaves, about 0.3 s
_PROSE_UNIT = 20_000  # products of lengths that cost as much as one comparison
_MAX_WAYS = 8  # in which the items of one list are read
_MAX_SAME = 8  # items of one signature that are tried
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
        voided: Nothing of it counts.
    """

    expected: float = 0.0
    claimed: float = 0.0
    present: float = 0.0
    right: float = 0.0
    notes: list[tuple[Path, str]] = field(default_factory=list)
    voided: bool = False

    def void(self) -> Tally:
        """Makes it count for nothing, whatever is right of it or expected."""
        self.right = self.present = 0.0
        self.voided, self.notes = True, []
        return self

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
        return min(1.0, self.present / self.expected) if self.expected else float(not self.voided)

    @property
    def accuracy(self) -> float:
        """F1 of the leaves: ``2 * right / (expected + claimed)``; 1 when there are none."""
        total = self.expected + self.claimed
        return min(1.0, 2 * self.right / total) if total else float(not self.voided)

    def remarks(self) -> list[str]:
        """Returns the notes as text."""
        return [f"{show(path)}: {note}" for path, note in self.notes]


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
        self._comparator = Comparator()
        self._signatures = Signatures(fields, self._comparator, penalise_extra=penalise_extra)
        self._work = 0

    def compare(self, expected: Any, got: Any) -> Tally:
        """Returns the tally of a whole answer."""
        return self._compare(expected, got, (), Way(1.0, None, self._rules))

    def _compare(self, expected: Any, got: Any, path: Path, way: Way) -> Tally:
        way = way.ruled(self._fields.of(path))
        if way.weight == 0 or (is_blank(expected) and is_blank(got)):
            return Tally()
        if isinstance(expected, Choice):
            return self._choice(expected, got, path, way)
        if isinstance(expected, dict) and isinstance(got, dict):
            return self._objects(expected, got, path, way)
        if isinstance(expected, list) and isinstance(got, list):
            return self._lists(expected, got, path, way)
        apart = isinstance(expected, dict | list) or isinstance(got, dict | list)
        if apart or is_blank(expected) or is_blank(got):
            return self._apart(expected, got, path, way.weight)
        return self._leaves(expected, got, path, way)

    def _choice(self, expected: Choice, got: Any, path: Path, way: Way) -> Tally:
        tallies = [self._compare(value, got, path, way) for value in expected.values or (None,)]
        best = max(tallies, key=lambda tally: (tally.accuracy, tally.right))
        if not expected.optional:
            return best
        # Given and right, it neither lifts nor lowers what is right of the rest.
        return Tally() if best.accuracy == 1 else Tally(claimed=best.claimed, notes=best.notes)

    def _leaves(self, expected: Any, got: Any, path: Path, way: Way) -> Tally:
        self._work += 1
        if isinstance(expected, str) and isinstance(got, str):
            self._work += len(expected) * len(got) // _PROSE_UNIT
        kind = None if way.compare in LISTINGS else way.compare
        share = self._comparator.share(expected, got, cast("Scalar | None", kind), way.rules)
        tally = Tally(way.weight, way.weight, way.weight, way.weight * share)
        if share < 1:
            tally.notes.append((path, f"{_quote(got)} for {_quote(expected)}"))
        return tally

    def _objects(
        self, expected: dict[str, Any], got: dict[str, Any], path: Path, way: Way
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

    def _lists(self, expected: list[Any], got: list[Any], path: Path, way: Way) -> Tally:
        listing, inner = way.of_list(expected)

        def pair(wanted: Any, found: Any) -> Tally:
            return self._compare(wanted, found, (*path, ITEM), inner)

        total = Tally()
        if listing == "ordered":
            pairs = list(zip(expected, got, strict=False))
            wanted, found = expected[len(pairs) :], got[len(pairs) :]
        else:
            items = _Items(expected, got, self._signatures, (*path, ITEM), inner)
            if listing == "set":
                items.leave_out_repeated()
            # What is the same is found in linear time, and no work to be bounded.
            work = self._work
            for tally in items.take_equal(pair):
                total.add(tally)
            self._work = work
            best = self._best_match(items, pair)
            pairs, wanted, found = items.split(best)
        for one, other in pairs:
            total.add(pair(one, other))
        for value in wanted:
            total.add(pair(value, None))
        for value in found:
            total.add(pair(None, value))
        return total

    def _best_match(
        self, items: _Items, pair: Callable[[Any, Any], Tally]
    ) -> list[tuple[int, int]]:
        wanted, found = items.expected, items.got
        pairs = len(wanted) * len(found)
        if pairs <= 1:
            return [(0, 0)] * pairs
        work = claims(wanted) * len(found) + claims(found) * len(wanted)
        if pairs > MAX_PAIRS or self._work + work > 2 * MAX_WORK:
            return items.match_by_rare_values()
        gains: list[list[float]] = []
        for i, one in enumerate(wanted):
            row: list[float] = []
            for j, other in enumerate(found):
                if self._work > MAX_WORK:
                    return items.match_by_rare_values()
                tally = pair(one, other)
                # Presence decides between equally right pairs, and then the order.
                row.append(tally.right + 1e-6 * tally.present + (1e-9 if i == j else 0.0))
            gains.append(row)
        return assign(gains)


class _Items:
    """The items of two lists whose order does not matter, as they are being paired.

    Attributes:
        expected: Those that have no partner yet; what is blank is left out.
        got: The same of the answer.
    """

    def __init__(
        self, expected: list[Any], got: list[Any], signatures: Signatures, path: Path, way: Way
    ) -> None:
        self.expected = [value for value in expected if claims(value)]
        self.got = [value for value in got if claims(value)]
        self._signatures = signatures
        self._readings = [signatures.reading(value, path, way) for value in self.expected]

    def _ways(self) -> list[Reading]:
        """Returns the ways in which the expected items are read, the most frequent first."""
        return [reading for reading, _ in Counter(self._readings).most_common(_MAX_WAYS)]

    def _places(self, values: list[Any], reading: Reading) -> dict[Hashable, list[int]]:
        places: dict[Hashable, list[int]] = defaultdict(list)
        for index, value in enumerate(values):
            with suppress(Unlike):
                places[self._signatures.sign(value, reading)].append(index)
        return places

    def leave_out_repeated(self) -> None:
        """Leaves out the items that say the same as an earlier one."""
        self.got = list({frozen(value): value for value in reversed(self.got)}.values())[::-1]
        repeated: set[int] = set()
        for reading in self._ways():
            for same in self._places(self.got, reading).values():
                repeated.update(same[1:])
        self.got = [value for index, value in enumerate(self.got) if index not in repeated]
        first = {}
        for index, (value, reading) in enumerate(zip(self.expected, self._readings, strict=True)):
            try:
                first.setdefault((reading, self._signatures.sign(value, reading)), index)
            except Unlike:
                first.setdefault(frozen(value), index)
        self._keep(sorted(first.values()))

    def take_equal(self, pair: Callable[[Any, Any], Tally]) -> Iterator[Tally]:
        """Takes out the pairs that are all right, and yields what they count."""
        paired: dict[int, int] = {}
        taken: set[int] = set()
        # What is written alike first: `Y` is as good as true, but not where both are given.
        for index, place in self._written_alike():
            tally = pair(self.expected[index], self.got[place])
            if tally.expected and tally.right >= max(tally.expected, tally.claimed):
                taken.add(place)
                paired[index] = place
                yield tally
        for reading in self._ways():
            places = self._places(self.got, reading)
            for index, value in enumerate(self.expected):
                if index in paired or self._readings[index] != reading or not places:
                    continue
                with suppress(Unlike):
                    same = places.get(self._signatures.sign(value, reading), [])
                    for place in same[:_MAX_SAME]:
                        tally = pair(value, self.got[place]) if place not in taken else Tally()
                        if tally.expected and tally.right >= max(tally.expected, tally.claimed):
                            same.remove(place)
                            taken.add(place)
                            paired[index] = place
                            yield tally
                            break
        self.got = [value for index, value in enumerate(self.got) if index not in taken]
        self._keep([index for index in range(len(self.expected)) if index not in paired])

    def _written_alike(self) -> Iterator[tuple[int, int]]:
        places: dict[str, list[int]] = defaultdict(list)
        for place in reversed(range(len(self.got))):
            places[repr(self.got[place])].append(place)
        for index, value in enumerate(self.expected):
            if same := places.get(repr(value)):
                yield index, same.pop()

    def _keep(self, indices: list[int]) -> None:
        self.expected = [self.expected[index] for index in indices]
        self._readings = [self._readings[index] for index in indices]

    def match_by_rare_values(self) -> list[tuple[int, int]]:
        """Pairs the items by the rare values that they share."""
        ways = self._ways()
        marks = self._signatures.marks
        return match_by_rare_values(
            [frozenset(marks(v, r)) for v, r in zip(self.expected, self._readings, strict=True)],
            [frozenset(mark for way in ways for mark in marks(v, way)) for v in self.got],
        )

    def split(
        self, best: list[tuple[int, int]]
    ) -> tuple[list[tuple[Any, Any]], list[Any], list[Any]]:
        """Returns the items of some pairs, and those that have no partner."""
        rows, columns = {i for i, _ in best}, {j for _, j in best}
        return (
            [(self.expected[i], self.got[j]) for i, j in best],
            [value for i, value in enumerate(self.expected) if i not in rows],
            [value for j, value in enumerate(self.got) if j not in columns],
        )


def _quote(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
