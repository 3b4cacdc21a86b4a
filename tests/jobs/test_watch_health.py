"""A run that goes wrong is told in words; one that goes well is left in peace."""

import pytest

from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.history import History
from touchstone.workbench.jobs.watch.signs import signs


def history(**series):
    names = {
        "reward": m.REWARD, "flat": m.FLAT, "unscored": m.UNSCORED, "entropy": m.ENTROPY,
        "length": m.LENGTH, "validation": m.VALIDATION,
    }  # fmt: skip
    steps = {}
    for name, values in series.items():
        for step, value in enumerate(values, 1):
            if value is not None:
                steps.setdefault(step, {})[names[name]] = value
    return History(steps)


def kinds(**series):
    return [sign.kind for sign in signs(history(**series))]


RISING = [0.2 + 0.02 * step for step in range(30)]


def test_a_healthy_run_has_no_signs():
    assert kinds(
        reward=RISING,
        flat=[0.2] * 30,
        unscored=[0.0] * 30,
        entropy=[1.0 - 0.02 * step for step in range(30)],
        length=[100 + step for step in range(30)],
        validation=[None if step % 10 else 0.1 + step / 50 for step in range(30)],
    ) == []  # fmt: skip
    assert signs(History()) == []


@pytest.mark.parametrize(
    ("kind", "series"),
    [
        ("unscored", {"unscored": [0.0] * 5 + [0.06, 0.2, 0.1]}),
        ("no_signal", {"reward": [0.0] * 8}),
        ("solved", {"reward": [0.97] * 6}),
        ("plateau", {"reward": [0.1] * 25}),
        ("plateau", {"reward": [0.5] * 25}),
        ("flat_groups", {"flat": [0.2] * 5 + [0.7] * 5}),
        ("entropy", {"entropy": [1.0] * 5 + [0.02] * 5}),
        ("length", {"length": [100.0] * 5 + [250.0] * 5, "reward": [0.3] * 10}),
        (
            "validation",
            {"reward": RISING, "validation": [None] * 9 + [0.5] + [None] * 9 + [0.4, 0.3]},
        ),
    ],
)
def test_each_sign_is_seen_and_says_its_rule_and_source(kind, series):
    found = [sign for sign in signs(history(**series)) if sign.kind == kind]
    assert len(found) == 1
    assert found[0].message
    assert found[0].rule
    assert found[0].source


@pytest.mark.parametrize(
    "series",
    [
        {"unscored": [0.2, 0.2, 0.01]},  # it passed
        {"reward": [0.0] * 4},  # too early to tell
        {"reward": [0.0] * 6 + [0.1]},  # it began to learn
        {"reward": RISING + [0.99] * 25},  # there is nothing left to gain
        {"flat": [0.8] * 10},  # it always was so: the plan's matter, not the run's
        {"entropy": [1.0] * 5 + [0.02]},  # a single step
        {"length": [100.0] * 5 + [250.0] * 5, "reward": [0.3] * 5 + [0.6] * 5},  # it pays
        {"reward": RISING, "validation": [None] * 9 + [0.5] + [None] * 9 + [0.4]},  # one dip
    ],
)
def test_what_is_no_sign_is_not_told(series):
    assert kinds(**series) == []


def test_a_plateau_that_is_low_names_the_services_own_rule():
    low, high = (signs(history(reward=[level] * 25))[0] for level in (0.1, 0.5))
    assert "Bedrock" in low.source
    assert "Bedrock" not in high.source
