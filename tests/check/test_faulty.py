"""Graders with known faults fall short on the probe that names their fault; a sound one holds."""

import json

import pytest

from tests.check.faulty import graders
from workbench.aws import FunctionError
from workbench.check.attacks import ATTACKS
from workbench.check.cases import read_cases
from workbench.check.probes import PROBES
from workbench.check.run import run
from workbench.check.subject import Subject

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


@pytest.fixture
def short(rows):
    """Checks a Lambda's function; gives the names of what fell short."""

    def checked(handler, given=None, template="", probes=PROBES):
        def invoke(event):
            try:
                return json.loads(json.dumps(handler(json.loads(json.dumps(event)))))
            except Exception as exc:
                raise FunctionError(str(exc)) from exc

        cases = list(read_cases(str(rows(given or NUMBERS))))
        subject = Subject("theirs", invoke, invoke, cases, template=template, stranger=True)
        return {one.probe for one in run(subject, 60, probes) if one.status == "falls_short"}

    return checked


def test_a_sound_grader_of_a_stranger_holds(short):
    assert short(graders.each(graders.sound)) == set()


# Fault, the probes that name it, and the only others that it fails too.
@pytest.mark.parametrize(
    ("handler", "named", "also"),
    [
        (graders.last_number, {"attack:denied", "attack:hedging", "attack:all at once"}, set()),
        (graders.substring, {"attack:denied", "attack:all at once"},
         {"attack:hedging", "attack:near miss"}),
        (graders.finqa_like, {"attack:near miss"},
         {"attack:denied", "attack:hedging", "attack:all at once"}),
        (graders.gsm8k_like, {"gold"}, set()),
        (graders.connectives, {"attack:connectives"}, {"gold"}),
        (graders.half_for_errors, {"attack:empty", "attack:faults"}, ...),
        (graders.length, {"attack:padding"},
         {"gold", "attack:connectives", "attack:all at once", "attack:repetition"}),
        (graders.always_first, {"attack:another row", "attack:empty", "attack:constant"}, ...),
        (graders.exact, {"variants:layout"}, set()),
        (graders.nondeterministic(), {"metamorphic:repeat", "contract:retries"}, ...),
        (graders.batch_order, {"metamorphic:batch"}, {"contract:retries", "contract:size"}),
        (graders.nan, {"contract:rows"}, {"attack:empty", "attack:thinking", "attack:faults"}),
        (graders.reordered, {"contract:forms"}, ...),
    ],
    ids=lambda value: getattr(value, "__doc__", None) if callable(value) else "",
)  # fmt: skip
def test_a_fault_is_named(short, handler, named, also):
    found = short(handler)
    assert named <= found
    assert also is ... or found <= named | also


def test_no_attack_is_paid_where_only_gold_falls_short(short):
    assert not [name for name in short(graders.gsm8k_like) if name.startswith("attack")]


def test_keys_without_values_are_paid_by_a_grader_that_reads_no_values(short):
    found = short(graders.keys_without_values, OBJECTS, "data_extraction")
    assert "attack:near miss" in found


def test_a_grader_that_trusts_the_exit_code_is_left_early(short):
    attacks = [probe for probe in PROBES if probe.name == "attack"]
    assert "attack:code" in short(graders.exit_code, PROGRAMS, "code_verification", attacks)


def test_every_kind_of_attack_says_what_it_is():
    assert all(attack.make.__doc__ for attack in ATTACKS)
