"""A judge's opinion where the rules reject an ending that they are not sure to have read."""

from __future__ import annotations

from touchstone.contract import Sample
from touchstone.deadline import Deadline
from touchstone.judge import Criterion, Judge, JudgeRequest, Level, Rubric, Verdict, unseen
from touchstone.templates.math_reasoning.reference import Reference

# Characters of the end of a solution that the judge sees: what is concluded, not what persuades.
_ENDING = 1500

_RUBRIC = Rubric(
    "final answer",
    (
        Criterion(
            "same_answer",
            "Does the submission conclude with one final answer, and is that the right answer?",
            (
                Level(
                    "different",
                    "It concludes with another value, with none, or with one of several that it "
                    "offers or doubts; or the right value stands in it only as something else: "
                    "a given number, a step, the answer to another question.",
                    0.0,
                ),
                Level(
                    "same",
                    "It commits itself to one final answer, which is the right answer in whatever "
                    "words, notation, unit or language.",
                    1.0,
                ),
            ),
            # A stand-in that counts words cannot tell: the rules' verdict stands.
            offline=lambda _request: 0.0,
        ),
    ),
    "TASK is a problem, and the right answer is given as context. The submission is the end of a "
    "solution. Do not solve the problem yourself and do not judge the working: decide only what "
    "the submission itself concludes, and whether that is the right answer as it is given.",
)


def second_opinion(
    sample: Sample, reference: Reference, judge: Judge, deadline: Deadline
) -> Verdict | None:
    """Asks whether a completion concludes with the reference; ``same_answer`` is 0 or 1.

    Of a completion of which nothing is seen nobody is asked.

    Raises:
        NoVerdict: The judge gave no usable verdict.
        DeadlineExceeded: The call's time ran out before it could be asked.
    """
    if unseen(sample.completion):
        return None
    ending = sample.completion.rstrip()[-_ENDING:]
    request = JudgeRequest(sample.prompt, ending, {"right answer": reference.answer.text})
    return judge.verdict(_RUBRIC, request, deadline)
