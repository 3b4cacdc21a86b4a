"""A stored check, and what a plan and a launch make of it."""

import json

import pytest

from tests.jobs.plan_job import JOB
from tests.jobs.plan_job import rows as job_rows
from touchstone.workbench.check.stored import last_check
from touchstone.workbench.jobs.plan import make_plan
from touchstone.workbench.jobs.spec import load_job

CODE = """
def reward(sample):
    return float(sample.completion.strip() == sample.reference)
"""


@pytest.fixture(autouse=True)
def of_gold(only):
    only("gold")


@pytest.fixture
def plan(tmp_path):
    def made(extra=""):
        text = JOB.replace('"math_reasoning"', '"mine"') + extra
        (tmp_path / "job.toml").write_text(text)
        lines = [json.dumps(row) + "\n" for row in job_rows(128)]
        (tmp_path / "train.jsonl").write_text("".join(lines))
        return make_plan(load_job(tmp_path / "job.toml"))

    return made


@pytest.fixture
def checked(check, mine, rows):
    return lambda code=CODE: check(mine(code), rows())


def test_what_was_never_checked_is_said(run, mine):
    mine(CODE)
    found = last_check("mine")
    assert (found.state, found.holds) == ("none", False)
    assert "touchstone check mine" in found.advice


def test_a_check_speaks_for_the_version_that_it_saw(checked, tmp_path):
    checked()
    assert last_check("mine").state == "holds"
    (tmp_path / "mine.py").write_text(CODE + "\n# changed\n")
    assert last_check("mine").state == "other_version"


def test_settings_are_part_of_a_version(checked, mine):
    checked()
    mine(CODE, "neutral = 0.25")
    assert last_check("mine").state == "other_version"


def test_a_check_that_fell_short_says_in_what(checked):
    checked("def reward(sample):\n    return 0.0\n")
    found = last_check("mine")
    assert found.state == "fell_short"
    assert "gold" in found.said


def test_a_report_that_is_torn_is_none(checked, tmp_path):
    checked()
    (tmp_path / ".touchstone/checks/mine.json").write_text('{"format": 1, "gra')
    assert last_check("mine").state == "none"


def test_a_check_of_a_function_is_found_by_its_name_in_any_form(check, rows, stranger):
    check("theirs", rows(), *stranger(lambda event: []))
    arn = "arn:aws:lambda:us-east-1:111122223333:function:stranger:4"
    assert last_check("", arn).state == "fell_short"


def test_a_plan_tells_of_the_check_and_an_unchecked_grader_is_no_error(plan, run, mine):
    mine(CODE)
    made = plan()
    assert made.check.state == "none"
    assert made.as_json()["check"]["state"] == "none"
    assert made.verdict == "go"


@pytest.mark.parametrize("code", [None, "def reward(sample):\n    return 0.0\n"])
def test_a_job_that_requires_a_check_is_refused_without_one_that_holds(plan, checked, mine, code):
    mine(CODE)
    if code:
        checked(code)
    made = plan("check.require = true\n")
    assert made.verdict == "fix"
    assert [f.key for f in made.findings if f.severity == "error"] == ["check.require"]


def test_a_job_that_requires_a_check_goes_with_one_that_holds(plan, checked):
    checked()
    assert last_check("mine").said.endswith("and holds")
    assert plan("check.require = true\n").verdict == "go"


def test_a_report_may_be_kept_elsewhere(run, mine, rows, tmp_path):
    run("check", mine(CODE), rows(), "-o", tmp_path / "there" / "report.json")
    assert json.loads((tmp_path / "there/report.json").read_text())["grader"] == "mine"
    assert last_check("mine").state == "none"
