# ruff: noqa: RUF001 - letters of other scripts are what is looked for
"""Numbers and amounts of money as people write them, read exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation

from touchstone.lazy import pattern
from touchstone.scoring.currencies import DOLLARS, PARTS, currencies_of
from touchstone.scoring.lexicon import LENGTHS_OF_TIME, POWERS_OF_TEN, as_read
from touchstone.scoring.numerals import whole_number

# Without traps and with the widest exponents, so that no value from a completion raises.
_EXACT = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])

# Tried in this order; each names its thousands and its decimal mark. A lone comma before
# exactly three digits is a thousands mark, a lone point is always a decimal point.
_FORMS = (
    (pattern(r"[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?|\.[0-9]+(?:e[+-]?[0-9]+)?"), "", "."),
    (pattern(r"[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]+)?"), ",", "."),
    (pattern(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]+"), ".", ","),
    (pattern(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}"), ".", ","),
    (pattern(r"[0-9]+,[0-9]+"), "", ","),
    (pattern(r"[1-9][0-9]{0,2}(?:[ '_][0-9]{3})+(?:\.[0-9]+)?"), " '_", "."),
    (pattern(r"[1-9][0-9]{0,2}(?:[ '_][0-9]{3})+,[0-9]+"), " '_", ","),
    (pattern(r"[1-9][0-9]{0,3}(?:,[0-9]{4})+"), ",", "."),
)  # fmt: skip
_MAX_WORDS = 100  # characters of a number that is not digits only
# E.g. `500.000`: of money without a scale, a point before three digits marks thousands.
_POINT_AND_THREE = pattern(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_FRACTION = pattern(r"([0-9]{1,9})/([1-9][0-9]{0,8})")
_HUNDREDTHS = pattern(
    r"(?:%|percent|per cent|pct\.?|prozent|pour cent|por ciento|por cento|per cento|procent|prosent"
    r"|процент(?:а|ов)?|phần trăm|パーセント|퍼센트|프로|في المئة|بالمئة)"
)
_HUNDREDTHS_BEFORE = pattern(r"百分之|%")
# E.g. `5 million`, `1.5 tỷ`, `3億5000万`; of letters, only words in full
# E.g. `43元5角`, `43块5`, `3元零5分`; not `43元`, `43块50`
_YUAN = pattern(
    r"(?P<yuan>[0-9]{1,12})\s?[元块塊]\s?(?:(?:(?P<jiao>[0-9])[角毛]|[零〇])?(?:(?P<fen>[0-9])分)"
    r"|(?P<tenth>[0-9])(?:[角毛]|(?![0-9.]|[^\W_])))"
)
_SCALED = pattern(r"(?P<number>[0-9][0-9., '_]*?) ?(?P<scale>[^\W\d_]+)\.?")
_AMOUNT = pattern(r"(?P<before>[^0-9]*?)\s*(?P<number>\.?[0-9][0-9., '_]*)\s*(?P<after>.*)")
# E.g. `元人民币`, `원화`; one name is the unit, the other the country's
_TWICE_NAMED = pattern(r"(元|块|圆|円)\s?(?:人民币|人民幣|日元|日圓|cny|rmb|jpy)$")
_NO_CENTS = pattern(r"[.,]\s?--?|\s?--")
# E.g. `$5/hr`, `$5 per hour`, `5 € pro Stunde`, `$20 an hour`, `$5 monthly`
_RATE = pattern(
    r"\s?(?:/|\b(?:per|an?|each|pro|par|por|al|в|на|mỗi|je)\s|每)\s?(?P<unit>[^\W\d_]+)\.?$"
)
_EVERY = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month",
          "yearly": "year", "annually": "year", "p.a.": "year", "pa": "year"}  # fmt: skip
_WITH_PARTS = pattern(
    r"(?P<whole>.*?\D)\s(?:(?:and|und|et|y|e|og)\s)?(?P<part>[0-9]{1,2}) ?(?P<unit>[^\W\d]+)"
)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of money.

    Attributes:
        amount: In the currency's main unit.
        currencies: ISO 4217 codes of those that its name may mean; none where it names none.
        per: What it is paid for: a length of time or a thing; empty where it is a sum.
    """

    amount: Decimal
    currencies: frozenset[str] = frozenset()
    per: str = ""

    def meets(self, expected: Money, tolerance: float = 0.0) -> bool:
        """Decides whether this says what is expected; an unnamed currency is met by any."""
        named = not expected.currencies or bool(expected.currencies & self.currencies)
        return named and expected.per == self.per and near(expected.amount, self.amount, tolerance)


