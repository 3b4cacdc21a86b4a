"""Telephone numbers, with and without their country code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from touchstone.lazy import pattern
from touchstone.scoring.lexicon import as_read

_MAX_LENGTH = 60  # characters
# E.g. `+44 20 7946`, `+12065550100`; not `+44`, `+1.5`
_INTERNATIONAL = pattern(r"(?:tel:)?(?:\+|00)[1-9][0-9 ().\-/]{6,}[0-9]")
# E.g. `(020) 7946 0958`, `555-123-4567`, `020 7946 0958`; not `2024-05-20`, `007`
_NATIONAL = pattern(
    r"\([0-9]{2,5}\) ?[0-9 .\-]{4,}[0-9]|[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4}"
    r"|1[-. ][0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4}|1[3-9][0-9]([ -])[0-9]{4}\1[0-9]{4}"
    r"|0[1-9](?:[ ./-]?[0-9]){7,10}|8 ?\(?[0-9]{3}\)?[ -][0-9]{3}[ -][0-9]{2}[ -][0-9]{2}"
)
# E.g. `+44 20 7946 0958`, `(555) 123-4567 ext. 12`, `020 7946`
_PHONE = pattern(
    r"(?:tel[:.]?|phone:|ph:|fax:|t:)?\s*(?P<plus>\+|00)?(?P<rest>[0-9 ().\-/]+?)\s*,?\s*"
    r"(?:(?:;?ext\.?=?|extension|x|#|доб\.?|durchwahl|poste|内線|转|轉)\s*(?P<ext>[0-9]+))?"
)
_TRUNKS = ("0", "8", "1", "06")  # before a national number: most, Russia's, America's, Hungary's
_COUNTRY_OF_TRUNK = {"8": "7", "1": "1", "06": "36"}


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number.

    Attributes:
        international: It begins with a country's code.
        digits: All of it, without marks.
        extension: Empty where it has none.
    """

    international: bool
    digits: str
    extension: str

    def same(self, other: Phone) -> bool:
        """Decides whether both reach the same line; a missing country code is no difference."""
        if self.extension != other.extension:
            return False
        if self.international == other.international:
            return self.digits == other.digits or (
                not self.international and _bare(self.digits) == _bare(other.digits)
            )
        full, local = (self, other) if self.international else (other, self)
        return _reaches(full.digits, local.digits)


def read_phone(text: str) -> Phone | None:
    """Returns the telephone number that a text states and nothing else, or ``None``."""
    if len(text) > _MAX_LENGTH:
        return None
    match = _PHONE.fullmatch(as_read(text))
    if match is None:
        return None
    rest = match["rest"].replace("(0)", "") if match["plus"] else match["rest"]
    digits = re.sub(r"[^0-9]", "", rest)
    return Phone(bool(match["plus"]), digits, match["ext"] or "") if len(digits) >= 5 else None


def looks_like_phone(text: str) -> bool:
    """Whether a text is written as only telephone numbers are."""
    match = _PHONE.fullmatch(as_read(text)) if len(text) <= _MAX_LENGTH else None
    if match is None:
        return False
    number = (match["plus"] or "") + match["rest"].strip()
    form = _INTERNATIONAL if match["plus"] else _NATIONAL
    return form.fullmatch(number) is not None and 7 <= sum(c.isdigit() for c in number) <= 16


def _reaches(full: str, local: str) -> bool:
    """Decides whether a national number is the international one's; a trunk prefix may open it."""
    for trunk in ("", *_TRUNKS):
        rest = local.removeprefix(trunk)
        code = full.removesuffix(rest)
        if len(rest) < 7 or code == full or not 1 <= len(code) <= 3 or (trunk and rest == local):
            continue
        if _COUNTRY_OF_TRUNK.get(trunk, code) == code:
            return True
    return False


def _bare(digits: str) -> str:
    return digits.removeprefix("1") if len(digits) == 11 and digits[0] == "1" else digits
