"""The executor as another function: its results, its losses, and what never reaches it."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.infra.executors import (
    CRASHED,
    DOWN,
    GARBAGE,
    THROTTLED,
    Executors,
    jobs_of,
    refused,
)
from tests.support import row, zygotes
from touchstone.deadline import Deadline
from touchstone.lambdas.executor.handler import sandbox as executors_sandbox
from touchstone.outcomes import BadReference, DeadlineExceeded, SandboxFault
from touchstone.pipeline import answer
from touchstone.sandbox import serialization
from touchstone.sandbox.queued import run_each
from touchstone.sandbox.remote import RemoteSandbox
from touchstone.sandbox.types import (
    Call,
    CheckJob,
    FunctionJob,
    Isolation,
    Job,
    Level,
    Limits,
    ProgramJob,
    Raised,
    Returned,
    Run,
    Usage,
)
from touchstone.templates import get_template
from touchstone.toolbox import Toolbox

SQUARE = FunctionJob("def f(x):\n    return x * x", "f", (Call((3,)), Call(("a",))))


@pytest.fixture
def executors(monkeypatch):
    running = Executors()
    monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    yield running
    running.close()
    executors_sandbox().close()


def run(job: Job = SQUARE, remote: RemoteSandbox | None = None):
    return (remote or RemoteSandbox("executor:live")).run(job, Limits(), Deadline.after(60))


def test_a_session_is_held_beside_the_grader_and_ends_with_its_sandbox(executors):
    before = set(zygotes())
    remote = RemoteSandbox("executor:live")
    with remote.session(SQUARE.code, Limits(), Deadline.after(60)) as session:
        assert session.call("f", 4) == Returned(16)
    assert executors.seen == []
    (mine,) = set(zygotes()) - before
    remote.close()
    assert mine not in zygotes()


def test_every_kind_of_job_runs_there_and_comes_back(executors):
    ran = run()
    assert ran.outcomes[0] == Returned(9, ())
    assert isinstance(ran.outcomes[1], Raised)
    assert ran.usage.wall_s > 0
    program = run(ProgramJob("print(input())", ("hello", "\ud800")))
    assert program.outcomes[0] == Returned("hello\n")
    check = "def check(candidate):\n    assert candidate(2) == 4"
    checked = run(CheckJob(SQUARE.code, "f", check))
    assert [type(outcome) for outcome in checked.outcomes] == [Returned]


def test_what_candidates_used_there_and_here_counts_once(executors):
    remote = RemoteSandbox("executor:live")
    run(remote=remote)
    there = remote.spent_s()
    with remote.session(SQUARE.code, Limits(), Deadline.after(60)):
        pass
    here = remote.spent_s()
    assert there > 0.0 < here
    assert remote.spent_s() == 0.0
    remote.close()


def test_a_lone_surrogate_is_a_value_like_any_other(executors):
    job = FunctionJob("def f():\n    return chr(0xd800)", "f", (Call(),))
    assert run(job).outcomes == (Returned("\ud800"),)


def test_isolation_is_the_executors(executors):
    assert RemoteSandbox("executor:live").isolation == executors_sandbox().isolation


@pytest.mark.parametrize("mishap", [CRASHED, DOWN, GARBAGE])
def test_a_lost_executor_is_tried_again_once(executors, mishap):
    executors.mishaps.append(mishap)
    assert run().outcomes[0] == Returned(9)
    assert len(executors.seen) == 2


@pytest.mark.parametrize("mishap", [CRASHED, DOWN, GARBAGE])
def test_an_executor_lost_twice_is_a_fault_never_a_result(executors, mishap):
    executors.mishaps.extend([mishap, mishap])
    with pytest.raises(SandboxFault, match="lost"):
        run()
    assert len(executors.seen) == 2


def test_a_throttled_call_waits_as_nothing_has_run_yet(executors):
    executors.mishaps.extend([THROTTLED] * 3)
    assert run().outcomes[0] == Returned(9)


NOT_RUN = [
    (429, "TooManyRequestsException"), (502, "ResourceNotReadyException"),
    (409, "ResourceConflictException"), (502, "EC2ThrottledException"),
    (502, "ENINotReadyException"), (502, "ENILimitReachedException"),
    (502, "SubnetIPAddressLimitReachedException"), (409, "SnapStartNotReadyException"),
    (409, "CodeArtifactUserPendingException"), (502, "KMSInvalidStateException"),
]  # fmt: skip


def test_whatever_has_not_run_is_waited_for_however_often(executors, monkeypatch):
    monkeypatch.setattr("touchstone.invoking._LONGEST_PAUSE_S", 0.001)
    executors.mishaps.extend([refused(status, kind) for status, kind in NOT_RUN] * 15)
    assert run().outcomes[0] == Returned(9)
    assert len(executors.seen) == 151


@pytest.mark.parametrize("kind", ["AccessDeniedException", "ResourceNotFoundException"])
def test_a_call_that_is_refused_for_good_is_our_fault_at_once(executors, kind):
    executors.mishaps.append(refused(403, kind))
    with pytest.raises(SandboxFault, match=kind) as caught:
        run()
    assert (caught.value.blame, len(executors.seen)) == ("ours", 1)


def test_throttled_until_the_deadline_is_a_fault(executors):
    executors.mishaps.extend([THROTTLED] * 40)
    with pytest.raises(SandboxFault, match="busy"):
        RemoteSandbox("executor:live").run(SQUARE, Limits(), Deadline.after(1.3))


def test_without_time_left_the_executor_is_not_asked(executors):
    with pytest.raises(DeadlineExceeded):
        RemoteSandbox("executor:live").run(SQUARE, Limits(), Deadline.after(0.5))
    assert executors.seen == []


def test_what_the_executor_could_not_do_is_named(executors):
    with pytest.raises(BadReference):
        run(CheckJob(SQUARE.code, "f", "def check(candidate: 1 +"))
    executors.mishaps.append(forged({"fault": ["scored", {"pass": 1}, "ask"]}))
    with pytest.raises(SandboxFault):
        run()


@pytest.mark.parametrize("blame", ["ours", "ask", "open"])
def test_whose_fault_it_is_is_the_executors_word(executors, blame):
    fault = SandboxFault("it cannot start", blame=blame)
    executors.mishaps.append(forged(serialization.pack_fault(fault)))
    with pytest.raises(SandboxFault, match="it cannot start") as caught:
        run()
    assert caught.value.blame == blame


def test_a_request_beyond_what_lambda_carries_is_the_datasets_fault(executors):
    with pytest.raises(BadReference, match="6 MB"):
        run(ProgramJob("print()", ("x" * 7_000_000,)))


def forged(*replies):
    return 200, {}, json.dumps(serialization.dump({"runs": replies})).encode()


def told(*outcomes, level: Level = "rlimit"):
    isolation = Isolation(level)
    return serialization.pack_run(Run(outcomes, Returned(None), isolation, Usage(0.0, 0.0, 0.0)))


@pytest.mark.parametrize(
    "reply", [told(), told(Returned(9)), told(*[Returned(9)] * 3), {"outcomes": []}, {"fault": 1}]
)
def test_an_executor_that_was_taken_over_cannot_answer_for_fewer_or_more_calls(executors, reply):
    executors.mishaps.extend([forged(reply)] * 2)
    with pytest.raises(SandboxFault):
        run()


def test_isolation_below_the_floor_is_refused(executors):
    executors.mishaps.append(forged(told(Returned(9), Returned(9), level="process")))
    with pytest.raises(SandboxFault, match="below the required"):
        run(remote=RemoteSandbox("executor:live", "rlimit"))


def test_the_tenant_goes_as_a_header_and_only_where_there_is_one(executors):
    run(remote=RemoteSandbox("executor:live", tenant="house-code"))
    run()
    tenants = [headers.get("X-Amz-Tenant-Id") for _, headers in executors.seen]
    assert tenants == ["house-code", None]


CASES = {"test_cases": [{"input": [1], "expected": 2}]}
CODE = "```python\ndef f(x):\n    return x + 1\n```"


def graded(rows, executor="executor:live"):
    grader = get_template("code_verification").customize()
    toolbox = Toolbox.of(grader, executor)
    return answer(rows, grader, toolbox.tools(Deadline.after(60)), explain=True)


def code_row(reference, completion=CODE, **more):
    return row(completion, {"entry_point": "f", **reference}, **more)


def test_a_grader_gives_the_same_rewards_with_an_executor_as_without(executors):
    cases = {"test_cases": [{"input": [1], "expected": 2}, {"input": [2], "expected": 5}]}
    rows = [code_row(cases), code_row(cases, "```python\ndef f(x):\n    return 1/0\n```")]
    rows += [code_row({"test_code": "def check(candidate):\n    assert candidate(1) == 2"})]
    there, here = graded(rows), graded(rows, executor="")
    assert executors.seen
    scores = [result["aggregate_reward_score"] for result in there]
    assert scores == [result["aggregate_reward_score"] for result in here]
    assert scores[0] > scores[1]


def test_expected_values_never_leave_the_grader(executors):
    secret = 918273645
    graded([code_row({"test_cases": [{"input": [1], "expected": secret}]})])
    graded([code_row({"test_code": f"def test_f():\n    assert f(1) != {secret}"})])
    kinds = {True: set(), False: set()}
    for event, _ in executors.seen:
        for job in jobs_of(event):
            kinds[str(secret) in json.dumps(job)].add(job["kind"])
    # Checks are code of the dataset's author that must run: they run in a cage of their own.
    assert kinds[True] <= {"check"}
    assert "function" in kinds[False]


def test_many_candidates_share_a_call_each_judged_as_if_alone(executors):
    rows = [code_row({"test_cases": [{"input": [n], "expected": n + n % 3}]}) for n in range(40)]
    there, here = graded(rows), graded(rows, executor="")
    assert there == here
    assert sum(len(event["jobs"]) for event, _ in executors.seen) == 40
    assert len(executors.seen) < 20


def test_a_thread_that_breaks_leaves_its_neighbours_jobs_to_them(executors, monkeypatch):
    remote = RemoteSandbox("executor:live")
    real, broken = remote._bundles.send, []

    def send(bundle):
        if not broken:
            broken.append(bundle)
            raise MemoryError
        return real(bundle)

    monkeypatch.setattr(remote._bundles, "send", send)
    with ThreadPoolExecutor(8) as pool:
        ended = [pool.submit(run, SQUARE, remote) for _ in range(8)]
    assert sorted(one.exception() is None for one in ended) == [False] + [True] * 7


def test_who_shared_a_lost_call_is_tried_alone(executors):
    executors.cursed = "unlucky"
    killer = CODE.replace("return", "unlucky = 1\n    return")
    rows = [code_row(CASES, killer if n == 5 else CODE) for n in range(12)]
    scores = [reply["aggregate_reward_score"] for reply in graded(rows)]
    assert scores[5] == 0
    assert min(scores[:5] + scores[6:]) == max(scores) > 0


SLEEPS = FunctionJob(
    "import time\ndef f(s):\n    time.sleep(s)\n    return s", "f", (Call((0.3,)),)
)
LARGE = FunctionJob("def f(n):\n    return 'x' * n", "f", (Call((2_000_000,)),))


def test_a_job_that_no_time_is_left_for_is_not_begun_and_the_first_always_is(executors):
    limits = Limits(wall_s=1.2)
    replies = run_each([(SLEEPS, limits, 1.3)] * 3, executors_sandbox(), Deadline.after(60))
    assert [reply is not None for reply in replies] == [True, False, False]


def test_behind_a_slow_job_nobody_waits(executors, monkeypatch):
    monkeypatch.setattr("touchstone.sandbox.queued._WORK_S", 0.2)
    work = [(SLEEPS, Limits(), 60.0), (SQUARE, Limits(), 60.0)]
    replies = run_each(work, executors_sandbox(), Deadline.after(60))
    assert [reply is not None for reply in replies] == [True, False]
    remote = RemoteSandbox("executor:live")
    with ThreadPoolExecutor(9) as pool:
        runs = list(pool.map(lambda job: run(job, remote), [SLEEPS, SQUARE, SQUARE] * 3))
    assert [one.outcomes[0] for one in runs] == [Returned(0.3), Returned(9), Returned(9)] * 3


def test_a_large_result_takes_none_of_its_neighbours(executors):
    work = [(SQUARE, Limits(), 60.0), (LARGE, Limits(), 60.0), (LARGE, Limits(), 60.0)]
    replies = run_each([*work, work[0]], executors_sandbox(), Deadline.after(60))
    assert [bool(reply) for reply in replies] == [True, True, False, True]
    remote = RemoteSandbox("executor:live")
    with ThreadPoolExecutor(6) as pool:
        runs = list(pool.map(lambda job: run(job, remote), [LARGE, SQUARE] * 3))
    assert [len(str(one.outcomes[0])) > 1_000_000 for one in runs] == [True, False] * 3


def test_a_row_whose_executor_is_lost_is_unscored_never_zero_and_the_others_are_graded(executors):
    executors.cursed = "unlucky"  # whatever program is given this row's input, a harmless one too
    lost = {"test_cases": [{"input": ["unlucky"], "expected": 2}]}
    replies = graded([code_row(CASES), code_row(CASES), code_row(lost)])
    assert [reply["outcome"] for reply in replies] == ["scored", "scored", "unscored:sandbox_fault"]
    assert replies[2]["aggregate_reward_score"] == 0.5


def test_a_program_that_takes_every_executor_down_is_scored_and_the_others_are_graded(executors):
    executors.cursed = "unlucky"
    killer = CODE.replace("return", "unlucky = 1\n    return")
    replies = graded([code_row(CASES), code_row(CASES), code_row(CASES, killer)])
    assert [reply["outcome"] for reply in replies] == ["scored"] * 3
    assert replies[0]["aggregate_reward_score"] > replies[2]["aggregate_reward_score"] == 0
    provoked = [m["name"] for m in replies[2]["metrics_list"] if m["name"] == "provoked_fault"]
    assert provoked == ["provoked_fault"]
    # By itself: twice, and twice again after a harmless program has run there.
    alone = [event for event, _ in executors.seen if len(event["jobs"]) == 1]
    assert sum("unlucky" in json.dumps(event) for event in alone) == 4
