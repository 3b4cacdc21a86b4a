# ruff: noqa: RUF001 - the words of many languages are its data
"""Whole numbers and shares in the words of many languages: ``hai mươi lăm`` is 25.

One grammar serves all: words that add (``fünf``, ``vingt``), words that multiply what goes before
them (``mươi``, ``百``, ``thousand``), and words that only join (``und``, ``et``, ``و``). What the
grammar refuses, ``two three``, is no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from touchstone.lazy import pattern
from touchstone.normal import normal
from touchstone.scoring.words import ONES, SCALE_WORDS, SCALES, TENS


@dataclass(frozen=True, slots=True, eq=False)
class _Language:
    """How one language counts.

    Attributes:
        adding: Forms of words to the value that they add.
        scales: Words that multiply to the power of ten they multiply by.
        joining: Words between two of a number.
        parts: Words for a part to how many of it are a whole.
        alone: Words that mean something else where they stand alone, articles above all.
        tens_joined: Whether ``twenty and five`` is 25 rather than two numbers.
        ones_first: Whether ``five-and-twenty`` is 25.
        leading: Words that count only where nothing below a hundred goes before.
        score: Whether ``four twenty`` is 80.
    """

    adding: dict[str, int]
    scales: dict[str, int]
    joining: frozenset[str] = frozenset()
    parts: dict[str, int] | None = None
    alone: frozenset[str] = frozenset()
    tens_joined: bool = False
    ones_first: bool = False
    leading: frozenset[str] = frozenset()
    score: bool = False

    def piece(self, word: str) -> bool:
        """Whether a word is one that this language counts with."""
        return word in self.adding or word in self.scales or word in self.joining


def _counted(text: str, start: int = 0, step: int = 1) -> dict[str, int]:
    """Returns the forms of each word, set apart by strokes, to its place in the row."""
    rows = enumerate(normal(text, "NFC").split())
    return {form: start + step * place for place, forms in rows for form in forms.split("/")}


def _set(text: str) -> frozenset[str]:
    return frozenset(normal(text, "NFC").split())


def _scaled(text: str) -> dict[str, int]:
    """Returns words to powers of ten: ``cent/2 mille/3``."""
    pairs = (entry.rpartition("/") for entry in normal(text, "NFC").split())
    return {word: int(power) for words, _, power in pairs for word in words.split("/")}


_HUNDREDS_ES = "doscientos/doscientas trescientos/trescientas cuatrocientos quinientos seiscientos \
setecientos ochocientos novecientos"
_LANGUAGES = (
    _Language(
        ONES | TENS,
        {word: SCALES.get(word, 2) for word in SCALE_WORDS},
        _set("and"),
    ),
    _Language(
        _counted("null ein/eins/eine zwei drei vier fünf sechs sieben acht neun zehn elf zwölf \
dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn")
        | _counted("zwanzig dreißig/dreissig vierzig fünfzig sechzig siebzig achtzig neunzig",
                   20, 10),
        _scaled("hundert/2 tausend/3 million/millionen/6 milliarde/milliarden/9"),
        _set("und"),
        _counted("halb/halbe/halbes drittel viertel fünftel sechstel siebtel achtel neuntel \
zehntel", 2),
        _set("ein eins eine acht million"),
        ones_first=True,
    ),
    _Language(
        _counted("zéro un/une deux trois quatre cinq six sept huit neuf dix onze douze treize \
quatorze quinze seize")
        | _counted("vingt/vingts trente quarante cinquante soixante", 20, 10)
        | _counted("septante octante/huitante nonante", 70, 10),
        _scaled("cent/cents/2 mille/3 million/millions/6 milliard/milliards/9"),
        _set("et"),
        _counted("demi/demie/demis tiers quart/quarts cinquième/cinquièmes sixième/sixièmes \
septième/septièmes huitième/huitièmes neuvième/neuvièmes dixième/dixièmes", 2),
        _set("un une neuf six cent cents million onze"),
        tens_joined=True,
        score=True,
    ),
    _Language(
        _counted("cero un/uno/una dos tres cuatro cinco seis siete ocho nueve diez once doce trece \
catorce quince dieciséis diecisiete dieciocho diecinueve veinte veintiuno/veintiún/veintiuna \
veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve")
        | _counted("treinta cuarenta cincuenta sesenta setenta ochenta noventa", 30, 10)
        | {"cien": 100, "ciento": 100}
        | _counted(_HUNDREDS_ES, 200, 100),
        _scaled("mil/3 millón/millones/6"),
        _set("y"),
        _counted("medio/medios/media/medias tercio/tercios cuarto/cuartos quinto/quintos \
sexto/sextos séptimo/séptimos octavo/octavos noveno/novenos décimo/décimos", 2),
        _set("un uno una once mil"),
        tens_joined=True,
    ),
    _Language(
        _counted("zero um/uma dois/duas três quatro cinco seis sete oito nove dez onze doze treze \
catorze/quatorze quinze dezesseis/dezasseis dezessete/dezassete dezoito dezenove/dezanove")
        | _counted("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", 20, 10)
        | _counted("cem/cento duzentos/duzentas trezentos/trezentas quatrocentos quinhentos \
seiscentos setecentos oitocentos novecentos", 100, 100),
        _scaled("mil/3 milhão/milhões/6 bilhão/bilhões/9"),
        _set("e"),
        _counted("meio/meios/meia terço/terços quarto/quartos quinto/quintos sexto/sextos \
sétimo/sétimos oitavo/oitavos nono/nonos décimo/décimos", 2),
        _set("um uma mil"),
        tens_joined=True,
    ),
    _Language(
        _counted("zero un/uno/una due tre quattro cinque sei sette otto nove dieci undici dodici \
tredici quattordici quindici sedici diciassette diciotto diciannove")
        | _counted("venti/vent trenta/trent quaranta/quarant cinquanta/cinquant sessanta/sessant \
settanta/settant ottanta/ottant novanta/novant", 20, 10)
        | {"tré": 3},
        _scaled("cento/2 mille/mila/3 milione/milioni/6"),
        _set("e"),
        _counted("mezzo/mezzi/mezza terzo/terzi quarto/quarti quinto/quinti sesto/sesti \
settimo/settimi ottavo/ottavi nono/noni decimo/decimi", 2),
        _set("un uno una due sei vent"),
        tens_joined=True,
    ),
    _Language(
        _counted("ноль один/одна/одно два/две три четыре пять шесть семь восемь девять десять \
одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать \
девятнадцать")
        | _counted("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
                   20, 10)
        | _counted("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот",
                   100, 100),
        _scaled("тысяча/тысячи/тысяч/3 миллион/миллиона/миллионов/6"),
        parts=_counted("вторая/вторых треть/трети/третьих четверть/четверти/четвертых пятая/пятых \
шестая/шестых седьмая/седьмых восьмая/восьмых девятая/девятых десятая/десятых", 2),
        alone=_set("один одна одно"),
    ),
    _Language(
        _counted("صفر واحد/واحدة اثنان/اثنين/اثنتان/اثنتين ثلاث/ثلاثة أربع/أربعة خمس/خمسة ست/ستة \
سبع/سبعة ثمان/ثماني/ثمانية تسع/تسعة عشر/عشرة")
        | _counted("عشرون/عشرين ثلاثون/ثلاثين أربعون/أربعين خمسون/خمسين ستون/ستين سبعون/سبعين \
ثمانون/ثمانين تسعون/تسعين", 20, 10)
        | {"مئتان": 200, "مئتين": 200, "مائتان": 200, "مائتين": 200},
        _scaled("مئة/مائة/2 ألف/آلاف/3 مليون/6"),
        _set("و"),
        alone=_set("واحد واحدة"),
        ones_first=True,
    ),
    _Language(
        _counted("một hai ba bốn năm sáu bảy tám chín mười", 1)
        | {"mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5, "bẩy": 7},
        _scaled("mươi/1 trăm/2 nghìn/ngàn/3 triệu/6 tỷ/tỉ/9"),
        _set("linh lẻ"),
        alone=_set("một năm ba tư mốt lăm tỷ tỉ trăm mươi"),
        leading=_set("năm"),  # also a year: `mười năm`
    ),
)  # fmt: skip
_EASTERN = _Language(
    _counted("零/〇 一 二/两/兩 三 四 五 六 七 八 九")
    | _counted("영/공 일 이 삼 사 오 육 칠 팔 구"),
    _scaled("十/십/1 百/백/2 千/천/3 万/萬/만/4 亿/億/억/8"),
)
_KOREAN = _Language(
    _counted("하나/한 둘/두 셋/세 넷/네 다섯 여섯 일곱 여덟 아홉", 1)
    | _counted("열 스물/스무 서른 마흔 쉰 예순 일흔 여든 아흔", 10, 10),
    {},
    alone=_set("한 두 세 네 열 둘 셋 넷 쉰"),
)
# One to ten in forms and languages of which no larger numbers are read.
_SMALL = """
einen/einem/einer
een/één twee drie vier vijf zes zeven acht negen tien
en/ett två/to tre fyra/fire fem sex/seks sju/syv åtta/otte/åtte nio/ni tio/ti
jeden/jedna dwa/dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć
bir iki üç dört beş altı yedi sekiz dokuz on
одного двух трех/трёх
satu dua tiga empat lima enam tujuh delapan sembilan sepuluh
"""
# Words to small numbers, and tens, in every language: what a word says in a place for a number.
WORDS: dict[str, int] = {"十": 10, "십": 10}
for _table in (
    *(one.adding for one in (*_LANGUAGES, _EASTERN, _KOREAN)),
    *(_counted(line, 1) for line in _SMALL.strip().split("\n")),
):
    WORDS = _table | WORDS
_LONGEST = 40  # letters of one word
_MOST_DIGITS = 16
# Where a scale counts one.
# E.g. the beginning of `a hundred and five`, of `million`; not of `a dozen`
_ONE_SCALE = pattern(rf"\A(?:an? )?(?=(?:{'|'.join(SCALE_WORDS)})(?![^\W\d_]))", re.IGNORECASE)
# A word of letters, and what may stand between two of a number.
# E.g. `fünf`, `двадцать`; not `x1`
_WORD = pattern(r"(?<![\d_])[^\W\d_]+")
_BETWEEN = {" ", "-", "\N{NON-BREAKING HYPHEN}"}
# E.g. `一百二十五`, `二〇二四`, `十二`; not `一`
_EASTERN_RUN = pattern(
    r"(?<![\d.])[零〇一二两兩三四五六七八九十百千万萬亿億]{2,24}(?![零〇一二两兩三四五六七八九十百千万萬亿億分年月日])"
)
# E.g. `六本`, `两个`; not `一个`, `第六本`
_EASTERN_ONE = pattern(
    r"(?<![第零〇一二两兩三四五六七八九十百千万\d])[二两兩三四五六七八九](?=[个個只本名张条件块辆支头岁页棵朵つ])"
)
# E.g. `이십오`, `만 이천 원`, `백이십 개`, `스물다섯입니다`; not `이`, `만`
_KOREAN_RUN = pattern(
    r"(?<![\d가-힣])((?:[영공일이삼사오육칠팔구십백천]{0,8}[만억]\s)?[영공일이삼사오육칠팔구십백천만억]{2,24}|[하나한둘두셋세넷네다섯여일곱덟아홉열스물무서른마흔쉰예순든]{2,5})"
    r"(?=(?:입니다|이다|이에요|예요|개|명|원|살|마리|권|장|번|시간|분)?(?![가-힣]))"
)


def digits(text: str) -> str:
    """Returns a text with the numbers that its words say as digits: ``trois quarts`` as ``3/4``.

    A word that alone may be something else, such as an article, is a number only where the whole
    text is that word; so are the numerals of Chinese and Korean that are one sign.
    """
    whole = text.strip(" .。")
    if (value := _whole(normal(whole, "NFC").lower())) is not None:
        return value
    if text.isascii() and not any(_known(word[0].lower()) for word in _WORD.finditer(text)):
        return text
    text = _EASTERN_RUN.sub(_eastern, text)
    text = _EASTERN_ONE.sub(lambda m: str(_EASTERN.adding[m[0]]), text)
    text = _KOREAN_RUN.sub(_korean, text)
    return _replaced(text)


def whole_number(text: str) -> Decimal | None:
    """Returns the whole number that words say and nothing else: ``a hundred and five``."""
    said = digits(_ONE_SCALE.sub("one ", text.strip()))
    return Decimal(said) if said.isdecimal() and not text.isdecimal() else None


@lru_cache(maxsize=1)
def _beginnings() -> frozenset[str]:
    """Returns what words for numbers begin with: their first letters, three at most."""
    return frozenset(
        piece[:3]
        for language in _LANGUAGES
        for piece in (*language.adding, *language.scales, *language.joining)
    )


def _whole(text: str) -> str | None:
    """Returns a text that is one word for a number as digits."""
    if not 0 < len(text) <= _LONGEST or not text.isalpha():
        return None
    for language in (_EASTERN, _KOREAN, *_LANGUAGES):
        pieces = _pieces(text, language)
        value = _value(pieces, language) if pieces and not _scales_only(pieces, language) else None
        if value is not None:
            return str(value)
    return None


def _scales_only(pieces: tuple[str, ...], language: _Language) -> bool:
    return len(pieces) == 1 and pieces[0] in language.scales


def _eastern(match: re.Match[str]) -> str:
    signs = match[0]
    if not any(sign in _EASTERN.scales for sign in signs):
        # Sign by sign, as a year is written; two or three may be a phrase.
        return "".join(str(_EASTERN.adding[sign]) for sign in signs) if len(signs) > 3 else signs
    # A scale above a thousand stands alone in idioms; 千万 is one too.
    counts = signs[0] not in "万萬亿億" and signs[:2] not in ("千万", "千萬")
    value = _value(tuple(signs), _EASTERN) if counts else None
    return signs if value is None else str(value)


def _korean(match: re.Match[str]) -> str:
    for language in (_EASTERN, _KOREAN):
        pieces = _pieces(match[1].replace(" ", ""), language)
        if pieces and match[1] not in language.alone:
            value = _value(pieces, language)
            if value is not None:
                return str(value)
    return match[0]


def _replaced(text: str) -> str:
    out, done = [], 0
    for start, end, value in _runs(text):
        out += [text[done:start], value]
        done = end
    return "".join([*out, text[done:]])


def _runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yields where the numbers of a text are, and their digits."""
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        best = max((_run(text, words, at, one) for one in _known(words[at][0].lower())),
                   default=(0, ""))  # fmt: skip
        if best[0]:
            yield words[at].start(), words[at + best[0] - 1].end(), best[1]
        at += best[0] or 1


