import subprocess
import sys

import pytest

from tests.math_reasoning.conftest import metric
from tests.support import row
from touchstone import contract
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.outcomes import BadReference, DeadlineExceeded, SandboxFault
from touchstone.templates.math_reasoning.grader import TEMPLATE

GOLD = "There are 3 * 4 = <<3*4=12>>12 seats.\n#### 12"


@pytest.mark.parametrize(
    ("reference", "answer"),
    [
        ("12", "12"),
        (GOLD, "12"),
        ("So the area is $\\boxed{\\frac{1}{2}}$.\nDone.", "0.5"),
        (12, "12"),
        (0.1, "1/10"),
        (10**22, "10^{22}"),
        ({"answer": "12"}, "12 apples"),
        ({"answer": [2, 3]}, "x = 3 or x = 2"),
        ([1, 2], "[1, 2]"),
        (["a", "b"], "[a, b]"),
        ({"answer": 9.81, "tolerance": 0.05}, "9.8"),
        ({"answer": 200, "tolerance": "1%"}, "201.5"),
        ({"answer": "5", "unit": "cm"}, "50 mm"),
        ({"answer": "25", "unit": "%"}, "0.25"),
        (True, "True"),
        ("1 2 3\n4 5 6", "[[1, 2, 3], [4, 5, 6]]"),
        ("\\begin{aligned}\nx &= 2\\\\\ny &= 3\n\\end{aligned}", "(2, 3)"),
        ("She sells 9 eggs a day. The answer is: 18", "18"),
        ("Therefore, the length of the side is 5 cm.", "50 mm"),
        (["1"], "1"),
    ],
)
def test_every_form_of_reference_is_read(grade, reference, answer):
    assert metric(grade(f"\\boxed{{{answer}}}", reference), "answer_correct") == 1.0


@pytest.mark.parametrize(
    "reference",
    [None, "", {"solution": "x"}, {"answer": None}, {"answer": {"a": 1}}, {"answer": ""}]
    + [{"answer": 1, "tolerance": t} for t in ("wide", -1, True, "nan")]
    + [{"answer": 1, "unit": 5}, {"answer": 1, "solution": 5}]
    + [
        "We count the words of this long text " * 9 + "and find 5 of them",
        "{" * 99 + "1" + "}" * 99,
    ],
)
def test_an_unreadable_reference_is_the_datasets_fault(grade, reference):
    event = row("12", "x")
    event["reference_answer"] = reference
    with pytest.raises(BadReference, match="reference_answer"):
        grade(event)


def test_a_false_step_costs_and_is_named(grade):
    result = grade("3 * 4 = 13 seats, so\n#### 12", GOLD)
    assert metric(result, "steps_valid") == 0.5
    assert "false step: '3 * 4 = 13'" in result.reason
    assert result.score == pytest.approx(0.8 + 0.05 + 0.1)


def test_true_steps_that_have_nothing_to_do_with_it_are_no_steps(grade):
    for unchecked in (0.5, 1.0):
        bare = metric(grade("#### 12", GOLD, unchecked_steps=unchecked), "steps_valid")
        for claim in ("1 + 1 = 2", "12 + 0 = 12", "12 = 12 * 1"):
            said = grade(f"{claim}\n#### 12", GOLD, unchecked_steps=unchecked)
            assert metric(said, "steps_valid") == bare == unchecked
    assert metric(grade("3 * 4 = 12\n#### 12", GOLD, unchecked_steps=0.5), "steps_valid") == 1.0


def test_nothing_pays_for_a_wrong_answer(grade):
    assert grade("3 * 4 = 12 and 12 + 1 = 13\n#### 13", GOLD).score == 0.0


def test_hashes_mark_the_answer_in_the_middle_of_a_line_too(grade):
    assert grade("It is 12.", "3 * 4 seats. #### 12").score > 0.9
    assert grade("3 * 4 seats, so #### 12", "12").score > 0.9


