"""Rubrics and requests that the judge's tests share."""

from __future__ import annotations

from touchstone.deadline import Deadline
from touchstone.judge import Criterion, JudgeRequest, Level, Rubric, yes_no

QUALITY = Criterion(
    "quality",
    "How well does the completion do its task?",
    (
        Level("poor", "It does not do what was asked.", 0.0),
        Level("fair", "It does a part of it.", 0.4),
        Level("excellent", "It does all of it.", 1.0),
    ),
)
RUBRIC = Rubric("helpfulness", (QUALITY,), "The reader is a customer.")
TWO = Rubric("two", (QUALITY, yes_no("polite", "Is it polite?")))
BEDROCK = "bedrock:us.amazon.nova-pro-v1:0"


def request(completion: str = "Oslo is the capital of Norway.", **more: object) -> JudgeRequest:
    return JudgeRequest("Which city is the capital of Norway?", completion, **more)  # type: ignore[arg-type]


def soon(seconds: float = 30.0) -> Deadline:
    return Deadline.after(seconds)
