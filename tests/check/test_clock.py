"""What each probe may take of a check's time and money, on a clock that the test sets."""

import types

import pytest

from touchstone.workbench.check.cases import Case
from touchstone.workbench.check.probes import PROBES, Probe
from touchstone.workbench.check.run import run
from touchstone.workbench.check.subject import Subject

TURNS = [{"role": "user", "content": "Capital of Norway?"}]
CASE = Case({"messages": TURNS, "reference_answer": "Oslo"}, "Oslo")
CONTRACT = next(probe for probe in PROBES if probe.name == "contract")


@pytest.fixture
def check(monkeypatch):
    """Runs the contract probe, then one that does nothing; a row takes some seconds and USD."""
    now = [100.0]
    clock = types.SimpleNamespace(monotonic=lambda: now[0])
    for module in ("run", "subject", "probes.contract"):
        monkeypatch.setattr(f"touchstone.workbench.check.{module}.time", clock)

    def checked(seconds, *, row_s=0.0, row_usd=0.0, budget=None):
        def backend(event):
            listed = event if isinstance(event, list) else []
            now[0] += row_s * max(1, len(listed))
            cost = {"name": "judge_cost_usd", "value": row_usd, "type": "Metric"}
            ids = [row.get("id") if isinstance(row, dict) else None for row in listed]
            return [
                {"id": one, "aggregate_reward_score": 0.5, "metrics_list": [cost]} for one in ids
            ]

        def last(subject):
            left.append(subject.left)
            return iter(())

        def timed(event, _):
            began = now[0]
            reply = backend(event)
            now[0] = min(now[0], began + 1.0)
            return reply

        left = []
        subject = Subject("theirs", backend, backend, [CASE], timed, budget_usd=budget)
        subject.stranger = True
        found = run(subject, seconds, [CONTRACT, Probe("last", "", last)])
        return subject, {one.probe: one for one in found}, left[0]

    return checked


def test_a_slow_grader_leaves_the_probes_after_the_contract_their_share(check):
    # Three rows an event, a second each: one event may begin before the clock is looked at again.
    _, found, left = check(60, row_s=1.0)
    assert left >= 60 - 30 - 3
    assert found["contract:forms"].status == "holds"
    assert found["contract:time"].status == "not_tried"
    assert found["contract:time"].said == "its time was over"


def test_a_part_that_was_cut_short_says_how_many_events_are_missing(check):
    _, found, _ = check(12, row_s=1.0)
    forms = found["contract:forms"]
    assert (forms.status, forms.tried) == ("holds", 1)
    assert forms.said.endswith("; 2 more were not tried: its time was over")


def test_the_large_batch_fits_into_what_is_left(check):
    subject, found, left = check(300, row_s=1.0)
    assert found["contract:size"].seen["rows"] < 24
    assert left > 100
    assert subject.rows < 300
    _, found, _ = check(300)
    assert found["contract:size"].seen["rows"] > 200


def test_what_judges_cost_for_the_contract_counts_and_ends_it(check):
    subject, found, _ = check(60, row_usd=0.01, budget=0.1)
    assert 0.1 <= subject.usd < 0.14
    assert "budget of 0.1 USD" in found["contract:rows"].said


def test_without_a_budget_nothing_is_asked(check):
    subject, found, _ = check(60, row_usd=0.01, budget=0)
    assert subject.rows == 0
    assert found["contract"].status == "not_tried"
