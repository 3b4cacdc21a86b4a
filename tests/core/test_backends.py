"""Graders of this process: each answers for itself, as the Lambda would, and ends what it began."""

import gc
import json
from pathlib import Path

import pytest

from tests.support import zygotes
from touchstone import templates
from touchstone.lambdas.grader import handler
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.templates import template_names
from touchstone.workbench.grading.backends import in_process

FOLDER = Path(templates.__file__).parent


def cases(name):
    lines = (FOLDER / name / "cases.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[:4]]


def told(reply):
    return [(entry["id"], entry["aggregate_reward_score"], entry["outcome"]) for entry in reply]


def criteria(reply):
    return {metric["name"] for metric in reply[0]["metrics_list"] if metric["type"] == "Reward"}


def test_two_graders_in_one_process_answer_for_themselves():
    rows = cases("math_reasoning")
    with in_process("math_reasoning", {}) as math:
        alone = math(rows)
        with in_process("tone_style", {"neutral": 0.25}):
            assert told(math(rows)) == told(alone)
            assert criteria(math(rows)) == criteria(alone)


@pytest.fixture
def lambda_(monkeypatch):
    def answer(name, rows):
        monkeypatch.setenv("TOUCHSTONE_GRADER", name)
        monkeypatch.setenv("TOUCHSTONE_EXPLAIN", "1")
        handler.wired.cache_clear()
        return handler.lambda_handler(rows, None)

    yield answer
    handler.wired()[1].close()
    handler.wired.cache_clear()


@pytest.mark.parametrize("name", template_names())
def test_grading_here_means_the_same_as_in_lambda(name, lambda_):
    with in_process(name, {}) as backend:
        assert told(backend(cases(name))) == told(lambda_(name, cases(name)))


def test_a_batch_over_its_fault_budget_is_answered_here_and_raised_there(lambda_):
    rows = [{"id": n, "messages": "none"} for n in range(3)]
    with in_process("math_reasoning", {}) as backend:
        assert {entry["outcome"] for entry in backend(rows)} == {"unscored:bad_sample"}
    with pytest.raises(FaultBudgetExceeded):
        lambda_("math_reasoning", rows)


def test_a_backend_ends_the_processes_that_it_started_with_its_block_or_with_itself():
    before = set(zygotes())
    with in_process("code_verification", {}) as backend:
        backend(cases("code_verification"))
        assert set(zygotes()) - before
    assert set(zygotes()) == before
    backend = in_process("code_verification", {})
    backend(cases("code_verification"))
    del backend
    gc.collect()
    assert set(zygotes()) == before
