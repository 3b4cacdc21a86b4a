"""A letter, a reply in the house's voice, judges that are not to be trusted, a way to grade."""

from __future__ import annotations

from typing import Any

from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.judge import NoVerdict, Verdict, make_judge
from touchstone.outcomes import Grade
from touchstone.templates import get_template

LETTER = (
    "The blue kettle I bought in your shop leaks. I wrote to you twice and nobody answered. "
    "Please send me a new one or pay me back."
)
REPLY = (
    "I'm so sorry that your kettle leaks, and that both of your letters went unanswered. A new "
    "blue one leaves our shop today and will be with you by Thursday. Thank you for writing again!"
)
VOICE = "warm, brief, never blames the customer"
REFERENCE = {"brand_voice": VOICE, "audience": "customers"}


class Fixed:
    """Gives the top level of everything unless told otherwise, and keeps what it was asked."""

    name = "fixed"

    def __init__(self, **values: float) -> None:
        self.values = values
        self.asked: list[Any] = []

    def verdict(self, rubric, request, deadline) -> Verdict:
        self.asked.append((rubric, request))
        values = {criterion.name: 1.0 for criterion in rubric.criteria}
        return Verdict(self.name, {}, values | self.values, "excellent")


class Silent(Fixed):
    """Never gives a verdict."""

    def verdict(self, rubric, request, deadline) -> Verdict:
        raise NoVerdict("throttled", "until the time ran out")


def graded(
    completion: str,
    reference: Any = REFERENCE,
    prompt: str = LETTER,
    judge: Any = None,
    **settings: Any,
) -> Grade:
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]
    (sample,) = parse([{"messages": turns, "reference_answer": reference}]).rows
    assert isinstance(sample, Sample)
    grader = get_template("tone_style").customize(**settings)
    return grader(sample, Tools(judge=judge or make_judge("offline")))


def measured(completion: str, *args: Any, **settings: Any) -> dict[str, float]:
    grade = graded(completion, *args, **settings)
    return {metric.name: metric.value for metric in grade.metrics}
