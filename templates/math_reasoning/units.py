"""Units that an answer may carry: a prefix, a unit and a power, in products and quotients.

Symbols keep their case (``MJ`` is not ``mJ``); names do not. A unit is a size in the base units of
its dimensions, so that two of the same dimensions convert into each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

_PREFIXES = {"n": "1e-9", "µ": "1e-6", "u": "1e-6", "m": "1e-3", "c": "1e-2", "d": "1e-1",
             "p": "1e-12", "h": "1e2", "k": "1e3", "M": "1e6", "G": "1e9", "T": "1e12"}  # fmt: skip
_PREFIX_NAMES = {"nano": "n", "micro": "µ", "milli": "m", "centi": "c", "deci": "d", "kilo": "k",
                 "mega": "M", "giga": "G", "tera": "T"}  # fmt: skip
# Symbol to: the prefixes it takes, its size, its dimensions, its names.
_SYMBOLS: dict[str, tuple[str, str, str, str]] = {
    "m": ("nµumcdk", "1", "m", "meter metre meters metres"),
    "g": ("µumk", "1", "g", "gram grams gramme grammes"),
    "s": ("nµum", "1", "s", "second seconds sec secs"),
    "A": ("µumk", "1", "A", "amp amps ampere amperes"),
    "K": ("", "1", "K", "kelvin kelvins"),
    "mol": ("µunmk", "1", "mol", "mole moles"),
    "M": ("µunm", "1000", "mol m^-3", "molar"),
    "N": ("mkM", "1000", "g m s^-2", "newton newtons"),
    "J": ("mkMGT", "1000", "g m^2 s^-2", "joule joules"),
    "W": ("µumkMG", "1000", "g m^2 s^-3", "watt watts"),
    "Pa": ("hkM", "1000", "g m^-1 s^-2", "pascal pascals"),
    "Hz": ("kMGT", "1", "s^-1", "hertz"),
    "C": ("nµum", "1", "A s", "coulomb coulombs"),
    "V": ("µumkM", "1000", "g m^2 s^-3 A^-1", "volt volts"),
    "Ω": ("mkM", "1000", "g m^2 s^-3 A^-2", "ohm ohms"),
    "F": ("pnµum", "1/1000", "A^2 s^4 g^-1 m^-2", "farad farads"),
    "T": ("µum", "1000", "g s^-2 A^-1", "tesla teslas"),
    "H": ("µum", "1000", "g m^2 s^-2 A^-2", "henry henries"),
    "L": ("µumcd", "1/1000", "m^3", "liter litre liters litres"),
    "l": ("µumcd", "1/1000", "m^3", ""),
    "Wh": ("kMGT", "3600000", "g m^2 s^-2", ""),
    "eV": ("kMGT", "1", "eV", "electronvolt electronvolts"),
    "cal": ("k", "4184", "g m^2 s^-2", "calorie calories kilocalorie kilocalories"),
    "bar": ("m", "1e8", "g m^-1 s^-2", "bars"),
    "atm": ("", "101325000", "g m^-1 s^-2", "atmosphere atmospheres"),
    "min": ("", "60", "s", "minute minutes mins"),
    "h": ("", "3600", "s", "hour hours hr hrs"),
    "d": ("", "86400", "s", "day days"),
    "wk": ("", "604800", "s", "week weeks"),
    "yr": ("", "12", "month", "year years yrs"),
    "mo": ("", "1", "month", "month months"),
    "in": ("", "0.0254", "m", "inch inches"),
    "ft": ("", "0.3048", "m", "foot feet"),
    "yd": ("", "0.9144", "m", "yard yards"),
    "mi": ("", "1609.344", "m", "mile miles"),
    "ha": ("", "10000", "m^2", "hectare hectares"),
    "acre": ("", "4046.8564224", "m^2", "acres"),
    "gal": ("", "0.003785411784", "m^3", "gallon gallons"),
    "qt": ("", "0.000946352946", "m^3", "quart quarts"),
    "pt": ("", "0.000473176473", "m^3", "pint pints"),
    "cup": ("", "0.0002365882365", "m^3", "cups"),
    "tbsp": ("", "0.00001478676478125", "m^3", "tablespoon tablespoons"),
    "tsp": ("", "0.00000492892159375", "m^3", "teaspoon teaspoons"),
    "lb": ("", "453.59237", "g", "lbs pound pounds"),
    "oz": ("", "28.349523125", "g", "ounce ounces"),
    "t": ("", "1000000", "g", "ton tons tonne tonnes"),
    "mph": ("", "0.44704", "m s^-1", ""),
    "kph": ("", "5/18", "m s^-1", "kmh kmph"),
    "rpm": ("", "1/60", "rev s^-1", ""),
    "rev": ("", "1", "rev", "revolution revolutions"),
    "rad": ("m", "1", "rad", "radian radians"),
    "°": ("", "1", "deg", "degree degrees deg"),
    "°C": ("", "1", "celsius", "celsius"),
    "°F": ("", "1", "fahrenheit", "fahrenheit"),
    "B": ("kMGT", "8", "bit", "byte bytes"),
    "bit": ("kMGT", "1", "bit", "bits"),
    "dB": ("", "1", "dB", "decibel decibels"),
    "lm": ("", "1", "lm", "lumen lumens"),
    "$": ("", "1", "dollar", "dollar dollars usd us$"),
    "¢": ("", "1/100", "dollar", "cent cents"),
    "€": ("", "1", "euro", "euro euros eur"),
    "£": ("", "1", "sterling", "gbp quid"),
    "¥": ("", "1", "yen", "yen jpy"),
    "元": ("", "1", "yuan", "yuan rmb cny"),
    "₹": ("", "1", "rupee", "rupee rupees inr rs"),
    "₫": ("", "1", "dong", "vnd dong đồng"),
    "₩": ("", "1", "won", "won krw"),
    "₽": ("", "1", "ruble", "ruble rubles rub roubles"),
}  # fmt: skip
# What people write for them beside their names.
_SPELLED = {
    "Kg": "kg", "KG": "kg", "Kgs": "kg", "kgs": "kg", "KM": "km", "Km": "km", "kms": "km",
    "CM": "cm", "Cm": "cm", "cms": "cm", "MM": "mm", "ML": "mL", "Ml": "mL", "gms": "g", "gm": "g",
    "hz": "Hz", "μm": "µm", "MPH": "mph", "KPH": "kph", "sq": "square", "ohm": "Ω", "円": "¥",
    "kcal": "kcal", "KW": "kW", "KJ": "kJ", "kwh": "kWh", "KWh": "kWh", "Gb": "GB", "Mb": "MB",
}  # fmt: skip
# What stands before an amount as well as behind it.
CURRENCIES = "$€£¥₹₫₩₽元"
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "元", "INR": "₹", "VND": "₫",
          "KRW": "₩", "RUB": "₽"}  # fmt: skip
# One letter after a number is a unit only if hardly anybody names a variable so there.
_LETTERS = set("mgsNJWVAKCFTHLlhM")
_POWERS = {"square": 2, "squared": 2, "cubic": 3, "cubed": 3}
# Words that multiply what comes before them.
MULTIPLIERS = {
    "hundred": Fraction(100), "thousand": Fraction(1000), "million": Fraction(10**6),
    "billion": Fraction(10**9), "dozen": Fraction(12), "gross": Fraction(144),
    "dozens": Fraction(12), "hundreds": Fraction(100), "thousands": Fraction(1000),
    "millions": Fraction(10**6), "billions": Fraction(10**9), "score": Fraction(20),
    "half": Fraction(1, 2), "halves": Fraction(1, 2), "third": Fraction(1, 3),
    "thirds": Fraction(1, 3), "quarter": Fraction(1, 4), "quarters": Fraction(1, 4),
    "fourths": Fraction(1, 4), "fifth": Fraction(1, 5), "fifths": Fraction(1, 5),
    "sixths": Fraction(1, 6), "eighths": Fraction(1, 8), "tenths": Fraction(1, 10),
    "hundredths": Fraction(1, 100), "thousandths": Fraction(1, 1000),
}  # fmt: skip
# E.g. `kg`, `°C`, `$`, `^-2`, `/`; not `.`
_TOKEN = re.compile(r"[^\W\d_]+\$?|°[CF]?|[$¢€£¥元₹₫₩₽円]|\^\s*-?\d+|-\d+|[/*·⋅]|\d")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit.

    Attributes:
        dimensions: Each base unit and its power, by name.
        size: In those base units.
    """

    dimensions: tuple[tuple[str, int], ...]
    size: Fraction

    @property
    def known(self) -> bool:
        """Whether it is a unit at all rather than a noun that is counted."""
        return not any(name.startswith("'") for name, _ in self.dimensions)


