"""Whole batches through the pipeline, with a judge that fails as services do."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.judge.converse_server import Choose, Fail, Give, Hang, Say, Stop, best, throttled
from tests.judge.rubrics import BEDROCK, RUBRIC
from tests.support import row, template
from touchstone.deadline import Deadline
from touchstone.grader import Tools
from touchstone.judge import JudgeOptions, JudgeRequest, NoVerdict, make_judge
from touchstone.outcomes import DeadlineExceeded
from touchstone.pipeline import answer
from touchstone.scoring.compose import compose


def grade_judged(sample, settings, tools):
    verdict = tools.need_judge().verdict(
        RUBRIC, JudgeRequest(sample.prompt, sample.completion), tools.deadline
    )
    criteria = {"exact_match": verdict.values["quality"]}
    return compose(criteria, settings, metrics=verdict.metrics(), reason=verdict.reason)


def replies(rows, seconds=60.0, options=None, **settings):
    grader = template(grade_judged).customize(concurrency=32, **settings)
    judge = make_judge(BEDROCK, options or JudgeOptions())
    tools = Tools(Deadline.after(seconds), judge=judge)
    return answer(rows, grader, tools, explain=True)


def rows(count):
    return [row(f"Answer number {n} to a question.", prompt=f"Question {n}?") for n in range(count)]


def metric(reply, name):
    return sum(m["value"] for m in reply["metrics_list"] if m["name"] == name)


def test_a_batch_is_fully_scored_though_three_calls_in_ten_are_throttled(serve):
    server = serve(throttled(3))
    results = replies(rows(64))
    assert {reply["outcome"] for reply in results} == {"scored"}
    assert {reply["aggregate_reward_score"] for reply in results} == {1.0}
    refused = len(server.asked) - 64
    assert refused > 0
    assert sum(metric(reply, "judge_calls") for reply in results) == len(server.asked)
    assert sum(metric(reply, "judge_input_tokens") for reply in results) == 64 * 120


def test_rows_whose_judge_hangs_are_unscored_and_the_rest_are_right(serve):
    serve(lambda asked: Hang() if "number 3 " in asked.text else best(asked))
    results = replies(rows(8), seconds=3.0)
    outcomes = [reply["outcome"] for reply in results]
    assert outcomes == ["scored"] * 3 + ["unscored:judge_fault"] + ["scored"] * 4
    assert metric(results[3], "unscored") == 1.0


def test_a_bad_answer_to_one_completion_alone_is_its_own_doing_and_no_other_row_s(serve):
    bad = {
        1: Stop("max_tokens"),
        2: Stop("content_filtered"),
        3: Say("no idea"),
        4: Give({"reason": "x", "quality": 0.5}),
        5: Give({"reason": "x", "quality": "Good"}),
        6: Fail(403, "AccessDeniedException"),
    }

    def script(asked):
        for number, action in bad.items():
            if f"number {number} " in asked.text:
                return action
        return best(asked)

    serve(script)
    results = replies(rows(16), unscored="neutral", neutral=0.25)
    for number, reply in enumerate(results):
        expected = ("scored", 0.0) if number in bad else ("scored", 1.0)
        if number == 6:
            # A gateway refuses by what a text says, or permissions have changed: who can tell?
            expected = ("unscored:judge_fault", 0.0)
        assert (reply["outcome"], reply["aggregate_reward_score"]) == expected


def test_a_worst_verdict_is_a_score_and_no_fault(serve):
    serve(lambda asked: Choose({"quality": "poor"}))
    (reply,) = replies(rows(1))
    assert (reply["outcome"], reply["aggregate_reward_score"]) == ("scored", 0.0)


def test_identical_rollouts_are_asked_once_and_paid_once(serve):
    everyone_waits = threading.Event()

    def script(asked):
        everyone_waits.wait(0.2)
        return best(asked)

    server = serve(script)
    results = replies([row("The same answer.")] * 64)
    assert len(server.asked) == 1
    assert {reply["aggregate_reward_score"] for reply in results} == {1.0}
    assert sum(metric(reply, "judge_calls") for reply in results) == 1


def test_a_fault_is_not_kept_for_the_next_identical_request(serve):
    server = serve(lambda asked: Stop("max_tokens") if asked.number == 0 else best(asked))
    judge = make_judge(BEDROCK)
    with pytest.raises(NoVerdict):
        judge.verdict(RUBRIC, JudgeRequest("Where?", "Oslo."), Deadline())
    assert judge.verdict(RUBRIC, JudgeRequest("Where?", "Oslo."), Deadline()).values
    assert len(server.asked) == 2


def test_waiting_for_an_identical_request_ends_with_ones_own_deadline(serve):
    asked, release = threading.Event(), threading.Event()

    def script(call):
        asked.set()
        release.wait()
        return best(call)

    serve(script)
    judge = make_judge(BEDROCK)
    request = JudgeRequest("Where?", "Oslo.")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(judge.verdict, RUBRIC, request, Deadline())
        asked.wait()
        with pytest.raises(DeadlineExceeded):
            judge.verdict(RUBRIC, request, Deadline.after(0.05))
        release.set()
        assert first.result().values == {"quality": 1.0}


@pytest.mark.parametrize("limit", [1, 3])
def test_no_more_calls_are_in_flight_than_allowed(serve, limit):
    lock, flying, most = threading.Lock(), [0], [0]

    def script(asked):
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        threading.Event().wait(0.02)
        with lock:
            flying[0] -= 1
        return best(asked)

    serve(script)
    replies(rows(12), options=JudgeOptions(concurrency=limit))
    assert most[0] <= limit


def test_rows_beyond_the_rate_limit_are_unscored_when_their_turn_would_come_too_late(serve):
    server = serve(best)
    options = JudgeOptions(requests_per_minute=5)
    results = replies(rows(8), seconds=5.0, options=options, fault_budget=1.0)
    outcomes = sorted(reply["outcome"] for reply in results)
    assert outcomes == ["scored"] * 5 + ["unscored:deadline"] * 3
    assert len(server.asked) == 5
