"""Could not score is never a score: every kind of fault, and what fills its number."""

import threading
import time

import pytest

from tests.support import exact, grade_exact, reply_to, row, template
from touchstone.deadline import Deadline
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.outcomes import (
    BadSample,
    DeadlineExceeded,
    Grade,
    GraderError,
    JudgeFault,
    Metric,
    SandboxFault,
    UserCodeError,
)


def failing(error, when="boom"):
    """Grades exactly, but raises ``error`` for the completion ``when``."""

    def grade(sample, settings, tools):
        if sample.completion == when:
            raise error
        return grade_exact(sample, settings, tools)

    return template(grade)


OURS = JudgeFault("x", blame="ours")


def scores(reply):
    return [entry["aggregate_reward_score"] for entry in reply]


def unscored_kind(entry):
    names = [m["name"] for m in entry["metrics_list"]]
    return next((n.removeprefix("unscored_") for n in names if n.startswith("unscored_")), None)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (GraderError("x", blame="ours"), "grader_error"),
        (UserCodeError("x", blame="ours"), "user_code_error"),
        (SandboxFault("x", blame="ours"), "sandbox_fault"),
        (JudgeFault("x", blame="ours"), "judge_fault"),
        (DeadlineExceeded("x", blame="ours"), "deadline"),
        (BadSample("x"), "bad_sample"),
    ],
)
def test_a_fault_is_unscored_with_its_kind_and_its_neighbours_are_right(error, kind):
    reply = reply_to([row("yes"), row("boom"), row("no")], failing(error).customize())

    assert scores(reply) == [1.0, 0.5, 0.0]
    assert [unscored_kind(entry) for entry in reply] == [None, kind, None]
    assert {"name": "unscored", "value": 1.0, "type": "Metric"} in reply[1]["metrics_list"]


@pytest.mark.parametrize("error", [SandboxFault("x"), JudgeFault("x"), DeadlineExceeded("x")])
def test_a_fault_that_nothing_can_tell_the_cause_of_takes_no_more_than_the_lowest_sibling(error):
    reply = reply_to([row("yes"), row("boom"), row("no")], failing(error).customize())

    assert scores(reply) == [1.0, 0.0, 0.0]
    assert unscored_kind(reply[1]) == error.kind


@pytest.mark.parametrize("policy", ["siblings", "neutral"])
def test_the_lowest_sibling_bounds_every_policy(policy):
    grader = failing(DeadlineExceeded("x")).customize(unscored=policy, neutral=0.9)
    assert scores(reply_to([row("yes"), row("boom"), row("no")], grader))[1] == 0.0
    assert scores(reply_to([row("boom"), row("yes", prompt="?")], grader))[0] == 0.9


def test_where_the_prompt_has_no_other_rollout_the_lowest_of_the_call_bounds_it():
    grader = failing(DeadlineExceeded("x")).customize()
    event = [row("boom", prompt="A?"), row("yes"), row("no")]
    assert scores(reply_to(event, grader)) == [0.0, 1.0, 0.0]


def test_a_fault_takes_the_mean_of_its_own_prompts_scored_rollouts():
    grader = failing(OURS).customize()
    mine = [row("yes"), row("yes"), row("no"), row("boom")]
    others = [row("no", prompt="Other?"), row("no", "maybe")]

    assert scores(reply_to([*mine, *others], grader))[3] == pytest.approx(2 / 3)


def test_without_a_scored_sibling_the_number_is_neutral():
    grader = failing(OURS).customize(bounds=[-1, 1])
    event = [row("boom", prompt="A?"), row("yes"), row("yes")]

    assert scores(reply_to(event, grader))[0] == 0.0
    grader = failing(OURS).customize(neutral=0.25)
    assert scores(reply_to(event, grader))[0] == 0.25


def test_the_neutral_policy_ignores_siblings():
    grader = failing(OURS).customize(unscored="neutral")
    assert scores(reply_to([row("yes"), row("boom"), row("yes")], grader)) == [1.0, 0.5, 1.0]


def test_the_raise_policy_raises_on_one_fault_but_not_on_none():
    grader = failing(OURS).customize(unscored="raise")
    assert scores(reply_to([row("yes")], grader)) == [1.0]
    with pytest.raises(FaultBudgetExceeded, match=r"1 of 9 rows .*judge_fault: 1"):
        reply_to([row("boom"), *[row("yes")] * 8], grader)


@pytest.mark.parametrize(
    ("faults", "good", "raises"),
    [
        (1, 0, True),
        (1, 1, False),
        (2, 1, False),
        (3, 0, True),
        (2, 2, False),
        (3, 2, True),
        (3, 1, True),
    ],
)
def test_the_fault_budget(faults, good, raises):
    event = [row("boom")] * faults + [row("yes")] * good
    grader = failing(SandboxFault("x")).customize()
    if raises:
        with pytest.raises(FaultBudgetExceeded, match=f"{faults} of {faults + good} rows"):
            reply_to(event, grader)
    else:
        assert len(reply_to(event, grader)) == faults + good


def test_preflight_rows_never_count_against_the_budget():
    preflight = {"messages": [{"role": "user", "content": "Is it?"}], "reference_answer": "yes"}
    assert len(reply_to([preflight] * 10)) == 10
    assert len(reply_to([preflight] * 9 + [row("yes")])) == 10
    with pytest.raises(FaultBudgetExceeded, match="1 of 1 rows"):
        reply_to([preflight] * 9 + [row("boom")], failing(SandboxFault("x")).customize())


def test_a_batch_without_references_raises_and_names_the_field():
    with pytest.raises(FaultBudgetExceeded, match="reference_answer"):
        reply_to([row("yes", None), row("no", None)])


