# ruff: noqa: RUF001 - the letters and marks of many languages are its data
"""How languages write numbers, give answers and reasons, and say yes and no: one table.

Nothing here decides what is equal. What is read from a text is the same in any process: there is
no locale of the machine in it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from touchstone.lazy import pattern
from touchstone.scoring.words import SCALE_WORDS, SCALES

Code = Literal[
    "en", "de", "fr", "es", "pt", "it", "nl", "pl", "ru", "tr", "vi", "id", "zh", "ja", "ko",
    "ar", "hi",
]  # fmt: skip
Mark = Literal[".", ","]


@dataclass(frozen=True, slots=True)
class Locale:
    """One language as its speakers write it.

    Attributes:
        decimal: The decimal mark; the other of point and comma may group thousands.
        answer: Patterns of what says that an answer follows, without its colon or verb.
        verbs: Patterns of what joins it to the answer.
        because: Words that begin a reason after an answer.
        option: Words before the letter of a choice.
        yes: Words for yes.
        no: Words for no.
        scales: Words for a power of ten to that power.
        common: Words that tell the language of a text; none where its script tells.
    """

    decimal: Mark
    answer: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    option: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    scales: tuple[tuple[str, int], ...] = ()
    common: tuple[str, ...] = ()


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


LOCALES: dict[Code, Locale] = {
    "en": Locale(
        ".",
        because=_words("because since as"),
        option=_words("option choice answer"),
        yes=_words("yes true correct"),
        no=_words("no false incorrect"),
        scales=tuple((word, SCALES.get(word, 2)) for word in SCALE_WORDS),
        common=_words("the is of and are that we so each has have this from"),
    ),
    "de": Locale(
        ",",
        answer=_words("antwort lösung ergebnis endergebnis resultat endresultat"),
        verbs=_words("ist lautet beträgt sind"),
        because=_words("weil da denn"),
        option=_words("option antwort möglichkeit"),
        yes=_words("ja wahr richtig"),
        no=_words("nein falsch"),
        scales=(("tausend", 3), ("million", 6), ("millionen", 6), ("milliarde", 9),
                ("milliarden", 9)),
        common=_words("der die das und ist nicht ein eine wir also von mit für daher hat sind somit"
            " insgesamt dauert beträgt werden"),
    ),
    "fr": Locale(
        ",",
        answer=_words("réponse résultat solution"),
        verbs=_words("est vaut sont"),
        because=_words("car parce puisque"),
        option=_words("option réponse choix proposition"),
        yes=_words("oui vrai"),
        no=_words("non faux"),
        scales=(("mille", 3), ("million", 6), ("millions", 6), ("milliard", 9), ("milliards", 9)),
        common=_words("le la les est et des une dans donc pour que nous chaque sont avec"
            " ainsi cette"),
    ),
    "es": Locale(
        ",",
        answer=_words("respuesta resultado solución"),
        verbs=_words("es son"),
        because=_words("porque pues"),
        option=_words("opción respuesta alternativa"),
        yes=_words("sí si verdadero"),
        no=_words("no falso"),
        scales=(("mil", 3), ("millón", 6), ("millones", 6)),
        common=_words("el los las es y de una para que por lo cada son con entonces"),
    ),
    "pt": Locale(
        ",",
        answer=_words("resposta resultado solução"),
        verbs=_words("é são"),
        because=_words("porque pois"),
        option=_words("opção alternativa resposta"),
        yes=_words("sim verdadeiro"),
        no=_words("não falso"),
        scales=(("mil", 3), ("milhão", 6), ("milhões", 6), ("bilhão", 9), ("bilhões", 9)),
        common=_words("o os as é e de uma para que por cada são com então não portanto"),
    ),
    "it": Locale(
        ",",
        answer=_words("risposta risultato soluzione"),
        verbs=_words("è sono"),
        because=_words("perché poiché"),
        option=_words("opzione risposta"),
        yes=_words("sì vero"),
        no=_words("no falso"),
        scales=(("mila", 3), ("milione", 6), ("milioni", 6), ("miliardo", 9), ("miliardi", 9)),
        common=_words("il lo gli è e di una per che quindi ogni sono con"),
    ),
    "nl": Locale(
        ",",
        answer=_words("antwoord resultaat uitkomst"),
        verbs=_words("is luidt"),
        because=_words("omdat want"),
        option=_words("optie antwoord"),
        yes=_words("ja waar"),
        no=_words("nee onwaar"),
        scales=(("duizend", 3), ("miljoen", 6), ("miljard", 9)),
        common=_words("het een van en is niet dus we elke heeft zijn met"),
    ),
    "pl": Locale(
        ",",
        answer=_words("odpowiedź wynik rozwiązanie"),
        verbs=_words("to wynosi jest"),
        because=_words("ponieważ bo gdyż"),
        option=_words("odpowiedź opcja"),
        yes=_words("tak prawda"),
        no=_words("nie fałsz"),
        scales=(("tysiąc", 3), ("tysięcy", 3), ("milion", 6), ("milionów", 6)),
        common=_words("jest i w na nie się więc każdy ma"),
    ),
    "ru": Locale(
        ",",
        answer=_words("ответ результат решение"),
        verbs=_words("равен равно есть это"),
        because=_words("потому поскольку ведь"),
        option=_words("вариант ответ"),
        yes=_words("да верно правда"),
        no=_words("нет неверно ложь"),
        scales=(("тысяча", 3), ("тысячи", 3), ("тысяч", 3), ("миллион", 6), ("миллиона", 6),
                ("миллионов", 6), ("миллиард", 9), ("миллиарда", 9), ("миллиардов", 9)),
    ),
    "tr": Locale(
        ",",
        answer=_words("cevap yanıt sonuç cevabı"),
        because=_words("çünkü"),
        option=_words("seçenek cevap"),
        yes=_words("evet doğru"),
        no=_words("hayır yanlış"),
        scales=(("bin", 3), ("milyon", 6), ("milyar", 9)),
        common=_words("ve bir bu için ile her olarak"),
    ),
    "vi": Locale(
        ",",
        answer=_words("đáp_án đáp_số kết_quả câu_trả_lời trả_lời"),
        verbs=_words("là bằng đúng_là"),
        because=_words("vì bởi"),
        option=_words("đáp_án chọn phương_án câu"),
        yes=_words("có đúng phải"),
        no=_words("không sai"),
        scales=(("nghìn", 3), ("ngàn", 3), ("triệu", 6), ("tỷ", 9), ("tỉ", 9)),
        common=_words("là và của có một các vậy mỗi số với được"),
    ),
    "id": Locale(
        ",",
        answer=_words("jawaban jawabannya hasil hasilnya"),
        verbs=_words("adalah ialah"),
        because=_words("karena sebab"),
        option=_words("pilihan jawaban opsi"),
        yes=_words("ya benar"),
        no=_words("tidak salah"),
        scales=(("ribu", 3), ("juta", 6), ("miliar", 9)),
        common=_words("dan yang adalah dari untuk jadi setiap"),
    ),
    "zh": Locale(
        ".",
        answer=_words("答案 结果 結果 答"),
        verbs=_words("应该是 應該是 就是 是 为 為 等于"),
        because=_words("因为 因為 由于"),
        option=_words("选项 選項 选择 選擇 选 選"),
        yes=_words("是 是的 对 正确"),
        no=_words("否 不是 不 错 错误"),
        scales=(("百", 2), ("千", 3), ("万", 4), ("萬", 4), ("亿", 8), ("億", 8)),
    ),
    "ja": Locale(
        ".",
        answer=_words("答え 解答 正解 回答 答"),
        verbs=_words("は が"),
        because=_words("なぜなら"),
        option=_words("選択肢"),
        yes=_words("はい"),
        no=_words("いいえ"),
        scales=(("百", 2), ("千", 3), ("万", 4), ("億", 8)),
    ),
    "ko": Locale(
        ".",
        answer=_words("정답 답 결과"),
        verbs=_words("은 는 이"),
        because=_words("왜냐하면"),
        option=_words("선택지 보기"),
        yes=_words("예 네"),
        no=_words("아니요 아니오"),
        scales=(("백", 2), ("천", 3), ("만", 4), ("억", 8)),
    ),
    "ar": Locale(
        ",",
        answer=_words("الجواب الإجابة الاجابة النتيجة الحل"),
        verbs=_words("هو هي"),
        because=_words("لأن"),
        option=_words("الخيار الإجابة"),
        yes=_words("نعم صحيح"),
        no=_words("لا خطأ"),
        scales=(("ألف", 3), ("مليون", 6), ("مليار", 9)),
    ),
    "hi": Locale(
        ".",
        answer=_words("उत्तर जवाब"),
        verbs=_words("है"),
        because=_words("क्योंकि"),
        option=_words("विकल्प"),
        yes=_words("हाँ हां"),
        no=_words("नहीं"),
        scales=(("हज़ार", 3), ("लाख", 5), ("करोड़", 7)),
    ),
}  # fmt: skip
# Common words to the languages that have them.
_COMMON: dict[str, list[Code]] = {}
for _code, _locale in LOCALES.items():
    for _word in set(_locale.common):
        _COMMON.setdefault(_word, []).append(_code)
# A script that tells the language by itself, in the order that is asked for.
_SCRIPTS: tuple[tuple[Code, re.Pattern[str]], ...] = (
    ("ja", re.compile(r"[぀-ヿ]")),
    ("ko", re.compile(r"[가-힯]")),
    ("zh", re.compile(r"[一-鿿]")),
    ("ru", re.compile(r"[а-яА-Я]{2}")),
    ("ar", re.compile(r"[؀-ۿ]{2}")),
    ("hi", re.compile(r"[ऀ-ॿ]{2}")),
    ("vi", re.compile(r"[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹđ]")),
)
_GUESSED = 4000  # characters of a text that its language is told by
# A number with a decimal comma: groups of three behind points, spaces or apostrophes first.
_COMMA_NUMBER = pattern(
    r"(?<![\d.,])(\d{1,3}(?:[.'’\u00a0\u202f ]\d{3})+|\d+)(?:,(\d+))?(?![\d,]|\.\d)"
)
# E.g. `1,234`, `12,345,678`: thousands where the comma is no decimal mark.
_THOUSANDS = pattern(r"[1-9]\d{0,2}(?:,\d{3})+")


def guess(text: str) -> Code:
    """Returns the language that a text is most likely written in; ``en`` where nothing tells."""
    text = text[-_GUESSED:]
    for code, script in _SCRIPTS:
        if script.search(text):
            return code
    found = re.findall(r"[^\W\d_]+", text.lower())
    counts = dict.fromkeys(LOCALES, 0)
    for word in found:
        for code in _COMMON.get(word, ()):
            counts[code] += 1
    best = max(counts, key=lambda code: counts[code])
    own = any(word in (*LOCALES[best].answer, *LOCALES[best].verbs) for word in found)
    return best if counts[best] > counts["en"] and (own or counts[best] > 1) else _by_answer(found)


def _by_answer(found: list[str]) -> Code:
    """Returns the language whose word for an answer a text has."""
    words = set(found)
    for code, locale in LOCALES.items():
        if not words.isdisjoint(locale.answer):
            return code
    return "en"


def ascii_digits(text: str) -> str:
    """Returns a text with the digits of every script as 0 to 9."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() and not char.isascii() else char
        for char in text
    )


def with_points(text: str, *, sure: bool = False) -> str | None:
    """Returns a text in which decimal commas are points and thousands are not marked.

    Args:
        text: Any text; ``12,5 cm``, ``1.234,50``, ``1 234,5``.
        sure: The language is one with a decimal comma: ``1.234`` is then 1234, and ``1,234`` is
            below 2. Otherwise both are left to who reads them with a decimal point.

    Returns:
        ``None`` where a number of the text cannot be read so, or where nothing changes.
    """
    changed: list[str] = []
    place = 0
    for match in _COMMA_NUMBER.finditer(text):
        whole, rest = match[1], match[2]
        grouped = re.sub(r"\D", "", whole)
        thousands = rest is not None and _THOUSANDS.fullmatch(match[0])
        if not sure and (thousands or (rest is None and grouped != whole)):
            return None
        changed.append(text[place : match.start()])
        changed.append(grouped if rest is None else f"{grouped}.{rest}")
        place = match.end()
    new = "".join(changed) + text[place:]
    left = re.search(r"\d,\d", new)
    return None if left or new == text else new
