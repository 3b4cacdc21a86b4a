"""One answer, read once: its text, its plain notation, and what it says as mathematics."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from touchstone.lazy import pattern
from touchstone.scoring.amounts import read_money, read_number
from touchstone.scoring.locales import with_points
from touchstone.templates.math_reasoning.denials import denied
from touchstone.templates.math_reasoning.parser import parse
from touchstone.templates.math_reasoning.phrases import NEARLY
from touchstone.templates.math_reasoning.tokens import NotMathematics, Plain, plain
from touchstone.templates.math_reasoning.tree import Node
from touchstone.templates.math_reasoning.wording import spelled

# E.g. `$2500$`; not `$2500`, `5`
_IN_DOLLARS = pattern(r"\s*\$([^$]*[^$\\])\$\s*")
# A longer text is a solution rather than an answer, and is not read as a whole.
_LONGEST_WHOLE = 600
_LONGEST_GRID = 4000
_LONGEST_MONEY = 60  # characters
# E.g. `4.5万元`, `45 nghìn`, `75パーセント`; not `5 m`, `x`
_AMOUNT = pattern(r"\d[\d., ]{0,30}\s?(?:[^\x00-\x7f]|[a-z]{3})")
# E.g. `3人`, `5 개`; not `3万`
_COUNTER = pattern(r"(?<=\d)\s?[个個只本名人张条件块辆支头岁页棵朵次回枚冊匹歳개명살권장번]\Z")
# What is counted, in letters that no formula has; its first word tells.
# E.g. `16 quyển vở`, `45 книг`; not `16 m`
_COUNTED = pattern(
    r"(\d[\d.,]{0,20})\s((?=[a-z]{0,9}[^\x00-\x7f])[^\W\d_]{1,15})(?:\s[^\W\d_]{1,15}){0,2}"
)
# Of words, those for money without hundredths, in which `1.250` is more than a thousand.
# E.g. `R$ 5`, `5 €`, `CHF 5`, `5.000 đồng`; not `5 ft`
_CURRENCY = pattern(
    r"[$€£¥₹₩₫₽₺₪฿₦₱₴]|(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])"
    r"|\d\s?(?:đồng|vnđ|đ|yen|won|rupiah|円|원)(?![^\W\d_])"
)
# E.g. that of `an ellipse`, `der Kreis`; not that of `a b`
_ARTICLE = pattern(r"^(?:an?|the|une?|le|la|el|los|las|il|ein|eine|der|die|das)\s(?=[^\W\d_]{3})")
# E.g. `1,000`, `x = 2,345,345 cm`; not `1,23`, `1, 234`, `12,3456`
_GROUPED = pattern(r"(?<![\d,.])\d{1,3}(?:,\d{3})+(?![\d,])")
# E.g. `x ≈ 2,718`, `\\approx 3,142`, `≈ 2{,}718`; not `= 2,718`, `≈ 12,718,000`
_APPROXIMATE = pattern(
    rf"(?:{NEARLY}|\\approx|\\simeq)\s?\$?-?\d{{1,3}}(?:,|\{{,\}})\d{{3}}(?![\d,{{])", re.IGNORECASE
)


@dataclass(frozen=True)
class Answer:
    """An answer alone. What is made of its text is made when it is first asked for, and kept.

    Attributes:
        text: LaTeX or plain, as it stands in the completion or the reference.
        comma: Its language has a decimal comma, so that ``1.250`` may be 1250.
    """

    text: str
    comma: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, text: str) -> Answer:
        """Returns the answer in a text: without bold, quotes, delimiters or a final stop."""
        return cls(_bare(text))

    @cached_property
    def plain(self) -> Plain:
        """The text in the one notation that is tokenized."""
        return plain(spelled(self.text))

    @cached_property
    def words(self) -> str:
        """The text without case, spacing, quotes, mark-up and final stop, to compare as such."""
        text = self.plain.replace("$", "").replace('"', " ").replace("**", "")
        if text.startswith("["):
            text = re.sub(r"(?<=[\[,\s])'|'(?=\s*[\],])", " ", text)
        text = re.sub(r"\s*([-+*/=<>,;:(){}\[\]^_|&\\])\s*", r"\1", text)
        text = re.sub(r"\b([ap])\.m\b\.?", r"\1m", " ".join(text.split())).strip(" .")
        if re.search(r"[\d\\^_=+*/()\[\]]", text) or len(text) < 2:
            return text
        return _ARTICLE.sub("", text.lower())

    @cached_property
    def tree(self) -> Node | None:
        """What it says, where it is mathematics as a whole; ``1,234`` is one number."""
        longest = _LONGEST_GRID if self.text.startswith((r"\begin{", "[[")) else _LONGEST_WHOLE
        if not 0 < len(self.text) <= longest:
            return None
        return self._parsed(thousands=True) or _elsewhere(self.text)

    @cached_property
    def too_deep(self) -> bool:
        """Whether it is mathematics, but nested beyond reading."""
        try:
            parse(self.plain)
        except RecursionError:
            return True
        except NotMathematics as exc:
            return "too deeply" in str(exc)
        return False

    @cached_property
    def readings(self) -> list[Node]:
        """The ways to read it: ``1,234`` is one number or two, ``0,5`` a half in Europe."""
        if amount := _money(self.text):
            return [amount]
        found: list[Node] = []
        for tree in (
            self.tree or self._parsed(thousands=True),
            None if _is_one_number(self.plain) else self._parsed(thousands=False),
            self._parsed(letters=True),
        ):
            if tree is not None and tree not in found:
                found.append(tree)
        comma = (
            None
            if re.search(r"[(\[{][^()\[\]{}]*\d,\d", self.plain)
            else with_points(self.plain, sure=self.comma or _is_approximate(self.text))
        )
        if comma and (tree := _read(Plain(comma))) and tree not in found:
            found.append(tree)
        return found

    @cached_property
    def cheered(self) -> list[Node]:
        """The ways to read a number that ends in a cheer: ``18!`` may be 18."""
        number = re.fullmatch(r"\s*([-\d.,]+)!\s*", self.text)
        return Answer(number[1]).readings if number else []

    def _parsed(self, *, thousands: bool = True, letters: bool = False) -> Node | None:
        return _read(self.plain, thousands=thousands, letters=letters)


def _money(text: str) -> Node | None:
    """Returns a sum of money that is marked as one, in any language: ``R$ 1.200,00``."""
    if formula := _IN_DOLLARS.fullmatch(text):
        text = formula[1]
    if len(text) > _LONGEST_MONEY or not _CURRENCY.search(text):
        return None
    money = read_money(text.replace("\\$", "$"))
    if money is None or len(money.currencies) != 1:
        return None
    currency = next(iter(money.currencies))
    return ("unit", _number(money.amount), f"{currency}/{money.per}" if money.per else currency)


def _elsewhere(text: str) -> Node | None:
    """Returns an amount in the words of any language: ``4.5万元``, ``45 тысяч рублей``."""
    if len(text) > _LONGEST_MONEY or not _AMOUNT.match(text):
        return None
    money = read_money(text)
    if money is not None and len(money.currencies) == 1 and not money.per:
        return ("unit", _number(money.amount), next(iter(money.currencies)))
    number = read_number(_COUNTER.sub("", text))
    if number is not None:
        return _number(number)
    counted = None if text.isascii() else _COUNTED.fullmatch(text)
    if counted is None or denied("", text[counted.end(1) :]):
        return None
    number = read_number(counted[1])
    return None if number is None else ("unit", _number(number), counted[2])


def _number(value: Decimal) -> Node:
    places = max(-int(value.as_tuple().exponent), 0) or -1
    return ("num", *value.as_integer_ratio(), places)


def _is_one_number(text: str) -> bool:
    """Tells whether thousands are grouped as no list is written: `1,000`, `2,345,345`."""
    match = _GROUPED.search(text)
    groups = match[0].split(",") if match else []
    return any(group[0] == "0" for group in groups[1:]) or len(set(groups)) < len(groups)


def _is_approximate(text: str) -> bool:
    """Tells whether a comma may be a decimal one, since what is near a value has decimals."""
    return bool(_APPROXIMATE.search(text)) and not re.search(r"\.\d", text)


def _read(text: Plain, *, thousands: bool = True, letters: bool = False) -> Node | None:
    try:
        return parse(text, thousands=thousands, letters=letters)
    except (NotMathematics, RecursionError):
        return None


def _bare(text: str) -> str:
    text = text.strip()
    for _ in range(4):
        before = text
        text = text.strip(' \n\t`"“”').removeprefix("**").removesuffix("**")
        text = text.removesuffix(".").removesuffix("。")
        text = text.removeprefix("__").removesuffix("__").removesuffix("\\]").removeprefix("\\[")
        text = text.removesuffix("\\)").removeprefix("\\(")
        text = re.sub(r"^\\?\"|\\?\"$", "", text)
        text = re.sub(r"^([_*])(?!\1)([^_*]+)\1$", r"\2", text)
        if (
            text.startswith("$")
            and text.endswith("$")
            and text.count("$") in (2, 4)
            and len(text) > 1
        ):
            text = text.strip("$")
        if text == before:
            return text
    return text
