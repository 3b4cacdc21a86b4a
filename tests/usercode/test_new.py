"""``touchstone graders new``: what it writes runs at once, and nothing is overwritten."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from touchstone.config import load_entries
from touchstone.workbench.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*args):
        return CliRunner().invoke(main, list(args))

    return invoke


def test_a_new_grader_grades_its_golden_cases_at_once(run, tmp_path):
    made = run("graders", "new", "refund-policy")
    assert made.exit_code == 0, made.output
    cases = tmp_path / "rewards" / "refund_policy.cases.jsonl"
    graded = run("grade", "refund-policy", str(cases), "-o", "out.jsonl")
    assert graded.exit_code == 0, graded.output
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [entry["aggregate_reward_score"] for entry in written] == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert "states the reference" in written[0]["reason"]
    shown = run("graders", "show", "refund-policy", "--json")
    assert json.loads(shown.output)["summary"].startswith("Rewards answers that commit")
    assert "rewards/refund_policy.py" in run("graders", "list").output


def test_a_new_grader_passes_its_check(run):
    run("graders", "new", "refund-policy")
    checked = run("check", "refund-policy")
    assert checked.exit_code == 0, checked.output
    assert "attack:denied" in checked.output


def test_its_test_passes_and_can_fail(run, tmp_path):
    run("graders", "new", "mine")

    def outcome():
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/rewards"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode

    assert outcome() == 0
    # A project's own file stands on nothing that may change without notice.
    assert "workbench" not in (tmp_path / "tests/rewards/test_mine.py").read_text()
    code = tmp_path / "rewards" / "mine.py"
    code.write_text(code.read_text().replace("if right else 0.0", "if right else 0.5"))
    assert outcome() == 1


@pytest.mark.parametrize("before", ["# kept\n[defaults]\nunscored = 'raise'", "# kept\n", ""])
def test_the_graders_file_is_kept_as_it_was(run, tmp_path, before):
    toml = tmp_path / "graders.toml"
    toml.write_text(before)
    assert run("graders", "new", "a").exit_code == 0
    assert run("graders", "new", "b").exit_code == 0
    assert toml.read_text().startswith(before)
    assert list(load_entries(toml)) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "why"),
    [("no spaces", "is no name"), ("../x", "is no name"), ("math_reasoning", "already"),
     ("taken", "rewards/taken.py is there already")],
)  # fmt: skip
def test_what_cannot_be_made_writes_nothing(run, tmp_path, name, why):
    (tmp_path / "rewards").mkdir()
    (tmp_path / "rewards" / "taken.py").write_text("x = 1\n")
    result = run("graders", "new", name)
    assert (result.exit_code, why in result.output) == (2, True)
    assert not (tmp_path / "graders.toml").exists()
    assert (tmp_path / "rewards" / "taken.py").read_text() == "x = 1\n"


def test_a_second_grader_of_the_same_name_is_refused(run):
    assert run("graders", "new", "mine").exit_code == 0
    assert "there is a grader 'mine' already" in run("graders", "new", "mine").output


def test_a_refusal_of_the_policy_reaches_the_terminal_with_its_line(run, tmp_path):
    run("graders", "new", "mine")
    code = tmp_path / "rewards" / "mine.py"
    code.write_text("import os\n" + code.read_text())
    result = run("grade", "mine", "rewards/mine.cases.jsonl")
    assert result.exit_code == 2
    assert "rewards/mine.py:1: the module 'os'" in result.output
