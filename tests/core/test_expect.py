"""Golden cases: what they may expect, and what a misspelt expectation says."""

import json

import pytest
from click.testing import CliRunner

from tests.support import row
from touchstone.workbench.cli import main
from touchstone.workbench.grading.expect import ExpectationError, as_expected, read_expectation

HALF = {"outcome": "scored", "aggregate_reward_score": 0.5}
FAULT = {"outcome": "unscored:bad_sample", "aggregate_reward_score": 0.5}


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ({"scores": 1.0}, "unknown key 'scores'; did you mean 'score'?"),
        ({"outcom": "scored"}, "unknown key 'outcom'; did you mean 'outcome'?"),
        ({"min": 0.9, "score": 0.9}, "unknown key 'min'; valid names"),
        ({"outcome": "bad_sample"}, "did you mean 'unscored:bad_sample'?"),
        ({"outcome": ["scored"]}, "unknown outcome"),
        ({"outcome": "unscored:deadline", "score": 0.5}, "has no `score`"),
        ({}, "expects nothing"),
        ({"note": "a note alone"}, "expects nothing"),
        ({"score": "high"}, "expect.score: is 'high'"),
        ({"score": True}, "expect.score: is True"),
        ({"score": [0.9, 0.1]}, "expect.score"),
        ({"score": [0.1]}, "expect.score"),
        ({"score": float("nan")}, "expect.score"),
        ({"score": 1, "note": 3}, "expect.note: is 3, not a str"),
        ({"score": 1, "surprising": "yes"}, "expect.surprising"),
        ("scored", "not an object"),
        (None, "not an object"),
    ],
)
def test_what_is_no_expectation_is_refused_by_name(expect, message):
    with pytest.raises(ExpectationError) as caught:
        as_expected(HALF, expect)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("expect", "entry", "met"),
    [
        ({"score": 0.5}, HALF, True),
        ({"score": 0.5000005}, HALF, True),
        ({"score": 0.51}, HALF, False),
        ({"score": [0.5, 1]}, HALF, True),
        ({"score": [0.6, 1]}, HALF, False),
        ({"score": 0.5}, FAULT, False),
        ({"outcome": "scored"}, HALF, True),
        ({"outcome": "unscored:bad_sample"}, FAULT, True),
        ({"outcome": "unscored:deadline"}, FAULT, False),
    ],
)
def test_a_result_is_held_against_score_and_outcome(expect, entry, met):
    assert as_expected(entry, expect) is met


def test_an_expectation_in_words():
    assert str(read_expectation({"score": 0.7})) == "a score of 0.7"
    assert str(read_expectation({"score": [0.5, 1]})) == "a score of 0.5 to 1"
    assert str(read_expectation({"outcome": "unscored:deadline"})) == "unscored:deadline"


def graded(tmp_path, *cases):
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    return CliRunner().invoke(main, ["grade", "data_extraction", str(path), "--json"])


RIGHT = row('{"a": 1}', {"a": 1})


def test_cases_that_end_as_they_expect_are_fine_though_unscored(tmp_path):
    unscored = row("{}", None) | {"expect": {"outcome": "unscored:bad_sample"}}
    result = graded(tmp_path, RIGHT | {"expect": {"score": 1.0}}, unscored)
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_case_that_ends_otherwise_is_named_with_what_came(tmp_path):
    result = graded(tmp_path, RIGHT, RIGHT | {"id": "x", "expect": {"score": [0.2, 0.4]}})
    assert result.exit_code == 1
    assert "cases.jsonl:2: x: expected a score of 0.2 to 0.4, got 1: " in result.stderr


def test_a_misspelt_expectation_is_bad_input_and_the_rest_is_graded(tmp_path):
    result = graded(tmp_path, RIGHT | {"expect": {"scor": 1.0}}, RIGHT)
    assert (result.exit_code, json.loads(result.stdout)["scored"]) == (2, 2)
    assert "cases.jsonl:1: expect: unknown key 'scor'; did you mean 'score'?" in result.stderr
