"""How models decline to judge, in words, in the languages that they answer in."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

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


def _elsewhere() -> str:
    """Returns what opens a refusal in other languages than English."""
    with (Path(__file__).parent / "refusals.toml").open("rb") as file:
        return "|".join(opening for openings in tomllib.load(file).values() for opening in openings)


_ELSEWHERE = _elsewhere()
# E.g. `Declined.`, `[refused]`, `N/A - content policy`: all that the reason says
_CURT = (
    r"\W*+(?:(?:declin|refus|block|redact)ed|n/a|cannot judge|no verdict)\b\W*+"
    r"(?:(?:due to |by )?(?:the )?(?:content|safety|policy|filter)\W*+){0,4}\Z"
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

    A model that is forced to fill in a form writes its refusal there, and picks some level.
    """
    return bool(_REFUSAL.match(reason.strip()))
