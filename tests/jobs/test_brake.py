"""The brake: when a job is stopped by itself, and when it is not."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchstone.workbench.jobs.folder import JobFolder, State
from touchstone.workbench.jobs.spec import Brake, Data, Grader, Job
from touchstone.workbench.jobs.watch.brake import decide

FLAT, UNSCORED, SPEND = "touchstone/flat_groups", "touchstone/unscored", "touchstone/spend_usd"


@pytest.fixture
def folder(tmp_path):
    folder = JobFolder(tmp_path / "job")
    folder.begin(State(name="job", service="local", status="InProgress"), "")
    return folder


def decided(folder, brake, now=None):
    job = Job(name="job", data=Data(train="x"), grader=Grader(name="x"), brake=brake)
    return decide(job, folder, now) or ""


def steps(folder, name, values):
    for step, value in enumerate(values, 1):
        folder.add_metrics(step, {} if value is None else {name: value})


def test_without_rules_nothing_stops_a_job(folder):
    steps(folder, FLAT, [1.0] * 50)
    assert decided(folder, Brake(), datetime.now(UTC) + timedelta(days=900)) == ""


@pytest.mark.parametrize(("key", "name"), [("flat_share", FLAT), ("unscored_share", UNSCORED)])
@pytest.mark.parametrize(
    ("values", "stops"),
    [
        ([0.9, 0.9, 0.9], True),
        ([0.9, 0.9], False),
        ([0.9, 0.9, 0.5], False),
        ([0.9, 0.5, 0.9, 0.9], False),
        ([0.1, 0.9, None, 0.9, None, 0.9], True),
        ([0.8, 0.8, 0.8], False),
        ([], False),
    ],
)
def test_a_share_counts_after_patience_steps_above_it(folder, key, name, values, stops):
    steps(folder, name, values)
    reason = decided(folder, msgspec.convert({key: 0.8}, Brake))
    assert (key in reason) == stops
    if stops:
        assert "80.0%" in reason
        assert "3 steps" in reason


def test_money_counts_as_it_stands_now_and_only_if_it_is_known(folder):
    brake = Brake(max_usd=5)
    steps(folder, FLAT, [0.1])
    assert decided(folder, brake) == ""
    steps(folder, SPEND, [2, 5.0])
    assert decided(folder, brake) == ""
    folder.add_metrics(3, {SPEND: 5.01})
    assert decided(folder, brake) == ("$5.01 spent on graders and judges, more than $5.00: max_usd")


def test_hours_count_from_when_the_job_was_asked_for(folder):
    begun = datetime.fromisoformat(folder.state().created)
    assert decided(folder, Brake(max_hours=2), begun + timedelta(hours=2)) == ""
    assert "max_hours" in decided(folder, Brake(max_hours=2), begun + timedelta(hours=2.1))


@given(st.lists(st.floats(0, 1), max_size=8), st.floats(0.01, 1), st.integers(1, 4))
def test_a_job_stops_only_while_every_recent_step_is_above_the_limit(
    tmp_path_factory, values, limit, patience
):
    folder = JobFolder(tmp_path_factory.mktemp("brake"))
    folder.begin(State(name="job", service="local"), "")
    steps(folder, FLAT, values)
    recent = values[-patience:]
    expected = len(recent) == patience and all(value > limit for value in recent)
    reason = decided(folder, Brake(flat_share=limit, patience=patience))
    assert bool(reason) == expected
