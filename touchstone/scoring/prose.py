"""Words, sentences, scripts and phrases of any text, by Unicode's properties.

No class of letters is ASCII here. Where a script writes no spaces (Han, kana, Thai, Lao, Khmer,
Burmese, Tibetan) each character with its marks stands for a word: coarse, the same on every
machine, and without a dictionary to ship. What a rule finds by words of one language is worth
nothing in another, so every caller can ask :func:`is_english` first.
"""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from touchstone.lazy import pattern
from touchstone.normal import normal
from touchstone.scoring.similarity import plain
from touchstone.scoring.text import sentences as english_sentences

_LISTS = Path(__file__).with_suffix(".toml")
# First word of a character's Unicode name, for scripts that write no spaces between words.
_UNSPACED = frozenset(
    (
        "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HALFWIDTH", "THAI",
        "LAO", "KHMER", "MYANMAR", "TIBETAN", "YI", "BOPOMOFO",
    )
)  # fmt: skip
# Whose prompts are known to ask for a word over and over, beside those of the usual words.
_ASKED_AGAIN = frozenset(
    ("", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "DEVANAGARI", "ARABIC", "CYRILLIC")
)
# Of these several characters make a word, about so many.
_SEVERAL = frozenset(("THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"))
_CHARACTERS_A_WORD = 3.5
_LONGEST_AFFIX = 12  # characters that a word may have before or after the phrase in it
_JOINERS = "\u200c\u200d"
_APOSTROPHES = "'\u2019\u02bc"
# E.g. (classes of) `don't`, `hoà`, `図`; not ` `
_RUN = pattern(r"cm*|w[wm]*(?:'w[wm]*)*")

# Marks that end a sentence in scripts other than those of Punkt's English model, and the end of a
# quotation in typographic marks.
# E.g. `终。`, `है।`, `؟`, `“Stop.” Then`; not `。」`, `“stop.” he`
_ENDS = pattern(
    r"[.!?]\u201d\s+(?=[A-Z\u00c0-\u00de\u0410-\u042f])|["
    r"\u3002\uff01\uff1f\uff61\u0964\u0965\u061f\u06d4\u104b\u17d4\u1362\u0589\u2e2e]+"
    r"[\"'\u2019\u201d\u300d\u300f)\uff09\]]*\s*"
)

_TELLING = 0.06  # share of usual words from which a text is in a language
_FOREIGN_MARKS = 0.02  # share of letters beyond ASCII that English prose does not have
# Where Vietnamese writes the tone of oa, oe and uy: two habits, one word.
_TONES = {
    normal(f"{first}{second}{mark}"): normal(f"{first}{mark}{second}")
    for first, second in ("oa", "oe", "uy")
    for mark in "\u0300\u0301\u0309\u0303\u0323"
}
_TONE = pattern("|".join(_TONES))
# Vowel signs, doublings and stretched letters of Arabic, which are written or left out,
# and the points of Hebrew.
# E.g. the marks of `مُدَرِّس`, `ـ`, the points of `שָׁלוֹם`; not `م`
_VOWEL_SIGNS = pattern(r"[\u064b-\u0652\u0640\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]+")
# What Persian writes between the parts of a word, or a space in its place.
_PARTED = pattern(r"(?<=[\u0600-\u06ff])\u200c(?=[\u0600-\u06ff])")
# Vietnamese writes i or y behind a consonant that ends no syllable: one word.
# E.g. the `ỹ` of `kỹ`; not that of `thủy`
_LONG_I = pattern(r"(?<=[bcdđghklmnprstvx])[ỳýỷỹỵ](?![^\W\d_])")
_SHORT_I = dict(zip("ỳýỷỹỵ", "ìíỉĩị", strict=True))
# A nasal before its own kind of consonant, or a dot for it: one word of Hindi.
# E.g. the `न्` of `हिन्दी`; not that of `न्याय`
_NASAL = pattern(r"(?:ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[त-ध])|म्(?=[प-भ]))")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
# Greek leaves its accents out in capitals, and Turkish has an i without a dot.
_GREEK_CAPITALS = pattern(r"[\u0391-\u03a9]{2,}(?:\W+[\u0391-\u03a9]{2,})*")
# E.g. `state-of-the-art`; not `-5`
_HYPHEN = pattern(r"(?<=[^\W\d_])[-\u2010\u2011](?=[^\W\d_])")
# What Korean writes onto a noun: particles, and the verbs that make a predicate of it.
# E.g. `는`, `에서도`, `했다`, `입니다`; not `우는`
_PARTICLES = pattern(
    "(?:은|는|이|가|을|를|에|의|와|과|도|로|으로|만|까지|부터|에서|에게|께|께서|한테|처럼|보다|하고|"
    "이나|나|라고|이라고|랑|이랑|들|마다|조차|밖에)+|"
    "(?:하|한|할|합|했|해|되|된|될|됩|됐|돼|입니|이다|이에|이었|이면|예요|였)[가-힣]*"
)


