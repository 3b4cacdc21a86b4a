# ruff: noqa: RUF001 - letters of other scripts are what is looked for
"""Ranges and pairs of amounts: `10-15 kg`, `$50 to $100`, `9 am - 5 pm`, `120/80 mmHg`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from touchstone.lazy import pattern
from touchstone.scoring.amounts import Money, read_money, read_number
from touchstone.scoring.clocks import read_time
from touchstone.scoring.dates import read_duration
from touchstone.scoring.lexicon import as_read
from touchstone.templates.data_extraction.quantities import read_quantity

_MAX_LENGTH = 60  # characters
# E.g. `10-15`, `5 to 6`, `9 ~ 17`, `120/80`; not `10 15`
_PARTING = pattern(
    r"\s?(?P<slash>/)\s?|\s?[-~]\s?|(?<=[^\s])\s(?:to|until|till|through|bis|à|a|al|до|đến|إلى)\s"
    r"|から|至|到|부터"
)
# E.g. `between 10 and 15`; not `10 and 15`
_BETWEEN = pattern(
    r"^(?:between|zwischen|entre|tra|tussen|между)\s(\S{1,20}(?:\s\S{1,9})?)"
    r"\s(?:and|und|et|y|e|en|и)\s(.{1,40})$"
)
# E.g. `from 9`, `von 9`; not `9`, `between 9`
_OPENING = pattern(r"(?:from|von|de|du|từ|от|с|从|自)\s")
# E.g. ` kg` of `15 kg`
_TAIL = pattern(r"[^0-9]*$")
# E.g. `$` of `$50`
_HEAD = pattern(r"^[^0-9.]*")


def _money(text: str) -> Money | None:
    money = read_money(text)
    return money if money and money.currencies else None


def _share(text: str) -> Any:
    number = read_number(text) if "%" in text else None
    return None if number is None else ("%", number)


_READERS: tuple[Callable[[str], Any], ...] = (
    read_time,
    _money,
    read_quantity,
    read_duration,
    _share,
    read_number,
)


def read_range(text: str) -> tuple[Any, Any, str] | None:
    """Returns both ends of a range or a pair and its mark, ``None`` where a text is none.

    Ends are numbers, times, amounts of money or quantities, both of one kind; a unit or a sign that
    only one of them has is the other's too.
    """
    text = _BETWEEN.sub(r"\1-\2", _OPENING.sub("", as_read(text), count=1))
    if not 3 <= len(text) <= _MAX_LENGTH:
        return None
    for parting in _PARTING.finditer(text):
        low, high = text[: parting.start()], text[parting.end() :]
        both = list(_completed(low, high))
        for read in _READERS:
            for one, other in both:
                ends = read(one), read(other)
                if None not in ends:
                    return *ends, parting["slash"] or "-"
    return None


def _completed(low: str, high: str) -> Iterator[tuple[str, str]]:
    """Yields two ends as they are, then with what only one of them has."""
    if low and high:
        yield low, high
        tail, head = _TAIL.search(high), _HEAD.search(low)
        yield low + (tail[0] if tail else ""), high
        yield low, (head[0] if head else "") + high