def test_longer_is_never_better(grade):
    work = "3 * 4 = 12 seats.\n"
    scores = [grade(work + "It is clear. " * n + "\n#### 12", GOLD).score for n in (0, 5, 20, 99)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 1.0
    assert scores[-1] == pytest.approx(0.9)


def test_arithmetic_rows_never_import_sympy():
    event = row("3 * 4 = 12 seats.\nThe answer is $12.", GOLD)
    code = f"""
import sys
from touchstone.templates import get_template
from touchstone.contract import parse
from touchstone.grader import Tools
row = {event!r}
grade = get_template("math_reasoning").customize()(parse([row]).rows[0], Tools())
assert grade.score == 1.0, grade
heavy = {{"sympy", "mpmath", "math_verify", "antlr4", "numpy", "boto3"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_missing_cage_is_a_fault_and_not_a_wrong_answer():
    sample = contract.parse([row("\\boxed{\\ln 8}", "3\\ln 2")]).rows[0]
    assert isinstance(sample, contract.Sample)
    grader = TEMPLATE.customize()
    with pytest.raises(SandboxFault):
        grader(sample, Tools())


def test_numbers_of_roots_need_no_cage():
    for answer, right in (("2\\sqrt{2}", 1.0), ("2\\sqrt{2.0000001}", 0.0)):
        sample = contract.parse([row(f"\\boxed{{{answer}}}", "\\sqrt{8}")]).rows[0]
        assert isinstance(sample, contract.Sample)
        result = TEMPLATE.customize()(sample, Tools())
        assert metric(result, "answer_correct") == right, result.reason


def test_a_call_whose_time_is_over_is_no_wrong_answer(sandbox):
    sample = contract.parse([row("\\boxed{\\ln 8}", "3\\ln 2")]).rows[0]
    assert isinstance(sample, contract.Sample)
    with pytest.raises(DeadlineExceeded):
        TEMPLATE.customize()(sample, Tools(Deadline.after(0), sandbox))


HOSTILE = [
    "\\boxed{10**10**10}", "\\boxed{9**9**9!}", "\\boxed{9^{9^{9^{9}}}}", "x" * 10**6,
    "1" * 10**6, "\\boxed{" + "9" * 10_000 + "}", "\\boxed{" * 8000, "\\frac{" * 3000,
    "answer" + " " * 10**6, "the answer is " * 5000, "#### 1\n" * 5000, "\\[" * 10_000,
    "$" * 60_000, "(" * 50_000, "\\boxed{5" + "!" * 3000 + "}", "\\boxed{2" + "^2" * 1500 + "}",
    "\\boxed{1" + "/2" * 1900 + "}", "\\boxed{" + "-" * 3900 + "1}", "1=1" * 20_000,
    "\\boxed{" + "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}" * 40 + "}",
    "\\boxed{" + "\\pm" * 1900 + "}",
    "\ud800", "\x00", "\\boxed{1e99999}", "\\boxed{\\binom{10^9}{10^8}}", "½" * 60_000,
    "1 " * 60_000,
    "__import__('os').system('id')", "\\boxed{\\log_{0} 5}", "\\boxed{0/0}",
]  # fmt: skip


@pytest.mark.parametrize("reference", ["2", "\\sqrt{2}", "\\{1, 2\\}"])
def test_a_hostile_completion_is_scored_zero(grade, reference):
    for completion in HOSTILE:
        result = grade(completion, reference)
        assert result.score == 0.0, (completion[:40], result.reason)
        assert result.reason
    # And harms no neighbour.
    assert metric(grade("\\boxed{\\sqrt{8}}", "2\\sqrt{2}"), "answer_correct") == 1.0


def test_what_could_not_be_decided_says_so(grade):
    result = grade("\\boxed{\\sin(10^{10^{10}})}", "\\sqrt{2}")
    assert result.score == 0.0
    assert metric(result, "answer_undecided") == 1.0
    assert "was not shown to equal" in result.reason


@pytest.mark.parametrize(
    ("answer", "reference", "right"),
    [
        (r"1,234.\overline{3}", "3703/3", 1.0),
        (r"12,345.6\overline{7}", "1111111/90", 1.0),
        (r"1e5\overline{3}", "3703/3", 0.0),
        (r"1,5\overline{3}", "3703/3", 0.0),
        (r"1.\overline{,}", "3703/3", 0.0),
        (r"1.\overline{٣}", "3703/3", 0.0),
        (r"1.\overline{²}", "3703/3", 0.0),
    ],
)
def test_a_line_over_digits_is_read_or_wrong_and_never_a_fault(grade, answer, reference, right):
    assert metric(grade(f"\\boxed{{{answer}}}", reference), "answer_correct") == right


STRUCTURES = [
    "\\{x=1\\}", "\\{x : x > 2\\}", "\\{\\{1\\}\\}", "\\{(1,2)\\}", "(1,2)", "[1,2)", "x>2", "1,2",
    "\\{1,2\\}", "(1,2)\\cup(3,4)", "\\mathbb{R}", "x=1", "\\begin{pmatrix}1\\\\2\\end{pmatrix}",
    "\\emptyset", "1:2", "\\pm 1", "x=1,y=2", "\\{x \\mid x > 2\\}", "\\{\\}", "()", "|x|<3",
]  # fmt: skip


@pytest.mark.parametrize("answer", STRUCTURES)
def test_any_structure_is_compared_with_any_other(grade, answer):
    for reference in STRUCTURES:
        result = grade(f"I do not know. \\boxed{{{answer}}}", reference)
        assert metric(result, "answer_correct") in (0.0, 1.0)
        assert answer != reference or result.score > 0.9


@pytest.mark.parametrize(
    "end", ["1 2\n3 4", "So it is:\n```\n1 2\n3 4\n```", "\\boxed{[1 2; 3 4]}"]
)
def test_a_grid_is_never_its_last_number(grade, end):
    assert metric(grade(end, "1 2\n3 4"), "answer_correct") == 1.0
    assert grade(end, "4").score == 0.0
    assert grade("\\boxed{4}", "1 2\n3 4").score == 0.0


def test_the_language_of_a_completion_can_be_set(grade):
    assert metric(grade("\\boxed{1.250}", "1250", locale="de"), "answer_correct") == 1.0
    assert grade("\\boxed{1.250}", "1250").score == 0.0


def test_a_row_that_breaks_its_cage_harms_no_row_after_it(sandbox):
    right, endless = "\\boxed{\\sqrt{8}}", "\\boxed{\\sin(10^{10^{10}})}"
    said = [right, endless, right, endless, right]
    events = [row(text, "2\\sqrt{2}", "Solve.", id=str(n)) for n, text in enumerate(said)]
    with TEMPLATE.customize().batch(Tools(Deadline.after(120), sandbox)) as graded:
        samples = [one for one in contract.parse(events).rows if isinstance(one, contract.Sample)]
        found = [metric(graded(one, Deadline.after(60)), "answer_correct") for one in samples]
    assert found == [1.0, 0.0, 1.0, 0.0, 1.0]