# Marks that belong to the letter before them, as the inside of a class of a regular expression.
MARKS = _JOINERS + "".join(
    chr(code) for code in range(0x300, 0x1E00) if unicodedata.category(chr(code))[0] == "M"
)
# Letters of scripts that write no spaces between words, likewise.
UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uff66-\uff9d"
)


class _Classes(dict[int, str]):
    """What a character is to a word: ``w`` part of one, ``c`` one by itself, ``m`` its mark."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = kind = _class(char)
        return kind


def _class(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    if char in _JOINERS:
        return "m"
    category = unicodedata.category(char)[0]
    if category in "LN":
        return "c" if script(char) in _UNSPACED else "w"
    return "m" if category == "M" else " "


_CLASSES = _Classes()


@lru_cache(maxsize=4096)
def script(char: str) -> str:
    """Returns the script of a letter as its Unicode name opens: ``LATIN``, ``CJK``, ``THAI``."""
    return unicodedata.name(char, "").partition(" ")[0]


def tokens(text: str) -> list[str]:
    """Returns the words as written; without spaces between words, the characters."""
    classes = text.translate(_CLASSES)
    return [text[found.start() : found.end()] for found in _RUN.finditer(classes)]


def words(text: str) -> list[str]:
    """Returns the words in lower case; without spaces between words, the characters."""
    return [word.casefold() for word in tokens(text)]


def count_words(text: str) -> int:
    """Returns how many words a reader would count, near enough.

    Each Han or kana character is one; in Thai, Lao, Khmer, Burmese and Tibetan several
    characters make one, about 3.5. Runs of other letters and digits are one each, with the
    apostrophes inside them.
    """
    return count_of(tokens(text))


def count_of(found: Sequence[str]) -> int:
    """Returns how many words these tokens are to a reader; see :func:`count_words`."""
    several = sum(script(word[0]) in _SEVERAL for word in found)
    return len(found) - several + math.ceil(several / _CHARACTERS_A_WORD)


def is_unspaced(word: str) -> bool:
    """Says whether a word is of a script that writes no spaces between words."""
    return word[:1].translate(_CLASSES) == "c"


def scripts(text: str) -> Counter[str]:
    """Returns how many letters of each script a text has; kana and Han stay apart."""
    return Counter(script(char) for char in text if char.isalpha())


def main_script(text: str) -> str:
    """Returns the script that most letters are of; empty for a text without letters."""
    found = scripts(text).most_common(1)
    return found[0][0] if found else ""


def is_english(text: str, otherwise: str = "") -> bool:
    """Says whether words of English may be looked for in a text.

    Not in another script, not where the usual words of another language or letters beyond
    ASCII are as frequent as English ones. A text too short to tell is taken to be in the
    language of ``otherwise``, and without that to be English.
    """
    letters = [char for char in text if char.isalpha()]
    if not letters:
        return is_english(otherwise) if otherwise.strip() else True
    beyond = sum(not char.isascii() for char in letters) / len(letters)
    if beyond > 0.5:
        return False
    shares = dict(_language_shares(text))
    english = shares.pop("en", 0.0)
    other = max(shares.values(), default=0.0)
    if english >= _TELLING and english > other:
        return True
    if other >= _TELLING and other > english:
        return False
    if beyond > _FOREIGN_MARKS and english <= other:
        return False
    return is_english(otherwise) if otherwise.strip() else True


def same_language(one: str, other: str) -> bool:
    """Says whether two texts may be in one language, as far as script and usual words tell."""
    if main_script(one) != main_script(other):
        return {main_script(one), main_script(other)} <= {"CJK", "HIRAGANA", "KATAKANA"}
    return is_english(one) == is_english(other)


def usual_words(text: str) -> Counter[str]:
    """Returns how many usual words of each language a text has, by ISO 639-1 code."""
    usual = _languages_of()
    return Counter(code for word in words(text) for code in usual.get(word, ()))


@lru_cache(maxsize=256)
def _language_shares(text: str) -> dict[str, float]:
    return {code: count / len(words(text)) for code, count in usual_words(text).items()}


@lru_cache(maxsize=1)
def _listed() -> dict[str, Any]:
    return tomllib.loads(_LISTS.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _languages_of() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, listed in _listed()["usual"].items():
        for word in listed.split():
            found[word] = (*found.get(word, ()), code)
    return found


@lru_cache(maxsize=1)
def _abbreviations() -> frozenset[str]:
    return frozenset(_listed()["abbreviations"].split())


@lru_cache(maxsize=2)
def _affixes(place: str) -> frozenset[str]:
    """Returns what Arabic and Hebrew write onto a word, ``before`` it or ``after`` it."""
    return frozenset(_listed()["affixes"][place].split())


@lru_cache(maxsize=4)
def asking(kind: str) -> re.Pattern[str]:
    """Returns what finds prompts for ``marks``, a ``word``, a ``label`` or a word ``again``."""
    return re.compile(_listed()["asks"][kind].replace("\n", ""), re.IGNORECASE)


def asks_again(prompt: str) -> bool:
    """Says whether a prompt may ask for a word over and over; true of an unknown language."""
    if asking("again").search(prompt):
        return True
    if main_script(prompt) != "LATIN":
        return main_script(prompt) not in _ASKED_AGAIN
    return not is_english(prompt) and not usual_words(prompt)


@lru_cache(maxsize=1)
def headings() -> frozenset[str]:
    """Returns what announces an answer and is none, as :func:`words` parts it."""
    return frozenset(" ".join(words(line)) for line in _listed()["headings"].splitlines())


@lru_cache(maxsize=8)
def subjectless(*kinds: str) -> frozenset[str]:
    """Returns English words that name no subject: the ``common`` ones and those of these kinds.

    Args:
        kinds: ``courtesy`` (of any polite reply), ``form`` (how to answer, talk about texts).
    """
    listed = _listed()["subjectless"]
    return frozenset(word for kind in ("common", *kinds) for word in listed[kind].split())


def sentences(text: str) -> list[str]:
    """Returns the sentences of a text in any script; nothing for a blank text.

    Punkt's English model decides about full stops; besides it, no sentence ends in a usual
    abbreviation of another language (``z. B.``, ``TP.``), and one does at 。, ।, ؟ and their like.
    """
    if main_script(text) == "GREEK":
        text = text.replace(";", "\u061f")  # its question mark looks like a semicolon
    found: list[str] = []
    for part in english_sentences(text):
        if found and _abbreviated(found[-1]):
            found[-1] += " " + part
        else:
            found.append(part)
    return [piece for part in found for piece in _split(part)]


def _abbreviated(sentence: str) -> bool:
    last = sentence[-24:].split()[-1:]
    if not last or not last[0].endswith("."):
        return False
    word = last[0].strip(".(\"'")
    initial = len(word.rpartition(".")[2]) == 1 and word[-1].islower()
    return initial or word.casefold() in _abbreviations()


def _split(sentence: str) -> Iterator[str]:
    start = 0
    for end in _ENDS.finditer(sentence):
        yield sentence[start : end.end()].strip()
        start = end.end()
    if any(char.isalnum() for char in sentence[start:]):
        yield sentence[start:].strip()


# Cyrillic and Greek letters that are drawn as Latin ones, and a word that has both kinds.
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u0475"
    "\u03bf\u03b1\u03bd\u03c1\u03c5\u03ba",
    "aeopcyxijshdqwvoavpuk",
)
_ALIKE = "".join(map(chr, _LOOKALIKES))
_MIXED = pattern(
    rf"(?<![^\W\d_])(?=[^\W\d_]{{0,40}}[a-z])(?=[^\W\d_]{{0,40}}[{_ALIKE}])[^\W\d_]{{2,41}}"
)


def fold(text: str) -> str:
    """Returns a text as phrases of it are compared.

    Case, width, spacing, quotes, ligatures, the place of a tone and i or y in Vietnamese, nasals
    of Hindi, vowel signs of Arabic and Hebrew, the dots of ``ё`` and letters that only look
    Latin, in a word that has Latin ones too, aside.
    """
    folded = plain(text).replace("i\u0307", "i").replace("\u0451", "\u0435")
    if folded.isascii():
        return folded
    folded = _MIXED.sub(lambda found: found[0].translate(_LOOKALIKES), folded)
    folded = _NASAL.sub("\u0902", folded)
    folded = _LONG_I.sub(lambda found: _SHORT_I[found[0]], folded.translate(_LIGATURES))
    return _VOWEL_SIGNS.sub("", _TONE.sub(lambda found: _TONES[found[0]], folded))


def has_phrase(text: str, phrase: str, *, sure: bool = False) -> bool:
    """Says whether a phrase stands in a text as whole words, case, spacing and hyphens aside.

    Where words are not parted by spaces any place will do. What Arabic and Hebrew write onto a
    word (an article, a preposition, an owner) is no part of it.

    Args:
        text: Any text.
        phrase: What is looked for.
        sure: After a Korean phrase only particles and verbs of a noun may follow in the same
            word; otherwise anything, as an ending of it.
    """
    if "\u0131" in phrase.lower():
        text, phrase = (one.replace("I", "\u0131") for one in (text, phrase))
    folded, wanted = (_PARTED.sub(" ", _HYPHEN.sub(" ", fold(one))) for one in (text, phrase))
    capitals = " ".join(_GREEK_CAPITALS.findall(text))
    if capitals and (bare := _unaccented(wanted)) != wanted and has_phrase(capitals, bare):
        return True
    at = folded.find(wanted) if wanted else -1
    while at >= 0:
        if stands_alone(folded, at, at + len(wanted), sure=sure):
            return True
        at = folded.find(wanted, at + 1)
    return False


def stands_alone(folded: str, start: int, end: int, *, sure: bool = False) -> bool:
    """Says whether a part of a text is whole words, by the script of its first and last letters.

    What Korean writes onto a word of any script, as in ``AI는``, is no part of it.

    Args:
        folded: A text as :func:`fold` has it.
        start: Where the part begins.
        end: Where it ends.
        sure: As for :func:`has_phrase`.
    """
    kind = script(_letter(folded[start:end]))
    bound_before = _class(folded[start]) == "w"
    bound_after = _class(folded[end - 1]) in "wm" and (sure or kind != "HANGUL")
    bound_after = bound_after and kind not in _UNSPACED
    before = _joined(folded, start - 1, -1) if bound_before else ""
    after = _joined(folded, end, 1) if bound_after else ""
    return (not before or before in _affixes("before")) and (
        not after or after in _affixes("after") or _PARTICLES.fullmatch(after) is not None
    )


def _unaccented(text: str) -> str:
    return normal(normal(text, "NFD").replace("\u0301", ""))


def _joined(text: str, at: int, step: int) -> str:
    """Returns what is joined to a phrase in one word, as far as an affix reaches."""
    last = at
    while 0 <= last < len(text) and abs(last - at) < _LONGEST_AFFIX and _joins(text[last]):
        last += step
    return text[last + 1 : at + 1] if step < 0 else text[at:last]


def _joins(char: str) -> bool:
    return char == "_" or _class(char) in "wm"


def _letter(text: str) -> str:
    """Returns the last character that is no mark, whose script its marks share."""
    return next((char for char in reversed(text) if _class(char) != "m"), " ")


def subject_words(text: str, common: frozenset[str] = frozenset()) -> set[str]:
    """Returns what a text is about: its words without the common ones, pairs where unspaced.

    Args:
        text: Any text.
        common: Words in lower case that say nothing of a subject.
    """
    found = words(text)
    pairs = {
        first + second
        for first, second in pairwise(found)
        if is_unspaced(first) and is_unspaced(second)
    }
    return pairs | {
        word
        for word in found
        if len(word) > 1 and not word.isdigit() and not is_unspaced(word) and word not in common
    }
