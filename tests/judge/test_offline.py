"""The offline judge: deterministic, clearly a stand-in, and not paid by hollow text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.judge.rubrics import QUALITY, RUBRIC, TWO, request
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.judge import Criterion, Level, Rubric, make_judge, yes_no
from touchstone.outcomes import JudgeFault

JUDGE = make_judge("offline")
GOOD = "The capital of Norway is the city of Oslo, which lies at the head of a fjord in the south."


def value(completion, rubric=RUBRIC):
    return JUDGE.verdict(rubric, request(completion), Deadline()).values["quality"]


def test_every_result_says_that_it_is_a_stand_in():
    verdict = JUDGE.verdict(TWO, request(GOOD), Deadline())
    assert verdict.judge == "offline"
    assert verdict.stand_in
    assert "stand-in" in verdict.reason
    names = {metric.name: metric.value for metric in verdict.metrics()}
    assert names == {"judge_directed_text": 0.0, "judge_offline": 1.0}


@pytest.mark.parametrize(
    "nothing", ["yes", "the the the the the", "Thought process:", QUALITY.levels[2].description * 3]
)
def test_hollow_text_earns_what_an_empty_one_does(nothing):
    assert value(nothing) == value("") == 0.0
    assert value(GOOD) == 1.0


def test_a_copy_of_the_task_earns_less_than_an_answer():
    task = request().task
    assert value(f"{task} {task} {task}") < value(GOOD)


def test_a_criterion_brings_its_own_measure():
    polite = yes_no("polite", "Polite?", offline=lambda asked: "please" in asked.completion)
    verdicts = [
        JUDGE.verdict(Rubric("r", (polite,)), request(text), Deadline()).levels["polite"]
        for text in ("Take a seat, please.", "Take a seat right now.")
    ]
    assert verdicts == ["yes", "no"]


def test_a_measure_of_its_own_is_the_value_and_the_level_the_nearest_or_the_lower_of_two():
    levels = (Level("some", "Some.", 0.2), Level("most", "Most.", 0.8))

    def graded(by):
        measured = Criterion("quality", "?", levels, offline=lambda asked: by)
        verdict = JUDGE.verdict(Rubric("r", (measured,)), request(GOOD), Deadline())
        return verdict.values["quality"], verdict.levels["quality"]

    assert [graded(by) for by in (0.0, 0.3, 0.5, 0.6, 1.0)] == [
        (0.2, "some"),
        (0.3, "some"),
        (0.5, "some"),
        (0.6, "most"),
        (0.8, "most"),
    ]


@given(st.text(max_size=300))
def test_any_text_gets_an_offered_level_and_always_the_same(text):
    assert value(text) in {level.value for level in QUALITY.levels}
    assert value(text) == value(text)


def test_a_grader_without_a_judge_says_so():
    with pytest.raises(JudgeFault):
        Tools().need_judge()
    assert Tools(judge=JUDGE).need_judge() is JUDGE
