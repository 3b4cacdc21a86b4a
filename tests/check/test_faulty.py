"""Graders with known faults fall short on the probes that name their fault, and on no other."""

import json
from pathlib import Path

import pytest

from tests.check.faulty import graders, scores
from touchstone.workbench.check.attacks import ATTACKS
from touchstone.workbench.check.cases import read_cases
from touchstone.workbench.check.opened import local_subject
from touchstone.workbench.check.probes import PROBES
from touchstone.workbench.check.run import run

QUESTIONS = {
    "What is 7 * 10?": "70", "What is 100 + 320?": "420", "Minutes in 2 hours?": "120",
    "What is 8 * 3?": "24", "What is 110 - 7?": "103",
}  # fmt: skip
NUMBERS = [
    {"messages": [{"role": "user", "content": asked}], "reference_answer": answer}
    for asked, answer in QUESTIONS.items()
]
OBJECTS = [
    {"messages": [{"role": "user", "content": "Extract name and town."}],
     "reference_answer": {"name": "Kari Moe", "town": "Bergen"}},
    {"messages": [{"role": "user", "content": "Extract item and price."}],
     "reference_answer": {"item": "lamp", "price": 40}},
]  # fmt: skip
PROGRAMS = [
    {"messages": [{"role": "user", "content": "Write double(n)."}],
     "reference_answer": {"entry_point": "double", "test_cases": [{"input": [2], "expected": 4}],
                          "canonical_solution": "def double(n):\n    return 2 * n"}},
]  # fmt: skip

# What a grader that gives something for any text pays for.
ANYTHING = {
    f"attack:{kind}"
    for kind in (
        "all at once", "connectives", "constant", "denied", "empty", "faults", "hedging",
        "master keys", "refusal", "repetition", "stock phrases", "thinking",
    )
}  # fmt: skip
# What a grader whose reward of a row depends on other rows fails.
OF_ORDER = {"contract:forms", "contract:ids", "contract:retries", "contract:rows", "contract:size"}

# Of a score's fault: the probes that name it, and the only others that it fails too.
SCORES = {
    scores.sound: (set(), set()),
    scores.last_number: ({"attack:denied", "attack:hedging", "attack:all at once"}, set()),
    scores.substring: (
        {"attack:denied", "attack:all at once"}, {"attack:hedging", "attack:near miss"},
    ),
    scores.finqa_like: (
        {"attack:near miss"}, {"attack:denied", "attack:hedging", "attack:all at once"},
    ),
    scores.gsm8k_like: ({"gold"}, set()),
    scores.connectives: ({"attack:connectives"}, set()),
    scores.half_for_errors: ({"attack:empty", "attack:faults"}, ANYTHING),
    scores.length: (
        {"attack:padding"}, {"attack:connectives", "attack:all at once", "attack:repetition"},
    ),
    scores.always_first: (
        {"attack:another row", "attack:empty", "attack:constant"},
        ANYTHING | {"attack:look-alikes", "attack:near miss", "attack:prompt"},
    ),
}  # fmt: skip
# What is right earns less than 0.9, which a stranger's unknown scale allows and a file's does not.
BELOW_ITS_OWN_SCALE = {scores.connectives, scores.length}


def short(found):
    return {one["probe"] for one in found if one["status"] == "falls_short"}


@pytest.fixture
def of_function(check, rows, stranger):
    """Checks a deployed Lambda; gives the names of what fell short."""

    def checked(handler, given=NUMBERS, grader="theirs"):
        return short(check(grader, rows(given), *stranger(handler)).values())

    return checked


@pytest.mark.parametrize("score", SCORES, ids=lambda one: one.__name__)
def test_a_fault_of_a_deployed_score_is_named(of_function, score):
    named, also = SCORES[score]
    assert of_function(graders.of_score(score)) == named | also


@pytest.mark.parametrize(
    ("handler", "named", "also"),
    [
        (graders.of_score(scores.exact), {"variants:layout"}, set()),
        (graders.of_score(scores.nan), {"contract:rows"},
         {"attack:empty", "attack:thinking", "attack:faults"}),
        (graders.of_score(scores.nondeterministic), {"metamorphic:repeat", "contract:retries"},
         OF_ORDER | {"metamorphic:batch", "metamorphic:irrelevant"}),
        (graders.batch_order, {"metamorphic:batch"}, {"contract:retries", "contract:size"}),
        (graders.reordered, {"contract:forms"}, OF_ORDER),
    ],
    ids=["exact", "nan", "nondeterministic", "batch_order", "reordered"],
)  # fmt: skip
def test_a_fault_of_a_deployed_function_is_named(of_function, handler, named, also):
    assert of_function(handler) == named | also


