"""The public door to the grader: an event's row in, a grade out."""

from __future__ import annotations

import json
from typing import Any

from touchstone.contract import Sample, parse
from touchstone.grader import Tools
from touchstone.outcomes import Grade
from touchstone.templates import get_template


def grade(completion: str, reference: Any, **settings: Any) -> Grade:
    turns = [
        {"role": "user", "content": "Extract the data."},
        {"role": "assistant", "content": completion},
    ]
    (sample,) = parse([{"id": 1, "messages": turns, "reference_answer": reference}]).rows
    assert isinstance(sample, Sample)
    return get_template("data_extraction").customize(**settings)(sample, Tools())


def measured(completion: Any, reference: Any, **settings: Any) -> dict[str, float]:
    """Returns criteria and metrics by name; a completion that is no text is written as JSON."""
    text = completion if isinstance(completion, str) else json.dumps(completion)
    return {metric.name: metric.value for metric in grade(text, reference, **settings).metrics}


def accuracy(completion: Any, reference: Any, **settings: Any) -> float:
    return measured(completion, reference, **settings)["accuracy"]
