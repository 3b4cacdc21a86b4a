"""What a judge is asked about a summary: four questions, each with described levels."""

from __future__ import annotations

from touchstone.judge import Criterion, JudgeRequest, Level, Rubric
from touchstone.templates.summarization_quality import offline
from touchstone.templates.summarization_quality.reference import Reference
from touchstone.templates.summarization_quality.rules import Findings

_INSTRUCTIONS = (
    "The COMPLETION summarises the SOURCE. A copy of the source or of its opening is no summary; "
    "neither is a list of keywords, nor a text about the source that does not say what it says. "
    "List marks, headings and a table where one was asked for are form, not claims."
)


def _levels(*descriptions: str) -> tuple[Level, ...]:
    labels = ("1", "2", "3", "4", "5")
    return tuple(
        Level(label, text, place / 4)
        for place, (label, text) in enumerate(zip(labels, descriptions, strict=True))
    )


_CRITERIA = (
    Criterion(
        "relevance",
        "Does it tell what matters most in the source, and leave the rest out? Where KEY FACTS "
        "are given, they are what matters.",
        _levels(
            "Tells nothing that matters.",
            "Tells a side matter, or one of several main points.",
            "Tells some main points and misses others, or gives much room to side matters.",
            "Tells nearly all main points with little beside them.",
            "Tells every main point and nothing that does not matter.",
        ),
        offline.relevance,
    ),
    Criterion(
        "faithfulness",
        "Does the source bear out every claim, with the right names, numbers, roles and causes? "
        "Knowledge from elsewhere does not count, even if true.",
        _levels(
            "Its main claims are false or not in the source.",
            "Several claims are false or not in the source.",
            "One claim that matters is false or not in the source.",
            "A detail is imprecise; every claim that matters is borne out.",
            "Every claim is borne out by the source.",
        ),
        offline.faithfulness,
    ),
    Criterion(
        "coherence",
        "Do the sentences build on each other, in an order that can be followed, to one whole?",
        _levels(
            "Unconnected pieces, or the same thing over and over.",
            "Mostly a heap of separate statements; repeats itself or jumps.",
            "Can be followed, but with jumps, repetition or references to nothing.",
            "Well ordered, with one weak link.",
            "Each sentence follows from the one before; reads as one piece.",
        ),
        offline.coherence,
    ),
    Criterion(
        "fluency",
        "Is each sentence well made: grammar, spelling, punctuation, and an end?",
        _levels(
            "Hardly readable.",
            "Errors in most sentences, or broken off where it matters.",
            "Some errors that slow the reader down.",
            "One or two slips that do not slow the reader down.",
            "No errors.",
        ),
        offline.fluency,
    ),
)


def rubric(focus: str) -> Rubric:
    """Returns the rubric; ``focus`` is the operator's word on what the summary is for."""
    purpose = f"\nWhat the summary is for: {focus.strip()}" if focus.strip() else ""
    return Rubric("summarization_quality", _CRITERIA, _INSTRUCTIONS + purpose)


def request(reference: Reference, completion: str, found: Findings) -> JudgeRequest:
    """Returns what the judge is shown: the source once, then whatever else is known."""
    context = {offline.SOURCE: reference.source.plain}
    if reference.gold.words:
        context[offline.GOLD] = reference.gold.plain
    if reference.key_facts:
        context[offline.FACTS] = "\n".join(f"- {fact}" for fact in reference.key_facts)
    asked = reference.instruction or "Summarise the source."
    wanted = f"{asked}\n(At most {reference.budget} words.)"
    return JudgeRequest(wanted, completion, context, found.sentences(), found.suspicions())
