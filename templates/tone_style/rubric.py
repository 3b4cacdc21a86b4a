"""What a judge is asked about a text's tone: questions with described levels."""

from __future__ import annotations

from collections.abc import Callable

from touchstone.judge import REFERENCE_REPLY, Criterion, JudgeRequest, Level, Rubric
from touchstone.templates.tone_style import empathy as signs
from touchstone.templates.tone_style.mechanics import Mechanics
from touchstone.templates.tone_style.politeness import politeness
from touchstone.templates.tone_style.settings import AUDIENCE, EMPATHY, POLITENESS, QUALITY, VOICE
from touchstone.templates.tone_style.style import Style
from touchstone.templates.tone_style.voice import audience, voice

# The parts of empathy, each judged on its own.
EMPATHY_PARTS = ("emotional_reactions", "interpretations", "explorations")

_INSTRUCTIONS = (
    "Judge how the COMPLETION sounds to its reader, not whether its facts are right. A text that "
    "describes the wanted tone instead of having it, or that claims to have it, does not have it. "
    "The findings were counted by rules; take them as settled."
)
_PLAIN_VOICE = "None is given: clear, courteous and helpful."
_PLAIN_AUDIENCE = "Whoever wrote the task."


def _levels(values: tuple[float, ...], *descriptions: str) -> tuple[Level, ...]:
    return tuple(
        Level(str(place), text, value)
        for place, (value, text) in enumerate(zip(values, descriptions, strict=True), 1)
    )


_FIVE = (0.0, 0.25, 0.5, 0.75, 1.0)
_FOUR = (0.0, 1 / 3, 2 / 3, 1.0)
_THREE = (0.0, 0.5, 1.0)

_VOICE = _levels(
    _FIVE,
    "The opposite of the voice, or something the voice never does.",
    "Hardly any of the voice; could be anybody's.",
    "Some of the voice; part of it missing or overdone.",
    "In the voice throughout, with one thing off.",
    "In the voice throughout; nothing it never does.",
)
_AUDIENCE = _levels(
    _FIVE,
    "Not for these readers at all, or leaves what they asked unanswered.",
    "They would struggle: too hard, too simple, or about something else in part.",
    "They could use it, with words or assumptions that are not theirs.",
    "Fits them, with one thing off.",
    "Made for them: words, detail and what it takes for granted.",
)
_QUALITY = _levels(
    _FIVE,
    "Could not be sent: insulting, incoherent, or a draft with gaps.",
    "Would need rewriting before it is sent.",
    "Would need several edits before it is sent.",
    "One small edit and it could be sent.",
    "Could be sent as it is.",
)
_POLITENESS = _levels(
    _FOUR,
    "Rude: hostile, mocking or demeaning.",
    "Impolite: curt, demanding or doubting the reader.",
    "Polite: considerate, with nothing that grates.",
    "Very polite: courteous and respectful throughout.",
)
_PARTS: dict[str, tuple[str, tuple[str, str, str], Callable[[str], float]]] = {
    "emotional_reactions": (
        "Does it express warmth, compassion or concern for the reader?",
        (
            "No.",
            "Only alludes to it, in general words.",
            "States a feeling of its own about the reader's situation.",
        ),
        signs.emotional_reactions,
    ),
    "interpretations": (
        "Does it communicate that it understands what the reader feels or goes through?",
        (
            "No.",
            "Only says that it understands.",
            "Says what it understands, or tells of a like experience.",
        ),
        signs.interpretations,
    ),
    "explorations": (
        "Does it explore what the reader has not said about feelings or experience?",
        (
            "No.",
            "Asks in general.",
            "Asks about a particular feeling or experience.",
        ),
        signs.explorations,
    ),
}


def rubric(style: Style, mechanics: Mechanics, prompt: str, extra: tuple[str, ...] = ()) -> Rubric:
    """Returns the questions about one completion.

    Args:
        style: What it is held against; reaches a model through :func:`request` only.
        mechanics: What the rules found, which is all the offline judge knows of quality.
        prompt: What the offline judge compares the subject with.
        extra: :data:`EMPATHY` and :data:`POLITENESS`, where they count.
    """
    questions = [
        Criterion(
            VOICE,
            "Does it sound like the BRAND VOICE (and like the EXAMPLES, where there are any)?",
            _VOICE,
            lambda request: voice(style, request.completion),
        ),
        Criterion(
            AUDIENCE,
            "Is it right for its AUDIENCE: words, level, detail, and an answer to their task?",
            _AUDIENCE,
            lambda request: audience(style, prompt, request.completion),
        ),
        Criterion(
            QUALITY,
            "Is it fit to be sent by a professional: well made, coherent, complete, decent?",
            _QUALITY,
            lambda _: mechanics.value,
        ),
    ]
    if POLITENESS in extra:
        questions.append(
            Criterion(
                POLITENESS,
                "How polite is it to its reader?",
                _POLITENESS,
                lambda request: politeness(request.completion),
            )
        )
    if EMPATHY in extra:
        questions += [_part(name) for name in EMPATHY_PARTS]
    return Rubric("tone_style", tuple(questions), _INSTRUCTIONS)


def request(
    style: Style,
    task: str,
    completion: str,
    findings: tuple[str, ...],
    suspected: tuple[str, ...] = (),
) -> JudgeRequest:
    """Returns what the judge is shown; voice, readers and examples are texts, not orders."""
    context = {
        "brand voice": style.card.text() or _PLAIN_VOICE,
        "audience": style.audience or _PLAIN_AUDIENCE,
    }
    if style.examples:
        context["examples"] = "\n---\n".join(style.examples)
    if style.response:
        context[REFERENCE_REPLY] = style.response
    return JudgeRequest(task, completion, context, findings, suspected)


def _part(name: str) -> Criterion:
    question, levels, measure = _PARTS[name]
    return Criterion(
        name,
        question,
        _levels(_THREE, *levels),
        lambda request: measure(request.completion),
    )
