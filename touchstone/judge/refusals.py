"""How models decline to judge, in words, in the languages that they answer in."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

_SORRY = (
    r"(?:(?:i['\u2019]?m|i am|we are|we['\u2019]re) (?:\w+ )?(?:sorry|afraid)|sorry|i apologi[sz]e|"
    r"(?:my )?apologies|unfortunately|regrettably|as an? (?:ai|language model)\b[^,.]{0,30}|"
    r"no[.,])"
)
_CANNOT = (
    r"(?:i|we)(?: (?:can ?not|can['\u2019]t|could not|will not|won['\u2019]t|must decline to|"
    r"decline to|have to decline to|am (?:unable|not able|not comfortable)(?: to)?|do not feel "
    r"comfortable|don['\u2019]t feel comfortable)|['\u2019]?m (?:unable|not able|not comfortable)"
    r"(?: to)?)|(?:i am|i['\u2019]?m)? ?unable to"
)
# To judge in part is no refusal: `I cannot rate it higher`, `I cannot assess whether it is true`.
_DO = (
    r"(?:assist|help(?! but\b)|comply|engage|participate|proceed|fulfil|continue|"
    r"(?:judg|evaluat|assess|rat|grad|scor|review|analy[sz]|process|discuss|record|provid)"
    r"\w*(?! (?:facts?|all)\b)"
    r"(?![^.]{0,60}\b(?:higher|lower|better|above|below|as|whether|if|how|more|its|because|since)\b))"
)


def _languages() -> dict[str, dict[str, Any]]:
    with (Path(__file__).parent / "refusals.toml").open("rb") as file:
        return tomllib.load(file)


_LANGUAGES = _languages()
_ELSEWHERE = "|".join(form for forms in _LANGUAGES.pop("opens").values() for form in forms)
_REFUSES = re.compile(
    "|".join(form for forms in _LANGUAGES.pop("refuses").values() for form in forms), re.IGNORECASE
)
_DENIED = [
    tuple(re.compile(of.get(part, r"(?!)"), re.IGNORECASE) for part in ("act", "no", "rule", "of"))
    for of in _LANGUAGES.values()
]
_OF_ENGLISH = re.compile(_LANGUAGES["en"]["of"], re.IGNORECASE)
# E.g. `Declined.`, `[refused]`, `N/A - content policy`, `Sorry, no can do.`: all it says
_CURT = (
    r"\W*+(?:n/a\b|(?=(?:[^\n]{0,60}?\b(?:(?:declin|refus|block|redact|filter|withh|skipp|disallow|flagg)\w+|"
    r"can(?:['\u2019]?t|not| do)|unable|sorry|policy|pass|won['\u2019]?t|"
    r"no (?:verdict|comment))\b)))"
    r"(?:(?:(?:declin|refus|block|redact|filter|withh|skipp|disallow|flagg|trigger|violat)\w+|can|cannot|"
    r"can['\u2019]t|won['\u2019]t|not|judge|no|do|i|i['\u2019]m|am|unable|sorry|verdict|comment|due|to|by|the|"
    r"this|that|is|was|of|because|content|safety|policy|policies|request|guidelines?|reasons?|pass|n/a)"
    r"\b\W*+){0,8}\Z"
)
_GUIDELINES = (
    r"th(?:is|e) [\w ]{1,30} (?:violates|is against|goes against) my (?:guideline|polic|safety)"
)
_REFUSAL = re.compile(
    rf"{_CURT}|{_GUIDELINES}|"
    rf"(?:{_SORRY}[\s,.;:\u2014-]+(?:but[ ,]+)?)*+(?:{_CANNOT})[ ,]+(?:\w+ ){{0,2}}?{_DO}|"
    + _ELSEWHERE,
    re.IGNORECASE,
)
# E.g. `"I won't rate this"`, `says that I cannot judge it`: what another said
_SAID = re.compile(
    r"[\"\u201c\u00ab\u300c][^\"\u201c\u00ab\u300c\u201d\u00bb\u300d]*+[\"\u201d\u00bb\u300d]|"
    r"(?<!\w)['\u2018][^'\u2018\u2019]*+['\u2019](?!\w)|"
    r"\b(?:completion|reply|answer|response|assistant|text|summary|model|author|user|customer|it|he|she|they)\b"
    r"[^.!?]{0,40}?\b(?:say|says|said|state[sd]?|repl(?:y|ies|ied)|respond\w*|claim\w*|write\w*|wrote|"
    r"announce\w*|refuse\w*|decline\w*|apologi[sz]e\w*|tell\w*|told|ask\w*|admit\w*|"
    r"insist\w*|explain\w*)\b[^.!?]*+",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|[\n\u3002\uff01\uff1f\u0964]")
_FAR = 40  # characters between the act and what denies it
_IN_WORDS = re.compile(
    rf"\b(?:{_CANNOT})\b|\b(?:i['\u2019]?m|i am) (?:\w+ )?sorry\b|" + _ELSEWHERE,
    re.IGNORECASE,
)
_BEGINNING = 200  # characters in which a refusal begins


def declines(text: str) -> bool:
    """Says whether a text that holds no verdict is a refusal to give one."""
    return bool(_IN_WORDS.search(text[:_BEGINNING]))


def reason_declines(reason: str) -> bool:
    """Says whether the reason of a verdict is that there is none.

    A model that is forced to fill in a form writes its refusal there, and picks some level. What
    it says of the completion, or quotes of it, is none.
    """
    if _REFUSAL.match(reason.strip()):
        return True
    return any(map(_declined_in, _SENTENCES.split(_SAID.sub(" ", reason))))


def _declined_in(sentence: str) -> bool:
    if _OF_ENGLISH.search(sentence):
        return False  # before its letters mean something in another language
    said = _REFUSAL.match(sentence.strip()) or _REFUSES.search(sentence)
    return bool(said) or any(_denied(sentence, *parts) for parts in _DENIED)


def _denied(sentence: str, *parts: re.Pattern[str]) -> bool:
    act, no, rule, of = parts
    if of.search(sentence):
        return False
    acts = list(act.finditer(sentence))
    if rule.search(sentence) and (acts or no.search(sentence)):
        return True
    return any(
        max(one.start(), denial.start()) - min(one.end(), denial.end()) <= _FAR
        for one in acts
        for denial in no.finditer(sentence)
    )
