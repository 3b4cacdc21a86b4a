from collections.abc import Callable
from typing import Any

import pytest

from tests.support import row
from touchstone import contract
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.outcomes import Grade
from touchstone.templates.code_verification.grader import TEMPLATE

Graded = Callable[..., Grade]


@pytest.fixture(scope="session")
def grade(sandbox) -> Graded:
    """Grades a completion against a reference, or a raw row, with settings as keywords."""

    def graded(completion: Any, reference: Any = None, **settings: Any) -> Grade:
        event = completion if isinstance(completion, dict) else row(completion, reference)
        sample = contract.parse([event]).rows[0]
        assert isinstance(sample, contract.Sample)
        return TEMPLATE.customize(**settings)(sample, Tools(Deadline(), sandbox))

    return graded


def metric(grade: Grade, name: str) -> float:
    return next(m.value for m in grade.metrics if m.name == name)


def passed(grade: Graded, completion: str, reference: Any, **settings: Any) -> float:
    return metric(grade(completion, reference, **settings), "tests_passed")