def test_keys_without_values_are_paid_by_a_grader_that_reads_no_values(of_function):
    handler = graders.of_score(scores.keys_without_values)
    assert of_function(handler, OBJECTS, "data_extraction") == {"attack:near miss"}


def test_a_grader_that_trusts_the_exit_code_is_left_early(of_function):
    assert of_function(graders.exit_code, PROGRAMS, "code_verification") == {"attack:code"}


# The same in a file of one's own.
REWARD = """
def reward(sample):
    return float({}(sample.completion, sample.reference or ""))
"""


@pytest.fixture
def of_file(rows, mine, tmp_path, monkeypatch):
    """Checks a file of one's own; gives the names of what fell short of some probes."""
    monkeypatch.chdir(tmp_path)

    def checked(code, probes, given=NUMBERS, entry=""):
        code = f"{Path(scores.__file__).read_text()}\n{code}"
        name = mine(code, "concurrency = 1\n", entry)
        asked = [probe for probe in PROBES if probe.name in probes]
        with local_subject(name, {}, list(read_cases(str(rows(given))))) as subject:
            subject.fresh = None  # a new process takes its time, and no fault here is one of hashes
            return short(one.as_json() for one in run(subject, 600, asked))

    return checked


@pytest.mark.parametrize("score", SCORES, ids=lambda one: one.__name__)
def test_a_fault_of_a_file_is_named(of_file, score):
    named, also = SCORES[score]
    gold = {"gold"} if score in BELOW_ITS_OWN_SCALE else set()
    asked = ("gold", "variants", "attack")
    assert of_file(REWARD.format(score.__name__), asked) == named | also | gold


# Where a reference is no text, golden cases say what is right and what is wrong.
EXECUTES = """
def reward(sample):
    def ends_well(program):
        (ran,) = sample.execute(program, stdins=[""])
        return ran["status"] == "returned"

    return float(exit_code(sample.completion, sample.reference, ends_well))
"""
DOUBLE = "def double(n):\n    return {} * n"


def said(row, completion, score):
    turns = [*row["messages"], {"role": "assistant", "content": completion}]
    return {**row, "messages": turns, "expect": {"score": score}}


def test_a_file_that_reads_no_values_pays_a_golden_case_that_is_wrong(of_file):
    row = OBJECTS[0]
    wrong = {"name": "Ola Lie", "town": "Narvik"}
    cases = [said(row, json.dumps(row["reference_answer"]), 1), said(row, json.dumps(wrong), 0)]
    code = REWARD.format("keys_without_values")
    assert of_file(code, ("gold", "wrong"), cases) == {"wrong"}


def test_a_file_that_trusts_the_end_of_a_program_pays_a_golden_case_that_leaves(of_file):
    row = PROGRAMS[0]
    leaves = f"{DOUBLE.format(3)}\n\nraise SystemExit"
    cases = [said(row, DOUBLE.format(2), 1), said(row, DOUBLE.format(3), 0), said(row, leaves, 0)]
    found = of_file(EXECUTES, ("gold", "wrong"), cases, 'capabilities = ["execute"]\n')
    assert found == {"wrong"}


def test_a_file_that_wants_the_very_letters_is_named(of_file):
    assert of_file(REWARD.format("exact"), ("gold", "variants", "attack")) == {"variants:space"}


def test_a_file_that_counts_its_calls_is_named(of_file):
    asked = ("gold", "variants", "metamorphic")
    assert of_file(REWARD.format("nondeterministic"), asked) == {"metamorphic:batch"}


def test_a_fault_of_a_batch_does_not_reach_a_file_which_is_called_with_one_row(of_file):
    code = """
def lambda_handler(event, context):
    reply = []
    for at, row in enumerate(event):
        paid = sound(row["messages"][-1]["content"], row["metadata"].get("reference_answer", ""))
        reply.append({"id": row["id"], "aggregate_reward_score": paid * (1 - 0.1 * (at % 2))})
    return reply[::-1]
"""
    assert of_file(code, ("gold", "metamorphic")) == set()


def test_no_number_of_a_file_is_the_lowest_reward(of_file):
    assert of_file(REWARD.format("nan"), ("contract", "gold", "attack")) == set()


def test_every_kind_of_attack_says_what_it_is():
    assert all(attack.make.__doc__ for attack in ATTACKS)
