"""The assignment of rows to columns that gains most: who is matched with whom."""

from __future__ import annotations

from collections.abc import Sequence


def assign(gains: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Pairs rows with columns so that the sum of the gains is as large as it can be.

    Every row or every column, whichever are fewer, is paired. Time grows with
    ``rows * columns * min(rows, columns)``, so the caller bounds the size.

    Args:
        gains: One list per row, all of the same length.

    Returns:
        Pairs of row and column, by row.

    Source: the Hungarian method in its shortest-augmenting-path form, Jonker and
        Volgenant, Computing 38 (1987).
    """
    if not gains or not gains[0]:
        return []
    if len(gains) > len(gains[0]):
        turned = assign(list(zip(*gains, strict=True)))
        return sorted((row, column) for column, row in turned)
    rows, columns = len(gains), len(gains[0])
    row_price, column_price = [0.0] * rows, [0.0] * columns
    owner = [-1] * columns
    for row in range(rows):
        _augment(row, gains, row_price, column_price, owner)
    return sorted((row, column) for column, row in enumerate(owner) if row >= 0)


def _augment(
    start: int,
    gains: Sequence[Sequence[float]],
    row_price: list[float],
    column_price: list[float],
    owner: list[int],
) -> None:
    """Gives the row ``start`` a column, moving earlier rows along the cheapest path."""
    columns = len(owner)
    distance, parent = [float("inf")] * columns, [-1] * columns
    done: list[int] = []
    open_columns = set(range(columns))
    row, reached, column = start, 0.0, -1
    while True:
        prices, gain = row_price[row], gains[row]
        for candidate in open_columns:
            length = reached - gain[candidate] - prices - column_price[candidate]
            if length < distance[candidate]:
                distance[candidate], parent[candidate] = length, column
        column = min(open_columns, key=lambda c: (distance[c], c))
        reached = distance[column]
        open_columns.remove(column)
        if owner[column] < 0:
            break
        done.append(column)
        row = owner[column]
    row_price[start] += reached
    for seen in done:
        slack = reached - distance[seen]
        row_price[owner[seen]] += slack
        column_price[seen] -= slack
    while column >= 0:
        before = parent[column]
        owner[column] = owner[before] if before >= 0 else start
        column = before