def _names() -> dict[str, tuple[str, str]]:
    """Returns each name of a unit, in lower case, with its prefix and symbol."""
    found: dict[str, tuple[str, str]] = {}
    for symbol, (prefixes, _, _, names) in _SYMBOLS.items():
        for name in names.split():
            found.setdefault(name, ("", symbol))
            for long, short in _PREFIX_NAMES.items():
                if short in prefixes or (short == "k" and symbol == "m"):
                    found.setdefault(long + name, (short, symbol))
    found["kilocalorie"] = found["kilocalories"] = ("k", "cal")
    return found


_NAMES = _names()


def currency_unit(code: str) -> str:
    """Returns what a currency's unit is called here, by its ISO 4217 code."""
    return _SIGNS.get(code, code)


def is_unit(word: str) -> bool:
    """Returns whether a word after a number is read as its unit."""
    return _part(word) is not None or word.lower() in _POWERS or word.lower() == "sq"


def is_letter_unit(letter: str) -> bool:
    """Returns whether a single letter, set off behind a number, is its unit."""
    return letter in _LETTERS


@lru_cache(maxsize=4096)
def read_unit(text: str) -> Unit:
    """Returns the unit that a text says; a word that is none is a noun of its own.

    ``cm^2``, ``square centimeters``, ``kg*m^-3``, ``km per hour``, ``N m``, ``apples``.
    """
    dimensions: dict[str, int] = {}
    size, sign, power = Fraction(1), 1, 1
    last: list[tuple[str, int]] = []
    last_size = Fraction(1)
    for token in _TOKEN.findall(_flattened(text)):
        word = str(_SPELLED.get(token, token))
        if word in ("/", "per", "pro", "par", "por"):
            sign = -1
        elif word in ("*", "·", "⋅", "of", "the"):
            continue
        elif exponent := _exponent(word, bool(last)):
            # An exponent is of the unit before it.
            for name, count in last:
                dimensions[name] += count * (exponent - 1)
            size *= last_size ** (exponent - 1)
            last = []
        elif word.lower() in _POWERS:
            power = _POWERS[word.lower()]
        else:
            part = _part(word) or Unit(((f"'{_singular(word)}", 1),), Fraction(1))
            last = [(name, count * sign * power) for name, count in part.dimensions]
            for name, count in last:
                dimensions[name] = dimensions.get(name, 0) + count
            last_size = part.size ** (sign * power)
            size *= last_size
            power = 1
    for name, count in last if power > 1 else ():
        dimensions[name] += count * (power - 1)
    left = tuple(sorted((name, count) for name, count in dimensions.items() if count))
    return Unit(left, size)


