"""Numbers and amounts of money as people write them, read exactly."""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation

from touchstone.scoring.similarity import plain
from touchstone.scoring.words import SCALES

# Without traps and with the widest exponents, so that no value from a completion raises.
_EXACT = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[])

# Tried in this order; each names its thousands and its decimal mark. A lone comma before
# exactly three digits is a thousands mark, a lone point is always a decimal point.
_FORMS = (
    (re.compile(r"[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?|\.[0-9]+(?:e[+-]?[0-9]+)?"), "", "."),
    (re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]+)?"), ",", "."),
    (re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+,[0-9]+"), ".", ","),
    (re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}"), ".", ","),
    (re.compile(r"[0-9]+,[0-9]+"), "", ","),
    (re.compile(r"[1-9][0-9]{0,2}(?:[ '_][0-9]{3})+(?:\.[0-9]+)?"), " '_", "."),
    (re.compile(r"[1-9][0-9]{0,2}(?:[ '_][0-9]{3})+,[0-9]+"), " '_", ","),
)  # fmt: skip
_MARKS = {"%": Decimal("0.01"), "percent": Decimal("0.01"), "per cent": Decimal("0.01")}
_CURRENCIES = {
    "$": "$", "us$": "USD", "c$": "CAD", "ca$": "CAD", "a$": "AUD", "au$": "AUD", "nz$": "NZD",
    "hk$": "HKD", "s$": "SGD", "r$": "BRL", "mx$": "MXN", "€": "EUR", "£": "GBP", "¥": "JPY",
    "₹": "INR", "rs": "INR", "rs.": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₪": "ILS",
    "฿": "THB", "₫": "VND", "₦": "NGN", "₱": "PHP", "₴": "UAH", "zł": "PLN", "kč": "CZK",
    "dollar": "$", "dollars": "$", "us dollars": "USD", "euro": "EUR", "euros": "EUR",
    "pound": "GBP", "pounds": "GBP", "pounds sterling": "GBP", "yen": "JPY", "rupees": "INR",
    "rp": "IDR", "rp.": "IDR", "rm": "MYR",
}  # fmt: skip
_CODES = (
    "aed ars aud bdt bgn brl cad chf clp cny cop czk dkk egp eur gbp hkd huf idr ils inr jpy "
    "kes krw kwd mad mxn myr ngn nok nzd pen php pkr pln qar ron rub sar sek sgd thb try twd "
    "uah usd vnd zar"
)
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP"})
_AMOUNT = re.compile(r"(?P<before>[^0-9]*?)\s*(?P<number>\.?[0-9][0-9., '_]*)\s*(?P<after>[^0-9]*)")


def read_number(text: str) -> Decimal | None:
    """Returns the number that a text states and nothing else, or ``None``.

    Thousands marks (``1,234``, ``1 234``, ``1'234``, Indian ``1,23,456``), either decimal
    mark where the digits leave no doubt (``1.234,50``, ``0,5``), signs, accounting
    brackets (``(5)`` is -5), exponents and percent (``50 %`` is 0.5). Exact at any size.
    """
    negative, text = _sign(plain(text))
    share = Decimal(1)
    for mark, value in _MARKS.items():
        if text.endswith(mark):
            text, share = text.removesuffix(mark).rstrip(), value
            break
    number = _digits(text)
    if number is None:
        return None
    number = number if share == 1 else (number * share if _short(number) else None)
    return -number if negative and number is not None else number


def read_money(text: str) -> tuple[Decimal, str] | None:
    """Returns amount and currency (``""`` when it names none), or ``None``.

    ``$1,234.50``, ``USD 1234.5``, ``1.234,50 €``, ``-$5``, ``($5.00)``, ``$1.5 million``. A
    currency is its ISO 4217 code; a bare dollar sign stays ``$``, since many use it.
    """
    negative, text = _sign(plain(text))
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    before, more = match["before"].strip(), match["after"].strip()
    if before.endswith("-"):
        negative, before = not negative, before[:-1].strip()
    scale, _, rest = more.partition(" ")
    if scale in SCALES and (rest or more not in _CURRENCIES):
        more = rest.strip()
    else:
        scale = ""
    named = [_currency(part) for part in (before, more) if part]
    number = _digits(match["number"].strip())
    if number is None or None in named:
        return None
    currencies = {name for name in named if name}
    if len(currencies) == 2 and "$" in currencies and currencies & _DOLLARS:
        currencies.discard("$")
    if len(currencies) > 1:
        return None
    if scale:
        number = number.scaleb(SCALES[scale], _EXACT)
    return (-number if negative else number), "".join(currencies)


def same_currency(expected: str, got: str) -> bool:
    """Decides whether ``got`` names the expected currency; an unnamed one is met by any."""
    dollars = {expected, got}
    return expected in ("", got) or ("$" in dollars and bool(dollars & _DOLLARS))


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


def _short(number: Decimal) -> bool:
    """Whether the default context multiplies this number without rounding or overflow."""
    return len(number.as_tuple().digits) <= 20 and abs(number.adjusted()) < 1000


def _currency(name: str) -> str | None:
    if name in _CODES.split():
        return name.upper()
    return _CURRENCIES.get(name)
