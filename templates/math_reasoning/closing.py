# ruff: noqa: RUF001 - the words of many languages are its data
"""Reads the end of a text as one type: the date, the time, the place or the yes that it states.

A sentence holds many numbers and words, of which only one may be of the type that is asked for:
``The course, 3 weeks long, ends on 15 March 2024``. Which type that is the reference says.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from touchstone.lazy import pattern
from touchstone.scoring.numerals import digits
from touchstone.templates.math_reasoning.denials import denied, offered
from touchstone.templates.math_reasoning.kinds import AnswerKind, is_yes_or_no
from touchstone.templates.math_reasoning.labelled import asking, words_of
from touchstone.templates.math_reasoning.layouts import bare
from touchstone.templates.math_reasoning.phrases import CONCLUSION, OPENING, OR

# The types that words around a value cannot change.
_SAID = {"date", "time", "weekday", "ordinal"}
# E.g. `is Maria,`, `are called Ann`; not `is the`
_NAMED = pattern(
    r"\b(?:is|was|are|were|ist|war|est|était|es|fue|é|foi|è|là|called|named)\s"
    r"(?:called\s|named\s|the\s|a\s)?([A-ZÀ-Þ][^\W\d_]{1,30}(?:\s[A-ZÀ-Þ][^\W\d_]{1,30})?)(?=[,.!]|\s?\Z)"
)
# E.g. `Maria is the oldest`; not `It is`
_SUBJECT = pattern(
    r"(?!(?:It|He|She|They|We|This|That|There|Here|Which|What|The|So|If|Since|As|In|On|At)\b)"
    r"([A-ZÀ-Þ][^\W\d_]{1,30})\s(?:is|was|has|had|will|won|wins|ist|hat|est|a|es|tiene|é|tem|è|ha|là|có)\s"
)
# E.g. `is not`, `n'est pas`, `ist kein`, `không`; not `is note`
_NEGATED = pattern(
    r"\b(?:not|never|neither|cannot|nicht|kein\w{0,2}|pas|no|non|não|не|không|niet|nie|değil|bukan)\b"
    r"|n't\b|ليس|غير|不|没有|非|아니|않|못|ない|ません",
    re.IGNORECASE,
)
# E.g. `prime?`, `素数ですか。`, `质数吗`; not `Find it.`
_QUESTION = pattern(r"(?:[?？؟]|か。?|吗。?|니까\.?)\s{0,2}\Z")
# E.g. `even or odd`; not `order`
_EITHER = pattern(rf"\s(?:{OR})\s", re.IGNORECASE)
_LINES = 3
_MOST_WORDS = 60  # of one line
_LONGEST_VALUE = 8  # words
# E.g. `Thursday,`, `**3rd**`, `(2024-03-15)`; not the spaces between
_WORD = pattern(r"[^\s,;:!?。，；！？*()\"“”]+(?::\d\d)*")
# What relates a value to another one.
# E.g. `, which is 30 days before`, `, 3 weeks after`; not `, after`
_RELATED = pattern(
    r",\s(?:which|that|\d{1,4}\s[^\W\d_]{1,12})\s(?:is|was|before|after|from|later)\b"
)
# What only relates a value to the one before it.
# E.g. `, the day after `, ` before the `; not ` on `
_RELATING = pattern(
    r"[\s,](?:before|after|since|until|than|from|nach|vor|après|avant|después|antes|depois|dopo|prima"
    r"|после|до|sau|trước)\s(?:(?:the|d[aeiou]l?|que)\s)?\Z",
    re.IGNORECASE,
)
# E.g. `下午3点45分`, `2024年3月15日`, `星期四`; not `三個`
_RUN = pattern(
    r"(?:上午|午前|早上|下午|午後|晚上|오전|오후)?\s?\d{1,4}\s?[年月点點時时년월시:][\d年月日号點点時时分半년월일시\s:]{0,20}"
    r"|(?:星期|礼拜|禮拜|周|週)[一二三四五六日天]|[月火水木金土日]曜日?|[월화수목금토일]요일|第\s?\d{1,6}"
)
# E.g. `Yes, it`, `**No**.`, `はい、97`; not `No 5`
_ANSWERED = pattern(
    r"[\W_]{0,4}([^\W\d_]{1,12})(?:[\W_]{0,4}(?:[,.:;!，。、！؛،—–-])|[\W_]{0,4}\Z)"
)


def closing_as(kind: AnswerKind, text: str, prompt: str) -> str | None:
    """Returns what the last lines of a text state under a type, ``None`` where they state none.

    What is denied, or only offered as one of several, is not stated. A yes or a no may be said in
    the words of the question: ``91 is not prime``.
    """
    lines = [bare(line.strip()) for line in text.rstrip().split("\n")[-9:] if line.strip()]
    if kind.name == "yes or no":
        said = next((said for line in reversed(lines[-_LINES:]) if (said := _answered(line))), None)
        return said or (_repeated(lines[-1], prompt) if lines else None)
    if kind.name == "division with remainder":
        said = ", ".join(line.lstrip("-*• ").rstrip(".,") for line in lines[-2:])
        return said if kind.read(said) is not None else None
    if kind.name == "label":
        return next((said for line in lines[-1:] if (said := _name(line))), None)
    if kind.name not in _SAID:
        return None
    for line in reversed(lines[-_LINES:]):
        *_, concluded = CONCLUSION.split(line)
        said = concluded or line
        for part in dict.fromkeys((_RELATED.split(said, maxsplit=1)[0], said, line)):
            if found := _last_value(part, kind.read):
                start, end = found
                if (beside := _RELATING.search(part[:start])) and (
                    first := _last_value(part[: beside.start()], kind.read)
                ):
                    start, end = first
                aside = denied(part[:start], part[end:]) or offered(part[:start])
                return None if aside else part[start:end]
    return None


def counted_in(text: str, prompt: str) -> str | None:
    """Returns the number in words of what a question asks for: ``acht Ecken``.

    Such a word may be something else where it stands alone, so that the noun has to tell.
    """
    *_, concluded = CONCLUSION.split(re.split(r"(?<=[.!?])\s", text.strip())[-1])
    if re.search(r"\d", concluded) or denied(concluded):
        return None
    asked, words = words_of(asking(prompt)), re.findall(r"[^\W\d_]+", concluded.lower())
    found = {
        number
        for word, noun in pairwise(words)
        if words_of(noun) & asked and (number := digits(word)).isdecimal()
    }
    found = found - {"1"} or found  # an article
    return found.pop() if len(found) == 1 else None


def _repeated(line: str, prompt: str) -> str | None:
    """Returns the yes or no that repeats a question: ``91 is not prime`` for ``Is 91 prime?``."""
    question = asking(prompt)
    if not _QUESTION.search(question) or _EITHER.search(question):
        return None
    *_, sentence = CONCLUSION.split(re.split(r"(?<=[.!?])\s|(?<=[。！？])", line.rstrip("。 "))[-1])
    asked = words_of(_NEGATED.sub(" ", question))
    shared = asked & words_of(sentence)
    numbers = [set(re.findall(r"\d+", text)) for text in (question, sentence)]
    other = all(numbers) and not numbers[0] & numbers[1]
    if len(shared) * 2 < len(asked) or not shared or other or sentence.endswith(("?", "？")):
        return None
    return "no" if _NEGATED.search(sentence) else "yes"


def _name(line: str) -> str | None:
    """Returns the name that the last sentence of a line gives, or is about."""
    *_, sentence = CONCLUSION.split(re.split(r"(?<=[.!?])\s", line)[-1])
    opening = OPENING.match(sentence)
    sentence = sentence[opening.end() :] if opening else sentence
    match = _NAMED.search(sentence) or _SUBJECT.match(sentence)
    if match is None or denied(sentence[: match.start(1)], sentence[match.end(1) :]):
        return None
    return match[1]


def _last_value(line: str, read: Callable[[str], Any | None]) -> tuple[int, int] | None:
    """Returns where the last value of a line is, as long as it can be read."""
    words = [match.span() for match in _WORD.finditer(line)][-_MOST_WORDS:]
    spans = [
        (words[first][0], words[last - 1][1])
        for last in range(len(words), 0, -1)
        for first in range(max(0, last - _LONGEST_VALUE), last)
    ]
    runs = [match.span() for match in _RUN.finditer(line)][::-1]
    for start, end in (*spans, *runs):
        said = line[start:end]
        if not re.fullmatch(r"\d*", said) and read(said) is not None:
            return start, end
    return None


def _answered(line: str) -> str | None:
    """Returns the yes or no that the last sentence which opens with one says."""
    for sentence in reversed(re.split(r"(?<=[.!?。！？])\s?", line)):
        for said in (sentence, CONCLUSION.split(sentence)[-1]):
            opening = OPENING.match(said)
            match = _ANSWERED.match(said[opening.end() :] if opening else said)
            if match and is_yes_or_no(match[1]):
                return match[1]
    return None
