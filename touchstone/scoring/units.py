# ruff: noqa: RUF001 - letters of other scripts are what is looked for
"""Units: one table of what they are called and how large they are, and the grammar of products.

A unit is a size in the base units of its dimensions, so that two of the same dimensions convert
into each other. Symbols keep their case where it decides (``MJ`` is not ``mJ``); names do not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from touchstone.lazy import pattern
from touchstone.scoring.currencies import PARTS, currencies_of
from touchstone.scoring.lexicon import LENGTHS_OF_TIME

# Symbol to what it multiplies by, and what it is called in front of a name.
_PREFIXES = {
    "k": ("1e3", "kilo кило"), "M": ("1e6", "mega мега"), "G": ("1e9", "giga гига"),
    "T": ("1e12", "tera"), "m": ("1e-3", "milli мили"), "μ": ("1e-6", "micro"),
    "µ": ("1e-6", "mikro"), "u": ("1e-6", ""), "n": ("1e-9", "nano"), "p": ("1e-12", "pico"),
    "f": ("1e-15", "femto"), "c": ("1e-2", "centi zenti санти"), "d": ("1e-1", "deci dezi"),
    "h": ("1e2", "hecto hekto"),
}  # fmt: skip
# A unit a line: its symbols, the prefixes that are used with it, its size, its dimensions, its
# names; a low line stands for a space.
_TABLE = """
m | kcdmμµunpf | 1 | m | meter meters metern metre metres mètre mètres metro metros metri метр метров метра метры mét
g | kmcdμµunh | 1 | g | gram grams gramme grammes gramm gramo gramos grama gramas grammo grammi грамм граммов gr
s | mμµunpf | 1 | s | second seconds sec secs
A | kmμµun | 1 | A | amp amps ampere amperes
K | m | 1 | K | kelvin kelvins
mol | kmμµun | 1 | mol | mole moles
M | mμµun | 1000 | mol m^-3 | molar
N | kMmμµu | 1000 | g m s^-2 | newton newtons
J | kMGTmμµu | 1000 | g m^2 s^-2 | joule joules
W | kMGTmμµun | 1000 | g m^2 s^-3 | watt watts
Pa | hkMG | 1000 | g m^-1 s^-2 | pascal pascals
Hz | kMGT | 1 | s^-1 | hertz hz
C | mμµunp | 1 | A s | coulomb coulombs
V | kmMμµu | 1000 | g m^2 s^-3 A^-1 | volt volts
Ω | kMmG | 1000 | g m^2 s^-3 A^-2 | ohm ohms
S | mμµu | 1/1000 | g^-1 m^-2 s^3 A^2 | siemens
F | mμµunp | 1/1000 | A^2 s^4 g^-1 m^-2 | farad farads
T | mμµun | 1000 | g s^-2 A^-1 | tesla teslas
Wb | mμµu | 1000 | g m^2 s^-2 A^-1 | weber webers
H | mμµun | 1000 | g m^2 s^-2 A^-2 | henry henries
Bq | kMGT | 1 | s^-1 | becquerel becquerels
L l | mcdμµuh | 1/1000 | m^3 | liter liters litre litres litro litros litri литр литров литра lít
Wh | kMGT | 3600000 | g m^2 s^-2 | watt-hours watt-hour
eV | kMGTm | 1.602176634e-16 | g m^2 s^-2 | electronvolt electronvolts electron_volts
cal | k | 4184 | g m^2 s^-2 | calorie calories kilocalorie kilocalories
bar | m | 1e8 | g m^-1 s^-2 | bars
B | kMGT | 8 | bit | byte bytes
bit b | kMGT | 1 | bit | bits
rad | m | 1 | rad | radian radians
eq | m | 1 | equivalents |
U | m | 1 | units |
atm || 101325000 | g m^-1 s^-2 | atmosphere atmospheres
mmHg || 133322.387415 | g m^-1 s^-2 | mm_Hg torr
psi || 6894757.293168 | g m^-1 s^-2 |
min || 60 | s | minute minutes mins мин
h || 3600 | s | hr hrs hour hours 小时 ч
d || 86400 | s | day days
wk || 604800 | s | week weeks
mo || 1 | month | month months
yr || 12 | month | year years yrs
in || 0.0254 | m | inch inches
ft || 0.3048 | m | foot feet
yd || 0.9144 | m | yard yards
mi || 1609.344 | m | mile miles
nmi || 1852 | m | nautical_mile nautical_miles
ly || 9460730472580800 | m | light-year light-years light_year light_years
AU || 149597870700 | m | astronomical_unit astronomical_units
Å || 1e-10 | m | angstrom angstroms ångström
km || 1000 | m | 公里 千米 км kilómetro kilómetros quilômetro quilômetros quilómetro quilómetros chilometro chilometri ki-lô-mét キロメートル 킬로미터
cm || 0.01 | m | 厘米 公分 см centímetro centímetros xăng-ti-mét センチメートル センチ 센티미터
mm || 0.001 | m | 毫米 мм milímetro milímetros mi-li-mét ミリメートル 밀리미터
米 || 1 | m | м メートル 미터
ha || 10000 | m^2 | hectare hectares 公顷
acre || 4046.8564224 | m^2 | acres ac
sqm || 1 | m^2 | qm 平方米 平米 м² кв.м
sqft || 0.09290304 | m^2 |
cc || 1e-6 | m^3 |
gal || 0.003785411784 | m^3 | gallon gallons
qt || 0.000946352946 | m^3 | quart quarts
pt || 0.000473176473 | m^3 | pint pints
cup || 0.0002365882365 | m^3 | cups
tbsp || 0.00001478676478125 | m^3 | tablespoon tablespoons
tsp || 0.00000492892159375 | m^3 | teaspoon teaspoons
fl_oz || 0.0000295735295625 | m^3 | floz fluid_ounce fluid_ounces
mL || 1e-6 | m^3 | 毫升 мл
升 || 0.001 | m^3 | л リットル 리터
lb || 453.59237 | g | lbs pound pounds
oz || 28.349523125 | g | ounce ounces
t || 1000000 | g | ton tons tonne tonnes т 吨
st || 6350.29318 | g | stone
kg || 1000 | g | 公斤 千克 кг kgs kilo kilos quilograma quilogramas chilogrammo chilogrammi ki-lô-gam キログラム 킬로그램
克 || 1 | g | г グラム 그램
mg || 0.001 | g | 毫克 мг
mcg || 0.000001 | g | 微克
u || 1 | dalton | amu Da dalton daltons
mph || 0.44704 | m s^-1 |
kph || 5/18 | m s^-1 | kmh kmph
kn || 463/900 | m s^-1 | knot knots
rpm || 1/60 | rev s^-1 |
rev || 1 | rev | revolution revolutions
° || 1 | deg | degree degrees deg
°C || 1 | celsius | ℃ celsius degrees_celsius degree_celsius °с 摄氏度 度
°F || 1 | fahrenheit | ℉ fahrenheit degrees_fahrenheit degree_fahrenheit
dB || 1 | dB | decibel decibels
lm || 1 | lm | lumen lumens
lx || 1 | lm m^-2 | lux
cd || 1 | cd | candela candelas
hp || 745699.87158227022 | g m^2 s^-3 | horsepower
IU || 1 | IU | iu ui
px || 1 | pixel | pixel pixels
KiB || 8192 | bit |
MiB || 8388608 | bit |
GiB || 8589934592 | bit |
Mbps || 1000000 | bit s^-1 |
Gbps || 1000000000 | bit s^-1 |
kbps || 1000 | bit s^-1 |
ppm || 1 | ppm |
ct || 1 | carat | carat carats
"""  # noqa: E501 - a unit a line
_POWER_WORDS = {
    "square": 2, "sq": 2, "sq.": 2, "кв": 2, "кв.": 2, "平方": 2, "cubic": 3, "cu": 3,
    "квадратных": 2, "квадратный": 2, "квадратные": 2, "квадратным": 2, "кубических": 3,
    "кубический": 3, "кубические": 3, "кубическим": 3,
}  # fmt: skip
# Those behind the unit that they raise, and those that are one word with it.
POWERS_BEHIND = {
    word: power
    for power, words in {
        2: "squared carré carrés cuadrado cuadrados quadrado quadrados quadrato quadrati vuông",
        3: "cubed cube cubes cúbico cúbicos cubo cubi khối",
    }.items()
    for word in words.split()
}
_POWERS_WITHIN = {"平方": 2, "立方": 3, "quadrat": 2, "kubik": 3, "제곱": 2, "세제곱": 3, "입방": 3}
_USUAL = frozenset(("usd", "eur", "gbp", "jpy", "inr", "vnd", "krw", "rub", "cny"))
_DIVIDES = frozenset(("/", "per", "pro", "par", "por", "each"))
_TIMES = frozenset(("*", "·", "⋅", "×", "of", "the"))
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
# E.g. `⁻²`, `³`; not `2`
_RAISED = pattern(r"[⁻⁰¹²³⁴-⁹]+")
# E.g. `kg`, `fl oz`, `°C`, `^-2`, `/`, `(`, `m2`; not `.`
_TOKEN = pattern(
    r"(?:fl|mm|nautical|fluid|light|astronomical|electron|degrees?)\s[A-Za-z]+|кв\.(?:м)?"
    r"|[^\W\d_]+(?:-[^\W\d_]+)?\$?|°[CcFfс]?|[℃℉$¢€£¥元₹₫₩₽円]|\^?\s?-?\d+|[/*·⋅×()]"
)


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

    @property
    def money(self) -> bool:
        """Whether a currency is part of it."""
        return any(name.startswith("$") for name, _ in self.dimensions)


@cache
def _units() -> dict[str, Unit]:
    """Returns every symbol and name of every unit, case kept."""
    found: dict[str, Unit] = {}
    prefixed: dict[str, Unit] = {}
    for line in _TABLE.strip().splitlines():
        symbols, prefixes, size, dimensions, names = (part.strip() for part in line.split("|"))
        unit = Unit(_powers(dimensions), Fraction(size))
        found |= dict.fromkeys(
            (name.replace("_", " ") for name in (*symbols.split(), *names.split())), unit
        )
        for prefix in prefixes:
            factor, long = _PREFIXES[prefix]
            larger = Unit(unit.dimensions, unit.size * Fraction(factor))
            for symbol in symbols.split():
                prefixed.setdefault(prefix + symbol, larger)
            for name in names.split():
                prefixed |= {start + name: larger for start in long.split()}
    return prefixed | found


@cache
def _folded() -> dict[str, Unit]:
    """Returns units without case, where it decides nothing; of bits and bytes, bytes are meant."""
    found: dict[str, set[Unit]] = {}
    for name, unit in _units().items():
        if not (name.endswith("b") and name.lower() in ("kb", "mb", "gb", "tb")):
            found.setdefault(name.casefold(), set()).add(unit)
    return {name: units.pop() for name, units in found.items() if len(units) == 1}


def _powers(text: str) -> tuple[tuple[str, int], ...]:
    parts = (part.partition("^") for part in text.split())
    return tuple(sorted((name, int(power or 1)) for name, _, power in parts))


def unit_names() -> Iterable[str]:
    """Returns all that units are called."""
    return _units()


def unit_named(word: str, *, folded: bool = True) -> Unit | None:
    """Returns the unit that a symbol or a name means, ``None`` where it means none.

    Args:
        word: A symbol or a name.
        folded: Whether it may be written in another case, where that decides nothing.

    Lengths of time and currencies are units too, by what any language calls them. The dimension of
    a currency is its ISO 4217 code behind a dollar sign.
    """
    word = word.replace("μ", "µ")
    found = _units().get(word)
    if found is None and folded:
        found = _folded().get(word.casefold().rstrip("."))
    if found is None and (len(word) > 2 or not word.isascii()):
        found = _units().get(LENGTHS_OF_TIME.get(word.casefold(), ""))
    return found or _currency(word)


def _currency(word: str) -> Unit | None:
    low = word.lower()
    codes = currencies_of(low)
    short = word.isascii() and word.isalpha() and len(word) < 3 and low != "rs"
    if not codes or short or (low.upper() in codes and word.islower() and low not in _USUAL):
        return None
    named = next((code for code in ("USD", "JPY", "INR") if code in codes), "/".join(sorted(codes)))
    return Unit(((f"${named}", 1),), Fraction(1, 100) if low in PARTS else Fraction(1))


def is_power_word(word: str) -> bool:
    """Returns whether a word raises the unit beside it: ``square``, ``cubed``."""
    return word.lower() in _POWER_WORDS or word.lower() in POWERS_BEHIND


@lru_cache(maxsize=4096)
def read_unit(text: str) -> Unit:
    """Returns the unit that a text says; a word that is none is a noun of its own.

    ``cm^2``, ``square centimeters``, ``kg*m^-3``, ``km per hour``, ``J/(mol K)``, ``apples``.
    """
    product = _Product()
    for token in _TOKEN.findall(_flattened(text)):
        product.take(token)
    return product.unit()


def unit_said(text: str) -> Unit | None:
    """Returns the unit that a text says and nothing else, ``None`` where it says more."""
    bare = _flattened(text.strip())
    if not bare or bare[0] in "-0123456789" or _TOKEN.sub("", bare).strip(" ."):
        return None
    unit = read_unit(text)
    return unit if unit.known and (unit.dimensions or "/" in bare or "per" in bare) else None


class _Product:
    """A product of units that is read word by word."""

    def __init__(self) -> None:
        self._powers: Counter[str] = Counter()
        self._size = Fraction(1)
        self._sign, self._outer = 1, [1]
        self._power = 1
        self._last: tuple[Unit, int] | None = None

    def take(self, word: str) -> None:
        """Reads one more word or mark."""
        low = word.lower()
        if low in _DIVIDES:
            self._sign = -self._outer[-1]
        elif word == "(":
            self._outer.append(self._sign)
        elif word == ")":
            if len(self._outer) > 1:
                self._outer.pop()
            self._sign = self._outer[-1]
        elif low in _TIMES:
            self._last = self._last if low in ("of", "the") else None
        elif re.fullmatch(r"\^?\s?-?\d+", word) or (low in POWERS_BEHIND and self._last):
            self._raise(POWERS_BEHIND.get(low) or int(word.lstrip("^ ")))
        elif low in _POWER_WORDS:
            self._power = _POWER_WORDS[low]
        else:
            part, power = _named(word)
            self._last = part, self._sign * self._power * power
            self._times(*self._last)
            self._power = 1

    def _raise(self, exponent: int) -> None:
        """An exponent is of the unit before it."""
        if self._last and 0 < abs(exponent) < 13:
            part, power = self._last
            self._times(part, power * (exponent - 1))
            self._last = None

    def _times(self, part: Unit, power: int) -> None:
        for name, count in part.dimensions:
            self._powers[name] += count * power
        self._size *= part.size**power

    def unit(self) -> Unit:
        """Returns what was read."""
        if self._power > 1 and self._last:
            self._raise(self._power)
        powers = ((name, count) for name, count in self._powers.items() if count)
        return Unit(tuple(sorted(powers)), self._size)


def _named(word: str) -> tuple[Unit, int]:
    """Returns the unit that a word means, and its power: ``Quadratmeter``, ``apples``."""
    if found := unit_named(word):
        return found, 1
    for within, power in _POWERS_WITHIN.items():
        inner = word[len(within) :]
        if word.lower().startswith(within) and (found := unit_named(inner)):
            return found, power
    return Unit(((f"'{_singular(word)}", 1),), Fraction(1)), 1


def _flattened(text: str) -> str:
    """Returns a unit's text in one notation: powers as ``^2``, no braces."""
    text = _RAISED.sub(lambda m: "^" + m[0].translate(_SUPERSCRIPTS), text)
    text = re.sub(r"\bdegrees?\s+(?=[CF]\b|[Cc]elsius|[Ff]ahrenheit)", "°", text)
    text = re.sub(r"°\s*(?:[Cc]elsius|C\b)", "°C", re.sub(r"°\s*(?:[Ff]ahrenheit|F\b)", "°F", text))
    text = text.replace("{", "").replace("}", "").replace(r"\cdot", "*").replace("'", "")
    return re.sub(r"\^\s*-\s*", "^-", text)


def _singular(word: str) -> str:
    low = word.lower()
    return low[:-1] if len(low) > 3 and low.endswith("s") and not low.endswith("ss") else low
