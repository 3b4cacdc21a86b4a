"""What the offline judge measures of a voice and an audience, in place of a model.

It knows about a hundred words for how a brand may sound, measures each by what can be counted, and
leaves the rest undecided (0.5). It does not understand a voice; docs/accuracy.md says what was
measured and what was not.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from functools import lru_cache

from touchstone.scoring.prose import words
from touchstone.scoring.readability import reading_grade, syllables
from touchstone.scoring.text import sentences
from touchstone.templates.tone_style.empathy import emotional_reactions
from touchstone.templates.tone_style.emptiness import subject
from touchstone.templates.tone_style.mechanics import EMOJI, listed
from touchstone.templates.tone_style.politeness import politeness, strategies
from touchstone.templates.tone_style.style import Style

_UNDECIDED = 0.5
# E.g. `we're`, `don't`; not `were`
_CONTRACTION = re.compile(r"\b[a-z]+'(?:m|re|ve|ll|d|s|t)\b|n't\b", re.IGNORECASE)
# E.g. `you should have read it`, `you entered the wrong code`, `your own fault`, `user error`,
# `as I already said`, `next time, check`; not `you should rest`
_BLAME = re.compile(
    r"\byou (?:should(?:n't)? have|failed|forgot|neglected|didn't|did not|never|must have|caused|"
    r"broke|ignored|"
    r"missed|messed|mis\w+|entered (?:the )?(?:wrong|incorrect)|were supposed)\b|"
    r"\byour (?:own )?(?:fault|mistake|"
    r"error|failure|carelessness|negligence|responsibility)\b|\buser error\b|\bif you had\b|"
    r"\bas (?:i|we)"
    r"(?:'ve| have)? (?:already|previously|clearly)\b|\bhad you\b|\bnext time,? (?:read|check|"
    r"make sure)\b",
    re.IGNORECASE,
)
# E.g. `perhaps`, `I think`, `sort of`, `not sure`; not `surely`
_HEDGES = re.compile(
    r"\b(?:perhaps|maybe|possibly|might|i (?:think|guess|suppose|believe)|sort of|kind of|"
    r"not sure|probably)\b",
    re.IGNORECASE,
)
_EASY_GRADE, _HARD_GRADE = 8.0, 14.0
_SHORT, _LONG = 60, 180  # words of a reply that is brief, and of one that is anything but
# E.g. `never loud`, `without jargon`, `non-technical`, `less formal`; not `loud`
_NOT = re.compile(
    r"\b(?:not|never|no|avoid|avoids|without|don't|doesn't|isn't|nothing|neither|nor|less)\b|"
    r"\bnon-",
    re.IGNORECASE,
)
# E.g. `warm, brief`, `warm but firm`; not `warm`
_CLAUSE = re.compile(r"[,;.\n:]|\b(?:but|and|yet|though)\b")
# E.g. `never blames the customer`, `takes ownership`; not `warm`
_OWN_BLAME = re.compile(r"\bblam\w+|\bfault|takes? (?:responsibility|ownership)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Profile:
    """What can be counted of a text's manner; every share is within 0..1.

    Attributes:
        warmth: Concern, thanks, welcome, "you" and "we".
        formality: Full forms and long words against contractions and slang.
        liveliness: Exclamation marks and emoji.
        brevity: 1 up to 60 words, 0 from 180 on.
        plainness: 1 up to grade 8, 0 from grade 14 on.
        confidence: Falls with every hedge.
        politeness: As :func:`politeness`.
        blameless: 0 where the reader is blamed.
    """

    warmth: float
    formality: float
    liveliness: float
    brevity: float
    plainness: float
    confidence: float
    politeness: float
    blameless: float


# What a voice may be called, and what is measured for it; negative: the opposite.
_TRAITS: tuple[tuple[str, str, int], ...] = (
    # E.g. `warm and caring`
    (r"warm\w*|friendly|kind\w*|caring|welcoming|approachable|personable|human|empath\w+|"
     r"compassion\w*|supportive|reassuring|heartfelt|thoughtful", "warmth", 1),
    # E.g. `cold`
    (r"cold|distant|robotic|impersonal|dismissive|indifferent", "warmth", -1),
    # E.g. `formal`
    (r"formal|dignified|corporate|ceremonious|official|scholarly|elegant|refined", "formality", 1),
    # E.g. `laid-back`
    (r"informal|casual|relaxed|conversational|chatty|laid-back|down-to-earth|colloquial|slang\w*|"
     r"youthful|street", "formality", -1),
    # E.g. `cheerful`
    (r"playful|fun|funny|witty|cheeky|humou?r\w*|jok\w+|quirky|whimsical|light-?hearted|cheerful|"
     r"upbeat|energetic|enthusias\w+|bubbly|excit\w+|lively|bold|salesy|hype\w*|"
     r"exclamation\w*", "liveliness", 1),
    # E.g. `matter-of-fact`
    (r"calm\w*|neutral|measured|understated|reserved|factual|matter-of-fact|composed|sober|serious",
     "liveliness", -1),
    # E.g. `to the point`
    (r"brief\w*|concise\w*|short|succinct|terse|crisp|to the point|snappy|direct|efficient",
     "brevity", 1),
    # E.g. `in-depth`
    (r"thorough|detailed|comprehensive|in-depth|long-winded|wordy|verbose|rambl\w+", "brevity", -1),
    # E.g. `plain`
    (r"plain\w*|simple|simply|clear\w*|accessible|understandable|straightforward|everyday",
     "plainness", 1),
    # E.g. `full of jargon`
    (r"jargon|technical|complicated|complex|buzzwords?|academic", "plainness", -1),
    # E.g. `confident`
    (r"confident\w*|decisive|assertive|assured|authoritative|expert", "confidence", 1),
    # E.g. `vague`
    (r"hesitant|vague|wishy-washy|hedg\w+|evasive", "confidence", -1),
    # E.g. `courteous`
    (r"polite\w*|courte\w+|respectful\w*|gracious\w*|considerate|tactful|professional\w*|patient",
     "politeness", 1),
    # E.g. `pushy`
    (r"rude|curt|harsh|sarcas\w+|condescending|aggressive|pushy|snide|arrogant", "politeness", -1),
)  # fmt: skip
_COMPILED = tuple((re.compile(rf"\b(?:{p})\b", re.IGNORECASE), n, s) for p, n, s in _TRAITS)


def voice(style: Style, completion: str) -> float:
    """Measures how far a text has the traits that the voice names, within 0..1.

    The geometric mean over traits that can be measured, and over likeness to the examples.
    """
    found = profile(completion)
    marks: list[float] = []
    for name, sign in wanted(style):
        value = getattr(found, name)
        marks.append(value if sign > 0 else 1 - value)
    if style.examples:
        marks.append(max(likeness(found, profile(example)) for example in style.examples))
    if not marks:
        return _UNDECIDED
    return math.prod(max(mark, 0.05) for mark in marks) ** (1 / len(marks))


def wanted(style: Style) -> list[tuple[str, int]]:
    """Returns what can be measured of the voice: a name of :class:`Profile`, and 1 or -1."""
    card = style.card
    found: dict[str, int] = {}
    for texts, sign in (
        ((card.description, *card.traits, *card.do), 1),
        (card.dont, -1),
    ):
        for clause in (part for text in texts for part in _CLAUSE.split(text)):
            if _OWN_BLAME.search(clause):
                found["blameless"] = 1
                continue
            turned = -sign if _NOT.search(clause) else sign
            for pattern, name, direction in _COMPILED:
                if pattern.search(clause):
                    found.setdefault(name, turned * direction)
    return list(found.items())


def audience(style: Style, prompt: str, completion: str) -> float:
    """Measures whether a text speaks to its reader about the reader's matter, within 0..1.

    Half for what it shares with the prompt (all of it where the prompt has no subject or the
    reply is in other words than English), half for a grade that the audience can read.
    """
    asked, said = subject(prompt), subject(completion)
    shared = len(asked & said)
    about = 1.0 if not asked or shared >= min(2, len(asked)) else 0.5 + 0.5 * min(1, shared)
    most = _most_grade(style.audience)
    grade = reading_grade(completion)
    if most is None or grade is None:
        return about
    return (about + max(0.0, 1 - max(0.0, grade - most) / 6)) / 2


def _most_grade(readers: str) -> float | None:
    """Returns the hardest grade that these readers are sure to follow, where words tell."""
    plain = readers.casefold()
    for pattern, shift in (
        (r"\b(?:grade|year) (\d{1,2})\b|\b(\d{1,2})(?:st|nd|rd|th)[ -]grade", 1),
        (r"\bage[ds]? (?:of )?(\d{1,2})\b|\b(\d{1,2})[ -]year", -4),
    ):
        found = re.search(pattern, plain)
        if found:
            return float(next(filter(None, found.groups()))) + shift
    if re.search(r"\b(?:child\w*|kids?|pupils?|learners?|toddlers?)\b", plain):
        return 5.0
    if re.search(
        r"\b(?:non-?technical|general|public|everyone|beginners?|customers?|consumers?|lay)\b",
        plain,
    ):
        return 10.0
    return None


def likeness(one: Profile, other: Profile) -> float:
    """Returns how alike two manners are: 1 less the mean distance, within 0..1."""
    names = [field.name for field in fields(Profile)]
    return 1 - sum(abs(getattr(one, n) - getattr(other, n)) for n in names) / len(names)


@lru_cache(maxsize=256)
def profile(text: str) -> Profile:
    """Returns what can be counted of a text's manner."""
    plain = text.replace("\u2019", "'")
    said = words(plain)
    count = max(1, len(said))
    parts = max(1, len(sentences(plain)))
    used = {name for name, _ in strategies(plain)}
    address = sum(word in ("you", "your", "we", "us", "our") for word in said) / count
    formal = sum(syllables(word) > 3 for word in said) / 2
    loose = len(_CONTRACTION.findall(plain)) + 2 * sum(word in listed("slang") for word in said)
    lively = (plain.count("!") + len(EMOJI.findall(plain))) / parts
    kind = sum(name in used for name in ("gratitude", "apology", "greeting", "positive_words"))
    return Profile(
        warmth=min(1.0, 0.3 * kind + 0.3 * emotional_reactions(plain) + 3 * address),
        formality=(1 + formal) / (2 + formal + 2 * loose),
        liveliness=min(1.0, lively),
        brevity=min(1.0, max(0.0, (_LONG - count) / (_LONG - _SHORT))),
        plainness=_plainness(plain),
        confidence=1 / (1 + 10 * len(_HEDGES.findall(plain)) / max(40, count)),
        politeness=politeness(plain),
        blameless=0.0 if _BLAME.search(plain) else 1.0,
    )


def _plainness(text: str) -> float:
    grade = reading_grade(text)
    if grade is None:
        return _UNDECIDED
    return min(1.0, max(0.0, (_HARD_GRADE - grade) / (_HARD_GRADE - _EASY_GRADE)))
