"""Code quality is made of named parts that a user weighs."""

import subprocess

import pytest

from tests.code_verification.conftest import metric
from touchstone.deadline import Deadline
from touchstone.outcomes import DeadlineExceeded, GraderError
from touchstone.templates.code_verification.linter import lint

REFERENCE = {"entry_point": "f", "test_cases": [{"input": [1], "expected": 1}]}
PLAIN = "def f(x):\n    return x\n"


def part(grade, completion, name, **settings):
    """One part's value, weighed alone; it is then all of code_quality."""
    settings = {"quality_weights": {name: 2.0}} | settings
    result = grade(completion, REFERENCE, **settings)
    value = metric(result, f"quality_{name}")
    assert metric(result, "code_quality") == value
    return value


def branches(count):
    return "def f(x):\n" + "".join(
        f"    if x == {-i - 5}:\n        x = {i}\n" for i in range(count)
    )


@pytest.mark.parametrize(
    ("completion", "low", "high"),
    [
        (PLAIN, 1.0, 1.0),
        ("import os\n\n\n" + PLAIN, 0.6, 0.7),  # one warning in three statements
        ("import os  # noqa\n\n\n" + PLAIN, 0.6, 0.7),
        ("# ruff: noqa\nimport os\n\n\n" + PLAIN, 0.6, 0.7),
        ("def f(x):\n    if x == 7:\n        return undefined\n    return x\n", 0.0, 0.2),
    ],
)
def test_lint(grade, completion, low, high):
    assert low <= part(grade, completion, "lint") <= high


def test_lint_judges_only_the_completions_own_lines(grade):
    reference = REFERENCE | {"prompt_code": "import os, sys\n\n\ndef f(x):\n"}
    result = grade("    return x\n", reference, quality_weights={"lint": 1})
    assert metric(result, "code_quality") == 1.0


def test_a_linter_that_is_not_there_is_our_fault(grade, monkeypatch):
    def absent(*_args, **_kwargs):
        raise FileNotFoundError("ruff")

    monkeypatch.setattr(subprocess, "run", absent)
    with pytest.raises(GraderError, match="linter"):
        grade(PLAIN, REFERENCE)


def hung(_arguments, *, timeout, **_):
    raise subprocess.TimeoutExpired("ruff", timeout)


def crashed(arguments, **_):
    return subprocess.CompletedProcess(arguments, 101, b"", b"")


@pytest.fixture
def failing(monkeypatch):
    """Has the linter fail on some programs, a number of times."""
    run = subprocess.run

    def install(how, when, times=99):
        left = [times]

        def answer(arguments, *, input, **options):  # noqa: A002
            if when(input) and left[0]:
                left[0] -= 1
                return how(arguments, **options)
            return run(arguments, input=input, **options)

        monkeypatch.setattr(subprocess, "run", answer)

    return install


@pytest.mark.parametrize("how", [hung, crashed])
def test_a_program_that_breaks_the_linter_earns_nothing_for_it(grade, failing, how):
    failing(how, lambda code: b"def f" in code)
    assert part(grade, PLAIN, "lint") == 0.0


@pytest.mark.parametrize("how", [hung, crashed])
def test_a_linter_that_fails_on_any_program_is_our_fault(grade, failing, how):
    failing(how, lambda code: True)
    with pytest.raises(GraderError, match="whatever the program"):
        grade(PLAIN, REFERENCE)


@pytest.mark.parametrize("how", [hung, crashed])
def test_a_linter_that_fails_once_is_asked_again(grade, failing, how):
    failing(how, lambda code: True, times=1)
    assert part(grade, PLAIN, "lint") == 1.0


def test_how_long_a_program_is_does_not_say_whose_fault_it_was(grade, failing):
    failing(hung, lambda code: len(code) > 1000)
    assert part(grade, PLAIN, "lint") == 1.0
    with pytest.raises(GraderError):
        grade(PLAIN + "# and so on\n" * 200, REFERENCE)


def test_code_that_the_linter_cannot_parse_earns_nothing(grade, failing):
    def refused(arguments, **_):
        finding = b'[{"code": "invalid-syntax", "location": {"row": 1}}]'
        return subprocess.CompletedProcess(arguments, 0, finding, b"")

    failing(refused, lambda code: True)
    assert part(grade, PLAIN, "lint") == 0.0


def test_a_call_without_time_left_to_lint_is_a_deadline():
    with pytest.raises(DeadlineExceeded):
        lint(PLAIN, Deadline.after(0))


