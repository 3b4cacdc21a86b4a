"""The offline judge: a deterministic stand-in that asks no model.

It exists so that everything runs without an account, in tests and on a first try. It counts
words; it does not understand them. Every result says so: ``stand_in`` is true, the metric
``judge_offline`` is 1 and the reason opens with its name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from touchstone.deadline import Deadline
from touchstone.judge.text import clean, directed_text, hollow
from touchstone.judge.types import JudgeRequest, Rubric, Verdict
from touchstone.scoring.prose import scripts, subjectless, usual_words, words

# This many new words are half as good as any number of them.
_HALF_ENOUGH = 2
# A long text on the subject shares more of its words: one more for each so many, up to these.
_WORDS_PER_SHARED, _MOST_SHARED = 40, 4
_STEM = 5  # characters that two forms of one word have in common, near enough
_SENTENCE_END = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_MARKER = re.compile(r"^[ \t]*(?:\d{1,3}[.)]|[-*+\u2022])[ \t]+", re.MULTILINE)
_SENTENCE_MARKS = (".", "!", "?", "\u3002", "\uff01", "\uff1f")
_ENDED = re.compile(r"[.!?:;\u2026\u3002\uff01\uff1f)\]}>\"'\u2019\u201d`*_|~]$")
_REFUSES = re.compile(
    r"\W*(?:(?:i am|i['\u2019]m|we are) (?:\w+ )?(?:sorry|afraid)\b[^.!?\n]{0,60}\b"
    r"(?:cannot|can['\u2019]t|unable|not able|don['\u2019]t|won['\u2019]t)\b"
    r"|i (?:cannot|can['\u2019]t|can not|am unable|am not able|won['\u2019]t)\b"
    r"|i (?:do not|don['\u2019]t) know\b"
    r"|as an ai\b|unfortunately,? i\b|no (?:answer|input|output|response)\W*$)",
    re.IGNORECASE,
)

_IN_LANGUAGE = re.compile(
    r"\b(?i:translat|answer|respon|repl|rewrit|writ)\w*[^.?!\n]{0,100}?"
    r"\b(?:to|into|in) (?:\w+ )?([A-Z][a-z]{4,9})\b"
)
# A language's code among the usual words, or the scripts of its letters.
_LANGUAGES = {
    "English": "en", "French": "fr", "Spanish": "es", "German": "de", "Italian": "it",
    "Portuguese": "pt", "Dutch": "nl", "Swedish": "sv", "Polish": "pl", "Turkish": "tr",
    "Vietnamese": "vi", "Indonesian": "id",
}  # fmt: skip
_SCRIPTS = {
    "Chinese": ("CJK",), "Japanese": ("HIRAGANA", "KATAKANA"), "Korean": ("HANGUL",),
    "Russian": ("CYRILLIC",), "Ukrainian": ("CYRILLIC",), "Greek": ("GREEK",),
    "Arabic": ("ARABIC",), "Hebrew": ("HEBREW",), "Hindi": ("DEVANAGARI",), "Thai": ("THAI",),
}  # fmt: skip


class OfflineJudge:
    """Judges by each criterion's own ``offline`` function, or by words in general."""

    name = "offline"

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:  # noqa: ARG002 - answers at once
        """Judges one completion; a hollow one gets the lowest level of every criterion.

        What a criterion's own measure says is its value, unrounded, as the mean of a model's many
        draws would be: rounded to a level, completions that differ would earn the same.
        """
        nothing = hollow(_for_the_reader(request.completion), rubric)
        measured = [0.0] * len(rubric.criteria) if nothing else _measure(rubric, request)
        levels, values = {}, {}
        for criterion, value in zip(rubric.criteria, measured, strict=True):
            level = criterion.nearest(value)
            levels[criterion.name] = level.label
            values[criterion.name] = criterion.within(value) if criterion.offline else level.value
        found = f"nothing to judge ({nothing})" if nothing else "levels from word counts"
        return Verdict(
            self.name,
            levels,
            values,
            f"offline judge, a stand-in: {found}",
            directed_text=directed_text(request.completion),
            stand_in=True,
        )


