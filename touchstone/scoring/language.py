"""Which language a text is in: langdetect's naive Bayes over character n-grams, made repeatable.

The package ``langdetect-rs`` gives langdetect's own results, many times faster.

langdetect samples n-grams at random, so that one short text can be two languages on two
calls. Here every call starts from the same seeds. Where the first draw leaves doubt, the
shares of several draws are averaged, and a language asked for gets the benefit of the doubt
against its kin.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from touchstone.lazy import pattern
from touchstone.scoring import prose

if TYPE_CHECKING:
    from langdetect_rs import DetectorFactory

_SURE = 0.99  # one draw this sure is final
_DRAWS = 9
_DOUBT = 0.25  # least share at which a language may still be meant, its kin having the rest
_SHORT = 20  # letters of a text that n-grams hardly tell
_LOADING = threading.Lock()

# What langdetect 1.0.9 has profiles for: ISO 639-1, Chinese by its script.
LANGUAGES = frozenset(
    """af ar bg bn ca cs cy da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv mk ml mr
    ne nl no pa pl pt ro ru sk sl so sq sv sw ta te th tl tr uk ur vi zh-cn zh-tw""".split()  # noqa: SIM905 - read as prose
)

# Languages that a short text hardly tells apart: one script and many n-grams in common.
_KIN = tuple(
    frozenset(group.split())
    for group in (
        "ar fa ur", "hi mr ne", "bg mk ru uk", "zh-cn zh-tw", "da no sv", "cs sk", "hr sl",
        "ca es pt", "af nl",
    )
)  # fmt: skip

# Those of one script other than the Latin.
_BY_SCRIPT = tuple(
    frozenset(group.split())
    for group in ("ar fa ur", "hi mr ne", "bg mk ru uk", "ja zh zh-cn zh-tw ko")
)

# Whose script is their own; langdetect has no profile of them.
_OWN_SCRIPT = {
    "am": "ETHIOPIC", "hy": "ARMENIAN", "ka": "GEORGIAN", "km": "KHMER", "lo": "LAO",
    "my": "MYANMAR", "si": "SINHALA",
}  # fmt: skip
# What :func:`may_be_language` tells.
TOLD = LANGUAGES | {"zh"} | _OWN_SCRIPT.keys()


_LATIN = LANGUAGES - frozenset(
    "ar bg bn el fa gu he hi ja kn ko mk ml mr ne pa ru ta te th uk ur zh-cn zh-tw".split()  # noqa: SIM905 - as above
)
# Latin words, which stand as names in a text of another script.
# E.g. `Python`, `C++`, `Node.js`; not `3`, `мир`
_NAMES = pattern(r"[A-Za-z][A-Za-z0-9.+#_-]*")


def detect(text: str) -> str | None:
    """Returns the ISO 639-1 code of the text's language, or ``None`` where no letter tells.

    Chinese is ``zh-cn`` or ``zh-tw``. Only the first 10,000 characters are read.
    """
    found = shares(text)
    return max(found, key=lambda code: (found[code], code)) if found else None


def is_language(text: str, code: str) -> bool | None:
    """Says whether the text is in this language; ``None`` where no letter tells.

    Args:
        text: Any text.
        code: One of :data:`LANGUAGES`, or ``zh`` for both scripts of Chinese.
    """
    best = detect(text)
    if best is None:
        return None
    if best == code or (code == "zh" and best.startswith("zh-")):
        return True
    return shares(text).get(code, 0.0) >= _DOUBT and any({best, code} <= kin for kin in _KIN)


def may_be_language(text: str, code: str) -> bool:
    """Says whether the text may be in this language, for a verdict that has to be sure.

    As :func:`is_language`; besides, a text of few letters may be in any language of its script
    that n-grams tell apart only in longer ones, unless more of its words are usual in another, and
    one of Han alone may be Japanese. Latin names in a text of another script do not count. A
    language with a script of its own is told by that.

    Args:
        text: Any text.
        code: One of :data:`TOLD`.
    """
    if code in _OWN_SCRIPT:
        own = [
            unicodedata.name(char, "").startswith(_OWN_SCRIPT[code])
            for char in text
            if char.isalpha()
        ]
        return sum(own) > len(own) / 2
    if is_language(text, code) is True:
        return True
    own = text if code in _LATIN else _NAMES.sub(" ", text)
    if own != text and 2 * prose.count_words(own) >= prose.count_words(text):
        return may_be_language(own, code)
    best = detect(text) or ""
    if sum(map(str.isalpha, text)) > _SHORT:
        return False
    if {best, code} <= _LATIN:
        usual = prose.usual_words(text)
        return prose.count_words(text) == 1 or usual[code] >= max(usual.values(), default=0)
    if any("\u3040" <= char <= "\u30ff" for char in text):
        return code == "ja"
    return any({best, code} <= group for group in _BY_SCRIPT)


@lru_cache(maxsize=256)
def shares(text: str) -> dict[str, float]:
    """Returns each likely language's share of the evidence, within 0..1; empty for no letters."""
    first = _draw(text, 0)
    if not first or max(first.values()) >= _SURE:
        return first
    # In capitals langdetect leaves out most n-grams, so that a doubt is settled without them.
    text = text.lower() if text.isupper() else text
    total: dict[str, float] = {}
    for seed in range(_DRAWS):
        for code, share in _draw(text, seed).items():
            total[code] = total.get(code, 0.0) + share / _DRAWS
    return total


def _draw(text: str, seed: int) -> dict[str, float]:
    from langdetect_rs import LangDetectException

    detector: Any = _factory().create()
    detector.seed = seed
    detector.append(text)
    try:
        return {found.lang: found.prob for found in detector.get_probabilities()}
    except LangDetectException:
        return {}


def _factory() -> DetectorFactory:
    with _LOADING:
        return _loaded()


@lru_cache(maxsize=1)
def _loaded() -> DetectorFactory:
    from langdetect_rs.detector_factory import PROFILES_DIRECTORY, DetectorFactory

    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    return factory
