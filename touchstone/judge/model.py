"""A judge that asks one model."""

from __future__ import annotations

from touchstone.deadline import Deadline
from touchstone.judge.caller import Caller
from touchstone.judge.options import JudgeOptions
from touchstone.judge.panel import Panel
from touchstone.judge.question import Question
from touchstone.judge.text import directed_text
from touchstone.judge.transport import Transport
from touchstone.judge.types import Judge, JudgeRequest, Rubric, Verdict


def model_judge(transport: Transport, options: JudgeOptions) -> Judge:
    """Returns a judge that asks over this transport, drawing as many samples as the options say."""
    caller = Caller(transport, options)
    if options.samples == 1:
        return ModelJudge(caller, options)
    draws = [ModelJudge(caller, options, draw) for draw in range(options.samples)]
    return Panel(draws, options.vote, transport.name)


class ModelJudge:
    """Asks for one answer per question; the draw tells several samples apart."""

    def __init__(self, caller: Caller, options: JudgeOptions, draw: int = 0) -> None:
        self._caller = caller
        self._best_first = options.levels_first == "best"
        self._draw = draw

    @property
    def name(self) -> str:
        """As the ``judge`` setting names it."""
        return self._caller.transport.name

    def verdict(self, rubric: Rubric, request: JudgeRequest, deadline: Deadline) -> Verdict:
        """Judges one completion; see :class:`touchstone.judge.types.Judge`."""
        question = Question.verdict(rubric, request, best_first=self._best_first)
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
            unquoted=not answer.quotes,
        )
