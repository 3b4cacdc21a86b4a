# ruff: noqa: RUF001 - endings in many languages are its data
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


# A statement of 24 in each language, and what may stand behind it: a check that comes to 16, a
# contrast with 25, a doubt about 25, and the same in dozens.
REMARKS = {
    "en": (
        "There are 24 eggs",
        "Check: 24 - 8 = 16.",
        ", not 25",
        "Or maybe 25.",
        "That is, 2 dozen.",
    ),
    "de": (
        "Es sind 24 Eier",
        "Probe: 24 - 8 = 16.",
        ", nicht 25",
        "Oder 25.",
        "Das heißt, 2 Dutzend.",
    ),
    "fr": ("Il y a 24 œufs", "Vérification : 24 - 8 = 16.", ", et non 25", "Ou bien 25.", ""),
    "es": ("Hay 24 huevos", "Comprobación: 24 - 8 = 16.", ", y no 25", "O tal vez 25.", ""),
    "pt": ("São 24 ovos", "Verificação: 24 - 8 = 16.", ", e não 25", "Ou talvez 25.", ""),
    "ru": ("Всего 24 яйца", "Проверка: 24 - 8 = 16.", ", а не 25", "Или 25.", ""),
    "vi": ("Có 24 quả trứng", "Thử lại: 24 - 8 = 16.", ", không phải 25", "Hoặc 25.", ""),
    "zh": ("一共有24个鸡蛋", "验算：24 - 8 = 16。", "，而不是25个", "或者25个。", ""),
    "ja": ("卵は24個です", "検算：24 - 8 = 16。", "、25個ではありません", "または25個です。", ""),
    "ko": ("달걀은 24개입니다", "검산: 24 - 8 = 16.", "", "아마 25개일 수도 있습니다.", ""),
    "ar": ("هناك 24 بيضة", "التحقق: 24 - 8 = 16.", "، وليس 25", "أو 25.", ""),
}


@pytest.mark.parametrize("language", REMARKS)
def test_what_stands_behind_an_answer_is_told_by_its_first_words(grade, language):
    answer, check, contrast, doubt, again = REMARKS[language]
    stop = "。" if language in ("zh", "ja") else ". "
    assert said(grade, f"{answer}{stop}{check}", "24")
    assert not said(grade, f"{answer}{stop}{check}", "16")
    assert said(grade, f"{answer}{contrast}{stop}", "24")
    assert not said(grade, f"{answer}{contrast}{stop}", "25")
    assert said(grade, f"{answer}{stop}{again}", "24")
    for value in ("24", "25"):
        assert not said(grade, f"{answer}{stop}{doubt}", value)
        assert not said(grade, f"{answer} ({doubt.rstrip('.。').lower()}){stop}", value)
        assert not said(grade, f"{answer} — {doubt.lower()}", value)


@pytest.mark.parametrize(
    ("ending", "reference", "equal"),
    [
        ("24 eggs, i.e. 25.", "24", False),  # another value of the same is no rephrasing
        ("24 eggs, that is 25 eggs.", "25", False),
        ("There are 24 eggs, that is 2 dozen.", "24", True),
        ("They fill 5 boxes of 5, that is 25.", "25", True),
        ("So x = 4. Check: 13 is not 16, so x = 5.", "5", True),  # a check that turns
        ("So x = 4. Check: 13 is not 16, so x = 5.", "4", False),
        ("**x = 5**\n\nLet's verify:\n3·5 + 1 = 16 ✔", "5", True),
        ("48 (= 6 × 8) of them are needed.", "48", True),
        ("48 (= 6 × 8) of them are needed.", "8", False),
    ],
)
def test_a_remark_that_gives_another_value_is_no_remark(grade, ending, reference, equal):
    assert said(grade, ending, reference) is equal


@pytest.mark.parametrize(
    ("prompt", "ending", "reference", "equal"),
    [
        ("How many apples does Tom have?", "Tom has 7 apples and Ann has 12.", "7", True),
        ("How many apples does Tom have?", "Tom has 12 apples and Ann has 7.", "7", False),
        ("How many apples does Ann have?", "Tom has 12 apples and Ann has 7.", "7", True),
        ("Find the mean and the median.", "Median 5, mean 6.", "(6, 5)", True),
        ("Find the mean and the median.", "Median 6, mean 5.", "(6, 5)", False),
        ("Is 91 prime?", "So 91 is not a prime number.", "No", True),
        ("Is 97 prime?", "So 97 is not a prime number.", "Yes", False),
        ("Is 97 prime?", "So 97 is a prime number.", "Yes", True),
        ("Which is largest?", "So option B is the largest.", "B", True),
        ("Which is largest?", "Option B is not the largest, so C.", "B", False),
        ("Which is largest?", "Option B is larger than option A.", "A", False),
        ("Which is largest?", "It is option B or option C.", "B", False),
    ],
)
def test_a_question_tells_which_of_several_values_is_its_answer(
    grade, prompt, ending, reference, equal
):
    assert said(grade, ending, reference, prompt) is equal


@pytest.mark.parametrize(
    ("ending", "reference", "equal"),
    [
        ("\\boxed{\\text{The probability is } \\frac{1}{4}.}", "1/4", True),
        ("\\boxed{The probability is not 1/4.}", "1/4", False),
        ("\\boxed{\\text{There are 35 students.}}", "35", True),
        ("\\boxed{15 girls of 35 students}", "35", False),
    ],
)
def test_a_sentence_in_a_box_says_what_it_says_anywhere(grade, ending, reference, equal):
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
