# ruff: noqa: RUF001 - letters of other scripts are what is looked for
"""Measured quantities: a number and its unit, converted where the dimension is the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from touchstone.lazy import pattern
from touchstone.scoring.amounts import read_number
from touchstone.scoring.lexicon import as_read
from touchstone.scoring.words import spoken_number

Dimension = tuple[tuple[str, int], ...]

_PREFIXES = {
    "": ("", "1"), "k": ("kilo кило", "1000"), "M": ("mega мега", "1000000"),
    "G": ("giga гига", "1000000000"), "T": ("tera", "1000000000000"), "m": ("milli мили", "0.001"),
    "μ": ("micro", "0.000001"), "µ": ("mikro", "0.000001"), "u": ("", "0.000001"),
    "n": ("nano", "0.000000001"), "c": ("centi zenti санти", "0.01"), "d": ("deci dezi", "0.1"),
    "h": ("hecto hekto", "100"),
}  # fmt: skip
# Symbol to dimension, size in it, the prefixes that are used with it, and names.
_SCALABLE = {
    "m": ("length", "1", "kcdmμµun",
          "meter meters metre metres mètre mètres metro metros метр метров"),
    "g": ("mass", "0.001", "kmμµunhd", "gram grams gramme grammes gramm gramo gramos grama gramas "
          "grammi грамм граммов gr"),
    "L": ("volume", "0.001", "mcdμµuh", "liter liters litre litres litro litros литр литров"),
    "l": ("volume", "0.001", "mcdμµuh", ""),
    "W": ("power", "1", "kMGTm", "watt watts"), "Wh": ("energy", "3600", "kMGT", "watt-hours"),
    "J": ("energy", "1", "kMGm", "joule joules"),
    "cal": ("energy", "4.184", "k", "calorie calories"),
    "Hz": ("frequency", "1", "kMGT", "hertz"), "V": ("voltage", "1", "kmM", "volt volts"),
    "A": ("current", "1", "kmμµu", "amp amps ampere amperes"),
    "Pa": ("pressure", "1", "hkM", "pascal"),
    "bar": ("pressure", "100000", "m", "bars"), "N": ("force", "1", "kM", "newton newtons"),
    "B": ("data", "8", "kMGT", "byte bytes"), "bit": ("data", "1", "kMGT", "bits"),
    "b": ("data", "1", "kMGT", ""), "mol": ("substance", "1", "mμµun", "mole moles"),
    "eq": ("equivalents", "1", "m", ""), "U": ("units", "1", "m", ""),
    "s": ("time", "1", "mμµun", "second seconds sec"), "Ω": ("resistance", "1", "kM", "ohm ohms"),
}  # fmt: skip
_PLAIN = {
    "mi mile miles": ("length", "1609.344"), "ft foot feet '": ("length", "0.3048"),
    "sqft": ("area", "0.09290304"), "sqm qm": ("area", "1"),
    'in inch inches "': ("length", "0.0254"), "yd yard yards": ("length", "0.9144"),
    "nmi": ("length", "1852"), "公里 千米 км": ("length", "1000"),
    "厘米 公分 см": ("length", "0.01"),
    "毫米 мм": ("length", "0.001"), "米 м": ("length", "1"),
    "lb lbs pound pounds": ("mass", "0.45359237"), "oz ounce ounces": ("mass", "0.028349523125"),
    "t ton tons tonne tonnes т 吨": ("mass", "1000"), "公斤 千克 кг kgs kilo kilos": ("mass", "1"),
    "克 г": ("mass", "0.001"), "mcg 微克": ("mass", "0.000000001"), "毫克 мг": ("mass", "0.000001"),
    "st stone": ("mass", "6.35029318"), "cc": ("volume", "0.000001"),
    "毫升 мл": ("volume", "0.000001"),
    "升 л": ("volume", "0.001"), "gal gallon gallons": ("volume", "0.003785411784"),
    "qt quart quarts": ("volume", "0.000946352946"), "pt pint pints": ("volume", "0.000473176473"),
    "fl_oz": ("volume", "0.0000295735295625"), "cup cups": ("volume", "0.0002365882365"),
    "tbsp tablespoon tablespoons": ("tablespoon", "1"), "tsp teaspoon teaspoons": ("teaspoon", "1"),
    "ha hectare hectares 公顷": ("area", "10000"), "acre acres ac": ("area", "4046.8564224"),
    "°C ℃ C celsius degrees_celsius degree_celsius °с 摄氏度 度": ("celsius", "1"),
    "°F ℉ F fahrenheit degrees_fahrenheit": ("fahrenheit", "1"), "K kelvin": ("kelvin", "1"),
    "° deg degree degrees": ("angle", "1"), "rpm": ("rpm", "1"), "dB decibel decibels": ("dB", "1"),
    "mmHg mm_Hg": ("pressure", "133.322387415"), "psi": ("pressure", "6894.757293168"),
    "atm": ("pressure", "101325"), "h hr hrs hour hours 小时 ч": ("time", "3600"),
    "min minute minutes мин": ("time", "60"), "day days d": ("time", "86400"),
    "hp": ("power", "745.69987158227022"), "IU iu ui": ("IU", "1"),
    "px pixel pixels": ("pixel", "1"),
    "KiB": ("data", "8192"), "MiB": ("data", "8388608"), "GiB": ("data", "8589934592"),
    "mph": ("length/time", "0.44704"), "kph kmh": ("length/time", "5/18"),
    "kn knot knots": ("length/time", "463/900"), "Mbps": ("data/time", "1000000"),
    "Gbps": ("data/time", "1000000000"), "kbps": ("data/time", "1000"), "ppm": ("ppm", "1"),
    "carat carats ct": ("carat", "1"), "dozen": ("dozen", "1"),
    "平方米 平米 м² кв.м": ("area", "1"),
}  # fmt: skip
_PARTS_OF = {"area": ("length", 2), "volume": ("length", 3)}
_POWER_WORDS = {"square": 2, "sq": 2, "sq.": 2, "cubic": 3, "cu": 3, "кв": 2, "кв.": 2, "平方": 2}
# E.g. `5 kg`, `1,000m²`; not `kg 5`, `5`
_QUANTITY = pattern(r"(?P<number>[-+]?[0-9][0-9., '_]*|[-+]?\.[0-9]+)\s?-?(?P<unit>[^0-9].*)")
# E.g. `1/2 cup`, `3/4 in`; not `120/80 mmHg`, `250 mg/5 mL`
_FRACTION = pattern(r"([1-7])/([2348])\s([^0-9/]+)")
# E.g. `5'10"`, `5 ft 10 in`; not `5 ft`
_COMPOUND = pattern(r"([0-9.]+\s?(?:'|[^\W\d_]{1,8}))\s?([0-9.]+\s?(?:\"|[^\W\d_]{1,8}))")
# E.g. `m2`, `m^2`, `kg`
_FACTOR = pattern(r"(?P<name>.*?)(?:\s?\^?(?<!\s)(?P<power>-?[1-4]))?")
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
    if part := _FRACTION.fullmatch(text):
        return _ratio(read_quantity(f"{part[1]} {part[3]}"), Measured(Fraction(part[2]), ()))
    above, _, below = text.rpartition("/")
    if above and below.strip()[:1].isdigit():
        return _ratio(read_quantity(above), read_quantity(below))
    if both := _COMPOUND.fullmatch(text):
        return _together(read_quantity(both[1]), read_quantity(both[2]))
    match = _QUANTITY.fullmatch(_counted(text))
    number = read_number(match["number"].strip()) if match else None
    unit = unit_of(match["unit"]) if match else None
    if number is None or unit is None or unit[0] == (("time", 1),) or abs(number.adjusted()) > 99:
        return None
    return Measured(Fraction(number) * unit[1], unit[0])


def _counted(text: str) -> str:
    """Returns a quantity with digits for a number in words: ``five kilograms``."""
    words = text.split(" ")
    for end in range(len(words) - 1, 0, -1) if text[0].isalpha() else ():
        number = spoken_number(" ".join(words[:end]))
        if number is not None:
            return " ".join([str(number), *words[end:]])
    return text


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


def unit_names() -> Iterable[str]:
    """Returns all that units are called."""
    return _UNITS


@lru_cache(maxsize=512)
def unit_of(text: str) -> tuple[Dimension, Fraction] | None:
    """Returns dimension and size of a unit, of a product of units or of a quotient."""
    above, *below = re.split(r"\s?/\s?| per | pro ", text.strip())
    powers: Counter[str] = Counter()
    size = Fraction(1)
    factors = [(factor, 1) for factor in re.split(r"[·*⋅]", above)]
    for factor, sign in (*factors, *((factor, -1) for factor in below)):
        found = _factor(factor.strip())
        if found is None:
            return None
        parts, power, one = found
        size *= one ** (sign * power)
        for name, exponent in parts:
            powers[name] += sign * power * exponent
    return tuple(sorted((name, power) for name, power in powers.items() if power)), size


def _factor(text: str) -> tuple[Dimension, int, Fraction] | None:
    first, _, rest = text.partition(" ")
    power = _POWER_WORDS.get(first.casefold(), 1) if rest else 1
    match = _FACTOR.fullmatch(rest if power > 1 else text)
    if match is None:
        return None
    known = _UNITS.get(match["name"]) or _FOLDED.get(match["name"].casefold().rstrip("."))
    return (*known[:1], power * int(match["power"] or 1), known[1]) if known else None


def _dimension(name: str) -> Dimension:
    above, _, below = name.partition("/")
    parts = [_PARTS_OF.get(above, (above, 1)), *([(below, -1)] if below else [])]
    return tuple(parts)


def _units() -> dict[str, tuple[Dimension, Fraction]]:
    """Returns every spelling of every unit, case kept."""
    found: dict[str, tuple[Dimension, Fraction]] = {}
    for names, (dimension, size) in _PLAIN.items():
        found |= dict.fromkeys(
            (name.replace("_", " ") for name in names.split()),
            (_dimension(dimension), Fraction(size)),
        )
    for symbol, (dimension, size, prefixes, names) in _SCALABLE.items():
        for prefix in ("", *prefixes) if symbol not in ("b", "B") else prefixes:
            long, factor = _PREFIXES[prefix]
            unit = (_dimension(dimension), Fraction(size) * Fraction(factor))
            found.setdefault(prefix + symbol, unit)
            for name in names.split():
                for start in long.split() or [prefix]:
                    found.setdefault(start + name, unit)
    return found


_UNITS = _units()
# Without case, where it decides nothing; of bits and bytes, bytes are meant.
_FOLDED: dict[str, tuple[Dimension, Fraction]] = {}
for _name, _unit in sorted(_UNITS.items(), key=lambda entry: entry[0].endswith("b")):
    _FOLDED.setdefault(as_read(_name), _unit)
