"""A source of this project's own, judges that are not to be trusted, and a way to grade."""

from __future__ import annotations

from typing import Any

from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.judge import NoVerdict, Verdict, make_judge
from touchstone.outcomes import Grade
from touchstone.templates import get_template

SOURCE = (
    "The town library of Marrow Bay will reopen on 9 October after a renovation that took 14 "
    "months. The work cost 3.2 million dollars, of which the state paid half. Librarian Odile "
    "Fournier said visitors will find 60 new desks, a recording studio and a roof garden. The old "
    "reading room, where rain came through the ceiling, has been turned into a children's corner. "
    "About 5,000 books were sold to make room. Opening hours stay the same, but the library will "
    "also open on Sundays until the end of the year. The mayor, Piet Lansing, called it the best "
    "money the town ever spent. Critics on the council say the buses should have come first: line "
    "12 was cut in June and its riders now walk two miles. A second branch, in the harbour "
    "district, stays closed because its lease ran out and nobody has found another building."
)
GOOD = (
    "The library of Marrow Bay will reopen on 9 October after a renovation of 14 months that cost "
    "3.2 million dollars, half paid by the state. Odile Fournier said visitors will find 60 new "
    "desks, a recording studio and a roof garden. The library will also open on Sundays."
)


def sample(
    completion: str, reference: Any = None, prompt: str = f"Summarize:\n\n{SOURCE}"
) -> Sample:
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]
    (row,) = parse([{"messages": turns, "reference_answer": reference}]).rows
    assert isinstance(row, Sample)
    return row


class Gullible:
    """Gives every completion the top level of everything, and remembers what it was asked."""

    name = "gullible"

    def __init__(self, **values: float) -> None:
        self.values = values
        self.asked: list[Any] = []

    def verdict(self, rubric, request, deadline) -> Verdict:
        self.asked.append((rubric, request))
        values = {criterion.name: 1.0 for criterion in rubric.criteria} | self.values
        return Verdict(self.name, {}, values, "excellent")


class Silent(Gullible):
    """Never gives a verdict."""

    def verdict(self, rubric, request, deadline) -> Verdict:
        raise NoVerdict("throttled", "until the time ran out")


def graded(
    completion: str,
    reference: Any = None,
    prompt: str = f"Summarize:\n\n{SOURCE}",
    judge: Any = None,
    **settings: Any,
) -> Grade:
    grader = get_template("summarization_quality").customize(**settings)
    tools = Tools(judge=judge or make_judge("offline"))
    return grader(sample(completion, reference, prompt), tools)


def metric(grade: Grade, name: str) -> float:
    return {metric.name: metric.value for metric in grade.metrics}[name]