def _run(text: str, words: list[re.Match[str]], at: int, language: _Language) -> tuple[int, str]:
    """Returns how many words from ``at`` are one number in a language, and its digits."""
    if re.search(r"[\d\\]\s?$", text[: words[at].start()]):
        return 0, ""
    pieces: list[str] = []
    best = (0, "")
    for count, word in enumerate(words[at:], 1):
        between = text[words[at + count - 2].end() : word.start()] if count > 1 else " "
        if between not in _BETWEEN:
            break
        said = word[0].lower()
        if language.parts and said in language.parts and best[0] == count - 1 > 0:
            return count, f"{best[1]}/{language.parts[said]}"
        found = _pieces(said, language)
        if found is None:
            break
        pieces += found
        lone = len(pieces) == 1 and (pieces[0] in language.alone or pieces[0] in language.scales)
        value = None if pieces[-1] in language.joining else _value(tuple(pieces), language)
        if value is not None and (not lone or _part_follows(words, at, language)):
            best = (count, str(value))
    return best


def _part_follows(words: list[re.Match[str]], at: int, language: _Language) -> bool:
    after = words[at + 1][0].lower() if at + 1 < len(words) else ""
    return bool(language.parts) and after in (language.parts or {})


@lru_cache(maxsize=512)
def _known(word: str) -> tuple[_Language, ...]:
    """Returns the languages that count with a word."""
    begins = any(normal(word[:4], "NFC")[:length] in _beginnings() for length in (1, 2, 3))
    if not begins or len(word) > _LONGEST:
        return ()
    return tuple(one for one in _LANGUAGES if _pieces(word, one))


