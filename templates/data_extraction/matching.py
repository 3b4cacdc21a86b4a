"""Which items of two lists belong together: equal ones, and those that share rare values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from templates.data_extraction.formats import frozen, is_blank
from touchstone.scoring.similarity import plain

# A value that more items than this have in common says nothing about which one is meant.
_RARE = 8


class Paired(NamedTuple):
    """Two lists, item by item.

    Attributes:
        pairs: An expected item and the one of the others that equals it.
        expected: The expected items that are left over.
        got: The others that are.
    """

    pairs: list[tuple[Any, Any]]
    expected: list[Any]
    got: list[Any]


def equal_items(expected: list[Any], got: list[Any]) -> Paired:
    """Pairs the items that are equal as data, in linear time."""
    places: dict[Any, list[int]] = defaultdict(list)
    for index in range(len(got) - 1, -1, -1):
        places[frozen(got[index])].append(index)
    pairs, rest, taken = [], [], set()
    for value in expected:
        same = places.get(frozen(value))
        if same:
            index = same.pop()
            taken.add(index)
            pairs.append((value, got[index]))
        else:
            rest.append(value)
    return Paired(pairs, rest, [value for i, value in enumerate(got) if i not in taken])


def distinct(items: list[Any]) -> list[Any]:
    """Returns the items without those that repeat an earlier one."""
    return list({frozen(item): item for item in reversed(items)}.values())[::-1]


def match_by_rare_values(expected: list[Any], got: list[Any]) -> list[tuple[int, int]]:
    """Pairs items by how many rare values they share, most first, and the rest in order.

    Not the best match, but near it where items have names or numbers of their own, and its
    time grows with the number of leaves only.
    """
    places: dict[Any, list[int]] = defaultdict(list)
    for j, item in enumerate(got):
        for leaf in set(_leaves(item, ())):
            places[leaf].append(j)
    shared: Counter[tuple[int, int]] = Counter()
    for i, item in enumerate(expected):
        for leaf in set(_leaves(item, ())):
            if len(places.get(leaf, ())) <= _RARE:
                shared.update((i, j) for j in places.get(leaf, ()))
    free_rows, free_columns = dict.fromkeys(range(len(expected))), dict.fromkeys(range(len(got)))
    pairs = []
    for (i, j), _ in sorted(shared.items(), key=lambda entry: (-entry[1], entry[0])):
        if i in free_rows and j in free_columns:
            del free_rows[i], free_columns[j]
            pairs.append((i, j))
    return pairs + list(zip(free_rows, free_columns, strict=False))


def _leaves(data: Any, path: tuple[str, ...]) -> Iterator[Any]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(data, list):
        for value in data:
            yield from _leaves(value, (*path, "[*]"))
    elif not is_blank(data):
        yield path, plain(data) if isinstance(data, str) else frozen(data)
