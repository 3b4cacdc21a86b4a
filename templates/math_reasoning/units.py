"""Units that an answer may carry, and which of them convert into each other."""

from __future__ import annotations

import re
from fractions import Fraction

# dimension -> unit -> size; sizes are exact.
_SIZES: dict[str, dict[str, str]] = {
    "length": {"nm": "1e-9", "mm": "0.001", "cm": "0.01", "dm": "0.1", "m": "1", "km": "1000",
               "inch": "0.0254", "foot": "0.3048", "yard": "0.9144", "mile": "1609.344"},
    "mass": {"mg": "0.001", "g": "1", "kg": "1000", "ton": "1000000",
             "pound": "453.59237", "ounce": "28.349523125"},
    "time": {"ms": "0.001", "second": "1", "minute": "60", "hour": "3600", "day": "86400",
             "week": "604800"},
    "volume": {"ml": "0.001", "liter": "1", "gallon": "3.785411784"},
    "money": {"cent": "0.01", "dollar": "1"},
}  # fmt: skip
_NAMES = {
    "in": "inch", "inches": "inch", "ft": "foot", "feet": "foot", "yd": "yard", "yards": "yard",
    "mi": "mile", "miles": "mile", "meter": "m", "meters": "m", "metre": "m", "metres": "m",
    "centimeter": "cm", "centimeters": "cm", "centimetres": "cm", "millimeters": "mm",
    "kilometer": "km", "kilometers": "km", "kilometres": "km", "gram": "g", "grams": "g",
    "kilogram": "kg", "kilograms": "kg", "kgs": "kg", "tons": "ton", "tonnes": "ton",
    "lb": "pound", "lbs": "pound", "pounds": "pound", "oz": "ounce", "ounces": "ounce",
    "s": "second", "sec": "second", "secs": "second", "seconds": "second", "min": "minute",
    "mins": "minute", "minutes": "minute", "h": "hour", "hr": "hour", "hrs": "hour",
    "hours": "hour", "days": "day", "weeks": "week", "l": "liter", "L": "liter", "mL": "ml",
    "liters": "liter", "litre": "liter", "litres": "liter", "gallons": "gallon",
    "cents": "cent", "dollars": "dollar", "usd": "dollar", "USD": "dollar",
}  # fmt: skip
_PLAIN = {
    "unit", "units", "euro", "euros", "eur", "pound", "yuan", "rupees", "month", "months",
    "year", "years", "people", "person", "students", "apples", "ways", "times", "square",
    "cubic", "sq", "mph", "kph", "kmh", "hz", "watts", "joules", "newtons", "volts", "amps",
    "ohms", "percent", "degrees", "points", "items", "pieces", "coins", "marbles", "books",
    "eggs", "miles_per_hour", "per", "mol", "moles", "calories", "bytes", "bits",
}  # fmt: skip
_SIZED = {
    unit: (kind, Fraction(size)) for kind, units in _SIZES.items() for unit, size in units.items()
}


def is_unit(word: str) -> bool:
    """Returns whether a word after a number is read as its unit."""
    return word in _NAMES or word.lower() in _NAMES or word in _SIZED or word.lower() in _PLAIN


def normal_unit(text: str) -> tuple[str, Fraction]:
    """Returns the unit's dimension (or its own name) and its size in that dimension's base.

    ``cm^2`` is ``("length^2", 1/10000)``; what converts into nothing is its own dimension.
    """
    words = re.sub(r"[.\s]+", " ", text).strip()
    power = 1
    if match := re.fullmatch(r"(?:(sq(?:uare)?|cubic) )?([A-Za-z]+) ?(?:\^ ?(\d))?", words):
        power = {"s": 2, "c": 3}.get((match[1] or " ")[0], int(match[3] or 1))
        name = _NAMES.get(match[2], _NAMES.get(match[2].lower(), match[2]))
        if name in _SIZED:
            kind, size = _SIZED[name]
            return (f"{kind}^{power}" if power > 1 else kind), size**power
        words = name if power == 1 else f"{name}^{power}"
    return re.sub(r"(?<=\w{3})s\b", "", words.lower()), Fraction(1)
