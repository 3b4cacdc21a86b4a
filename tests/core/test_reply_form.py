"""The setting ``reply``: the form of an answer, whatever the form of its event."""

import json

import pytest

from tests.support import EXACT, exact, reply_to, row
from touchstone.adapters import trl_reward, verl_score
from touchstone.contract import entries_of
from touchstone.settings import SettingsError
from touchstone.workbench.grading.backends import InProcess

ROWS = [row("yes", id=1), row("no", id=2)]
EVENTS = {
    "list": ROWS,
    "lone": ROWS[0],
    "wrapped": {"batch": ROWS},
    "envelope": {"body": json.dumps(ROWS)},
    "article": {"output": "yes", "reference_answer": "yes"},
}
each_event = pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)


@each_event
def test_a_list_is_answered_to_any_event(event):
    reply = reply_to(event, exact(reply="list"))

    assert [entry["aggregate_reward_score"] for entry in reply] == [1.0, 0.0][: len(reply)]


@each_event
def test_an_envelope_holds_the_list_that_would_be_answered(event):
    reply = reply_to(event, exact(reply="envelope"))

    assert reply["statusCode"] == 200
    assert json.loads(reply["body"]) == reply_to(event, exact(reply="list"))


@each_event
def test_by_default_the_event_decides(event):
    assert reply_to(event, exact(reply="auto")) == reply_to(event, EXACT.customize())


@each_event
def test_the_results_are_read_out_of_either_form(event):
    listed, wrapped = (reply_to(event, exact(reply=form)) for form in ("list", "envelope"))

    assert entries_of(listed) == entries_of(wrapped) == listed


def test_a_form_that_is_none_is_refused():
    with pytest.raises(SettingsError, match="setting 'reply': Invalid enum value 'http'"):
        exact(reply="http")


def test_who_grades_in_this_process_gets_results_whatever_is_set():
    grader = exact(reply="envelope")

    assert trl_reward(grader)(["p"], ["yes"], reference_answer=["yes"]) == [1.0]
    assert verl_score(grader)("house", "yes", "yes")["score"] == 1.0
    with InProcess(grader) as backend:
        assert [entry["id"] for entry in backend(ROWS)] == [1, 2]
