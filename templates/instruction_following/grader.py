"""Grades how far a completion follows its instructions.

What can be counted is counted, and a judge decides the rest with those findings before it.
"""

from __future__ import annotations

import re

from touchstone.contract import Sample
from touchstone.grader import Template, Tools
from touchstone.judge import Rubric
from touchstone.outcomes import Grade, Metric
from touchstone.scoring.compose import compose, counted
from touchstone.scoring.emptiness import holds_nothing
from touchstone.scoring.text import normalise
from touchstone.templates.instruction_following.constraints import check_constraints
from touchstone.templates.instruction_following.instructions import check_instructions
from touchstone.templates.instruction_following.reference import Reference, read_reference
from touchstone.templates.instruction_following.results import ConstraintResult
from touchstone.templates.instruction_following.rubric import (
    guideline_name,
    misses_text,
    request,
    rubric,
    says_nothing,
)
from touchstone.templates.instruction_following.settings import (
    ADHERENCE,
    APPROPRIATENESS,
    CRITERIA,
    INTENT,
    Settings,
)

# What asks for words of the prompt, and nothing else.
# E.g. `copy:copy`, `repeat:repeat_span`; not `count:copies`
_COPYING = re.compile(r"copy:|repeat:|new:copy_span_idx")


def grade(sample: Sample, settings: Settings, tools: Tools) -> Grade:
    """Grades one completion.

    A completion that holds nothing (empty, repetition, a heading alone, an echo of the prompt
    or of the rubric, a word where a text was asked for) earns 0 in every criterion: it breaks
    no prohibition, and that is no merit. Where only adherence counts and rules decide all of
    it, no judge is asked.

    Raises:
        BadReference: The reference cannot be read.
        JudgeFault: The judge gave no usable verdict.
        DeadlineExceeded: There was no time left to ask.
    """
    reference = read_reference(sample.reference)
    findings = _findings(reference, sample.completion)
    right = _right(reference, sample.completion)
    questions = rubric(
        reference.guidelines, subject_shows=not _elsewhere(findings, sample.completion)
    )
    nothing = "" if right else _nothing(reference, findings, questions, sample)
    metrics = [*_metrics(findings), Metric("hollow", float(bool(nothing)))]
    if nothing:
        return compose(
            dict.fromkeys(CRITERIA, 0.0),
            settings,
            metrics=metrics,
            reason=f"nothing to grade: {nothing}",
        )
    followed = [float(f.strict if settings.verdict == "strict" else f.loose) for f in findings]
    said = [finding.sentence(settings.verdict) for finding in findings]
    if right is not None:
        followed.append(right)
        metrics.append(Metric("answer_matches", right))
        said.append(f"the completion is {'' if right else 'not '}the answer")
    intent = fit = right
    if reference.guidelines or (right is None and counted(settings) != {ADHERENCE}):
        verdict = tools.need_judge().verdict(
            questions, request(sample, reference, tuple(said)), tools.deadline
        )
        for at in range(1, len(reference.guidelines) + 1):
            value = verdict.values[guideline_name(at)]
            followed.append(value)
            metrics.append(Metric(guideline_name(at), value))
        fit = verdict.values[APPROPRIATENESS]
        # A given answer decides what was meant better than any judge.
        intent = verdict.values[INTENT] if right is None else right
        metrics += verdict.metrics()
        said.append(verdict.reason)
    share = sum(followed) / len(followed)
    return compose(
        {
            ADHERENCE: share if settings.scoring == "share" else float(share == 1.0),
            INTENT: intent or 0.0,
            APPROPRIATENESS: fit or 0.0,
        },
        settings,
        metrics=metrics,
        reason="; ".join(said),
    )


def _findings(reference: Reference, completion: str) -> list[ConstraintResult]:
    found = check_instructions(reference.ids, reference.kwargs, completion)
    if reference.constraints is not None:
        found += check_constraints(reference.constraints, completion)
    return found


def _elsewhere(findings: list[ConstraintResult], completion: str) -> bool:
    """Says whether the completion is, as asked, in words that the prompt need not share."""
    kept = {finding.name for finding in findings if finding.loose}
    in_language = kept & {"language:response_language", "constraint:language"}
    return "detectable_format:constrained_response" in kept or (
        bool(in_language) and any(char.isalpha() for char in completion)
    )


def _metrics(findings: list[ConstraintResult]) -> list[Metric]:
    return [Metric(finding.name, float(finding.strict)) for finding in findings] + [
        Metric(f"{finding.name}:loose", float(finding.loose)) for finding in findings
    ]


def _right(reference: Reference, completion: str) -> float | None:
    if reference.answer is None:
        return None
    return float(normalise(completion) == normalise(reference.answer))


def _nothing(
    reference: Reference, findings: list[ConstraintResult], questions: Rubric, sample: Sample
) -> str:
    """Says why the completion cannot earn anything, or returns an empty string."""
    completion = sample.completion
    if any(finding.loose and _COPYING.match(finding.name) for finding in findings):
        return ""
    reason = holds_nothing(completion, sample.prompt, rubric=questions)
    if reason:
        return reason
    if completion.strip() in [given.get("prompt_to_repeat") for given in reference.kwargs]:
        return "the prompt again"
    if says_nothing(completion, sample.prompt) and not _elsewhere(findings, completion):
        return "words that would fit any prompt"
    if misses_text(completion, sample.prompt) and not reference.allows_little:
        return "one word"
    return ""


TEMPLATE = Template(
    name="instruction_following",
    summary="Constraints kept, intent understood, response fitting (IFEval kinds by name)",
    settings_type=Settings,
    criteria=CRITERIA,
    grade=grade,
    needs=frozenset({"judge"}),
    libraries=("langdetect_rs", "punkt", "regex"),
)
