"""What data says under the comparators of its leaves, as values that can be looked up.

Data is *read* in a certain way: which comparator each leaf has. Data that is the same when read
in that way has the same signature, whatever its notation and the order of its lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

from touchstone.templates.data_extraction.comparators import Comparator, Rules, Scalar
from touchstone.templates.data_extraction.formats import Choice, claims, is_blank
from touchstone.templates.data_extraction.paths import (
    LISTINGS,
    Compare,
    FieldRule,
    FieldRules,
    Path,
)

ITEM = "[*]"


class Unlike(Exception):
    """Data has no signature in the given way: it has another shape."""


@dataclass(frozen=True, slots=True)
class Way:
    """How what lies at or below a path counts, unless a rule of its own says otherwise."""

    weight: float
    compare: Compare | None
    rules: Rules

    def ruled(self, rule: FieldRule | None) -> Way:
        """Returns the way with a rule of this path on top."""
        if rule is None:
            return self
        rules = self.rules
        if rule.tolerance is not None:
            rules = replace(rules, number_tolerance=rule.tolerance)
        return Way(self.weight * rule.weight, rule.compare or self.compare, rules)

    def of_list(self, expected: list[Any]) -> tuple[Compare, Way]:
        """Returns how the items of a list are set against each other, and the way of an item.

        Numbers without a rule are a vector, a box or a series: their places matter.
        """
        if self.compare in LISTINGS:
            return self.compare, replace(self, compare=None)
        return ("ordered" if is_vector(expected) else "list"), self


def is_vector(data: Any) -> bool:
    """Whether data is a list of numbers, or of such lists; what is blank in it aside."""
    items = [item for item in data if not is_blank(item)] if isinstance(data, list) else []
    return bool(items) and all(
        (isinstance(item, int | Decimal) and not isinstance(item, bool)) or is_vector(item)
        for item in items
    )


@dataclass(frozen=True, slots=True)
class _LeafReading:
    kind: Scalar
    rules: Rules


@dataclass(frozen=True, slots=True)
class _ObjectReading:
    path: Path
    members: tuple[tuple[str, Reading], ...]


@dataclass(frozen=True, slots=True)
class _ListReading:
    ordered: bool
    items: tuple[Reading, ...]  # of an ordered list one for each place, else each once


Reading = _LeafReading | _ObjectReading | _ListReading | None


class Signatures:
    """Reads and signs the data of one row.

    Args:
        fields: Comparators and weights by path.
        comparator: Reads the leaves.
        penalise_extra: Whether what was not expected makes data another.
    """

    def __init__(
        self, fields: FieldRules, comparator: Comparator, *, penalise_extra: bool = True
    ) -> None:
        self._fields = fields
        self._comparator = comparator
        self._penalise_extra = penalise_extra

    def reading(self, expected: Any, path: Path, way: Way) -> Reading:
        """Returns the way in which expected data is read; ``None`` for what counts nothing."""
        way = way.ruled(self._fields.of(path))
        if way.weight == 0 or is_blank(expected):
            return None
        if isinstance(expected, Choice):
            return _ListReading(False, ())  # each of its values may be read in another way
        if isinstance(expected, dict):
            read = ((key, self.reading(v, (*path, key), way)) for key, v in expected.items())
            members = tuple(sorted((key, one) for key, one in read if one is not None))
            return _ObjectReading(path, members) if members else None
        if isinstance(expected, list):
            listing, inner = way.of_list(expected)
            items = [self.reading(value, (*path, ITEM), inner) for value in expected]
            if listing != "ordered":
                items = list(dict.fromkeys(item for item in items if item is not None))
            return _ListReading(listing == "ordered", tuple(items)) if items else None
        kind = way.compare or self._comparator.infer(expected)
        return _LeafReading(cast("Scalar", kind), way.rules)

    def sign(self, data: Any, reading: Reading) -> Hashable:
        """Returns the signature of data that is read in a way.

        Raises:
            Unlike: It has another shape, or a list of several ways of items.
        """
        if isinstance(reading, _LeafReading):
            if is_blank(data) or isinstance(data, dict | list):
                raise Unlike
            return self._comparator.key(data, reading.kind, reading.rules)
        if isinstance(reading, _ObjectReading):
            return self._sign_object(data, reading)
        if isinstance(reading, _ListReading):
            return self._sign_list(data, reading)
        if claims(data):
            raise Unlike
        return None

    def _sign_object(self, data: Any, reading: _ObjectReading) -> Hashable:
        if not isinstance(data, dict):
            raise Unlike
        members = dict(reading.members)
        extra = [key for key in data if key not in members and self._counts(data[key])]
        if any(self._weighs((*reading.path, key)) for key in extra):
            raise Unlike
        return tuple(self.sign(data.get(key), one) for key, one in reading.members)

    def _sign_list(self, data: Any, reading: _ListReading) -> Hashable:
        if not isinstance(data, list):
            raise Unlike
        if reading.ordered:
            if len(data) != len(reading.items):
                raise Unlike
            return tuple(map(self.sign, data, reading.items))
        if len(reading.items) != 1:
            raise Unlike
        signs = Counter(self.sign(item, reading.items[0]) for item in data if claims(item))
        return frozenset(signs.items())

    def _counts(self, value: Any) -> bool:
        return self._penalise_extra and bool(claims(value))

    def _weighs(self, path: Path) -> bool:
        rule = self._fields.of(path)
        return rule is None or rule.weight != 0

    def marks(self, data: Any, reading: Reading, path: Path = ()) -> Iterator[Hashable]:
        """Yields what single leaves say, by their place, as far as data has the shape."""
        if isinstance(reading, _LeafReading):
            if not is_blank(data) and not isinstance(data, dict | list):
                yield path, reading.kind, self._comparator.key(data, reading.kind, reading.rules)
        elif isinstance(reading, _ObjectReading) and isinstance(data, dict):
            for key, one in reading.members:
                yield from self.marks(data.get(key), one, (*path, key))
        elif isinstance(reading, _ListReading) and isinstance(data, list):
            for index, item in enumerate(data):
                place = str(index) if reading.ordered else ITEM
                at = reading.items[index : index + 1] if reading.ordered else reading.items
                for one in at:
                    yield from self.marks(item, one, (*path, place))
