"""math_reasoning: a right final answer, true steps, and no more words than needed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from touchstone.contract import Sample
from touchstone.grader import Grader, Template
from touchstone.lazy import pattern
from touchstone.outcomes import Grade, Metric
from touchstone.scoring.compose import compose
from touchstone.templates.math_reasoning.answer import Answer
from touchstone.templates.math_reasoning.compare import Comparison, type_of
from touchstone.templates.math_reasoning.economy import budget_from, economy
from touchstone.templates.math_reasoning.final_answer import Found
from touchstone.templates.math_reasoning.leaves import Conventions
from touchstone.templates.math_reasoning.reference import Reference, read_reference
from touchstone.templates.math_reasoning.settings import CRITERIA, Settings
from touchstone.templates.math_reasoning.steps import Steps, check_steps, numbers_in
from touchstone.templates.math_reasoning.symbolic import (
    SAMPLE_LIMIT_S,
    CagedTools,
    Symbolic,
    open_cages,
)
from touchstone.templates.math_reasoning.verdict import Endings

# What asks for solutions, each of which is one: they may be joined by an "or".
# E.g. `x^2 = 4`, `find all roots`, `solve for n`; not `solve it`, `list two primes`
_SOLUTIONS = pattern(
    r"[=<>≤≥]|\\(?:le|ge)q?\b|\b(?:solutions?|roots?|zeroe?s|equation|solve for|values of"
    r"|lösung\w*|wurzeln?|nullstellen?|gleichung|racines?|équation|raíces|ecuación|raízes|equação|radici"
    r"|equazione|корн\w+|уравнени\w+|nghiệm|phương trình)\b|方程|根|解|방정식|근|معادلة|جذور",
    re.IGNORECASE,
)


def grade(sample: Sample, settings: Settings, tools: CagedTools) -> Grade:
    """Grades one solution.

    Raises:
        BadReference: The reference answer is missing or unreadable.
        SandboxFault: A symbolic comparison was needed and no cage could be opened.
        DeadlineExceeded: The call's time ran out during one.
        NoVerdict: A second opinion was to be had, and the judge gave none.
    """
    reference = read_reference(sample.reference)
    conventions = _conventions(settings, reference, sample.prompt)
    symbolic = Symbolic(tools)
    locale = None if settings.locale == "auto" else settings.locale
    endings = Endings(reference.answer, sample.prompt, conventions, symbolic, locale)
    verdict = endings.verdict(sample.completion)
    found, comparison = verdict.found, verdict.comparison
    doubtful = verdict.doubtful(reference.answer)
    opinion = None
    if doubtful and tools.judge is not None:
        from touchstone.templates.math_reasoning.second_opinion import second_opinion

        opinion = second_opinion(sample, reference, tools.judge, tools.deadline)
    steps = check_steps(sample.completion)
    budget = budget_from(reference.solution, settings.length_slack, settings.length_budget)
    criteria = {
        "answer_correct": opinion.values["same_answer"] if opinion else float(comparison.equal),
        "steps_valid": _steps_valid(steps, sample, found, settings),
        "solution_economy": economy(sample.completion, budget),
    }
    metrics = (
        Metric("answer_found", float(found.how != "nothing")),
        Metric("answer_undecided", float(verdict.undecided)),
        Metric("answer_in_doubt", float(doubtful)),
        Metric("steps_checked", float(steps.checked)),
        Metric("steps_false", float(len(steps.false))),
        *(opinion.metrics() if opinion else ()),
    )
    reason = _reason(found, reference, comparison, symbolic, steps)
    if opinion:
        reason = f"{reason}; second opinion: {opinion.levels['same_answer']}: {opinion.reason}"
    return compose(criteria, settings, metrics=metrics, reason=reason)


def _conventions(settings: Settings, reference: Reference, prompt: str) -> Conventions:
    own = reference.tolerance is not None or reference.relative is not None
    return Conventions(
        percent=settings.percent,
        unit=settings.unit,
        assignment=settings.assignment,
        rounding=settings.rounding,
        ordered_lists=settings.ordered_lists,
        interval_as_inequality=settings.interval_as_inequality,
        tolerance=(reference.tolerance or 0.0) if own else settings.tolerance,
        relative_tolerance=(reference.relative or 0.0) if own else settings.relative_tolerance,
        alternatives=bool(_SOLUTIONS.search(prompt)),
    )


def _steps_valid(steps: Steps, sample: Sample, found: Found, settings: Settings) -> float:
    """1.0 when nothing claimed is false, 1/2 with one false claim, 1/3 with two.

    True claims add nothing, so listing more of them never pays; and claims that share no number
    with the problem or the answer are as good as none.
    """
    if steps.false:
        return 1.0 / (1 + len(steps.false))
    given = numbers_in(sample.prompt) | numbers_in(found.answer.text)
    return 1.0 if steps.checked and steps.numbers & given else settings.unchecked_steps


def _reason(
    found: Found, reference: Reference, comparison: Comparison, symbolic: Symbolic, steps: Steps
) -> str:
    answer = f"final answer {_shown(found.answer)} (found by {found.how})"
    kind = type_of(reference.answer)
    if found.others:
        said = f"{answer}, but also {_clip(', '.join(found.others))}: different final answers"
    elif not found.answer.text:
        said = "no final answer found"
    elif comparison.equal:
        said = f"{answer} equals {_shown(reference.answer)} ({comparison.how}, {kind})"
    elif symbolic.undecided:
        said = f"{answer} was not shown to equal {_shown(reference.answer)}: {symbolic.undecided}"
    else:
        unread = "" if comparison.readable else ", and cannot be read as mathematics"
        said = f"{answer} is not {_shown(reference.answer)} ({kind}){unread}"
    for first in steps.false[:1]:
        more = f" and {len(steps.false) - 1} more" if len(steps.false) > 1 else ""
        said = f"{said}; false step: {_clip(first)}{more}"
    return said


def _shown(answer: Answer) -> str:
    return _clip(answer.text)


def _clip(text: str) -> str:
    return repr(text if len(text) <= 120 else text[:117] + "...")


class MathTemplate(Template):
    """A template that asks a judge only where its settings say so."""

    def configure(self, name: str, settings: Mapping[str, Any]) -> Grader:
        """Returns a grader that needs a judge for its second opinions, and else none."""
        asks = settings.get("second_opinion") is True
        asking = replace(self, needs=self.needs | {"judge"}) if asks else self
        return Template.configure(asking, name, settings)


TEMPLATE = MathTemplate(
    name="math_reasoning",
    summary="A right final answer however it is written, true steps, and no padding",
    settings_type=Settings,
    criteria=CRITERIA,
    grade=grade,
    calls="refused",
    needs=frozenset({"sandbox"}),
    open_batch=open_cages,
    harmless=lambda _sample: r"It is 1 + 1 = 2, so the answer is $\boxed{2}$.",
    row_s=lambda _settings: SAMPLE_LIMIT_S,
    libraries=("math_verify", "sympy"),
)