def _exponent(word: str, after_unit: bool) -> int:
    if word in ("squared", "cubed") and after_unit:
        return _POWERS[word]
    digits = word.lstrip("^ ")
    if after_unit and re.fullmatch(r"-?\d{1,2}", digits) and int(digits):
        return int(digits)
    return 0


def _flattened(text: str) -> str:
    """Returns a unit's text in one notation: powers as ``^2``, no braces and dots."""
    for sign, plain in (("⁻¹", "^-1"), ("⁻²", "^-2"), ("⁻³", "^-3"), ("²", "^2"), ("³", "^3")):
        text = text.replace(sign, plain)
    text = re.sub(r"\bdegrees?\s+(?=[CF]\b|[Cc]elsius|[Ff]ahrenheit)", "°", text)
    text = re.sub(r"°\s*[Cc]elsius", "°C", re.sub(r"°\s*[Ff]ahrenheit", "°F", text))
    text = text.replace("° C", "°C").replace("° F", "°F").replace("μ", "µ")
    text = text.replace("{", "").replace("}", "").replace(r"\cdot", "*").replace("'", "")
    return re.sub(r"\^\s*-\s*", "^-", text)


def _singular(word: str) -> str:
    low = word.lower()
    return low[:-1] if len(low) > 3 and low.endswith("s") and not low.endswith("ss") else low


def _part(word: str) -> Unit | None:
    """Returns a unit without a power, ``None`` where the word is none."""
    word = _SPELLED.get(word, word)
    prefix, symbol = "", word
    if word not in _SYMBOLS:
        if word[:1] in _PREFIXES and word[1:] in _SYMBOLS and word[0] in _SYMBOLS[word[1:]][0]:
            prefix, symbol = word[0], word[1:]
        elif word.lower() in _NAMES:
            prefix, symbol = _NAMES[word.lower()]
        else:
            return None
    _, size, dimensions, _ = _SYMBOLS[symbol]
    factor = Fraction(_PREFIXES[prefix]) if prefix else Fraction(1)
    parts = tuple(
        (name, int(power or 1)) for name, _, power in (d.partition("^") for d in dimensions.split())
    )
    return Unit(parts, Fraction(size) * factor)
