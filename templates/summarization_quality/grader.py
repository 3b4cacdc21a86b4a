"""Summarization: rules check facts, length and copying; a judge decides the rest.

- ``key_information``: the key facts kept (by rule) and the judge's ``relevance``, times its
  ``faithfulness``, halved for every invented number, date or name.
- ``conciseness``: length against the budget, copied share and repetition; rules alone.
- ``clarity``: the mean of the judge's ``coherence`` and ``fluency``, less what rules see.

Rules gate the judge: what says nothing of the source earns nothing, whatever a judge says.
"""

from __future__ import annotations

from templates.summarization_quality.reading import Text, read
from templates.summarization_quality.reference import Reference, read_reference
from templates.summarization_quality.rubric import request, rubric
from templates.summarization_quality.rules import COPY, Findings, copied_share, examine
from templates.summarization_quality.settings import CRITERIA, Settings
from touchstone.contract import Sample
from touchstone.grader import Template, Tools
from touchstone.judge import directed_text, hollow
from touchstone.outcomes import Grade, Metric
from touchstone.scoring.compose import compose

# Below the first a text says nothing of its source; from the second on rules hold nothing back.
_NO_COVERAGE, _COVERAGE = 0.1, 0.5
# A summary this many times its budget is not concise at all.
_FAR_TOO_LONG = 1.5
_BROKEN_OFF = 0.75


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
        hollow(sample.completion, questions)
        or found.nothing
        or _unrelated(found)
        or ("it repeats the instruction" if _repeats(summary, reference) else "")
    )
    forged = _addresses_the_judge(sample.completion, reference)
    if empty or forged:
        metrics = (*found.metrics(), Metric("judge_directed_text", float(forged)))
        why = empty or "it speaks to its judge, which the source does not"
        nothing: dict[str, float] = dict.fromkeys(CRITERIA, 0.0)
        return compose(nothing, settings, metrics=metrics, reason=f"no summary: {why}")
    asked = request(reference, sample.completion, found.sentences())
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


def _unrelated(found: Findings) -> str:
    tells = found.coverage >= _NO_COVERAGE or (found.facts_kept or 0.0) > 0
    return "" if tells else "it says nothing of the source"


def _repeats(summary: Text, reference: Reference) -> bool:
    return copied_share(summary, read(reference.instruction)) >= COPY


def _addresses_the_judge(completion: str, reference: Reference) -> bool:
    """A source about grading may be retold; text of that kind from nowhere is an attack."""
    return bool(set(directed_text(completion)) - set(directed_text(reference.source.plain)))


def _key_information(found: Findings, judged: dict[str, float]) -> float:
    kept = judged["relevance"]
    if found.facts_kept is not None:
        # Facts that the row states are needed; those taken from the source are only a sign.
        both = kept * found.facts_kept
        kept = both**0.5 if found.stated else (kept + found.facts_kept) / 2
    grounded = min(1.0, max(found.coverage, found.facts_kept or 0.0) / _COVERAGE)
    return kept * grounded * judged["faithfulness"] * 0.5 ** len(found.invented)


def _conciseness(found: Findings, max_copied: float) -> float:
    over = found.words / found.budget - 1
    length = max(0.0, 1 - max(0.0, over) / (_FAR_TOO_LONG - 1))
    copied = max(0.0, found.copied - max_copied) / (1 - max_copied) if max_copied < 1 else 0.0
    return length * (1 - copied) * found.distinct**2


def _clarity(found: Findings, judged: dict[str, float]) -> float:
    whole = 1.0 if found.finished else _BROKEN_OFF
    return whole * found.distinct**2 * (judged["coherence"] + judged["fluency"]) / 2


def _reason(found: Findings, reference: Reference, judged: str) -> str:
    parts = [f"{found.words} words of at most {reference.budget}"]
    if found.facts_kept is not None:
        parts.append(f"key facts kept {found.facts_kept:.0%}")
    if found.missing and found.stated:
        parts.append(f"missing: {', '.join(found.missing[:3])}")
    if found.invented:
        parts.append(f"not in the source: {', '.join(f.text for f in found.invented[:5])}")
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
