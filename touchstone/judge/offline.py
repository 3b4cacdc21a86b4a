"""The offline judge: a deterministic stand-in that asks no model.

It exists so that everything runs without an account, in tests and on a first try. It counts
words; it does not understand them. Every result says so: ``stand_in`` is true, the metric
``judge_offline`` is 1 and the reason opens with its name.
"""

from __future__ import annotations

from itertools import pairwise

from touchstone.deadline import Deadline
from touchstone.judge.panel import shares
from touchstone.judge.text import directed_text, hollow, words
from touchstone.judge.types import Group, JudgeRequest, Ranking, Rubric, Verdict

# A completion with this many words is as substantial as this judge can tell.
_ENOUGH_WORDS = 12


class OfflineJudge:
    """Judges by each criterion's own ``offline`` function, or by words in general."""

    name = "offline"

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:  # noqa: ARG002 - answers at once
        """Judges one completion; a hollow one gets the lowest level of every criterion."""
        nothing = hollow(request.completion, rubric)
        levels, values = {}, {}
        for criterion in rubric.criteria:
            measure = criterion.offline or lexical
            level = criterion.levels[0] if nothing else criterion.nearest(measure(request))
            levels[criterion.name], values[criterion.name] = level.label, level.value
        found = f"nothing to judge ({nothing})" if nothing else "levels from word counts"
        return Verdict(
            self.name,
            levels,
            values,
            f"offline judge, a stand-in: {found}",
            directed_text=directed_text(request.completion),
            stand_in=True,
        )

    def rank(
        self,
        rubric: Rubric,
        group: Group,
        deadline: Deadline,  # noqa: ARG002 - answers at once
        *,
        seed: int = 0,  # noqa: ARG002 - does not depend on the order
        orders: int = 1,  # noqa: ARG002
    ) -> Ranking:
        """Orders by the mean of what the criteria measure, before rounding to levels."""
        marks = [self._mark(rubric, group, text) for text in group.completions]
        return Ranking(
            self.name,
            shares(marks),
            "offline judge, a stand-in: order from word counts",
            directed_text=tuple(directed_text(text) for text in group.completions),
            stand_in=True,
        )

    @staticmethod
    def _mark(rubric: Rubric, group: Group, completion: str) -> float:
        if hollow(completion, rubric):
            return -1.0
        request = JudgeRequest(group.task, completion, group.context)
        marks = [(criterion.offline or lexical)(request) for criterion in rubric.criteria]
        return sum(marks) / len(marks)


def lexical(request: JudgeRequest) -> float:
    """Measures a completion by its words alone, within 0..1.

    The product of substance (words, up to a dozen), variety (distinct pairs of neighbouring
    words among all), novelty (what is not copied from the task) and relevance (the share of
    its longer words that the task or the context holds too, which counts for half).
    """
    said = words(request.completion)
    if not said:
        return 0.0
    pairs = list(pairwise(said))
    variety = len(set(pairs)) / len(pairs) if pairs else 0.0
    asked = words(request.task)
    copied = set(zip(asked, asked[1:], asked[2:], asked[3:], strict=False))
    runs = list(zip(said, said[1:], said[2:], said[3:], strict=False))
    novelty = 1 - sum(run in copied for run in runs) / len(runs) if runs else 1.0
    given = {word for text in (request.task, *request.context.values()) for word in words(text)}
    longer = {word for word in said if len(word) > 3}
    relevance = min(1.0, 3 * len(longer & given) / len(longer)) if longer and given else 0.0
    substance = min(1.0, len(said) / _ENOUGH_WORDS)
    return substance * variety * novelty * (0.5 + 0.5 * relevance)
