"""The public door to the grader: an event's row in, a grade out."""

from __future__ import annotations

from typing import Any

from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.judge import Judge, make_judge
from touchstone.outcomes import Grade
from touchstone.templates import get_template

PROMPT = "Write a short note about sailing to Norway in the autumn."
NOTE = (
    "Sailing to Norway in the autumn asks for warm clothes and patience. The days are short "
    "and the wind is strong but the harbours are quiet and kind to a late guest."
)


def grade(
    completion: str,
    reference: Any,
    prompt: str = PROMPT,
    judge: Judge | None = None,
    **settings: Any,
) -> Grade:
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]
    (sample,) = parse([{"id": 1, "messages": turns, "reference_answer": reference}]).rows
    assert isinstance(sample, Sample)
    grader = get_template("instruction_following").customize(**settings)
    return grader(sample, Tools(judge=judge or make_judge("offline")))


def measured(completion: str, reference: Any, **more: Any) -> dict[str, float]:
    return {metric.name: metric.value for metric in grade(completion, reference, **more).metrics}


def verdicts(name: str, completion: str, **kwargs: Any) -> tuple[float, float]:
    """Returns the strict and the loose verdict of one IFEval instruction."""
    found = measured(completion, {"instruction_id_list": [name], "kwargs": [kwargs]})
    return found[name], found[f"{name}:loose"]


def keeps(completion: str, **constraint: Any) -> bool:
    (name,) = constraint
    return measured(completion, {"constraints": constraint})[f"constraint:{name}"] == 1.0
