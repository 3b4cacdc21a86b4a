# ruff: noqa: RUF001 - typography is what it reads
"""The types of answer that are no mathematics, each with its reader and its equality.

A reference is of the first type that reads it; the candidate is then read as that type, and only
as that. So letters in an order are never multiplied, and a date is no subtraction.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from touchstone.lazy import pattern
from touchstone.scoring.locales import LOCALES
from touchstone.scoring.numerals import digits
from touchstone.templates.math_reasoning.moments import (
    is_day_in_figures,
    read_clock,
    read_moment,
    read_ordinal,
    read_stated_clock,
    read_stated_ordinal,
    read_weekday,
    same_clock,
)
from touchstone.templates.math_reasoning.names import is_word, known, split
from touchstone.templates.math_reasoning.phrases import JOINING
from touchstone.templates.math_reasoning.wording import without_markup


@dataclass(frozen=True, slots=True)
class AnswerKind:
    """One type.

    Attributes:
        name: What the reason calls it.
        read: The value that a text states under this type, ``None`` where it states none.
        decides: Whether what cannot be read under it is wrong; else mathematics may still tell.
    """

    name: str
    read: Callable[[str], Any | None]
    decides: bool = True


_YES = {word for locale in LOCALES.values() for word in locale.yes}
_NO = {word for locale in LOCALES.values() for word in locale.no} - _YES
_NOTHING = {
    "no solution": "empty", "no solutions": "empty", "no real solution": "empty",
    "no real solutions": "empty", "empty set": "empty", "the empty set": "empty", "∅": "empty",
    "{}": "empty", "\\{\\}": "empty", "\\emptyset": "empty", "\\varnothing": "empty",
    "there is no solution": "empty", "there are no solutions": "empty", "none": "empty",
    "no such": "empty", "无解": "empty", "keine lösung": "empty", "aucune solution": "empty",
    "dne": "undefined", "does not exist": "undefined", "undefined": "undefined",
    "doesn't exist": "undefined", "not defined": "undefined", "diverges": "divergent",
    "divergent": "divergent", "infinitely many": "many", "infinitely many solutions": "many",
    "infinite solutions": "many", "infinite number of solutions": "many",
}  # fmt: skip
# How a sentence ends that says so of what it is about, in any language.
_ENDINGS = {
    "empty": (
        "no solution", "no solutions", "no such solutions", "no solution exists", "keine lösung",
        "no solutions exist", "keine lösungen", "keine reelle lösung", "keine reellen lösungen",
        "pas de solution", "aucune solution", "pas de solutions", "no tiene solución",
        "no tiene soluciones", "no hay solución", "sin solución", "não tem solução",
        "não há solução", "sem solução", "non ha soluzioni", "nessuna soluzione",
        "не имеет решений", "нет решений", "решений нет", "vô nghiệm", "无解", "無解",
        "没有解", "没有实数解", "解なし", "解はない", "解がない", "해가 없다", "해가 없습니다",
        "해는 없다", "لا يوجد حل", "ليس لها حل", "لا توجد حلول",
    ),
    "undefined": ("does not exist", "doesn't exist", "do not exist", "is undefined",
                  "is not defined", "不存在", "existiert nicht", "n'existe pas", "no existe"),
    "divergent": ("diverges", "is divergent"),
    "many": ("infinitely many solutions", "infinite solutions"),
}  # fmt: skip
_LONGEST_SENTENCE = 90  # characters
# E.g. ` in the real numbers`, ` over the reals`; not ` in all`
_AMONG = pattern(
    r"\s(?:in|over|among|for) (?:the )?(?:set of )?"
    r"(?:real(?:s| numbers?)|integers|\\mathbb ?\{?r\}?|ℝ|r)\Z"
)
# E.g. `x \equiv 3 \pmod{7}`, `3 (mod 7)`, `1, 3 mod 8`; not `3`
_CONGRUENT = pattern(
    r"(?:[a-z]\s?(?:\\equiv|≡|=|\\cong)\s?)?(?P<rests>[-\d\s,;or]{1,60}?)\s?\(?\s?"
    r"(?:\\pmod|\\bmod|\\mod|\\?mod(?:ulo)?)\s?\{?\s?(?P<modulus>\d{1,9})\s?\}?\s?\)?"
)
# E.g. `x = 7k + 3`, `3 + 7k, k \in \mathbb{Z}`, `7n+3 for integer n`; not `7k`
_PROGRESSION = pattern(
    r"(?:[a-z]\s?=\s?)?(?:(?P<step>\d{1,9})\s?(?P<name>[a-z])\s?(?P<rest>[-+]\s?\d{1,9})"
    r"|(?P<first>-?\d{1,9})\s?\+\s?(?P<by>\d{1,9})\s?(?P<of>[a-z]))"
    r"(?:(?:\s?[,;(]|\s(?:for|where|with|and))\s?.{0,40}(?:integer|\\in|∈).{0,30})?"
)
# E.g. `k \in \mathbb{Z}`, `for integer n`; not `7k + 3`
_INTEGERS = pattern(r"\binteger|\\in(?![a-z])|∈")
# E.g. `0xFF`, `-0b101`; not `0x`
_LITERAL = pattern(r"[-−]?0(?:x[0-9a-f]+|b[01]+|o[0-7]+)", re.IGNORECASE)
# E.g. `1F_{16}`, `(1011)_2`, `1011_{two}`, `101 base 2`; not `101`
_BASED = pattern(
    r"\(?\s*([0-9A-Za-z]+)\s*\)?\s*(?:_\s*\{?\s*(?:text\{)?|\(?(?:in )?base\s+)"
    r"([0-9]{1,2}|[a-z]+)[\s})]*"
)
# E.g. `101 (binary)`, `2A in hexadecimal`, `17 octal`; not `binary`
_NAMED_BASE = pattern(r"(?<=[0-9A-Fa-f])\s\(?(?:in )?(binary|octal|decimal|hex(?:adecimal)?)\)?$")
_RADIX = {"b": 2, "o": 8, "d": 10, "x": 16, "h": 16}
# E.g. `5-7`, `12 to 15`; not `5`, `-5`
_SPAN = pattern(
    r"(\d+(?:\.\d+)?)\s*(?:-|–|—|to|bis|à|~)\s*(\d+(?:\.\d+)?)(?:\s+(?:win|wins|loss))?"
)
# E.g. `14 R2`, `2 remainder 3`, `14 r. 2`, `14 with 2 left over`; not `14r`
_REMAINDER = pattern(
    r"(\d+)\s*(?:,?\s*(?:with|and)?\s*(?:a\s+)?(?:r\.?|remainder(?:\s+of)?)\s*=?\s*(\d+)"
    r"|\s+with\s+(\d+)\s+(?:left|remaining|left over))",
    re.IGNORECASE,
)
# E.g. `The quotient is 7 and the remainder is 3`, `quotient: 7, remainder: 3`; not `7 R3`
_QUOTIENT = pattern(
    r"(?:[^\d]{0,40}\b)?quotient\W{1,3}(?:is |of )?(\d+)\W{0,3}(?:and |with )?(?:the |a )?"
    r"remainder\W{1,3}(?:is |of )?(\d+)",
    re.IGNORECASE,
)
# E.g. `emu, dog, cat`, `red → blue`; not `red`, `ab, cd`
_WORDS = pattern(r"'?[^\W\d_]{3,20}'?(?:\s?(?:,|→|->|>|<)\s?'?[^\W\d_]{3,20}'?){1,30}")
# E.g. `->`, `\rightarrow`, `→`; not `-`
_ARROW = pattern(r"\\(?:long|x)?rightarrow|\\to(?![a-z])|-+>|→|⟶|=>")
# E.g. `2H2+O2`, `Fe(OH)3`; not `x+1`
_SIDE = pattern(
    r"\d{0,3}(?:[A-Z][a-z]?\d{0,3}|[()]\d{0,3}){1,20}(?:\+\d{0,3}(?:[A-Z][a-z]?\d{0,3}|[()]\d{0,3}){1,20}){0,6}"
)
# E.g. `BAC`, `HTH`, `B2`, `2B`, `v1.10`, `NaCl`, `555-1234`; not `x1`, `12`
_CODE = pattern(
    r"[A-Z]{2,}|[A-Z]+[a-z]*\d[\w.]*|[A-Za-z]{2,}\d[\w.]*|v\d+[\w.]*|\d+[A-Z]\w*"
    r"|[A-Z][a-z]*[A-Z]\w*|[A-Za-z]{2,}(?:-\d+)*|\d{3,4}-\d{3,4}(?:-\d{3,4})?|0\d{2,}-\d+"
)
# E.g. `A, B, D`, `A → B`; not `Ann, Bob`
_LISTED = pattern(r"(?<=\b[A-Z])\s?(?:,? and |,|→|->|>|-|&)\s?(?=[A-Z]\b)")
# E.g. `H_2`, `C_{12}`; not `x_2`
_FORMULA = pattern(r"([A-Z][a-z]?)_\{?(\d+)\}?")


_LONGEST_NAMED = 200  # characters
# E.g. `switch: 3/4`, `, stay = 1/4`, ` and total cost: 5`; not `x = 2`, `Ann is 5`
_NAMED = pattern(
    r"(?:\A|[,;]\s?(?:and\s)?|\sand\s)(?:the\s)?"
    r"([^\W\d_]{3,20}(?:\s[^\W\d_]{1,20}){0,3}|[一-鿿ぁ-ヿ가-힣]{1,12}"
    r"|(?-i:[A-ZÀ-Þ][a-zß-ÿ])(?=\s?[:：]))\s?[:：=]\s?(?=[-+(\d\\])",
    re.IGNORECASE,
)


def _yes_no(text: str) -> bool | None:
    match = re.match(r"[^\W\d_]+(?: [^\W\d_]+)?", without_markup(text).lower())
    for word in (match[0], match[0].split()[0]) if match else ():
        if word in _YES or word in _NO:
            return word in _YES
    return None


def _strict_yes_no(text: str) -> bool | None:
    return _yes_no(text) if without_markup(text).lower() in _YES | _NO else None


def _nothing(text: str) -> str | None:
    bare = _AMONG.sub("", without_markup(text).lower())
    bare = re.sub(r"\b(?:real|integer|positive|valid|possible|such) ", "", bare)
    bare = re.sub(r"\b(?:roots?|values?|numbers?|answers?)\b", "solutions", bare)
    if bare in _NOTHING:
        return _NOTHING[bare]
    if len(bare) > _LONGEST_SENTENCE or re.search(r"[\d=<>]|\b(?:not|never) (?:true|that)\b", bare):
        return None
    return next((what for what, said in _ENDINGS.items() if bare.endswith(said)), None)


def _congruence(text: str) -> tuple[frozenset[int], int] | None:
    """Returns the residues that a text states, and their modulus."""
    bare = re.sub(r"\\[,;!: ]|\\q?quad|~", " ", text)
    bare = re.sub(r"\\(?:text|mathrm|operatorname)\s?\{([^{}]*)\}", r" \1 ", bare)
    bare = " ".join(bare.replace("$", "").replace("−", "-").split()).strip(" .")
    if match := _CONGRUENT.fullmatch(bare):
        modulus = int(match["modulus"])
        rests = re.findall(r"-?\d{1,18}", match["rests"])
        return (frozenset(int(one) % modulus for one in rests), modulus) if modulus else None
    return None


def _any_congruence(text: str) -> tuple[frozenset[int], int] | None:
    """Returns a congruence, also one that is written as a progression: ``7k + 3``."""
    match = _PROGRESSION.fullmatch(" ".join(text.replace("$", "").split()).strip(" ."))
    if match is None:
        return _congruence(text)
    step = int(match["step"] or match["by"])
    rest = int((match["rest"] or match["first"]).replace(" ", ""))
    return (frozenset([rest % step]), step) if step else None


def _stated_congruence(text: str) -> tuple[frozenset[int], int] | None:
    """Returns a congruence, or a progression that says what its letter runs through."""
    said = _any_congruence if _INTEGERS.search(text) else _congruence
    return said(text)


def _literal(text: str) -> int | None:
    bare = without_markup(text)
    if _LITERAL.fullmatch(bare):
        return int(bare.replace("−", "-"), 0)
    return int(bare) if re.fullmatch(r"0|-?[1-9]\d{0,399}", bare) else None


def _strict_literal(text: str) -> int | None:
    return _literal(text) if _LITERAL.fullmatch(without_markup(text)) else None


def _in_base(match: re.Match[str]) -> str:
    return f"_{_RADIX[match[1][0]]}"


def _based(text: str) -> tuple[str, int] | None:
    bare = without_markup(text)
    if _LITERAL.fullmatch(bare):
        return (bare[2:].lower().lstrip("0") or "0"), _RADIX[bare[1].lower()]
    match = _BASED.fullmatch(_NAMED_BASE.sub(_in_base, bare))
    if match is None:
        return None
    said = digits(match[2])
    base = int(said) if said.isdecimal() else 0
    figures = match[1].lower().lstrip("0") or "0"
    fits = 2 <= base <= 36 and all(int(figure, 36) < base for figure in figures)
    return (figures, base) if fits else None


def _span(text: str) -> tuple[str, str] | None:
    match = _SPAN.fullmatch(without_markup(text))
    return (match[1], match[2]) if match else None


def _remainder(text: str) -> tuple[int, int] | None:
    bare = without_markup(text)
    if said := _QUOTIENT.fullmatch(bare):
        return int(said[1]), int(said[2])
    match = _REMAINDER.fullmatch(bare)
    return (int(match[1]), int(match[2] or match[3])) if match else None


def _code(text: str) -> str | None:
    """Letters and digits whose order is what they say; ``H_2O`` is written ``H2O`` as well."""
    bare = without_markup(text)
    if "_" in text and "{" in text:
        bare = re.sub(r"\s(?=_)|(?<=[\d}])\s(?=[A-Z])", "", bare)
    bare = _FORMULA.sub(r"\1\2", bare)
    bare = re.sub(r"(?<=^\d) (?=[A-Z][A-Za-z]*\d)", "", bare)
    if not _CODE.fullmatch(bare) or (bare.isalpha() and bare.islower() and _is_product(bare)):
        return None
    return None if known(bare) else bare


def _is_product(letters: str) -> bool:
    """Whether letters alone are factors: names that stand together in the alphabet."""
    names = split(letters)
    if any(len(name) > 1 for name in names):
        return not is_word(letters, beside=False)
    together = any(set(letters) <= set(group) for group in ("xyz", "abcd", "mnk", "pqr", "uvw"))
    return together and len(set(letters)) == len(letters)


_AND = rf"(?:{JOINING}|和|及|与|と|및)"


def _ordering(text: str) -> tuple[str, ...] | None:
    """Returns words in their order; letters that may be factors are none."""
    bare = re.sub(rf"\s?,?\s{_AND}\s", ", ", without_markup(text)).strip("[](){} ")
    if not _WORDS.fullmatch(bare):
        return None
    words = tuple(re.split(r"\s?(?:,|→|->|>|<)\s?", bare.lower().replace("'", "")))
    factors = any(known(word) or _is_product(word) for word in words)
    return None if factors or len(set(words)) < len(words) else words


def _reaction(text: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """Returns both sides of a chemical equation, each in any order."""
    bare = re.sub(r"\s|_|\{|\}", "", _FORMULA.sub(r"\1\2", without_markup(text)))
    sides = _ARROW.split(bare)
    if len(sides) != 2 or not all(_SIDE.fullmatch(side) for side in sides):
        return None
    left, right = (frozenset(side.split("+")) for side in sides)
    return left, right


def _choices(text: str) -> frozenset[str] | None:
    match = re.fullmatch(rf"[A-J](?:(?:[\s,;&、，]|{_AND})*[A-J])*", without_markup(text))
    return frozenset(re.findall(r"[A-J]", text)) if match else None


def _strict_choices(text: str) -> frozenset[str] | None:
    """Letters that a reference sets apart; ``AC`` may be a segment."""
    apart = re.fullmatch(
        r"[A-J](?:\s?(?:,|;|&|and|、|，)\s?(?:and\s)?[A-J])+", without_markup(text)
    )
    return _choices(text) if apart else None


ORDINAL = AnswerKind("ordinal", read_ordinal)
KINDS: tuple[AnswerKind, ...] = (
    AnswerKind("yes or no", _yes_no),
    AnswerKind("choices", _choices),
    AnswerKind("nothing", _nothing, decides=False),
    AnswerKind("congruence", _any_congruence, decides=False),
    AnswerKind("date", read_moment),
    AnswerKind("time", read_clock, decides=False),
    AnswerKind("weekday", read_weekday),
    ORDINAL,
    AnswerKind("literal", _literal),
    AnswerKind("based number", _based, decides=False),
    AnswerKind("division with remainder", _remainder),
    AnswerKind("range", _span, decides=False),
    AnswerKind("ordering", _ordering),
    AnswerKind("reaction", _reaction),
    AnswerKind("label", _code, decides=False),
)
# How a reference must state a type for it to be of that type, where that is stricter.
_STATED: dict[str, Callable[[str], Any | None]] = {
    "yes or no": _strict_yes_no,
    "choices": _strict_choices,
    "literal": _strict_literal,
    "time": read_stated_clock,
    "ordinal": read_stated_ordinal,
    "congruence": _stated_congruence,
}


def kind_of(reference: str) -> AnswerKind | None:
    """Returns the type of a reference, ``None`` where it is mathematics or a text."""
    if len(reference) > 200:
        return None
    for kind in KINDS:
        if _STATED.get(kind.name, kind.read)(reference) is not None:
            return kind
    return None


def same_kind(kind: AnswerKind, candidate: str, reference: str) -> bool | None:
    """Returns whether both state the same under a type; ``None``: the type does not tell."""
    if kind.name == "label":
        candidate = _LISTED.sub("", candidate)
    theirs: Any = kind.read(reference)
    ours: Any = kind.read(candidate) if len(candidate) <= 400 else None
    if ours is None:
        return False if kind.decides else None
    if kind.name == "time":
        return same_clock(ours, theirs)
    if kind.name == "date" and None in (ours[0], theirs[0]):
        return ours[1:] == theirs[1:]
    return ours == theirs


def is_code(text: str) -> bool:
    """Returns whether a text is only letters and digits in an order: ``II``, ``BAC``, ``B2``."""
    if len(text) > 200:
        return False
    return _code(text) is not None or is_day_in_figures(text)


def named_values(text: str) -> dict[str, str] | None:
    """Returns values by the words that name them, ``None`` where these are not all of a text.

    ``switch: 3/4, stay: 1/4``; letters that name values are mathematics.
    """
    if len(text) > _LONGEST_NAMED:
        return None
    bare = without_markup(re.sub(r"[ \t]{0,9}\n\s{0,9}(?:[-*•]\s)?", ", ", text.strip(" -•\n")))
    found = list(_NAMED.finditer(bare))
    if len(found) < 2 or found[0].start() or any(known(match[1]) for match in found):
        return None
    ends = [*(match.start() for match in found[1:]), len(bare)]
    values = [bare[match.end() : end].strip(" ;") for match, end in zip(found, ends, strict=True)]
    names = [match[1].lower() for match in found]
    whole = len(set(names)) == len(names) and all(re.search(r"[\d\\]", one) for one in values)
    return dict(zip(names, values, strict=True)) if whole else None


def states(text: str) -> bool:
    """Returns whether a whole text is a value of a type that letters alone do not make."""
    kind = kind_of(text)
    return (kind is not None and kind.name != "label") or named_values(text) is not None


def says_nothing(text: str) -> bool:
    """Returns whether a text says that there is no value: ``the system has no solution``."""
    return _nothing(text) is not None


def is_yes_or_no(text: str) -> bool:
    """Returns whether a text is yes or no, in any language, and nothing else."""
    return len(text) <= 20 and _strict_yes_no(text) is not None
