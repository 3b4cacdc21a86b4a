"""A small account with many callers: slow, not dead, since no copy waits for a unit in vain."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e import golden
from tests.e2e.cloud import alone
from touchstone import invoking
from touchstone.deadline import Deadline

LIMIT, ROWS = 8, 60  # of the account; one a call
CASES = {"entry_point": "f", "test_cases": [{"input": [1], "expected": 2}]}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A grader of code in an account that can run no more than eight things at once."""
    folder = tmp_path_factory.mktemp("small")
    graders = {"code": {"template": "code_verification"}}
    with (
        alone(folder, graders, {"concurrency": LIMIT}, LIMIT) as (running, outputs),
        running.client("lambda") as client,
    ):
        yield client, outputs["GradercodeArn"]


def rows_of(number):
    code = "```python\ndef f(x):\n    return x + 1\n```"
    said = [{"role": "user", "content": "1+1"}, {"role": "assistant", "content": code}]
    return [{"id": str(number), "messages": said, "reference_answer": CASES}]


def graded(small, callers):
    """Grades each row in a call of its own; returns rewards and how often each call waited."""
    client, arn = small
    waits = Counter[str]()

    def one(number):
        payload = json.dumps(rows_of(number)).encode()
        body = invoking.call(
            client, arn, payload, Deadline.after(280), lambda why, _: waits.update([why.code])
        )
        return json.loads(body)[0]["aggregate_reward_score"]

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(one, range(ROWS))), waits


@pytest.mark.parametrize("callers", [3, 32])
def test_every_row_is_scored_however_many_call_at_once(small, report, callers):
    expected = golden.in_process("code_verification", rows_of(0))[0]["aggregate_reward_score"]
    started = time.perf_counter()
    rewards, waits = graded(small, callers)
    report.timed("capacity", f"{ROWS} calls", f"{callers} at once", started)
    assert rewards == [expected] * ROWS
    # Only throttles were met, and only by calls that had not begun.
    assert set(waits) <= {"TooManyRequestsException"}
    assert waits or callers < LIMIT


def test_what_the_stage_reserves_is_kept_from_everyone_else(small):
    client, _ = small
    reserved = {
        function["FunctionName"]: client.get_function_concurrency(
            FunctionName=function["FunctionName"]
        ).get("ReservedConcurrentExecutions")
        for function in client.list_functions()["Functions"]
    }
    grader, executor = reserved["touchstone-e2e-code"], reserved["touchstone-e2e-executor"]
    assert executor >= 2 * grader >= 2
    assert sum(filter(None, reserved.values())) <= LIMIT
