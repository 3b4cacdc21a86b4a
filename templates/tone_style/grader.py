"""Tone and style: rules check phrases, reading grade and workmanship; a judge hears the voice.

- ``brand_voice``: what the judge hears, times the share of required phrases, divided by one more
  than the banned phrases used.
- ``audience_fit``: what the judge finds, at most what the reading grade leaves (of English).
- ``professional_quality``: what the judge finds, at most what the counted findings leave.
- ``empathy`` and ``politeness``: the judge's, and only where a weight, gate, must-have or formula
  names them.

Rules gate the judge: what holds nothing earns nothing, whatever a judge says.
"""

from __future__ import annotations

import math

from touchstone.contract import Sample
from touchstone.grader import Template, Tools
from touchstone.outcomes import BadReference, Grade, Metric
from touchstone.scoring.compose import compose, counted
from touchstone.scoring.prose import is_english, words
from touchstone.scoring.readability import reading_grade
from touchstone.templates.tone_style.emptiness import directed, nothing, suspicions
from touchstone.templates.tone_style.mechanics import Taste, examine
from touchstone.templates.tone_style.phrases import broken, kept
from touchstone.templates.tone_style.reference import Range
from touchstone.templates.tone_style.rubric import (
    EMPATHY_PARTS,
    request,
    rubric,
)
from touchstone.templates.tone_style.settings import (
    AUDIENCE,
    CRITERIA,
    EMPATHY,
    POLITENESS,
    QUALITY,
    VOICE,
    Settings,
)
from touchstone.templates.tone_style.style import Style, read_style

_ALWAYS = CRITERIA[:3]
# This many grades outside its range a text is not for its readers at all.
_FAR_OFF = 5.0
# One standard deviation of a word's syllables, in grades: what a grade of one word may err by.
_PER_WORD = 9.4


def grade(sample: Sample, settings: Settings, tools: Tools) -> Grade:
    """Grades one completion.

    Raises:
        BadReference: The reference cannot be read, or neither it nor the settings say what
            the text should sound like and the brand voice counts.
        JudgeFault: The judge gave no usable verdict.
        DeadlineExceeded: There was no time left to ask.
    """
    named = counted(settings)
    style = read_style(sample.reference, settings)
    if style.blank and VOICE in named:
        raise BadReference(
            "nothing says what it should sound like: give brand_voice, audience or phrases in "
            "reference_answer (or its metadata), or in the settings"
        )
    extra = tuple(name for name in (EMPATHY, POLITENESS) if name in named)
    taste = Taste(
        settings.max_exclamations,
        settings.max_emoji,
        settings.slang,
        settings.greeting,
        settings.closing,
    )
    found = examine(sample.completion, sample.prompt, taste)
    questions = rubric(style, found, sample.prompt, extra)
    empty = nothing(sample.completion, sample.prompt, style, questions)
    hollow = Metric("hollow", float(bool(empty)))
    if empty:
        speaks = Metric("judge_directed_text", float(directed(sample.completion, sample.prompt)))
        none: dict[str, float] = dict.fromkeys((*_ALWAYS, *extra), 0.0)
        return compose(
            none, settings, metrics=(hollow, speaks), reason=f"nothing to grade: {empty}"
        )
    phrases = _Phrases(style, sample.completion)
    level = _reading(sample.completion, sample.prompt)
    readable = _readable(level, style.grade, sample.completion)
    findings = (*phrases.said, *_said_of_level(level, style), *found.said)
    suspected = (*found.suspected, *suspicions(sample.completion, sample.prompt))
    verdict = tools.need_judge().verdict(
        questions,
        request(style, sample.conversation, sample.completion, findings, suspected),
        tools.deadline,
    )
    judged = verdict.values
    criteria = {
        VOICE: judged[VOICE] * phrases.value,
        AUDIENCE: min(judged[AUDIENCE], readable),
        QUALITY: min(judged[QUALITY], found.most),
    }
    if EMPATHY in extra:
        criteria[EMPATHY] = sum(judged[part] for part in EMPATHY_PARTS) / len(EMPATHY_PARTS)
    if POLITENESS in extra:
        criteria[POLITENESS] = judged[POLITENESS]
    parts = EMPATHY_PARTS if EMPATHY in extra else ()
    return compose(
        criteria,
        settings,
        metrics=(
            hollow,
            *phrases.metrics(),
            *((Metric("reading_grade", level),) if level is not None else ()),
            *found.metrics(),
            *(Metric(f"empathy_{part}", judged[part]) for part in parts),
            *verdict.metrics(),
        ),
        reason=" ".join((*findings, *found.suspected, f"Judge: {verdict.reason}")),
    )


class _Phrases:
    """What was required and banned, and what is left of a voice that kept to neither."""

    def __init__(self, style: Style, completion: str) -> None:
        there = kept(style.required, completion)
        self.missing = [phrase for phrase in style.required if phrase not in there]
        self.banned = broken(style.banned, completion)
        self.share = len(there) / len(style.required) if style.required else 1.0
        self.value = self.share / (1 + len(self.banned))
        self.said = (
            *(f"A required phrase is missing: {phrase!r}." for phrase in self.missing),
            *(f"It uses a banned phrase: {phrase!r}." for phrase in self.banned),
        )

    def metrics(self) -> tuple[Metric, ...]:
        """Returns the share of required phrases and the number of banned ones used."""
        return (
            Metric("required_phrases", self.share),
            Metric("banned_phrases", float(len(self.banned))),
        )


def _reading(completion: str, prompt: str) -> float | None:
    """Returns the reading grade; ``None`` where the formula knows nothing of the language."""
    return reading_grade(completion) if is_english(completion, prompt) else None


def _readable(level: float | None, wanted: Range | None, completion: str) -> float:
    """Returns 1 within the range, falling to 0 at five grades outside it.

    The grade of few words is uncertain: one standard error of it costs nothing.
    """
    if level is None or wanted is None:
        return 1.0
    sure = _PER_WORD / math.sqrt(max(1, len(words(completion))))
    off = max(wanted[0] - level, level - wanted[1], 0.0)
    return max(0.0, 1 - max(0.0, off - sure) / _FAR_OFF)


def _said_of_level(level: float | None, style: Style) -> tuple[str, ...]:
    if style.grade is None:
        return ()
    low, high = style.grade
    measured = "cannot be told for this language" if level is None else f"is {level:.1f}"
    return (f"Its reading grade {measured}; {low:g} to {high:g} is wanted.",)


TEMPLATE = Template(
    name="tone_style",
    summary="Speaks in the brand's voice, to its audience, as a professional would",
    settings_type=Settings,
    criteria=CRITERIA,
    grade=grade,
    needs=frozenset({"judge"}),
    libraries=("punkt",),
    on_demand=frozenset({EMPATHY, POLITENESS}),
)
