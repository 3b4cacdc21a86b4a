"""A judge that says the same of everything, so that what rules do to a reward shows alone.

It finds nothing wrong with any completion, as a judge would that is fooled by all of them, or
picks the lowest level of one question. What a grader pays under it is the most that its rules
leave to a judge; no claim about a real judge follows from it.
"""

from __future__ import annotations

from collections.abc import Callable

from touchstone.deadline import Deadline
from touchstone.judge import JudgeRequest, Rubric, Verdict

FINDS_NOTHING_WRONG = "a judge that finds nothing wrong"


class HeldJudge:
    """Picks the best level of every question, whatever is judged."""

    def __init__(self, lowest: str, on_question: Callable[[str], None]) -> None:
        """Makes one.

        Args:
            lowest: The question of which it picks the lowest level instead, ``""`` for none.
            on_question: Is called with the name of every question that it is asked.
        """
        self.name = shown(lowest)
        self._lowest, self._on_question = lowest, on_question

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:  # noqa: ARG002 - says the same of all
        """Returns the same for every completion."""
        picked = {
            one.name: one.levels[0 if one.name == self._lowest else -1] for one in rubric.criteria
        }
        for name in picked:
            self._on_question(name)
        return Verdict(
            self.name,
            {name: level.label for name, level in picked.items()},
            {name: level.value for name, level in picked.items()},
            self.name,
        )


def shown(lowest: str) -> str:
    """Returns who judges, for a person."""
    return f"{FINDS_NOTHING_WRONG}, but for {lowest}" if lowest else FINDS_NOTHING_WRONG
