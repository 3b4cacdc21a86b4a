"""Which items of two lists belong together: those that share rare values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from itertools import combinations

# A value that more items than this have in common says nothing about which one is meant.
_RARE = 8
# Items of more values than this are told apart by single ones; of fewer, by pairs too.
_MOST_PAIRED = 8

Marks = frozenset[Hashable]


def match_by_rare_values(expected: Sequence[Marks], got: Sequence[Marks]) -> list[tuple[int, int]]:
    """Pairs items by how many values they share, most first, and the rest in order.

    Only items that share a rare value, or a rare pair of values, are looked at. Not the best match,
    but near it where items have names or numbers of their own, and its time grows with the number
    of values only.

    Args:
        expected: What each item says, by place and value.
        got: The same of the other list.
    """
    places: dict[Hashable, list[int]] = defaultdict(list)
    for j, marks in enumerate(got):
        for sign in _signs(marks):
            places[sign].append(j)
    shared: Counter[tuple[int, int]] = Counter()
    for i, marks in enumerate(expected):
        near = {j for sign in _signs(marks) if len(js := places.get(sign, ())) <= _RARE for j in js}
        for j in near:
            shared[i, j] = len(marks & got[j])
    free_rows, free_columns = dict.fromkeys(range(len(expected))), dict.fromkeys(range(len(got)))
    pairs = []
    for (i, j), _ in sorted(shared.items(), key=lambda entry: (-entry[1], entry[0])):
        if i in free_rows and j in free_columns:
            del free_rows[i], free_columns[j]
            pairs.append((i, j))
    return pairs + list(zip(free_rows, free_columns, strict=False))


def _signs(marks: Marks) -> list[Hashable]:
    if len(marks) > _MOST_PAIRED:
        return list(marks)
    return [*marks, *(frozenset(pair) for pair in combinations(marks, 2))]
