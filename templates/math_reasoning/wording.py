# ruff: noqa: RUF001 - the words of many languages are its data
"""Mathematics that is written in words: ``negative five``, ``2 and a half``, ``1 in 6``."""

from __future__ import annotations

import re
from collections.abc import Callable

from touchstone.lazy import pattern
from touchstone.scoring.figures import SEVERAL
from touchstone.scoring.locales import LOCALES
from touchstone.scoring.numerals import digits
from touchstone.templates.math_reasoning.phrases import AND, OPENING, OR, PERHAPS
from touchstone.templates.math_reasoning.units import with_symbols

_LONGEST = 200  # characters; a longer text is no number in words
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
          "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12,
          "thirteenth": 13, "fifteenth": 15, "sixteenth": 16, "twentieth": 20, "thirtieth": 30,
          "hundredth": 100, "thousandth": 1000}  # fmt: skip
_PART = "|".join(_PARTS)
# E.g. `\text{two and a half dozen}`; not `\text{5 cm} + 1`
_ALL_WORDS = pattern(r"\s*\\(?:text|textbf|mathrm|mbox)\s?\{([^{}\\$]{1,80})\}\s*\.?\Z")
# E.g. `a hundred and five`; not `half a million`
_A_SCALE = pattern(
    r"(?<!half )(?<!of )\ban?\s+(?=(?:hundred|thousand|million|billion)\b)", re.IGNORECASE
)
_N = r"-?\d[\d,]*(?:\.\d+)?"
# E.g. `4 a 7`, `2 zu 3`, `4比7`; not `4 x 7`
_RATIO = pattern(rf"\A({_N})\s?(?:a|à|zu|к|比|対|对|대)\s?({_N})\.?\Z")
# Word or mark of any language to a power of ten.
_SCALES = {word: power for locale in LOCALES.values() for word, power in locale.scales}
_SCALE = "|".join(re.escape(word) for word in sorted(_SCALES, key=len, reverse=True))
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_EASTERN = "零一二三四五六七八九"
_EASTERN_NUMBER = rf"[{_EASTERN}十百]{{1,5}}|\d{{1,9}}"
# E.g. `三分之二`, `3分の2`, `4분의 3`, `百分之二十`; not `三分`
_EASTERN_FRACTION = pattern(
    rf"({_EASTERN_NUMBER})\s?(?:分之|分の|분의)\s?({_EASTERN_NUMBER})(?![{_EASTERN}\d])"
)
# What says nothing of a value that it stands before, or behind.
# E.g. `approximately`, `a total of`, `\approx`, `=`; not `less than`
_HEDGE = pattern(
    r"(?:(?:(?:approximately|about|roughly|around|exactly|simply|therefore|thus|hence|just|only"
    r"|nearly|almost|precisely|clearly|indeed|now|then|still|always|definitely|equal to|equals"
    r"|at least|at most|up to|a total of|the (?:number|value|amount|integer|fraction)(?: of)?"
    r"|donc|somit|daher|entonces|por tanto|portanto|então|quindi|dunque"
    r"|environ|etwa|ungefähr|aproximadamente|khoảng)(?![^\W\d_])"
    r"|约|約|大约|approx\.?|\\approx|≈|~|\\sim|=|:|\\therefore)\s*)+",
    re.IGNORECASE,
)
# E.g. `15 per cento`, `quinze pour cent`, `20퍼센트`; not `per cento`
_PERCENTS = pattern(
    r"(?<=\w)\s(?:per cento?|por ciento|por cento|pour cent|prozent|процент\w{0,3}|phần trăm"
    r"|persen|procent)(?![^\W\d_])|(?<=\w)\s?(?:퍼센트|パーセント|(?:ب|في )الم(?:ئة|ائة))",
    re.IGNORECASE,
)
# What other languages join the parts of one amount by.
# E.g. `2 Stunden und 30`, `23 euros et 40`; not `2 x y 3`
_AND_THEN = pattern(rf"(?<=\d)(\s?[^\W\d_]{{2,12}})\s(?:{AND})\s(?=\d)", re.IGNORECASE)
# What of the numbers in words is no article or phrase beside figures; smaller ones are
# written out where they only describe: `12 apples for the three of them`.
_LARGE = 12
# E.g. `5 twelfths of the `, `2 thirds of her `; not `5 twelfths`
_PARTS_OF = pattern(
    rf"\b(\d{{1,9}})[ -]({_PART})s?(?= of (?:the|all|his|her|its|their|an?)\b)", re.IGNORECASE
)
# Words for a part beside figures, in other languages; `quarts`, `cuartos` mean other things too.
_OTHER_PARTS = {
    word: number
    for number, words in {
        2: "halbe halben", 3: "drittel tiers tercio tercios terço terços terzi трети третьих",
        4: "viertel четверти", 5: "fünftel cinquièmes quintos quinti пятых",
        6: "sechstel sixièmes sextos sesti шестых", 7: "siebtel septièmes séptimos sétimos седьмых",
        8: "achtel huitièmes octavos oitavos восьмых", 9: "neuntel neuvièmes novenos nonos девятых",
        10: "zehntel dixièmes décimos decimi десятых",
    }.items()
    for word in words.split()
}  # fmt: skip
# E.g. `2 Drittel`, `3 quintos`; not `3 quarts`
_FIGURES_OF = pattern(
    rf"(?<![\d.,/])(\d{{1,4}})\s({'|'.join(_OTHER_PARTS)})(?![^\W\d_])", re.IGNORECASE
)
# Words for several of one, which English mathematics reads as a unit.
_DOZENS = "|".join(
    word
    for word, (_, unit) in SEVERAL.items()
    if not unit and word not in ("dozen", "dozens", "score")
)
# E.g. `hai tá`, `2 docenas de`, `deux douzaines d'`, `2ダース`; not `2 dozen`
_SEVERAL_OF = pattern(
    rf"(?<![\d.,/])(\d{{1,6}}|(?<![^\W_])[^\W\d_]{{1,9}}(?=\s))\s?({_DOZENS})(?![a-zà-ỹа-я])"
    r"(?:\s(?:de|di)(?=\s)|\sd['’](?=\w))?",
    re.IGNORECASE,
)
# A number and its share, whatever is measured between them.
# E.g. `2 and a half`, `2 and 3/4`, `2 horas y media`, `2 heures et quart`, `2 tiếng rưỡi`;
# not `2 and 3`, `half a dog`
_AND_A_SHARE = pattern(
    r"(?<![\d.,/])(\d{1,6})(?P<unit>\s[^\W\d_]{2,12})?\s"
    r"(?:(?:and|y|e|et|und|и)\s(?:(?P<share>[1-9]/\d{1,3})"
    rf"|(?P<parts>[1-9])[ -](?P<part>{_PART})s?"
    r"|(?:an?\s|one\s|un\s|eine?\s)?(?:half|medi[oa]|mei[oa]|demie?|mezz[oa]|halbe?"
    r"|(?P<quarter>quarter|cuarto|quart|quarto|viertel)))|rưỡi|с\sполовиной)(?![^\W\d_]|/)",
    re.IGNORECASE,
)
# E.g. `anderthalb`, `zweieinhalb`, `полтора`; not `halb`
_HALVES = pattern(
    r"\b(?:(anderthalb|eineinhalb|полтор[аы]|полутора)|(zwei|drei|vier|fünf|sechs)einhalb)"
    r"(?:e[nr]?)?(?![^\W\d_])",
    re.IGNORECASE,
)
# Where the lower part comes behind its word.
# E.g. `1 phần 6`, `một phần sáu`, `2 phần 3`; not `phần 2`
_SHARE_OF = pattern(
    r"(?<![^\W_])(\d{1,4}|một|hai|ba|bốn|năm|sáu|bảy|tám|chín)\sphần\s"
    r"(\d{1,4}|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|mười)(?![^\W_])",
    re.IGNORECASE,
)
# E.g. `1/3`, `2.5`; not `2. 5`
_SHARE = pattern(r"\d/\d|\d\.\d")
# E.g. `三`, `개`; not `three`
_SIGNS = pattern(r"[一-鿿぀-ヿ가-힣]")
# E.g. ` (since it is even)`, ` to the nearest tenth`, ` in total`; not ` dollars`, ` (x+1)`
_TAIL = pattern(
    rf"\s*(?:(?<=\s)\((?!(?:{OR})\s|(?:{PERHAPS}))(?=[^()\\]{{0,60}}[^\W\d_]{{4}})[^()\\]{{1,80}}\)"
    r"|\\text\s?\{\s?(?:for|where|with)\b[^{}]{1,60}\}.{0,40}"
    r"|(?<=\s)(?:rounded )?to the nearest [a-z ]{2,30}"
    r"|(?<=\s)(?:in total|in all|altogether|overall|respectively|each|only|exactly|approximately"
    r"|apart|away|long|wide|tall|high|deep|thick|old|or so|left(?: over)?|remaining))\s*\.?$",
    re.IGNORECASE,
)

