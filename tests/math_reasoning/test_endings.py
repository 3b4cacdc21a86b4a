"""Whole endings of solutions, as models write them, right and aimed to be wrong.

Lists, tables, parts, displays and sentences in eleven languages; each reference has both.
"""

import json
from pathlib import Path

import pytest

from tests.math_reasoning.conftest import metric
from tests.support import row

ENDINGS = [
    json.loads(line)
    for line in Path(__file__).with_name("endings.jsonl").read_text("utf-8").splitlines()
]


def said(grade, ending, reference, prompt="Solve."):
    return bool(metric(grade(row(ending, reference, prompt)), "answer_correct"))


def test_an_ending_is_right_or_wrong_as_a_person_would_say(grade):
    wrong = [
        row
        for row in ENDINGS
        if said(grade, row["ending"], row["reference"], row["prompt"]) != row["equal"]
    ]
    assert not wrong, "\n".join(f"{row['reference']!r}: {row['ending']!r}" for row in wrong)


@pytest.mark.parametrize(
    ("prompt", "ending", "reference", "equal"),
    [
        # Of two values both of which count, an "or" names neither ...
        ("Find the dimensions.", "12 or 8", "(12, 8)", False),
        ("Find two numbers with sum 20.", "12 or 8", "12, 8", False),
        ("Find two numbers with sum 20.", "12 oder 8", "12, 8", False),
        ("Find two numbers with sum 20.", "$12$ or $8$", "12, 8", False),
        # ... but each solution is one.
        ("Solve x^2 - 20x + 96 = 0.", "12 or 8", "12, 8", True),
        ("Find the roots.", "12 or 8", "12, 8", True),
        ("Find it.", "x = 12 or x = 8", "12, 8", True),
        ("Find it.", "12 or 8", "\\{8, 12\\}", True),
        ("Find it.", "1/2 or 0.5", "1/2", True),
    ],
)
def test_an_alternative_is_all_values_only_where_solutions_are_asked_for(
    grade, prompt, ending, reference, equal
):
    assert said(grade, ending, reference, prompt) is equal


@pytest.mark.parametrize(
    ("ending", "reference", "equal"),
    [
        ("(24) 25", "25", False),
        ("[24] 25", "25", False),
        ("25 (or 24)", "25", False),
        ("The answer is 25, or maybe 24.", "25", False),
        ("It is 25, but it could also be 24.", "25", False),
        ("It is 25, or maybe $5^2$.", "25", True),
        ("(25) 25", "25", True),
        ("(1) 25", "25", True),
        ("It could be 24, but it is 25.", "25", True),
    ],
)
def test_a_second_value_that_may_be_the_answer_too_is_a_second_answer(
    grade, ending, reference, equal
):
    assert said(grade, ending, reference) is equal


@pytest.mark.parametrize(
    ("ending", "reference", "equal"),
    [
        ("The values:\n\n- 3\n- 4", "4", False),  # two answers, not the last
        ("Steps:\n\n1. 3 + 4 = 7\n2. 7 * 2 = 14", "14", True),
        ("- Start: 20\n- Left: 12", "12", True),
        ("- Start: 20\n- Left: 12", "start: 20, left: 12", True),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a = 1, b = 2", True),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a = 2, b = 1", False),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |", "a = 1, b = 2", False),
        ("| root | value |\n|---|---|\n| x_1 | 4 |\n| x_2 | 1 |", "\\{1, 4\\}", True),
        ("(a) 4, (b) 7", "(a) 7, (b) 4", False),
        ("7, 4", "(a) 7, (b) 4", True),
        ("4, 7", "(a) 7, (b) 4", False),
    ],
)
def test_what_a_layout_says_is_for_the_reference_to_ask(grade, ending, reference, equal):
    assert said(grade, ending, reference) is equal