def test_the_linter_runs_only_where_it_counts(grade, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("ran")

    monkeypatch.setattr(subprocess, "run", refuse)
    assert part(grade, PLAIN, "complexity") == 1.0


@pytest.mark.parametrize(("count", "value"), [(9, 1.0), (19, 0.5), (39, 0.25)])
def test_complexity(grade, count, value):
    completion = branches(count) + "    return x\n"
    assert part(grade, completion, "complexity") == value
    assert part(grade, completion, "complexity", max_complexity=40) == 1.0


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("import math\n", 1.0),
        ("from __future__ import annotations\n", 1.0),
        ("try:\n    import numpy as np\nexcept ImportError:\n    pass\n", 1.0),
        ("try:\n    import pytest\nexcept ImportError:\n    pass\n", 1.0),
        ("try:\n    import requests\nexcept ImportError:\n    pass\n", 0.0),
        ("try:\n    from requests.api import get\nexcept ImportError:\n    pass\n", 0.0),
        ("try:\n    __import__('requests')\nexcept ImportError:\n    pass\n", 0.0),
        ("try:\n    __import__('req' + 'uests')\nexcept ImportError:\n    pass\n", 0.0),
    ],
)
def test_approved_libraries(grade, header, value):
    found = part(grade, header + PLAIN, "approved_libraries", approved_libraries=["numpy"])
    assert found == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return x", 1.0),
        ("return eval('x')", 0.0),
        ("e = eval; return e('x')", 0.0),
        ("import math; return x if math.sqrt(x) else x", 0.0),
        ("import math as m; return x if m.sqrt(x) else x", 0.0),
        ("from math import sqrt as s; return x if s(x) else x", 0.0),
        ("import math; return x if math.floor(x) else x", 1.0),
        ("import decimal; return x", 0.0),
        ("evaluate = 'eval'; return x", 1.0),
    ],
)
def test_banned_calls(grade, body, value):
    completion = f"def f(x):\n    if x > 5:\n        print()\n    {body}\n"
    banned = ["eval", "math.sqrt", "decimal"]
    assert part(grade, completion, "banned_calls", banned_calls=banned) == value


def test_docstrings_and_annotations_count_only_when_asked_for(grade):
    result = grade(PLAIN, REFERENCE)
    assert {m.name for m in result.metrics if m.name.startswith("quality_")} == {
        "quality_lint",
        "quality_complexity",
    }
    half = "def f(x: int):\n    return g(x)\n\n\ndef g(x):\n    'Return x.'\n    return x\n"
    assert part(grade, half, "docstrings") == 0.5
    assert part(grade, half, "annotations") == 0.25


def test_internal_standards_are_weighed(grade):
    rules = [
        {"name": "logging", "weight": 3, "message": "log what you do"},
        {"name": "print", "must": "not_appear"},
        {"pattern": r"#\s*Author:", "message": "name the author"},
        {"pattern": r"\bTODO\b", "must": "not_appear"},
    ]
    settings = {"quality_weights": {"internal_standards": 1}, "internal_standards": rules}
    result = grade(f"# Author: me, logging\n{PLAIN}", REFERENCE, **settings)
    assert metric(result, "quality_internal_standards") == pytest.approx(3 / 6)
    assert "log what you do" in result.reason
    assert "name the author" not in result.reason
    logged = f"import logging\n\n# TODO\n\n{PLAIN}"
    result = grade(logged, REFERENCE, **settings)
    assert metric(result, "quality_internal_standards") == pytest.approx(4 / 6)


@pytest.mark.parametrize("must", ["appear", "not_appear"])
def test_a_pattern_that_would_never_end_counts_against_the_completion(grade, must):
    rules = [{"pattern": "(a+)+$", "must": must}]
    completion = f"# {'a' * 60}!\n{PLAIN}"
    value = part(grade, completion, "internal_standards", internal_standards=rules)
    assert value == 0.0


def test_style_pays_only_for_a_right_answer(grade):
    assert grade("def f(x):\n    return x + 1\n", REFERENCE).score == pytest.approx(0.1)
    assert grade(PLAIN, REFERENCE).score == 1.0


def test_no_part_that_counts_leaves_nothing_to_fault(grade):
    assert (
        metric(grade("import os\n" + PLAIN, REFERENCE, quality_weights={}), "code_quality") == 1.0
    )
