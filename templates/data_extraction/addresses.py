"""Postal addresses, whose words are cut short in known ways."""

from __future__ import annotations

from touchstone.lazy import pattern
from touchstone.scoring.lexicon import as_read

# In each line, ways to write one word. Source: USPS Publication 28, appendices C1 and C2.
_SHORT = """
street/st/str avenue/ave/av boulevard/blvd/boul road/rd drive/dr lane/ln court/ct circle/cir
place/pl square/sq terrace/ter/terr parkway/pkwy highway/hwy/hiway expressway/expy freeway/fwy
trail/trl way/wy alley/aly crescent/cres close/cl gardens/gdns grove/grv heights/hts plaza/plz
turnpike/tpke apartment/apt suite/ste unit/un floor/fl building/bldg room/rm department/dept
rue calle/c via avenida/avda rua piazza weg allee
number/no/nr north/n south/s east/e west/w northeast/ne northwest/nw southeast/se southwest/sw
straße/strasse/str. platz/pl. mount/mt fort/ft box/bx rural/rr
first/1st second/2nd third/3rd fourth/4th fifth/5th sixth/6th seventh/7th eighth/8th ninth/9th
tenth/10th
quận/q phường/p
"""
_FULL = {
    form.rstrip("."): group.split("/")[0] for group in _SHORT.split() for form in group.split("/")
}
_FULL |= {"strasse": "street", "straße": "street", "#": "apartment", "usa": "us"}
_FULL |= {"tp": "thành phố", "hcm": "hồ chí minh", "hn": "hà nội", "tphcm": "thành phố hồ chí minh"}
_SILENT = frozenset(("đường", "số"))  # `street` and `number`, which may be left out before both
# E.g. `n.w.`; not `12.5`
_INITIALS = pattern(r"\b([a-z])\.([a-z])\b\.?")
_PLACES = """
street avenue boulevard road drive lane court circle place square terrace parkway highway expressway
freeway trail alley crescent gardens grove heights plaza turnpike apartment suite floor building box
rue calle via avenida rua piazza weg allee quận phường
"""
_STREETS = frozenset(_PLACES.split())
_NEAR = 4  # words from the number of a house to its street
_OF_SENTENCES = frozenset(
    ("a", "and", "at", "before", "for", "in", "is", "must", "the", "to", "was")
)
# E.g. `Main`, `4B`, `#`; not `.,`
_WORD = pattern(r"[^\W_]+|#")
# E.g. `hauptstr`, `lindenstrasse`; not `main`
_STREET_AT_END = pattern(r"(?P<name>.{3,}?)(?:strasse|str)$")


def read_address(text: str) -> tuple[str, ...] | None:
    """Returns the words of an address in full, without its marks; ``None`` for a blank text."""
    text = _INITIALS.sub(r"\1\2", as_read(text))
    words = [_in_full(word) for word in _WORD.findall(text) if word not in _SILENT]
    return tuple(part for word in words for part in word.split()) or None


def looks_like_address(text: str) -> bool:
    """Whether a text has a number and a word that only streets and houses have, or a short one."""
    words = read_address(text) or ()
    if not 3 <= len(words) <= 20 or sum(word in _OF_SENTENCES for word in words) > 1:
        return False
    places = [at for at, word in enumerate(words) if word in _STREETS]
    numbers = [at for at, word in enumerate(words) if word[0].isdigit()]
    return any(-3 <= at - number <= _NEAR for at in places for number in numbers)


def _in_full(word: str) -> str:
    joined = _STREET_AT_END.fullmatch(word)
    return f"{joined['name']} street" if joined else _FULL.get(word, word)