# E.g. `5 more apples`; not `5 more`
_MORE = pattern(r"(?<=\d)\s+(?:more|fewer|other|different|distinct|whole|full)(?=\s+[a-z])")
# E.g. `\text{of }`; not `\frac{1}{2}`
_TEXT = pattern(r"\\(?:text(?:bf|it|rm|normal)?|mathrm|mbox)\s?\{([^{}]{0,300})\}")
_VERBS = "|".join(
    sorted({re.escape(v) for one in LOCALES.values() for v in one.verbs if v.isalpha()})
)
# E.g. `The probability is 1/4`, `There are 35 students`; not `35 students`, `x is 3`
_SENTENCE = pattern(
    r"[^\W\d_]{2,20}[,:]?\s(?:[^\n]{0,80}\s)?"
    rf"(?:is|are|was|were|has|have|had|equals|gets?|needs?|costs?|takes|{_VERBS})\s",
    re.IGNORECASE,
)
# E.g. `(i) 3`, `, (b) 4`, `\text{Part A: }3`; not `f(a)`
_LABEL = pattern(
    r"(\A|[,;]\s*(?:\\\s)?)"
    r"(?:\((?:i{1,3}|iv|v|[a-e])\)|(?:\\text\{\s?)?Part \(?[A-Ea-e]\)?\s?:?\s?\}?)\s*"
)
_AND_A_HALF = (
    r"(?:and a half|y medi[oa]|e mei[oa]|et demie?|und ein(?:e|en)? halb\w{0,2}|e mezz[oa]|rưỡi"
    r"|с половиной|(?:y|e|et|und|и) 1/2)"
)
_EVERY = r"^(?:\\text\s?\{\s?)?(?:all|any|every|the set of(?: all)?) (?:the )?"
_ENDED = r"\s?\}?\.?$"
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (pattern(said, re.IGNORECASE), new)
    for said, new in (
        (rf"{_EVERY}reals?(?: numbers?)?{_ENDED}", r"\\mathbb{R}"),
        (
            rf"{_EVERY}reals?(?: numbers?)?,? (?:except|other than|but|not equal to)(?: for)? "
            rf"(?:[a-z]\s?=\s?)?({_N}(?:(?:,| and| or) {_N}){{0,4}}){_ENDED}",
            r"\\mathbb{R}\\setminus\\{\1\\}",
        ),
        (
            rf"{_EVERY}reals?(?: numbers?)? (?:greater|larger"
            rf"|more) than (or equal to )?({_N}){_ENDED}",
            lambda m: f"{'[' if m[1] else '('}{m[2]},\\infty)",
        ),
        (
            rf"{_EVERY}reals?(?: numbers?)? (?:less|smaller) than (or equal to )?({_N}){_ENDED}",
            lambda m: f"(-\\infty,{m[2]}{']' if m[1] else ')'}",
        ),
        (r"^([a-z]) (?:is|must be|has to be) (?:at least|no less than)\s(?=[-\d])", r"\1 \\ge "),
        (r"^([a-z]) (?:is|must be|has to be) (?:at most|no more than)\s(?=[-\d])", r"\1 \\le "),
        (r"^([a-z]) (?:is|equals) (?:either )?(?=[-−\d][^a-z]*(?:or [-−\d][^a-z]*)?$)", r"\1 = "),
        (rf"{_EVERY}positive reals?(?: numbers?)?{_ENDED}", r"(0,\\infty)"),
        (rf"{_EVERY}negative reals?(?: numbers?)?{_ENDED}", r"(-\\infty,0)"),
        (rf"{_EVERY}non-?negative reals?(?: numbers?)?{_ENDED}", r"[0,\\infty)"),
        (
            r"^(?:the )?(?:set of )?(?:all )?(?:real )?(?:numbers )?(?:[a-z] )?"
            rf"(?:is |lies |values )?(?:strictly )?between ({_N}) and ({_N}){_ENDED}",
            r"(\1,\2)",
        ),
        (rf"^(?:the )?open interval (?:from|between) ({_N}) (?:to|and) ({_N}){_ENDED}", r"(\1,\2)"),
        (
            rf"^(?:the )?closed interval (?:from|between) ({_N}) (?:to|and) ({_N}){_ENDED}",
            r"[\1,\2]",
        ),
        (
            r"^(?:all|every|any) (?:real )?(?:values of |numbers? )?[a-z] "
            r"(?:with|such that|for which|where|satisfying) (?=[^a-z]*[a-z][^a-z]*$)",
            "",
        ),
        (rf"\b(?:negative|minus|menos|moins|meno|минус|âm)\s+(?={_N})", "-"),
        (r"(?:负|負|マイナス|마이너스|سالب)\s?(?=\d)", "-"),
        (rf"\b(?:plus or minus)\s+(?={_N})", r"\\pm "),
        (rf"(?<![\d/.])({_N})\s+and\s+(\d{{1,9}}/\d{{1,9}})\b", r"\1 \2"),
        (rf"\b({_N})\s+and\s+(?:a|one|1)\s+half\b", r"(\1+1/2)"),
        (rf"\b({_N})\s([^\W\d_]{{2,12}})\s{_AND_A_HALF}(?![^\W\d_])", r"(\1+1/2) \2"),
        (r"\b(\d{1,9}/\d{1,9})\s(?:d'|de\s|d’|di\s)(?=[^\W\d_]{3,12}\.?$)", r"\1 "),
        (r"\bhalf an?\s+(?=dozen|hundred|thousand|million)", "1/2 "),
        (r"\ban?\s+(?=(?:dozen|gross|score|hundred|thousand|million)\b)", "1 "),
        (r"(?:^|\band )an? (?=(?:hour|minute|day|week|month|year|mile|foot|half)\b)", "1 "),
        (rf"\b(?:twice|double)\s+({_N})", r"2*\1"),
        (rf"\bhalf\s+(?:of\s+)?({_N})", r"\1/2"),
        (rf"\b({_N})\s+(?:out of|in)\s+(?=\d)({_N})(?=$|\.$)", r"\1/\2"),
        (rf"\b({_N})\s+to\s+(?=\d)({_N})(?=$|\.$)", r"\1:\2"),
        (rf"\b({_N})\s+less than\s+({_N})", r"\2-\1"),
        (rf"\b({_N})\s+more than\s+({_N})", r"\2+\1"),
        (rf"\b({_N})\s+times\s+({_N})", r"\1*\2"),
        (rf"\b({_N})\s+plus\s+({_N})", r"\1+\2"),
        (rf"\b({_N})\s+minus\s+({_N})", r"\1-\2"),
        (rf"\b({_N})\s+divided by\s+({_N})", r"\1/\2"),
        (r"\bhalf an?\s+(?=[a-z]+(?: of [a-z ]{1,40})?\.?$)", "1/2 "),
        (r"\b(\d{1,9}/\d{1,9})\s+of (?:an?|1)\s+(?=[a-z]+\.?$)", r"\1 "),
        (rf"\b({_N})\s+factorial\b", r"\1!"),
        (rf"\b({_N})\s+squared$", r"\1^2"),
        (rf"\b({_N})\s+cubed$", r"\1^3"),
        (rf"\b(?:the )?square root of\s+({_N})", r"\\sqrt{\1}"),
        (rf"\b(?:the )?cube root of\s+({_N})", r"\\sqrt[3]{\1}"),
    )
)


