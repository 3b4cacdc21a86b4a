# ruff: noqa: RUF001 - words of other scripts are compared
"""Prose: near enough is worth something, unless it says another number or the opposite."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from touchstone.lazy import pattern
from touchstone.scoring.amounts import read_money, read_number
from touchstone.scoring.currencies import currencies_of
from touchstone.scoring.dates import read_duration
from touchstone.scoring.lexicon import (
    LENGTHS_OF_TIME,
    MONTHS,
    POWERS_OF_TEN,
    SMALL_NUMBERS,
    WEEKDAYS,
    as_read,
)
from touchstone.scoring.numerals import whole_number
from touchstone.scoring.similarity import similarity
from touchstone.scoring.words import ONES, SCALE_WORDS, TENS
from touchstone.templates.data_extraction.quantities import unit_of

MAX_PROSE = 20_000  # characters; of longer texts, only the same one counts (25 ms each)
# E.g. `5,000.50`, `$90`, `does`, `%`; not `.`
_WORDS = pattern(r"(?:[$€£¥₹₩₫]\s?)?[0-9](?:[0-9.,]*[0-9])?|[^\W\d_]+(?:['-][^\W\d_]+)*|%")
# E.g. `by German law`; not `The law`, `of NASA`
_NAME = pattern(r"(?<=[\w,;)] )[A-Z\u00c0-\u00de\u0410-\u042f][^\W\d_A-Z]{2,40}\b")
_MISSPELT = 0.7  # similarity from which a name is another spelling
_ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth"
_ORDINALS = {word: number for number, word in enumerate(_ORDINAL_WORDS.split(), 1)}
_ORDINALS_ELSEWHERE = """
erste/premier/première/primer/primero/primera/primo/prima/primeiro/primeira
zweite/deuxième/segundo/segunda/secondo/seconda
dritte/troisième/tercer/tercero/tercera/terzo/terza/terceiro/terceira
vierte/quatrième/cuarto/cuarta/quarto/quarta
fünfte/cinquième/quinto/quinta
"""
for _number, _words in enumerate(_ORDINALS_ELSEWHERE.split(), 1):
    for _word in _words.split("/"):
        _ORDINALS |= dict.fromkeys((_word, *(_word + end for end in "nrsm")), _number)
_MERELY_ONE = (Decimal(1), "")  # often counts nothing: "one of them"
_MOST_DIGITS = 99
_TIMES = frozenset(word for word in LENGTHS_OF_TIME if len(word) > 1)
_DENYING = """
not no never none neither nor without cannot nobody nothing nowhere non
nicht kein keine keinen keinem keiner keines nie niemals ohne pas jamais aucun aucune sans ne
nunca ningún ninguna ninguno sin tampoco não nunca nenhum nenhuma sem nessuno mai senza
niet geen nooit zonder не ни нет никогда без không chưa chẳng tidak bukan tanpa لا ليس لم لن غير
inte aldrig ingen utan ikke aldri uden nie bez
"""
_NEGATIONS = frozenset(_DENYING.split())
# E.g. `不是`, `ありません`; not `是`
_NEGATING_SIGNS = pattern(r"[不没沒無无未非]|ない|ません|않|아니|없|못")
# In each line, words that turn a sentence round when one stands for another.
_OPPOSITES = """
left/right increase/decrease increased/decreased increases/decreases before/after above/below
over/under more/less/fewer higher/lower highest/lowest high/low minimum/maximum min/max least/most
buyer/seller lessor/lessee landlord/tenant employer/employee lender/borrower licensor/licensee
plaintiff/defendant male/female mother/father man/woman he/she his/her north/south/east/west
positive/negative with/without include/exclude includes/excludes including/excluding
included/excluded accept/reject accepted/rejected accepts/rejects approve/deny
approved/denied/rejected allow/forbid allowed/forbidden/prohibited permitted/prohibited
required/optional may/must except/including
open/closed opens/closes start/end begins/ends starts/ends rise/fall rose/fell rises/falls up/down
win/lose won/lost early/late earlier/later morning/evening am/pm day/night day/week/month/year
daily/weekly/monthly/yearly/annually hour/minute
upper/lower top/bottom front/back inner/outer internal/external import/export buy/sell bought/sold
paid/unpaid pass/fail passed/failed passes/fails true/false yes/no on/off hot/cold asset/liability
debit/credit gross/net profit/loss gain/loss all/none always/never hyper/hypo benign/malignant
acute/chronic anterior/posterior proximal/distal dorsal/ventral systolic/diastolic
once/twice/thrice
gauche/droite avant/après augmenter/diminuer augmenter/réduire augmente/diminue augmente/réduit
hausse/baisse plus/moins acheteur/vendeur bailleur/locataire employeur/employé prêteur/emprunteur
accepter/refuser accepte/refuse accepté/refusé autorisé/interdit avec/sans ouvert/fermé
premier/dernier haut/bas supérieur/inférieur minimum/maximum positif/négatif matin/soir
vendre/acheter inclus/exclu links/rechts vor/nach erhöhen/senken erhöhen/reduzieren erhöht/gesenkt
erhöht/reduziert steigt/sinkt stieg/sank mehr/weniger käufer/verkäufer mieter/vermieter
arbeitgeber/arbeitnehmer gläubiger/schuldner mit/ohne erlaubt/verboten angenommen/abgelehnt
akzeptiert/abgelehnt offen/geschlossen oben/unten über/unter mindestens/höchstens positiv/negativ
morgens/abends kaufen/verkaufen kauft/verkauft inklusive/exklusive izquierda/derecha
izquierdo/derecho antes/después aumentar/disminuir aumentar/reducir aumenta/disminuye
aumenta/reduce aumentó/disminuyó más/menos comprador/vendedor arrendador/arrendatario
empleador/empleado aceptar/rechazar acepta/rechaza aceptado/rechazado aprobado/rechazado
permitido/prohibido con/sin abierto/cerrado superior/inferior máximo/mínimo positivo/negativo
comprar/vender compra/vende esquerda/direita esquerdo/direito depois/antes diminuir/aumentar
diminui/aumenta mais/menos aceitar/rejeitar aceita/rejeita aceito/rejeitado aprovado/rejeitado
proibido/permitido com/sem aberto/fechado locador/locatário empregador/empregado acima/abaixo
sinistra/destra sinistro/destro prima/dopo aumentare/diminuire aumentare/ridurre più/meno
compratore/venditore locatore/locatario accettare/rifiutare accettato/rifiutato approvato/respinto
permesso/vietato aperto/chiuso massimo/minimo левый/правый левой/правой левую/правую до/после
увеличить/уменьшить увеличил/уменьшил увеличивается/уменьшается повысить/снизить повысить/понизить
вырос/упал больше/меньше более/менее покупатель/продавец арендодатель/арендатор принять/отклонить
принят/отклонён разрешено/запрещено открыт/закрыт выше/ниже максимум/минимум утром/вечером с/без
trái/phải trước/sau tăng/giảm nhiều/ít cao/thấp trên/dưới mua/bán nhận/trả mở/đóng sáng/chiều/tối
lớn/nhỏ lên/xuống
"""


class _Said(NamedTuple):
    """What a text says that a near text must say too."""

    figures: Counter[tuple[Any, str]]
    negations: int
    sides: Counter[str]


_SIDES: dict[str, list[frozenset[str]]] = {}
for _group in _OPPOSITES.split():
    for _word in _group.split("/"):
        _SIDES.setdefault(_word, []).append(frozenset(_group.split("/")))


def names_differ(expected: str, got: str) -> bool:
    """Whether two near texts name another person, place or people: ``German`` for ``French``.

    A name is a word with a capital that neither text begins a sentence with; one that the other
    text has, or is only misspelt there, does not differ.
    """
    mine, theirs = set(_NAME.findall(expected)), set(_NAME.findall(got))
    left = [name for name in mine if name.lower() not in got.lower()]
    right = [name for name in theirs if name.lower() not in expected.lower()]
    return bool(right) and any(
        max(similarity(one, other) for other in right) < _MISSPELT for one in left
    )


def agreement(expected: str, got: str, threshold: float) -> float:
    """Returns how alike two texts are, 0..1: ``2 * LCS / lengths``, or 0 below the threshold.

    Texts of which one names another number or unit, denies what the other says, or has the
    opposite word (``left`` for ``right``) are not alike at all.

    Args:
        expected: In plain form.
        got: In plain form.
        threshold: What is less alike earns nothing.
    """
    if expected == got:
        return 1.0
    if max(len(expected), len(got)) > MAX_PROSE:
        return 0.0
    alike = similarity(expected, got)
    if alike < threshold or contradict(expected, got):
        return 0.0
    return alike


def contradict(expected: str, got: str) -> bool:
    """Whether two near texts differ in a number, a unit, a negation or in opposites."""
    one, other = _said(expected), _said(got)
    if one.figures != other.figures or one.negations != other.negations:
        return True
    mine, theirs = one.sides - other.sides, other.sides - one.sides
    return any(group & theirs.keys() for word in mine for group in _SIDES[word])


@lru_cache(maxsize=256)  # each item of a list is set against all of the other
def _said(text: str) -> _Said:
    words = _WORDS.findall(as_read(text))
    figures: Counter[tuple[Any, str]] = Counter()
    units: set[int] = set()  # places of the words that are a number's unit
    index = 0
    while index < len(words):
        number, taken = _number_at(words, index)
        before, index = index, index + taken
        if number is not None:
            behind = [*words[index : index + 2], "", ""]
            figures[_figure(number, words[before], behind)] += 1
            index += _scales(behind[0])
            units.add(index)
        elif words[before] in MONTHS and _beside_digits(words, before):
            figures[(Decimal(MONTHS[words[before]]), "")] += 1
        elif len(words[before]) > 4 and words[before] in WEEKDAYS:
            figures[(words[before], "")] += 1
    del figures[_MERELY_ONE]
    negations = sum(word in _NEGATIONS or word.endswith("n't") for word in words)
    sides = Counter(w for at, w in enumerate(words) if w in _SIDES and at not in units)
    return _Said(figures, negations + len(_NEGATING_SIGNS.findall(text)), sides)


def _number_at(words: list[str], index: int) -> tuple[Any, int]:
    """Returns the number that begins at a word, and how many words it takes."""
    word = words[index]
    if word[-1].isdigit():
        bare = word.lstrip("$€£¥₹₩₫ ")
        number = read_number(bare)
        return (bare if number is None else number), 1
    if word in _ORDINALS:
        return Decimal(_ORDINALS[word]), 1
    if word in SMALL_NUMBERS and words[index + 1 : index + 2] and words[index + 1] in _TIMES:
        return Decimal(SMALL_NUMBERS[word]), 1  # of any language, before a length of time
    end = index
    while end < len(words) and _speaks(words[end]):
        end += 1
    number = whole_number(" ".join(words[index:end])) if end > index else None
    return (number, end - index) if number is not None else (None, 1)


def _scales(word: str) -> bool:
    return word in POWERS_OF_TEN and len(word) > 2


def _speaks(word: str) -> bool:
    return all(part in ONES or part in TENS or part in SCALE_WORDS for part in word.split("-"))


def _figure(number: Any, word: str, behind: list[str]) -> tuple[Any, str]:
    """Returns a number with its unit, in base units where it has some."""
    after = behind[0]
    if not isinstance(number, Decimal):
        return number, ""
    if word in _ORDINALS or (word[-1].isdigit() and after in ("st", "nd", "rd", "th")):
        return number, "th"
    if abs(number.adjusted()) > _MOST_DIGITS:
        return number, after
    if _scales(after):
        number, after = number.scaleb(POWERS_OF_TEN[after]), behind[1]
    money = (
        currencies_of(word[0]) or currencies_of(after) if after or not word[0].isdigit() else None
    )
    if money:
        amount = None if _scales(behind[0]) else read_money(f"{word} {min(money)}")
        return amount.amount if amount else number, min(money)
    if after in ("%", "percent", "pct"):
        return number, "%"
    if after in LENGTHS_OF_TIME and (length := read_duration(f"1 {after}")):
        return number * _decimal(sum(length)), "months" if length[0] else "seconds"
    unit = unit_of(after) if after else None
    if unit:
        return Fraction(number) * unit[1], str(unit[0])
    return _MERELY_ONE if word == "one" else (number, "")


def _decimal(length: Fraction | int) -> Decimal:
    return Decimal(int(length))


def _beside_digits(words: list[str], index: int) -> bool:
    around = (words[index - 1] if index else "", *words[index + 1 : index + 2])
    return any(word and (word[-1].isdigit() or word in ("st", "nd", "rd", "th")) for word in around)
