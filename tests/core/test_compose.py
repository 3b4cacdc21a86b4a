"""From criteria to the aggregate, and what a composition may not say."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.config import load_entries
from touchstone.outcomes import GraderError, WrongCriteria
from touchstone.scoring.compose import check_composition, compose, counted
from touchstone.scoring.formula import Formula, FormulaError
from touchstone.settings import GraderSettings, SettingsError
from touchstone.templates import load_grader, template_names

ENTRIES = Path(__file__).parents[2] / "graders.toml"
CRITERIA = {"right": 0.5, "style": 1.0, "rude": 1.0}


def score(criteria=None, **settings):
    made = GraderSettings(**settings)
    check_composition(made, tuple(CRITERIA), "g")
    return compose(criteria or CRITERIA, made).score


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"weights": {"right": 1.0}}, 0.5),
        ({"weights": {"right": 3.0, "style": 1.0}}, 0.625),
        ({"weights": {"right": 1.0, "style": 1.0}, "gates": {"style": "right"}}, 0.25),
        ({"weights": {"right": 1.0, "style": 1.0}, "gates": {"style": "right >= 0.5"}}, 0.75),
        ({"weights": {"right": 1.0}, "must_have": ["style"]}, 0.5),
        ({"weights": {"right": 1.0}, "must_have": ["right"]}, 0.0),
        ({"weights": {"right": 1.0}, "must_have": ["right"], "bounds": (-1.0, 1.0)}, -1.0),
        ({"weights": {"right": 1.0, "rude": -0.4}}, 0.1),
        ({"weights": {"right": 1.0, "rude": -2.0}}, 0.0),
        ({"weights": {"right": 1.0, "rude": -2.0}, "bounds": (-1.0, 1.0)}, -1.0),
        ({"formula": "right ^ 2"}, 0.25),
        ({"formula": "min(right, style) - 0.1 * rude"}, 0.4),
        ({"formula": "style * right", "gates": {"style": "right"}}, 0.0),
        ({"formula": "right * 5", "bounds": (1.0, 5.0)}, 2.5),
        ({"formula": "right * 100"}, 1.0),
    ],
)
def test_aggregate(settings, expected):
    assert score(**settings) == pytest.approx(expected)


def test_criteria_are_rewards_and_a_shut_gate_is_said():
    settings = GraderSettings(weights={"style": 1.0, "right": 1.0}, gates={"style": "right"})
    grade = compose(CRITERIA, settings)
    assert [(m.name, m.value, m.type) for m in grade.metrics][:2] == [
        ("right", 0.5, "Reward"),
        ("style", 1.0, "Reward"),
    ]
    assert "style" in grade.reason


@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan, math.inf])
def test_a_criterion_outside_its_range_is_the_graders_error(value):
    with pytest.raises(GraderError, match="right"):
        score({**CRITERIA, "right": value}, weights={"right": 1.0})


@pytest.mark.parametrize(
    "settings",
    [
        {"weights": {"right": 1.0, "tone": 1.0}},
        {"weights": {"right": 1.0, "rude": -1.0, "tone": -0.5}},
        {"weights": {"right": 1.0}, "gates": {"right": "tone >= 0.5"}},
        {"weights": {"right": 1.0}, "must_have": ["tone"]},
        {"formula": "min(right, tone)"},
    ],
)
def test_a_criterion_that_counts_but_is_not_returned_is_the_graders_error(settings):
    with pytest.raises(GraderError, match=r"returned the criteria right, rude, style; .*tone"):
        compose(CRITERIA, GraderSettings(**settings))


@pytest.mark.parametrize(
    "settings",
    [
        {"weights": {"right": 1.0, "tone": 0.0}},
        {"weights": {"tone": 1.0}, "formula": "right"},
        {"weights": {"right": 1.0}, "gates": {"tone": "right"}},
    ],
)
def test_a_criterion_that_does_not_count_may_be_left_out(settings):
    assert compose(CRITERIA, GraderSettings(**settings)).score == 0.5


@pytest.mark.parametrize("name", [*template_names(), *load_entries(ENTRIES)])
def test_no_grader_can_forget_a_criterion_that_counts(name):
    grader = load_grader(name, ENTRIES)
    criteria = dict.fromkeys(grader.template.criteria, 1.0)
    assert math.isfinite(compose(criteria, grader.settings).score)
    for forgotten in counted(grader.settings):
        rest = {name: value for name, value in criteria.items() if name != forgotten}
        with pytest.raises(WrongCriteria, match=f"those that count are .*{forgotten}"):
            compose(rest, grader.settings)


def test_a_formula_without_a_finite_value_is_the_graders_error():
    for formula in ("1 / (right - 0.5)", "log(right - 0.5)", "exp(exp(exp(10)))", "sqrt(0 - 1)"):
        with pytest.raises(GraderError, match="formula"):
            score(formula=formula)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weights": {"stile": 1.0}}, "weights: 'stile' is no criterion; did you mean 'style'"),
        ({"weights": {"right": 1.0}, "gates": {"style": "rihgt"}}, "did you mean 'right'"),
        ({"weights": {"right": 1.0}, "gates": {"style": "right > 1"}}, "is not 'criterion'"),
        ({"weights": {"right": 1.0}, "must_have": ["nothing"]}, "must_have: 'nothing'"),
        ({"weights": {}}, "one must be positive"),
        ({"weights": {"right": -1.0}}, "one must be positive"),
        ({"weights": {"right": math.inf}}, "finite"),
        ({"weights": {"right": 1.0}, "bounds": (1.0, 0.0)}, "bounds"),
        ({"weights": {"right": 1.0}, "neutral": 2.0}, "neutral"),
        ({"formula": "rigth + 1"}, "did you mean 'right'"),
        ({"formula": "__import__('os')"}, "not allowed"),
        ({"formula": "right.real"}, "not allowed"),
        ({"formula": "right if style else 0"}, "not allowed"),
        ({"formula": "min(right)"}, "at least 2"),
        ({"formula": "True + right"}, "not numbers"),
        ({"formula": "right +"}, "cannot be read"),
        ({"formula": "(" * 500 + "1" + ")" * 500}, "formula"),
        ({"formula": "1+" * 600 + "1"}, "longer"),
    ],
)
def test_a_wrong_composition_is_refused(settings, message):
    with pytest.raises(SettingsError, match="g: ") as caught:
        score(**settings)
    assert message in str(caught.value)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 10), st.floats(-10, 10))
def test_the_aggregate_stays_in_bounds_and_never_falls_when_a_weighted_criterion_rises(a, b, v, w):
    settings = GraderSettings(weights={"right": v, "style": w})
    low, high = sorted((a, b))
    one = compose({"right": low, "style": 0.5}, settings).score
    two = compose({"right": high, "style": 0.5}, settings).score
    assert 0.0 <= one <= two <= 1.0


@given(st.text(max_size=60))
def test_any_formula_is_read_or_refused(text):
    try:
        formula = Formula.parse(text)
        formula.check(CRITERIA)
        assert math.isfinite(formula.value(CRITERIA))
    except FormulaError:
        pass
