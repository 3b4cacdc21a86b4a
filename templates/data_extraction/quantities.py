"""Measured quantities: a number and its unit, converted where the dimension is the same."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from touchstone.lazy import pattern
from touchstone.scoring.amounts import read_number
from touchstone.scoring.lexicon import as_read
from touchstone.scoring.numerals import digits
from touchstone.scoring.units import unit_said

Dimension = tuple[tuple[str, int], ...]

# E.g. `5 kg`, `1,000m²`; not `kg 5`, `5`
_QUANTITY = pattern(r"(?P<number>[-+]?[0-9][0-9., '_]*|[-+]?\.[0-9]+)\s?-?(?P<unit>[^0-9].*)")
# E.g. `1/2 cup`, `3/4 in`; not `120/80 mmHg`, `250 mg/5 mL`
_FRACTION = pattern(r"([1-7])/([2348])\s([^0-9/]+)")
# E.g. `5'10"`, `5 ft 10 in`; not `5 ft`
_COMPOUND = pattern(r"([0-9.]+\s?(?:'|[^\W\d_]{1,8}))\s?([0-9.]+\s?(?:\"|[^\W\d_]{1,8}))")
_MARKS = {"'": "ft", '"': "in", "C": "°C", "F": "°F", "c": "°C", "f": "°F"}
_NO_UNITS = frozenset(("B", "b", "M"))  # a billion, a million
_TIMES = ((("s", 1),), (("month", 1),))
_KELVIN: Dimension = (("K", 1),)
# What is added to degrees, and then the size of one, for a temperature in kelvins.
_SCALES_OF_HEAT: dict[Dimension, tuple[Fraction, Fraction]] = {
    (("celsius", 1),): (Fraction("273.15"), Fraction(1)),
    (("fahrenheit", 1),): (Fraction("459.67"), Fraction(5, 9)),
}
# E.g. `minus 20`; not `terminus 20`
_MINUS = pattern(r"^(?:minus|negative)\s(?=[0-9])")
_MAX_LENGTH = 60  # characters


class Measured(NamedTuple):
    """An amount in the base units of its dimension."""

    amount: Fraction
    dimension: Dimension


def read_quantity(text: str) -> Measured | None:
    """Returns the quantity that a text states and nothing else, or ``None``.

    ``5 kg``, ``5kg``, ``5,000 g``, ``120 km/h``, ``80 mg/dL``, ``20 m²``. Symbols keep their case
    where it decides (``mW``, ``MW``). Lengths of time are durations, and none.
    """
    if not 2 <= len(text) <= _MAX_LENGTH:
        return None
    text = as_read(text, case=True).replace("° ", "°")
    text = _MINUS.sub("-", text)
    if part := _FRACTION.fullmatch(text):
        return _ratio(read_quantity(f"{part[1]} {part[3]}"), Measured(Fraction(part[2]), ()))
    above, _, below = text.rpartition("/")
    if above and below.strip()[:1].isdigit():
        return _ratio(read_quantity(above), read_quantity(below))
    if both := _COMPOUND.fullmatch(text):
        return _together(read_quantity(both[1]), read_quantity(both[2]))
    match = _QUANTITY.fullmatch(digits(text))
    number = read_number(match["number"].strip()) if match else None
    unit = unit_of(match["unit"]) if match else None
    if number is None or unit is None or unit[0] in _TIMES or abs(number.adjusted()) > 99:
        return None
    amount = Fraction(number) * unit[1]
    if unit[0] in _SCALES_OF_HEAT:
        zero, step = _SCALES_OF_HEAT[unit[0]]
        return Measured((amount + zero) * step, _KELVIN)
    return Measured(amount, unit[0])


def _together(big: Measured | None, small: Measured | None) -> Measured | None:
    """Returns the sum of two parts of one quantity: `5'10"`, `5 lb 3 oz`."""
    if big is None or small is None or big.dimension != small.dimension:
        return None
    return Measured(big.amount + small.amount, big.dimension)


def _ratio(above: Measured | None, below: Measured | None) -> Measured | None:
    """Returns one quantity by another: `250 mg/5 mL`."""
    if above is None or below is None or not below.amount:
        return None
    powers = Counter(dict(above.dimension))
    powers.subtract(dict(below.dimension))
    dimension = tuple(sorted((name, power) for name, power in powers.items() if power))
    return Measured(above.amount / below.amount, dimension)


@lru_cache(maxsize=512)
def unit_of(text: str) -> tuple[Dimension, Fraction] | None:
    """Returns dimension and size of a unit, of a product of units or of a quotient.

    ``None`` for a length of time or a sum of money, which are no quantities here, and for what
    is no unit. ``C`` and ``F`` are temperatures, as people write them, and `'` and `"` lengths.
    """
    bare = text.strip()
    unit = None if bare in _NO_UNITS else unit_said(_MARKS.get(bare, bare))
    return None if unit is None or unit.money else (unit.dimensions, unit.size)