def spelled(text: str) -> str:
    """Returns a text with what its words say of numbers as mathematics; else as it is."""
    if len(text) > _LONGEST:
        return text
    if (words := _ALL_WORDS.fullmatch(text)) and (said := spelled(words[1])) != words[1]:
        return said
    text = _PERCENTS.sub("%", _without_labels(_without_hedges(text)))
    text = text if text.isascii() else with_symbols(text)
    text = _RATIO.sub(r"\1:\2", text)
    if re.search(r"[^\W\d_]{2}|[一-鿿]", text) is None:
        return text
    text = re.sub(r"\\text\s*\{\s*(negative|minus|to|five|ten|zero|one|two)\s*\}", r"\1 ", text)
    text = _EASTERN_FRACTION.sub(_eastern, text)
    text = digits(_A_SCALE.sub("one ", text))
    text = re.sub(rf"\b(?:one|an?|1)[ -]({_PART})\b", _part_of_one, text, flags=re.IGNORECASE)
    text = re.sub(
        rf"\b(\d{{1,9}})[ -]({_PART})s?\b(?! of (?!an? ))", _parts, text, flags=re.IGNORECASE
    )
    text = re.sub(rf"(\d)\s*({_SCALE})(?![^\W\d_])(?=$|[\s.,}}]|[元円원个個人개명])", _scaled, text)
    text = _AND_THEN.sub(r"\1 and ", text)
    for said, new in _RULES:
        text = said.sub(new, text)
    return _MORE.sub("", text)