@pytest.mark.parametrize(
    ("name", "named"),
    [("refrence_answer", True), ("referenceAnswer", True), ("Reference", True),
     ("preference", False), ("answer", False), ("reference_url", False)],
)  # fmt: skip
def test_a_field_that_the_reference_seems_to_stand_in_is_named(name, named):
    with pytest.raises(FaultBudgetExceeded) as caught:
        reply_to([row("yes", None) | {name: "yes"}])
    assert (f"the row has {name!r}, which is not read" in str(caught.value)) is named


def test_the_error_tells_of_the_commonest_kind():
    grader = failing(SandboxFault("no cage")).customize()
    with pytest.raises(FaultBudgetExceeded, match="sandbox_fault, first: no cage"):
        reply_to([row("yes", None), row("boom"), row("boom")], grader)


def test_the_error_never_quotes_what_an_unexpected_exception_said():
    def broken(sample, settings, tools):
        raise ValueError("secret customer text")

    with pytest.raises(FaultBudgetExceeded) as caught:
        reply_to([row("boom")], template(broken).customize())
    assert "secret" not in str(caught.value)
    assert "ValueError" in str(caught.value)


@pytest.mark.parametrize(
    "grade",
    [
        Grade(float("nan")),
        Grade(float("inf")),
        Grade(1.01),
        Grade(-0.01),
        Grade("1"),  # type: ignore[arg-type]
        Grade(True),
        Grade(0.5, (Metric("m", float("nan")),)),
        Grade(0.5, (Metric("m", None),)),  # type: ignore[arg-type]
        0.5,
        None,
    ],
)
def test_the_gate_refuses_what_is_no_number_inside_the_bounds(grade):
    def bad(sample, settings, tools):
        return grade if sample.completion == "boom" else grade_exact(sample, settings, tools)

    reply = reply_to([row("boom"), row("yes")], template(bad).customize(), explain=True)

    assert "grader_error: " in reply[0]["reason"]
    assert scores(reply) == [0.0, 1.0]  # only this completion has such a grade


def test_a_row_that_hangs_is_unscored_and_the_call_answers_before_its_deadline():
    release = threading.Event()

    def hang(sample, settings, tools):
        if sample.completion == "boom":
            release.wait(60)
        return grade_exact(sample, settings, tools)

    started = time.monotonic()
    try:
        reply = reply_to(
            [row("boom"), row("yes"), row("no")],
            template(hang).customize(concurrency=2),
            deadline=Deadline.after(0.3),
        )
    finally:
        release.set()

    assert [unscored_kind(entry) for entry in reply] == ["deadline", None, None]
    assert time.monotonic() - started < 30  # it did not wait for the row


def test_rows_that_never_started_are_unscored_too():
    with pytest.raises(FaultBudgetExceeded, match="deadline: 5"):
        reply_to([row("yes")] * 5, deadline=Deadline.after(-1))


class Context:
    def __init__(self, milliseconds):
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self):
        return self.milliseconds


@pytest.mark.parametrize(("remaining", "least", "most"), [(60_000, 58, 58.6), (1_000, 0.7, 0.81)])
def test_the_deadline_keeps_time_back_to_answer_in(remaining, least, most):
    assert least < Deadline.of_lambda(Context(remaining)).left() < most
    assert Deadline.of_lambda(None).left() == float("inf")


def test_explain_adds_outcome_and_reason():
    reply = reply_to(
        [row("boom"), row("no")], failing(JudgeFault("no verdict")).customize(), explain=True
    )
    assert [entry["outcome"] for entry in reply] == ["unscored:judge_fault", "scored"]
    assert reply[0]["reason"] == "judge_fault: no verdict"
    assert "outcome" not in reply_to([row("no")], exact())[0]


def test_the_observer_sees_closed_counts_even_when_the_call_raises():
    seen = []
    with pytest.raises(FaultBudgetExceeded):
        reply_to([row("x", None)] * 3, observe=lambda batch, results: seen.append(len(results)))
    assert seen == [3]


def test_a_fault_is_one_visible_line_whatever_a_completion_put_into_it():
    detail = BadSample("no module 'a\n[ERROR] forged \x1b[2J\u202e'" + "x" * 5000).fault().detail
    assert "\n" not in detail
    assert detail.startswith("no module 'a [ERROR] forged ⟨U+001B⟩[2J⟨U+202E⟩'")
    assert len(detail) < 1200


@pytest.mark.parametrize("returned", [{}, {"exact_match": 1.0, "more": 1.0}, {"exactmatch": 1.0}])
def test_criteria_that_are_not_those_declared_leave_the_row_unscored(returned):
    def grade(_sample, _settings, _tools):
        return Grade(1.0, tuple(Metric(name, value, "Reward") for name, value in returned.items()))

    with pytest.raises(
        FaultBudgetExceeded, match=r"returned the criteria .*declared are exact_match"
    ):
        reply_to([row("yes")], template(grade).customize())


def _threads_left(monkeypatch, count):
    """Lets the system have so many threads more, and then none."""
    start, started = threading.Thread.start, []

    def scarce(thread):
        if len(started) >= count:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)


def test_a_machine_with_few_threads_left_grades_with_those(monkeypatch):
    _threads_left(monkeypatch, 1)
    results = reply_to([row("yes")] * 20, exact(concurrency=8))
    assert [result["aggregate_reward_score"] for result in results] == [1.0] * 20


def test_a_machine_without_a_thread_scores_nothing(monkeypatch):
    _threads_left(monkeypatch, 0)
    with pytest.raises(OSError, match="no thread to grade in"):
        reply_to([row("yes")] * 3, exact(concurrency=8))
