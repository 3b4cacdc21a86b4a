"""Tests that refuse the reference's own solution are no completion's fault; sound ones are."""

import pytest

from tests.code_verification.conftest import metric, passed
from tests.support import row
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.outcomes import BadSample
from touchstone.pipeline import answer
from touchstone.templates.code_verification.grader import TEMPLATE

ADD, SUB = "def add(a, b):\n    return a + b\n", "def add(a, b):\n    return a - b\n"
CASES = {"entry_point": "add", "test_cases": [{"input": [1, 2], "expected": 3}]}
WRONG_CASES = {"entry_point": "add", "test_cases": [{"input": [1, 2], "expected": 4}]}
FILE = {"test_code": "def test_it():\n    for n in [1]:\n        assert add(n, 2) == 3\n"}
SOUND = [
    {**CASES, "canonical_solution": ADD},
    {**FILE, "solution": ADD},
    {**CASES, "prompt_code": "def add(a, b):\n", "canonical_solution": "    return a + b\n"},
    {**CASES, "solutions": [SUB, f"So:\n```python\n{ADD}```"]},
    # What shows nothing of the tests: prose, another language, what does not compile, a stub.
    {**CASES, "solution": "Add them up."},
    {**CASES, "solution": "int add(int a, int b) { return a + b; }"},
    {**CASES, "solution": "def add(a, b):\n    print a\n"},
    {**CASES, "solution": "def add(a, b):\n    pass\n"},
    {**CASES, "code": SUB},
    {**CASES, "canonical_solution": "def add(a, b):\n    while True: pass\n", "timeout_s": 0.3},
]
BROKEN = [
    {**WRONG_CASES, "canonical_solution": ADD},
    {**CASES, "canonical_solution": SUB},
    {**CASES, "canonical_solution": ADD.replace("a + b", "a + undefined")},
    {**FILE, "solution": SUB},
    {**CASES, "solutions": f'["{SUB!r}"]'.replace("'", "")},
    {**CASES, "solution": "def plus(a, b):\n    return a + b\n"},
    {**CASES, "solution": "import socket\ndef add(a, b):\n    socket.create_connection((a, b))\n"},
    {"tests": ["assert add(1, 2) == 3", "assert add(1, 2) == 4"], "reference_solution": ADD},
    {"test_cases": [{"stdin": "3", "expected_output": "7"}], "solution": "print(2 * int(input()))"},
]
WRONG = "def add(a, b):\n    return 'x'\n\nprint('x')\n"


@pytest.mark.parametrize("reference", SOUND)
def test_a_wrong_completion_is_wrong_where_the_solution_is_right_or_shows_nothing(grade, reference):
    assert passed(grade, WRONG, reference) == 0.0
    assert metric(grade(ADD, reference), "tests_passed") == 1.0


@pytest.mark.parametrize("reference", BROKEN)
def test_what_its_own_solution_fails_leaves_a_failed_row_unscored(grade, reference):
    with pytest.raises(BadSample, match="own solution") as caught:
        grade(WRONG, reference)
    assert caught.value.blame == "open"  # it gains nothing on its siblings


def test_who_passes_such_tests_is_scored(grade):
    assert passed(grade, ADD, {**CASES, "canonical_solution": SUB}) == 1.0


@pytest.fixture
def ran(sandbox, monkeypatch):
    """The sources that the sandbox ran."""
    sources: list[str] = []
    run = sandbox.run

    def noted(job, limits, deadline):
        sources.append(job.code)
        return run(job, limits, deadline)

    monkeypatch.setattr(sandbox, "run", noted)
    return sources


@pytest.mark.parametrize(("solution", "times"), [("a + b", 1), ("a - b", 2)])
def test_the_solution_is_asked_once_for_all_rollouts_of_a_batch(sandbox, ran, solution, times):
    own = f"def add(a, b):\n    return {solution}\n"
    rows = [row(f"def add(a, b):\n    return {n}\n", {**CASES, "solution": own}) for n in range(9)]
    rows += [row("def add(a, b): return 3", CASES)] * 10  # or too much would be unscored
    answer(rows, TEMPLATE.customize(), Tools(Deadline(), sandbox))
    assert sum(solution in code for code in ran) == times


def test_it_is_not_asked_where_nothing_has_failed(grade, ran):
    grade(ADD, {**CASES, "solution": SUB})
    assert ran
    assert not any("a - b" in code for code in ran)