def in_figures(sentence: str) -> str:
    """Returns a sentence with its numbers in figures where words say the last of them.

    Beside figures only a number above twelve, or of a language that counts in signs, is one that
    may be the answer; so it is where the sentence has no figures and concludes: ``So she has
    twelve.``
    """
    percents = _PERCENTS.sub("%", in_shares(sentence))
    said = in_shares(_PARTS_OF.sub(_parts, digits(percents)))
    last = re.findall(r"\d+", said)[-1:]
    if said == percents or not last or last == re.findall(r"\d+", percents)[-1:]:
        return percents
    part = bool(_SHARE.search(said)) and not _SHARE.search(percents)
    counted = (
        part
        or int(last[0][:18]) > _LARGE
        or (not said.isascii() and _SIGNS.search(said) is not None)
    )
    concludes = OPENING.match(sentence) and not re.search(r"\d", percents)
    return said if counted or concludes else percents


def in_shares(text: str) -> str:
    """Returns a text with the shares and dozens that its words say in figures.

    ``3 分の 1`` is ``1/3``, ``hai tá trứng`` is ``24 trứng``.
    """
    text = _SEVERAL_OF.sub(_several, text)
    text = _EASTERN_FRACTION.sub(_eastern, text)
    text = _SHARE_OF.sub(lambda m: f"{digits(m[1])}/{digits(m[2])}", text)
    text = _FIGURES_OF.sub(lambda m: f"{m[1]}/{_OTHER_PARTS[m[2].lower()]}", text)
    text = _HALVES.sub(lambda m: f"{digits(m[2]) if m[2] else 1}.5", text)
    return _AND_A_SHARE.sub(_with_share, text)