def read_number(text: str) -> Decimal | None:
    """Returns the number that a text states and nothing else, or ``None``.

    Thousands marks (``1,234``, ``1 234``, ``1'234``, Indian ``1,23,456``), either decimal
    mark where the digits leave no doubt (``1.234,50``, ``0,5``), signs, accounting
    brackets (``(5)`` is -5), exponents, percent (``50 %`` is 0.5), scales in words
    (``5 million``, ``1,5 Mio.``, ``3億``), and digits of any script. Exact at any size.
    """
    negative, text = _sign(as_read(text))
    share = Decimal(1)
    for mark in (_HUNDREDTHS_BEFORE.match(text), next(_at_end(_HUNDREDTHS, text), None)):
        if mark and share == 1:
            text, share = (text[: mark.start()] + text[mark.end() :]).strip(), Decimal("0.01")
    number = _digits(text)
    if number is None and share == 1 and len(text) <= _MAX_WORDS:
        number = _fraction(text) if "/" in text else _scaled(text)
    if number is not None and share != 1:
        number = number * share if _short(number) else None
    return number.copy_negate() if negative and number is not None else number


def read_money(text: str) -> Money | None:
    """Returns an amount of money, or ``None``.

    ``$1,234.50``, ``USD 1234.5``, ``1.234,50 €``, ``-$5``, ``($5.00)``, ``$1.5 million``,
    ``100万円``, ``50 cents``, ``$20 per hour``, ``five dollars``. A currency is its ISO 4217 code;
    a bare dollar sign is the United States', a yen sign Japan's or China's. ``500.000 đ`` are
    thousands, since no sum has three decimals; a price per something may.
    """
    negative, text = _sign(in_yuan(as_read(text)))
    if both := _WITH_PARTS.fullmatch(text):
        whole, part = _money(both["whole"]), _money(f"{both['part']} {both['unit']}")
        if whole and part and both["unit"] in PARTS and whole.currencies & part.currencies:
            amount = _EXACT.add(whole.amount, part.amount)
            return Money(amount.copy_negate() if negative else amount, whole.currencies)
    found = _money(text)
    return replace(found, amount=found.amount.copy_negate()) if found and negative else found


def in_yuan(text: str) -> str:
    """Returns a text whose sums in yuan, jiao and fen are in yuan: ``43元5角`` is ``43.5元``."""
    if text.isascii():
        return text
    return _YUAN.sub(
        lambda m: f"{m['yuan']}.{m['jiao'] or m['tenth'] or 0}{m['fen'] or ''}元", text
    )


def near(expected: Decimal, got: Decimal, tolerance: float = 0.0) -> bool:
    """Decides whether two numbers are equal, or differ by at most ``tolerance * |expected|``."""
    if expected == got:
        return True
    if tolerance <= 0:
        return False
    gap = _EXACT.abs(_EXACT.subtract(expected, got))
    return gap <= _EXACT.multiply(Decimal(repr(tolerance)), _EXACT.abs(expected))


def _sign(text: str) -> tuple[bool, str]:
    if text.startswith("(") and text.endswith(")"):
        return True, text[1:-1].strip()
    if text[:1] in ("-", "+"):
        return text[0] == "-", text[1:].lstrip()
    return False, text


