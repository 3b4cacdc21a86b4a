"""Grades a completion by a rubric that stands in the settings; a judge decides all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from touchstone.contract import Sample
from touchstone.grader import Grader, Template, Tools
from touchstone.judge import JudgeRequest, unseen
from touchstone.outcomes import Grade
from touchstone.scoring.compose import compose
from touchstone.scoring.emptiness import holds_nothing
from touchstone.settings import make
from touchstone.templates.rubric.reference import read_reference
from touchstone.templates.rubric.settings import CRITERIA, Settings

_BOTH = "Its thinking:\n{thinking}\n\nIts answer:\n{answer}"


def grade(sample: Sample, settings: Settings, tools: Tools) -> Grade:
    """Grades one completion; one of which nothing is seen earns nothing and asks nobody.

    What looks like nothing (an echo, a repetition, marks) is told to the judge as a suspicion.

    Raises:
        BadReference: A context is missing or cannot be read.
        JudgeFault: The judge gave no usable verdict.
    """
    rubric = settings.rubric()
    context = read_reference(sample, settings).context
    if unseen(sample.answer):
        zeros = {criterion.name: 0.0 for criterion in rubric.criteria}
        return compose(zeros, settings, reason="nothing to judge: the completion is empty")
    completion = sample.answer
    if settings.thinking and sample.thinking:
        completion = _BOTH.format(thinking=sample.thinking, answer=sample.answer)
    nothing = holds_nothing(sample.answer, sample.prompt, rubric=rubric)
    suspected = (f"It may hold nothing to judge: {nothing}.",) if nothing else ()
    request = JudgeRequest(sample.conversation, completion, context, suspicions=suspected)
    verdict = tools.need_judge().verdict(rubric, request, tools.deadline)
    return compose(verdict.values, settings, metrics=verdict.metrics(), reason=verdict.reason)


class RubricTemplate(Template):
    """A template whose criteria are those of its settings."""

    def configure(self, name: str, settings: Mapping[str, Any]) -> Grader:
        """Returns a grader whose criteria are the rubric's, each with its own weight."""
        made = make(self.settings_type, settings, name)
        assert isinstance(made, Settings)  # noqa: S101 - what this template is made with
        criteria = tuple(criterion.name for criterion in made.rubric().criteria)
        weights = {criterion.name: criterion.weight for criterion in made.criteria}
        own = {"weights": weights, **settings}
        return Template.configure(replace(self, criteria=criteria), name, own)


TEMPLATE = RubricTemplate(
    name="rubric",
    summary="A rubric of your own: criteria, levels, contexts, all in graders.toml",
    settings_type=Settings,
    criteria=CRITERIA,
    grade=grade,
    needs=frozenset({"judge"}),
    calls="judged",
)