def _several(match: re.Match[str]) -> str:
    number = digits(match[1])
    if not number.isdecimal():
        return match[0]
    apart = " " if match[0][-1:] in "'’" else ""
    return f"{int(number) * SEVERAL[match[2].lower()][0]}{apart}"


def _with_share(match: re.Match[str]) -> str:
    unit = match["unit"] or ""
    share = match["share"] or (
        f"{match['parts']}/{_PARTS[match['part'].lower()]}" if match["parts"] else ""
    )
    if share:
        return f"{match[1]} {share}{unit}"
    return f"{match[1]}{'.25' if match['quarter'] else '.5'}{unit}"


def _without_hedges(text: str) -> str:
    bare = text.strip()
    match = _HEDGE.match(bare)
    if match and match.end() < len(bare):
        bare = bare[match.end() :]
    return _TAIL.sub("", bare)


def _without_labels(text: str) -> str:
    """Returns parts without their names: ``(i) 3, (ii) 4``; one name alone is none."""
    return _LABEL.sub(r"\1", text) if len(_LABEL.findall(text)) > 1 else text


def _eastern(match: re.Match[str]) -> str:
    """Returns a fraction that names its lower part first."""
    whole = "100" if match[1] == "百" else digits(match[1])
    return f"{digits(match[2])}/{whole}"


def _part_of_one(match: re.Match[str]) -> str:
    return f"1/{_PARTS[match[1].lower()]}"


def _parts(match: re.Match[str]) -> str:
    return f"{match[1]}/{_PARTS[match[2].lower()]}"


def _scaled(match: re.Match[str]) -> str:
    return f"{match[1]}*10^{_SCALES[match[2]]}"


def sentence_in(text: str) -> str | None:
    r"""Returns the sentence that a box holds, without its commands; ``None``: it holds none.

    ``\text{The probability is } \frac{1}{4}``.
    """
    said = " ".join(_TEXT.sub(r" \1 ", text).split()).replace(" .", ".")
    return said if _SENTENCE.match(said) else None


def without_markup(text: str) -> str:
    """Returns a text without emphasis, delimiters and commands of text, in plain digits."""
    text = re.sub(r"\\(?:text|textbf|mathrm|mathbf|mbox|ce)\s*\{([^{}]*)\}", r" \1 ", text)
    text = re.sub(r"[$*`\"“”]|\\[,;! ]|\\[()\[\]]", " ", text)
    return " ".join(text.translate(_SUBSCRIPTS).split()).strip(" .,;。")