def _at_end(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    return (match for match in pattern.finditer(text) if match.end() == len(text))


def _digits(text: str) -> Decimal | None:
    for form, thousands, point in _FORMS:
        if form.fullmatch(text):
            for mark in thousands:
                text = text.replace(mark, "")
            try:
                return Decimal(text.replace(point, "."))
            except InvalidOperation:  # an exponent beyond anything
                return None
    return None


def _fraction(text: str) -> Decimal | None:
    match = _FRACTION.fullmatch(text)
    return _EXACT.divide(Decimal(match[1]), Decimal(match[2])) if match else None


def _scaled(text: str) -> Decimal | None:
    """Reads numbers with their scales, one behind the other as Chinese writes them."""
    total, position = Decimal(0), 0
    while position < len(text):
        match = _SCALED.match(text, position)
        number = _digits(match["number"].strip()) if match else None
        power = POWERS_OF_TEN.get(match["scale"]) if match else None
        if match is None or number is None or power is None:
            # `250 m2` is an area; `3億5000` is one number.
            spaceless = position and not text[position - 1].isascii()
            rest = _digits(text[position:]) if spaceless else None
            return None if rest is None else _EXACT.add(total, rest)
        total = _EXACT.add(total, number.scaleb(power, _EXACT))
        position = match.end()
    return total if position else None


def _money(text: str) -> Money | None:
    text, per = _rated(text)
    text = _NO_CENTS.sub("", text)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return _spoken_money(text, per)
    before, after = match["before"].strip(), _TWICE_NAMED.sub(r"\1", match["after"].strip())
    negative = before.endswith("-")
    before = before.removesuffix("-").strip()
    digits = match["number"].strip()
    number = _digits(digits)
    if number is None:
        return None
    before = before if currencies_of(before) else before.replace(" ", "")
    scaled, after = _with_scale(number, after)
    if scaled == number and not per and _POINT_AND_THREE.fullmatch(digits):
        scaled = number.scaleb(3, _EXACT)
    number = scaled
    if any(char.isdigit() for char in after):
        return _compound_money(text, per)
    named = [currencies_of(part) for part in (before, after) if part]
    if any(name is None for name in named) or (after in PARTS and before):
        return None
    currencies = _both(*sorted((name for name in named if name), key=_plain_dollar))
    if currencies is None:
        return None
    if after in PARTS:
        number = number.scaleb(-2, _EXACT)
    return Money(number.copy_negate() if negative else number, currencies, per)


def _compound_money(text: str, per: str) -> Money | None:
    """Reads `1억2000만원`: numbers with scales, then a currency."""
    letters = next((n for n, char in enumerate(reversed(text)) if char.isdigit()), 0)
    for length in range(1, letters):
        currencies, number = currencies_of(text[-length:].strip()), _scaled(text[:-length].strip())
        if currencies and number is not None:
            return Money(number, currencies, per)
    return None


def _rated(text: str) -> tuple[str, str]:
    """Splits off what the money is paid for."""
    for word, unit in _EVERY.items():
        if text.endswith(f" {word}"):
            return text.removesuffix(word).strip(), unit
    match = _RATE.search(text)
    if match is None or match.start() == 0:
        return text, ""
    unit = match["unit"]
    return text[: match.start()].strip(), LENGTHS_OF_TIME.get(unit, unit)


def _with_scale(number: Decimal, after: str) -> tuple[Decimal, str]:
    """Returns a number with the scales that follow it, and what is left behind them."""
    while after:
        word = re.split(r"[\s.]", after, maxsplit=1)[0]
        if word not in POWERS_OF_TEN:
            word = next((after[:n] for n in (2, 1) if _glued(after, n)), "")
        if not word or after in PARTS or (after != word and currencies_of(after)):
            break
        number = number.scaleb(POWERS_OF_TEN[word], _EXACT)
        after = after[len(word) :].lstrip(". ").removeprefix("de ").removeprefix("d'")
    return number, after


def _glued(after: str, length: int) -> bool:
    """Whether a scale and a currency stand together: `万円`, `m€`."""
    return after[:length] in POWERS_OF_TEN and currencies_of(after[length:]) is not None


def _plain_dollar(codes: frozenset[str]) -> bool:
    return codes != {"USD"}


def _both(
    one: frozenset[str] = frozenset(), other: frozenset[str] = frozenset()
) -> frozenset[str] | None:
    """Returns what two names of one currency mean: `$5 CAD`, `US$ 5 dollars`."""
    if not one or not other:
        return one or other
    if one == {"USD"} and other <= DOLLARS:
        return other  # the sign, then which dollars
    return one & other or None


def _spoken_money(text: str, per: str) -> Money | None:
    """Reads `five dollars`, `one million euros`."""
    words, _, name = text.rpartition(" ")
    currencies, number = currencies_of(name), whole_number(words) if words else None
    if number is None or currencies is None:
        return None
    if name in PARTS:
        number = number.scaleb(-2, _EXACT)
    return Money(number, currencies, per)


def _short(number: Decimal) -> bool:
    """Whether the default context multiplies this number without rounding or overflow."""
    return len(number.as_tuple().digits) <= 20 and abs(number.adjusted()) < 1000
