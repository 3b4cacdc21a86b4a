"""Summarization: rules check facts, length and copying; a judge decides the rest.

- ``key_information``: the judge's ``relevance`` (with the share of the stated facts kept) times
  its ``faithfulness``; at most the share of its facts that the source bears out.
- ``conciseness``: length against the budget, copied share and repetition; rules alone.
- ``clarity``: the mean of the judge's ``coherence`` and ``fluency``, at most what is not repeated.

Rules gate the judge: what says nothing of the source earns nothing, whatever a judge says.
"""

from __future__ import annotations

from touchstone.contract import Sample
from touchstone.grader import Template, Tools
from touchstone.outcomes import Grade, Metric
from touchstone.scoring.compose import compose
from touchstone.scoring.emptiness import holds_nothing, is_again
from touchstone.scoring.prose import is_unspaced
from touchstone.templates.summarization_quality.reading import Text, read
from touchstone.templates.summarization_quality.reference import Reference, read_reference
from touchstone.templates.summarization_quality.rubric import request, rubric
from touchstone.templates.summarization_quality.rules import (
    COPY,
    FAR_TOO_LONG,
    Findings,
    copied_share,
    examine,
)
from touchstone.templates.summarization_quality.settings import CRITERIA, Settings


def grade(sample: Sample, settings: Settings, tools: Tools) -> Grade:
    """Grades one summary.

    Raises:
        BadReference: The reference is unreadable, or there is no source.
        JudgeFault: The judge gave no usable verdict.
    """
    reference = read_reference(sample, settings)
    questions = rubric(settings.focus)
    summary = read(sample.completion)
    found = examine(summary, reference)
    empty = (
        found.nothing
        or ("it repeats the instruction" if _repeats(summary, reference) else "")
        or holds_nothing(
            sample.completion, reference.instruction, rubric=questions, given=reference.source.plain
        )
        or ("one word" if _is_one_word(summary, reference) else "")
    )
    if empty:
        nothing: dict[str, float] = dict.fromkeys(CRITERIA, 0.0)
        return compose(nothing, settings, metrics=found.metrics(), reason=f"no summary: {empty}")
    asked = request(reference, sample.completion, found)
    verdict = tools.need_judge().verdict(questions, asked, tools.deadline)
    criteria = {
        "key_information": _key_information(found, verdict.values),
        "conciseness": _conciseness(found, settings.max_copied),
        "clarity": _clarity(found, verdict.values),
    }
    judged = tuple(Metric(name, value) for name, value in verdict.values.items())
    return compose(
        criteria,
        settings,
        metrics=(*found.metrics(), *judged, *verdict.metrics()),
        reason=_reason(found, reference, verdict.reason),
    )


def _repeats(summary: Text, reference: Reference) -> bool:
    asked = reference.instruction
    return is_again(summary.plain, asked) or copied_share(summary, read(asked)) >= COPY


def _is_one_word(summary: Text, reference: Reference) -> bool:
    """Tells a lone word from a summary; an instruction that speaks of words may ask for one."""
    lone = len(summary.words) == 1 and not is_unspaced(summary.words[0])
    return lone and "word" not in reference.instruction.casefold()


def _key_information(found: Findings, judged: dict[str, float]) -> float:
    kept = judged["relevance"]
    if found.stated and found.known and found.facts_kept is not None:
        # Facts that the row states are needed, and in English rules can look for them.
        kept = (kept * found.facts_kept) ** 0.5
    return min(kept * judged["faithfulness"], 1.0 - found.astray)


def _conciseness(found: Findings, max_copied: float) -> float:
    over = found.words / found.budget - 1
    length = max(0.0, 1 - max(0.0, over) / (FAR_TOO_LONG - 1))
    copied = max(0.0, found.copied - max_copied) / (1 - max_copied) if max_copied < 1 else 0.0
    return length * (1 - copied) * found.distinct


def _clarity(found: Findings, judged: dict[str, float]) -> float:
    return min(found.distinct, (judged["coherence"] + judged["fluency"]) / 2)


def _reason(found: Findings, reference: Reference, judged: str) -> str:
    parts = [f"{found.words} words of at most {reference.budget}"]
    if found.facts_kept is not None:
        parts.append(f"key facts kept {found.facts_kept:.0%}")
    if found.missing and found.stated:
        parts.append(f"missing: {', '.join(found.missing[:3])}")
    if found.invented:
        parts.append(f"not found in the source: {', '.join(f.text for f in found.invented[:5])}")
    if found.copied > 0.5:
        parts.append(f"{found.copied:.0%} copied")
    return f"{'; '.join(parts)}. Judge: {judged}"


TEMPLATE = Template(
    name="summarization_quality",
    summary="Keeps what matters, invents nothing, is brief and reads well",
    settings_type=Settings,
    criteria=CRITERIA,
    grade=grade,
    needs=frozenset({"judge"}),
)
