# ruff: noqa: RUF001 - the words of many languages are its data
"""What a text says is not its answer: denied, put aside, asked, or offered among others.

The one rule for every place that finds an answer, in the words of many languages.
"""

from __future__ import annotations

import re

from touchstone.lazy import pattern
from touchstone.templates.math_reasoning.phrases import BUT, JOINING

_NEAR = 60  # characters beside a value that can deny it
_NOT = (
    r"\b(?:not|never|cannot|nor|neither|doubt\w*|den(?:y|ies)|rule[sd]? out|anything but|except"
    r"|eliminate[sd]?|(?:less|more|fewer|greater|larger|smaller) than"
    r"|(?:would|might|may|could) (?:say|think|guess|expect|answer)"
    r"|(?:mistake|wrong|error)\sto\s\w+|nicht|kein\w*|pas|jamais|não|nunca|no es"
    r"|non è|niet|không|chẳng|ни|не)\b|n't\b|ليس|没有|并非"
    r"|不(?:是|等于|等於|为|為|会|會|可能|应|應|能)"
)
_WRONG = (
    r"wrong|incorrect|false|invalid|impossible|extraneous|inadmissible|rejected|discarded"
    r"|excluded|eliminated|ignored|ruled out"
)
_NOT_RIGHT = r"(?:n't|\s+not)\s+(?:right|correct|true|it|the|possible|valid|allowed|admissible)\b"
# A finite verb ends what a negation is about; a clause of its own carries it on.
# E.g. `used is `, `sold was `; not `true that it is `
_ABOUT = (
    r"(?:[^\d,;:.=?\n]{0,20}\b(?:that|think|believe|say|claim|true|if|whether|know|tell"
    r"|sure)\b[^\d,;:.=\n]{0,40}"
    r"|(?:(?!\b(?:is|are|was|were|has|had|equals|gives|leaves|makes|costs)\b)[^\d,;:.=\n]){0,40})"
)
# What a whole sentence is denied with; how hard it is to see does not deny it.
# E.g. `not the case that the result is `, `es stimmt nicht, dass es `, `неверно, что `;
# not `not hard to see that `
_UNTRUE = pattern(
    r"(?:(?:\bnot|n't) (?:the case|true|so|correct|right)|\b(?:is|was) (?:false|untrue|wrong|"
    r"incorrect)|\b(?:stimmt|trifft) nicht(?: zu)?,?|\bnicht wahr,?"
    r"|\bpas (?:vrai|exact|correct)|\bil est faux|\bno es (?:cierto|verdad|correcto)|\bes falso"
    r"|\bnão é (?:verdade|certo|correto)|\bé falso|\bnon è vero|\bè falso|\bневерно,?|\bнеправда,?"
    r"|\bkhông (?:đúng|phải)|\bsai)\s(?:that|dass|daß|que|che|что|là|rằng)\b[^\d,.:;?!\n]{0,40}$",
    re.IGNORECASE,
)
# Before a value: only where no other number and no new clause comes between.
# E.g. `It cannot be `, `a mistake to say `, `I doubt that it is `, `es ist nicht `, `不是`, `no `;
# not `so it is `, `if she does not spend 5 she has `, `what is not used is `
_BEFORE = pattern(rf"(?:{_NOT}){_ABOUT}$|\bnot?\s$", re.IGNORECASE)
# What a negation does not reach beyond.
# E.g. ` but ` of `not A but `, `, sondern `, `而是`; not `anything but`
_BUT = pattern(rf"(?<!anything )(?<!nothing )\b(?:{BUT})\b|而是|ではなく|아니라", re.IGNORECASE)
# Behind a value.
# E.g. ` is wrong`, ` is not right`, `? No`, ` ist falsch`, `是错的`, `?`; not ` are not sold`
_BEHIND = pattern(
    rf"[^\d,;:.=?]{{0,20}}?(?:\b(?:is|are|was|were|be)(?:{_NOT_RIGHT}|\s+(?:{_WRONG})\b)"
    r"|\b(?:fails?|does(?:n't|\s+not)\s+(?:work|fit|hold|satisfy)|(?:is|are|was) too \w+)\b"
    r"|\b(?:falsch|nicht richtig|faux|fausse?|incorrecto|falso|errad[oa]|sbagliat[oa]|fout"
    r"|неверн\w*|неправильн\w*|sai|không (?:đúng|phải))\b"
    r"|,?\s(?:but|aber|mais|pero|mas|но|nhưng)\s[^\d,.;]{0,20}(?:wrong|incorrect|not (?:right"
    r"|true|correct)"
    r"|falsch|faux|incorrecto|falso|errado|неверно|sai)\b"
    r"|错|不对|不正确|間違|違い|違う|ではない|じゃない|틀|아니|خطأ)|\s?[?？؟]",
    re.IGNORECASE,
)
# What one of two answers is put aside with.
# E.g. `-3 is rejected`, `discard`, `extraneous`, `it can't be`; not `right`
_ASIDE = pattern(
    rf"\b(?:{_WRONG}|reject\w*|discard\w*|exclude\w*|ignore|rule out|does(?:n't|\snot) work"
    r"|can(?:not|'t| not) be|not (?:valid|possible|allowed|right|correct))\b",
    re.IGNORECASE,
)
# Before the last of several values that are only offered.
# E.g. `68, 69, `, `24 or `, `42, maybe `, `24 oder `, `24或`; not `24 + `, `3 apples and `
_SEVERAL = pattern(
    rf"\d[\s\\$]{{0,3}}(?:[,;/|、，]|\b(?:{JOINING})\b|[或和とかや])"
    r"[\s\\$]{0,3}(?:(?:or|and|maybe|perhaps|possibly|even|oder|vielleicht|peut-être|quizás|talvez"
    r"|может быть|có thể|也许)\b)?[\s\\$]{0,3}[-+]?$",
    re.IGNORECASE,
)


def denied(before: str, behind: str = "") -> bool:
    """Whether a text denies, or only asks, what stands between its two parts."""
    *_, near = _BUT.split(before[-_NEAR:])
    return bool(_BEFORE.search(near) or _BEHIND.match(behind[:_NEAR])) or untrue(before)


def untrue(before: str) -> bool:
    """Whether what follows a text is denied as a whole: ``it is not the case that``."""
    return bool(_UNTRUE.search(before[-2 * _NEAR :]))


def put_aside(text: str) -> bool:
    """Whether a text puts a value that it names aside: ``-3 is extraneous``."""
    return bool(_ASIDE.search(text))


def offered(before: str) -> bool:
    """Whether what follows a text is only the last of several values: ``24 or``."""
    return bool(_SEVERAL.search(before[-_NEAR:]))
