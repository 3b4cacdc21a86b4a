"""How far a reply shows empathy, by the three ways of showing it, from words alone.

Reactions (warmth, concern), interpretations (that the other's state is understood, often by
telling of one's own) and explorations (asking about it). Words chosen by what each scale is
defined to mean, none of them fitted to rated replies; docs/accuracy.md says what they are worth.

Source of the three scales: Sharma et al. (2020), A computational approach to understanding
empathy expressed in text-based mental health support.
"""

from __future__ import annotations

import re

# E.g. `so sorry to hear that`, `my heart goes out to you`, `if you ever need to talk, I'm here`,
# `hang in there`, `you are not alone`, `that sucks`, `you've got this`, `things will be okay`,
# `congratulations`, `DM me`, `how frustrating`, `I'd love to help`, `<3`, `:)`;
# not `The kettle is blue.`
_REACTS = re.compile(
    r"\b(?:sorry (?:to hear|for|about|you|that|it)|i'?m (?:so |very |truly |really )?sorry|"
    r"we(?:'re| are) "
    r"(?:so |very |truly |really )?sorry|apologi[sz]e|my heart|hugs?|i (?:really |truly )?(?:hope|"
    r"wish|care)|"
    r"we (?:really |truly )?(?:hope|wish|care)|hope (?:you|it|things|that)|hopefully|"
    r"if you(?:'d)? (?:ever |want|need|like)+ (?:to|someone|anything)|wanna talk|want to talk|"
    r"love you|lots of love|much love|here (?:for|to help) you|"
    r"i'?m here|we'?re here|hang in there|stay strong|keep (?:going|fighting)|you(?:'re|"
    r" are) not alone|"
    r"proud of you|happy for you|glad (?:you|to|that)|good luck|best wishes|feel (?:so )?(?:bad|"
    r"sad) for you|"
    r"feel (?:for )?(?:you|ya)|that sucks|so sad|heartbreaking|take care|you(?:'ve| have)? (?:got|"
    r"can do) this|"
    r"you deserve|(?:gets?|be|get) better|will be (?:ok(?:ay)?|alright|fine)|congrat\w*|"
    r"thank you for sharing|"
    r"(?:message|pm|dm|talk to|write to|reach out to) me|cheer(?:ing)? (?:you|up)|wonderful|"
    r"beautiful|amazing|"
    r"frustrating|upsetting|disappoint\w+|worrying|stressful|i(?:'d| would) (?:love|"
    r"like) to help)\b"
    r"|[\u2764\u2665\U0001f495-\U0001f49f\U0001f917]|<3|:\)",
    re.IGNORECASE,
)
# E.g. `I'm truly sorry`, `so proud of you`, `I feel bad for you`, `heartbreaking`; not `sorry, no`
_STRONG_REACTION = re.compile(
    r"\b(?:(?:so|very|truly|really|deeply) sorry|sorry (?:to hear|for your|you(?:'re| are))|"
    r"my heart|love you|"
    r"proud of you|feel (?:so )?(?:bad|sad) for you|i (?:really |truly )care|heartbreaking|"
    r"feel your pain)\b",
    re.IGNORECASE,
)
# E.g. `I completely understand`, `I can relate`, `been there`, `it sounds like`,
# `that must be hard`, `I've lost one too`, `when I was young`, `no wonder`;
# not `The kettle is blue.`
_UNDERSTANDS = re.compile(
    r"\b(?:i (?:completely |totally |really |fully |can |do |also )*(?:understand|get|know|see|"
    r"relate|imagine|hear|"
    r"feel)|we (?:completely |totally |really |fully |can |do )*(?:understand|know|see|imagine|"
    r"hear)|understandabl[ey]|"
    r"can relate|been there|same (?:here|boat|thing|way)|me too|feel the same|like you|"
    r"sounds? like|must (?:be|feel|"
    r"have)|it seems|i(?:'ve| have) (?:also )?(?:been|felt|had|lost|struggled|gone)|when i was|"
    r"i used to|"
    r"i (?:was|felt|had|lost|struggled|thought|went|did|always|never|just|still|don't|can't|also)|"
    r"makes sense|no wonder|anyone would)\b",
    re.IGNORECASE,
)
# E.g. `I'm here`, `my`; not `mine`
_OWN = re.compile(r"\b(?:i|me|my|myself|i'm|i've|i'd)\b", re.IGNORECASE)
# E.g. `What happened?`, `Would you like a new one?`, `tell me more`, `let us know if it leaks`;
# not `I know what happened.`
_ASKS = re.compile(
    r"\b(?:what|why|how|who|when|where|which|do|did|does|are|is|have|has|can|could|would|will|"
    r"want)\b"
    r"[^.!?\n]{0,120}\?|\b(?:tell (?:me|us) more|want to talk|wanna talk|let (?:me|"
    r"us) know (?:what|how|if))\b",
    re.IGNORECASE,
)
# E.g. `how are you`, `your`; not `yours`
_ASKS_ABOUT_YOU = re.compile(r"\b(?:you|your|you're|you've)\b", re.IGNORECASE)


def emotional_reactions(text: str) -> float:
    """Measures warmth, compassion and concern for the other, within 0..1.

    One sign is halfway; a second, or a strong one, is all.
    """
    plain = text.replace("\u2019", "'")
    return min(1.0, 0.5 * len(_REACTS.findall(plain)) + 0.25 * bool(_STRONG_REACTION.search(plain)))


def interpretations(text: str) -> float:
    """Measures whether it shows the other's state to be understood, within 0..1."""
    plain = text.replace("\u2019", "'")
    own = min(1.0, len(_OWN.findall(plain)) / 4)
    return min(1.0, 0.5 * own + 0.25 * min(2, len(_UNDERSTANDS.findall(plain))))


def explorations(text: str) -> float:
    """Measures whether it asks about the other's state, within 0..1."""
    asked = [found.group() for found in _ASKS.finditer(text.replace("\u2019", "'"))]
    about = sum(bool(_ASKS_ABOUT_YOU.search(question)) for question in asked)
    return min(1.0, 0.5 * bool(asked) + 0.5 * bool(about))
