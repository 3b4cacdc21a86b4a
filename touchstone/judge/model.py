"""A judge that asks one model."""

from __future__ import annotations

import random
from functools import partial

from touchstone.deadline import Deadline
from touchstone.judge.caller import Caller
from touchstone.judge.options import JudgeOptions
from touchstone.judge.panel import Panel, shares, together
from touchstone.judge.question import Question
from touchstone.judge.text import directed_text
from touchstone.judge.types import (
    NOTHING_SPENT,
    Group,
    Judge,
    JudgeRequest,
    Ranking,
    Rubric,
    Verdict,
)
from touchstone.judge.wire import Wire


def model_judge(wire: Wire, options: JudgeOptions) -> Judge:
    """Returns a judge that asks over this wire, drawing as many samples as the options say."""
    caller = Caller(wire, options)
    if options.samples == 1:
        return ModelJudge(caller)
    return Panel([ModelJudge(caller, draw) for draw in range(options.samples)], name=wire.name)


class ModelJudge:
    """Asks for one answer per question; the draw tells several samples apart."""

    def __init__(self, caller: Caller, draw: int = 0) -> None:
        self._caller = caller
        self._draw = draw

    @property
    def name(self) -> str:
        """As the ``judge`` setting names it."""
        return self._caller.wire.name

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:
        """Judges one completion; see :class:`touchstone.judge.types.Judge`."""
        question = Question.verdict(rubric, request)
        answer, usage = self._caller.ask(question, deadline, self._draw)
        values = {
            criterion.name: level.value
            for criterion in rubric.criteria
            for level in criterion.levels
            if level.label == answer.choices[criterion.name]
        }
        return Verdict(
            self.name,
            dict(answer.choices),
            values,
            answer.reason,
            usage,
            directed_text=directed_text(request.completion),
        )

    def rank(
        self, rubric: Rubric, group: Group, deadline: Deadline, *, seed: int = 0, orders: int = 1
    ) -> Ranking:
        """Orders a group; equal texts are shown once, and a pair in both orders."""
        texts = tuple(dict.fromkeys(group.completions))
        directed = tuple(directed_text(text) for text in group.completions)
        if len(texts) < 2:
            values = shares([0.0] * len(group.completions))
            return Ranking(self.name, values, "all texts are equal", directed_text=directed)
        shown = _orders(len(texts), 2 if len(texts) == 2 else orders, seed)
        distinct = Group(group.task, texts, group.context)
        answers = together(
            [
                partial(
                    self._caller.ask, Question.rank(rubric, distinct, order), deadline, self._draw
                )
                for order in shown
            ]
        )
        places = []
        for order, (answer, _) in zip(shown, answers, strict=True):
            place = {i: int(answer.choices[f"candidate_{n}"]) for n, i in enumerate(order, 1)}
            places.append([place[texts.index(text)] for text in group.completions])
        marks = [shares([-place for place in answered]) for answered in places]
        return Ranking(
            self.name,
            tuple(sum(column) / len(marks) for column in zip(*marks, strict=True)),
            answers[0][0].reason,
            sum((usage for _, usage in answers), NOTHING_SPENT),
            samples=len(answers),
            agreement=_agreement(places),
            directed_text=directed,
        )


def _orders(count: int, orders: int, seed: int) -> list[list[int]]:
    """Returns shuffles by the seed, every second one the reverse of the one before it."""
    shuffled: list[list[int]] = []
    for n in range(orders):
        order = list(range(count))
        random.Random(seed + n).shuffle(order)  # noqa: S311 - a shuffle, not a secret
        shuffled.append(shuffled[-1][::-1] if n % 2 else order)
    return shuffled


def _agreement(places: list[list[int]]) -> float:
    """Returns the share of pairs of texts that all answers put in the same order."""
    count = len(places[0])
    pairs = [(i, j) for i in range(count) for j in range(i)]
    same = [
        len({(place[i] > place[j]) - (place[i] < place[j]) for place in places}) == 1
        for i, j in pairs
    ]
    return sum(same) / len(same)
