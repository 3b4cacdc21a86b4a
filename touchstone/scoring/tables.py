"""Tables of Markdown, as models write them."""

from __future__ import annotations

from dataclasses import dataclass

from touchstone.lazy import pattern

# E.g. the marks between `a` and `b` of `a | b`; not those of `a \| b`
_CELL_END = pattern(r"(?<!\\)\|")
# E.g. `**Total**`, `` `qty` ``, `__x__`; not `2**3`
_MARKED = pattern(r"(\*\*|__|`)([^*`\n]{1,400})\1")
_RULE = frozenset("-|: \t")
_MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        head: The cells of its first line, without marks of emphasis.
        rows: Those of the lines below its rule, each as long as the head.
        first: Its first line in the text, counted from zero.
        last: The line behind its last.
    """

    head: list[str]
    rows: list[list[str]]
    first: int
    last: int


def read_tables(text: str) -> list[Table]:
    """Returns the tables of a text: a head, a rule such as ``|---|:-:|``, rows of as many cells.

    One with a row of fewer or more cells than its head is crooked, and none.
    """
    lines = text.split("\n")
    found: list[Table] = []
    place = 1
    while place < len(lines):
        if not _is_rule(lines[place]) or "|" not in lines[place - 1]:
            place += 1
            continue
        head = _cells(lines[place - 1])
        rows: list[list[str]] = []
        first, place = place - 1, place + 1
        while place < len(lines) and "|" in lines[place] and len(rows) < _MOST_ROWS:
            rows.append(_cells(lines[place]))
            place += 1
        if rows and all(len(row) == len(head) for row in rows):
            found.append(Table(head, rows, first, place))
    return found


def _is_rule(line: str) -> bool:
    return {"-", "|"} <= set(line) <= _RULE


def _cells(line: str) -> list[str]:
    """Returns the cells of a line; a mark at its beginning or end parts nothing."""
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith(r"\|"):
        inner = inner[:-1]
    return [_MARKED.sub(r"\2", cell).replace(r"\|", "|").strip() for cell in _CELL_END.split(inner)]
