"""A judge that believes everything, and one row graded."""

from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.judge import Verdict, make_judge
from touchstone.templates import get_template

PROMPT = 'Moderate this post: "You are going down tonight."'


class Gullible:
    """Answers with the top level of all but what it is told, and remembers what it was asked."""

    name = "gullible"

    def __init__(self, **labels):
        self.labels = labels
        self.asked = []

    def verdict(self, rubric, request, deadline):
        self.asked.append((rubric, request))
        top = {criterion.name: criterion.levels[-1] for criterion in rubric.criteria}
        for criterion in rubric.criteria:
            for level in criterion.levels:
                if level.label == self.labels.get(criterion.name):
                    top[criterion.name] = level
        return Verdict(
            self.name,
            {name: level.label for name, level in top.items()},
            {name: level.value for name, level in top.items()},
            "all fine",
        )


def grade(completion, reference, prompt=PROMPT, judge=None, **settings):
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": completion}]
    (sample,) = parse([{"messages": turns, "reference_answer": reference}]).rows
    assert isinstance(sample, Sample)
    tools = Tools(judge=judge or make_judge("offline"))
    return get_template("content_moderation").customize(**settings)(sample, tools)


def metrics(result):
    return {metric.name: metric.value for metric in result.metrics}