def _measure(rubric: Rubric, request: JudgeRequest) -> list[float]:
    """Returns what each criterion measures, words in general measured at most once."""
    general = lexical(request) if any(not one.offline for one in rubric.criteria) else 0.0
    return [one.offline(request) if one.offline else general for one in rubric.criteria]


def lexical(request: JudgeRequest) -> float:
    """Measures a completion by its words alone, within 0..1.

    The product of

    - amount: ``n / (n + 2)`` of ``n`` different words, those of the task counting half;
    - variety: the root of the share of different runs of three words among all;
    - novelty: the share of runs of four words that the task does not have;
    - relevance: from a quarter, for a text that shares no word on the subject with the task
      or the context, to 1: a short one needs one such word, a longer one up to four. It is 1
      where the task asks for a language by name;
    - form: 0.3 for another language than the one asked for, a half for a refusal, 0.9 for
      prose that breaks off. What can be counted is left to rules.

    Sentences that speak to an evaluator are left out first, so that they gain nothing.
    """
    text = _for_the_reader(request.completion)
    said = words(_MARKER.sub("", text))
    if not said:
        return 0.0
    asked = words(request.task)
    different, known = set(said), set(asked)
    new = len(different - known) + len(different & known) / 2
    threes = _runs(said, 3)
    variety = math.sqrt(len(set(threes)) / len(threes)) if threes else 1.0
    fours = _runs(said, 4)
    copied = set(_runs(asked, 4))
    novelty = 1 - sum(run in copied for run in fours) / len(fours) if fours else 1.0
    amount = new / (new + _HALF_ENOUGH)
    about = _relevance(request, said) * _form(request.task, text)
    return amount * variety * novelty * about


def _for_the_reader(text: str) -> str:
    """Returns the text, cleaned, without its sentences that speak to an evaluator."""
    text = clean(text)
    if not directed_text(text):
        return text
    kept = "\n".join(part for part in _SENTENCE_END.split(text) if not directed_text(part))
    return "" if directed_text(kept) else kept


def _runs(of: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return list(zip(*(of[start:] for start in range(length)), strict=False))


def _relevance(request: JudgeRequest, said: list[str]) -> float:
    if _language_asked(request.task):
        return 1.0  # two languages need not share a word
    given = [word for text in (request.task, *request.context.values()) for word in words(text)]
    subject = _stems(given)
    if not subject:
        return 1.0
    expected = min(_MOST_SHARED, 1 + len(said) // _WORDS_PER_SHARED, len(subject))
    return 0.25 + 0.75 * min(1.0, len(subject & _stems(said)) / expected)


def _stems(of: list[str]) -> set[str]:
    return {
        word[:_STEM].rstrip("s")
        for word in of
        if word not in subjectless("form")
        and (len(word) > 2 or word.isdigit() or not word.isascii())
    }


def _form(task: str, text: str) -> float:
    """Returns what is left, within 0..1, after what anyone can see is not as asked."""
    language = 1.0 if _language_kept(task, text) else 0.3
    refused = 0.5 if _REFUSES.match(text) else 1.0
    return language * refused * _finished(text)


def _finished(text: str) -> float:
    """Returns 0.9 for prose that breaks off: sentences have ends, but the last one none."""
    text = text.rstrip()
    if _MARKER.match(text, text.rfind("\n") + 1):
        return 1.0  # a list's items need no ends
    *before, last = _SENTENCE_END.split(_MARKER.sub("", text))
    prose = any(sentence.endswith(_SENTENCE_MARKS) for sentence in before)
    return 0.9 if prose and len(last.split()) > 3 and not _ENDED.search(last) else 1.0


def _language_asked(task: str) -> str:
    """Returns the language that the task wants an answer in, if it names one, or ``""``."""
    named = [name for name in _IN_LANGUAGE.findall(task) if name in _LANGUAGES | _SCRIPTS]
    return named[-1] if named else ""


def _language_kept(task: str, text: str) -> bool:
    asked = _language_asked(task)
    if asked in _SCRIPTS:
        found = scripts(text)
        return 3 * sum(found[name] for name in _SCRIPTS[asked]) >= found.total()
    if not asked:
        return True
    hits = usual_words(text)
    most = max(hits.values(), default=0)
    return most < 3 or hits[_LANGUAGES[asked]] == most
