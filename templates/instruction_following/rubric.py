"""What the judge is asked, and what the offline judge measures in place of a model."""

from __future__ import annotations

import re
from collections.abc import Callable

from touchstone.contract import Sample
from touchstone.judge import (
    REFERENCE_REPLY,
    Criterion,
    JudgeRequest,
    Level,
    Rubric,
    directed_text,
    yes_no,
)
from touchstone.scoring.prose import is_english, is_unspaced, subjectless, words
from touchstone.templates.instruction_following.reference import Reference
from touchstone.templates.instruction_following.settings import APPROPRIATENESS, INTENT

# Words that talk about the answer in place of giving one.
_ABOUT_ITSELF = frozenset(
    """completion constraint constraints criteria criterion guideline guidelines instruction
    instructions prompt request requested requirement requirements response responses rubric
    task""".split()  # noqa: SIM905 - read as prose
)
# E.g. `Write a short note`, `draft me a letter`; not `Write "hello" in French`, `write one word`
_ASKS_FOR_TEXT = re.compile(
    r"\b(?:write|compose|draft|create|generate|produce|give|tell)\b[^.?!\n]{0,80}"
    r"\b(?:notes?|essays?|stor(?:y|ies)|letters?|poems?|articles?|e-?mails?|paragraphs?|reports?|"
    r"reviews?|speech(?:es)?|blogs?|posts?|descriptions?|biograph(?:y|ies)|songs?|scripts?|"
    r"dialogues?|summar(?:y|ies))\b",
    re.IGNORECASE,
)
# E.g. `one word`, `a single emoji`, `the letter a`; not `wordy`
_ASKS_FOR_LITTLE = re.compile(
    r"\b(?:words?|letter [a-z]|characters?|emojis?|numbers?|names?|titles?|digits?|symbols?)\b",
    re.IGNORECASE,
)
_STEM = 5  # characters that two forms of one word have in common, near enough
# E.g. `Never shout`, `without commas`; not `Shout`
_NEGATED = re.compile(r"(?i)\b(?:no|not|never|avoid|without|don't|doesn't|refrain)\b")

_INTENT_LEVELS = (
    Level("missed", "It does something else than what was asked, or does not attempt it.", 0.0),
    Level("partly", "It attempts what was asked, but leaves out or misreads a part.", 0.5),
    Level("understood", "It does what was asked, every part of it.", 1.0),
)
_APPROPRIATENESS_LEVELS = (
    Level("unusable", "Nobody who asked this could use it as it is.", 0.0),
    Level("poor", "Usable with much editing: padded, repetitive or off in manner.", 0.34),
    Level("fair", "Usable with small edits.", 0.67),
    Level("fitting", "Right in content, length and manner as it is.", 1.0),
)


def rubric(guidelines: tuple[str, ...], *, subject_shows: bool = True) -> Rubric:
    """Returns the questions for a row: its guidelines, then intent and appropriateness.

    Args:
        guidelines: What only a judge can decide.
        subject_shows: A good completion shares words with the prompt; not so in another
            language or where the words to answer with are given.
    """

    def on_subject(request: JudgeRequest) -> float:
        return responsiveness(request, least=0.0 if subject_shows else 0.5)

    asked = tuple(
        yes_no(
            guideline_name(at),
            f"Does the completion follow this guideline? {guideline}",
            yes="It follows the guideline throughout.",
            no="It breaks the guideline somewhere, or the guideline was never addressed.",
            offline=lambda request, guideline=guideline: _keeps(guideline, request, on_subject),
        )
        for at, guideline in enumerate(guidelines, 1)
    )
    intent = Criterion(
        INTENT, "Does the completion do what the task asks for?", _INTENT_LEVELS, on_subject
    )
    fit = Criterion(
        APPROPRIATENESS, "How fitting is the completion as a response?", _APPROPRIATENESS_LEVELS
    )
    return Rubric(
        "instruction_following",
        (*asked, intent, fit),
        "Constraints that can be checked by counting have been checked; the findings say how. "
        "Take them as settled and judge the rest. One word, a list or a number is a full answer "
        "where that was asked for.",
    )


def request(sample: Sample, reference: Reference, findings: tuple[str, ...]) -> JudgeRequest:
    """Returns what the judge is shown: a good response where the row has one, and suspicions."""
    context = {REFERENCE_REPLY: reference.response} if reference.response else {}
    one = len(words(sample.completion)) == 1 and not is_unspaced(words(sample.completion)[0])
    suspected = ["It is a single word: see whether that is all that was asked for."] if one else []
    return JudgeRequest(sample.conversation, sample.completion, context, findings, tuple(suspected))


def guideline_name(at: int) -> str:
    """Returns the metric's name of the guideline at this place, counted from 1."""
    return f"guideline_{at}"


def responsiveness(request: JudgeRequest, *, least: float = 0.0) -> float:
    """Says offline whether a completion is about the task: 0, 0.5 or 1.

    By stems that both share, words that say how to answer aside: two or more (or the only
    one the task has) are 1, one is 0.5, none is ``least``. Where the task names no subject,
    words cannot tell: 0.5. A text that speaks to its evaluator is 0.
    """
    if directed_text(request.completion):
        return 0.0
    asked, said = _stems(request.task), _stems(request.completion)
    if not asked:
        return 0.5
    shared = len(asked & said)
    if shared >= min(2, len(asked)):
        return 1.0
    return 0.5 if shared else least


def _keeps(
    guideline: str, request: JudgeRequest, on_subject: Callable[[JudgeRequest], float]
) -> float:
    asked, said = _stems(guideline), _stems(request.completion)
    if not asked or on_subject(request) == 0.0:
        return 0.0
    share = len(asked & said) / len(asked)
    return 1.0 - share if _NEGATED.search(guideline) else share


def _stems(text: str) -> set[str]:
    plain = (word.replace("\u2019", "'").partition("'")[0] for word in words(text))
    return {
        word.rstrip("s")[:_STEM]
        for word in plain
        if (len(word) > 1 or is_unspaced(word)) and word not in subjectless("form")
    }


def says_nothing(completion: str, prompt: str) -> bool:
    """Says whether a completion only talks about itself, or is stock where a text was asked for.

    Only English words are known as stock; a digit, or one word more, is something.
    """
    said = words(completion)
    plain = {word.replace("\u2019", "'").partition("'")[0] for word in said} - {"i", "a"}
    if not said or not is_english(completion, prompt) or plain - subjectless("form"):
        return False
    return bool(_ABOUT_ITSELF & plain and _stems(prompt)) or _wants_text(prompt)


def misses_text(completion: str, prompt: str) -> bool:
    """Says whether a completion is one word or less where the prompt asks for a text."""
    said = words(completion)
    few = len(said) <= 1 or (len(said) <= 2 and "".join(said).isdigit())
    return few and _wants_text(prompt)


def _wants_text(prompt: str) -> bool:
    return bool(_ASKS_FOR_TEXT.search(prompt)) and not _ASKS_FOR_LITTLE.search(prompt)
