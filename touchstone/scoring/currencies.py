# ruff: noqa: RUF001 - letters of other scripts are what is looked for
"""What currencies are called, in words and signs."""

from __future__ import annotations

from collections.abc import Iterable

from touchstone.scoring.lexicon import unaccented

_ISO = """
aed ars aud bdt bgn bhd brl cad chf clp cny cop czk dkk dzd egp eur gbp ghs hkd huf idr ils inr isk
jod jpy kes krw kwd kzt lkr mad mop mur mxn myr ngn nok npr nzd omr pen php pkr pln qar ron rsd rub
sar sek sgd thb tnd try twd tzs uah ugx usd uyu vnd xaf xof zar
"""
_CODES = frozenset(_ISO.split())
# The sign that all dollars share is the United States' where nothing else is said.
DOLLARS = frozenset(("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP"))
_NAMES = {
    "USD": "$ us$ $us usd$ dollar dollars buck bucks us_dollar us_dollars american_dollars "
    "dólar dólares dollari доллар доллара долларов долл 美元 美金 美刀 米ドル ドル 달러 미국_달러 "
    "đô_la đô đô_la_mỹ usdollar دولار دولارات دولار_أمريكي dolar dolares dólares_estadounidenses "
    "dollars_américains us-dollar",
    "CAD": "c$ ca$ can$ canadian_dollar canadian_dollars 加元",
    "AUD": "a$ au$ australian_dollars 澳元",
    "NZD": "nz$", "HKD": "hk$ 港币 港元 港幣",
    "SGD": "s$ sg$ 新加坡元", "TWD": "nt$ 新台币 新台幣 台币",
    "BRL": "r$ real reais reals", "MXN": "mx$ mex$",
    "EUR": "€ euro euros eur€ евро 欧元 歐元 ユーロ 유로 يورو ευρώ",
    "GBP": "£ pound pounds pounds_sterling sterling quid фунт фунта фунтов 英镑 英鎊 ポンド 파운드 "
    "livres libras pfund جنيه_إسترليني",
    "JPY CNY": "¥ ￥", "JPY": "円 yen yens jp¥ 日元 日圓 엔 иен иены yên ين",
    "CNY": "元 块 人民币 人民幣 rmb cn¥ yuan renminbi юань юаня юаней 위안 nhân_dân_tệ 人民元 يوان",
    "KRW": "₩ 원 won 韩元 韓元 ウォン", "INR": "₹ rupee rupees inr.",
    "INR PKR LKR NPR MUR": "rs rs.",
    "RUB": "₽ руб руб. р р. рубль рубля рублей rubles roubles ruble",
    "TRY": "₺ tl lira", "ILS": "₪ nis shekels shekel", "THB": "฿ baht บาท",
    "VND": "₫ đ vnđ đồng dong đồng_việt_nam việt_nam_đồng", "NGN": "₦ naira", "PHP": "₱",
    "MXN ARS CLP COP PHP UYU": "peso pesos", "UAH": "₴ грн грн. гривень гривня гривні",
    "PLN": "zł zl złoty złotych złote", "CZK": "kč korun", "HUF": "ft forint",
    "SEK NOK DKK ISK": "kr kr. krona kronor krone kroner", "IDR": "rp rp. rupiah",
    "MYR": "rm ringgit", "ZAR": "r rand", "CHF": "fr fr. sfr franken francs_suisses swiss_francs",
    "CHF XAF XOF": "franc francs", "AED MAD": "درهم dirham dirhams",
    "AED": "د.إ dhs dh", "SAR QAR OMR": "ريال riyal riyals", "SAR": "ر.س ريال_سعودي sr",
    "EGP": "جنيه جنيه_مصري e£ le ج.م", "KWD BHD JOD TND DZD": "دينار dinar dinars",
    "KES": "ksh", "GHS": "gh₵ ₵",
}  # fmt: skip
# Hundredths of a currency.
PARTS = {
    **dict.fromkeys(
        ["cent", "cents", "¢", "c", "ct"], frozenset(["USD", "EUR", "CAD", "AUD", "NZD"])
    ),
    **dict.fromkeys(["pence", "penny", "p"], frozenset(["GBP"])),
    **dict.fromkeys(["centavo", "centavos"], frozenset(["BRL", "MXN", "ARS"])),
    **dict.fromkeys(
        ["céntimo", "céntimos", "centime", "centimes", "centesimi"], frozenset(["EUR"])
    ),
    **dict.fromkeys(["paise", "paisa"], frozenset(["INR"])),
    **dict.fromkeys(["копеек", "копейки", "коп"], frozenset(["RUB"])),
}
_CALLED = {
    name.replace("_", " "): frozenset(codes.split())
    for codes, names in _NAMES.items()
    for name in names.split()
}
_CALLED |= {
    unaccented(name): codes for name, codes in _CALLED.items() if unaccented(name) not in _CALLED
}


def currencies_of(name: str) -> frozenset[str] | None:
    """Returns the codes of the currencies that a name or sign may mean, if any."""
    if name in _CODES:
        return frozenset([name.upper()])
    return _CALLED.get(name) or PARTS.get(name) or _CALLED.get(name.rstrip("."))


def currency_names() -> Iterable[str]:
    """Returns all that currencies are called."""
    return (*_CODES, *_CALLED, *PARTS)