@lru_cache(maxsize=512)
def _pieces(word: str, language: _Language) -> tuple[str, ...] | None:
    """Returns the words that one run of letters is made of, ``None`` where it is not."""
    word = normal(word, "NFC")
    if len(word) > _LONGEST:
        return None
    ways: dict[int, tuple[str, ...]] = {0: ()}
    for end in range(1, len(word) + 1):
        # From the longest last piece, so that `dreizehn` is not three and ten.
        for start in range(end):
            if start in ways and language.piece(word[start:end]):
                ways[end] = (*ways[start], word[start:end])
                break
    return ways.get(len(word)) or None


def _value(pieces: tuple[str, ...], language: _Language) -> int | None:
    """Returns the number that words say together, ``None`` where they are no number."""
    total = group = part = 0
    joined = fresh = True
    for place, piece in enumerate(pieces):
        if piece in language.joining:
            if joined:
                return None
            joined = True
            continue
        if piece in language.adding:
            value = language.adding[piece]
            if value == 0 < place and language is _EASTERN:
                continue  # 一百零五
            below = part or group % 100
            grown = None if below and piece in language.leading else _added(
                part, value, language, joined=joined, fresh=fresh
            )  # fmt: skip
            if grown is None:
                return None
            part, fresh = grown, value == 0
        else:
            power = language.scales[piece]
            small = power <= (3 if language is _EASTERN else 2)
            if (part >= 100 if small else False) or (group if small else total) % 10 ** (power + 1):
                return None
            if small:
                group += max(part, 1) * 10**power
            else:
                total, group = total + max(group + part, 1) * 10**power, 0
            part, fresh = 0, True
        joined = False
    value = total + group + part
    return None if joined or len(str(value)) > _MOST_DIGITS else value


def _added(part: int, value: int, language: _Language, *, joined: bool, fresh: bool) -> int | None:
    """Returns a part of a number with one more word, ``None`` where that cannot follow."""
    if fresh:
        return value
    if language.score and part == 4 and value == 20:
        return 80
    ones_first = language.ones_first and (joined or value == 10) and part % 100 < 10
    if ones_first and part and value in range(10, 100, 10):
        return part + value
    room = 100 if part % 100 == 0 else 20 if language.score and part in (60, 80) else 10
    fits = part and part % 10 == 0 and 0 < value < room
    return part + value if fits and (language.tens_joined or not joined) else None
