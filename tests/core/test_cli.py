"""The command line as a user meets it: good rows, bad rows, bad options, exit codes."""

import gzip
import itertools
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tests.support import row
from touchstone.workbench.cli import main
from touchstone.workbench.grading.run import grade_lines
from touchstone.workbench.grading.summary import Summary

EXPECTED = {"city": "Oslo", "population": 717_710}
GRADER = "data_extraction"


def rows():
    right = row(json.dumps(EXPECTED), EXPECTED) | {"id": "right"}
    wrong = row("no idea", EXPECTED) | {"id": "wrong"}
    return [right, wrong]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*args, stdin=None):
        return CliRunner().invoke(main, [str(arg) for arg in args], input=stdin)

    return invoke


def jsonl(path, values):
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def results(text):
    return [json.loads(line) for line in text.splitlines()]


def test_results_go_to_a_file_one_line_per_row_in_order(run, tmp_path):
    out = tmp_path / "out.jsonl"
    result = run("grade", GRADER, jsonl(tmp_path / "rows.jsonl", rows()), "-o", out)

    assert result.exit_code == 0, result.output
    graded = results(out.read_text(encoding="utf-8"))
    assert [entry["id"] for entry in graded] == ["right", "wrong"]
    assert graded[0]["aggregate_reward_score"] == 1.0
    assert graded[1]["aggregate_reward_score"] == 0.0
    assert [entry["outcome"] for entry in graded] == ["scored", "scored"]
    assert set(graded[0]) == {
        "id", "aggregate_reward_score", "metrics_list", "outcome", "reason",
    }  # fmt: skip


def test_results_go_to_standard_output_when_it_is_no_terminal(run, tmp_path):
    result = run("grade", GRADER, jsonl(tmp_path / "rows.jsonl", rows()))
    assert [entry["id"] for entry in results(result.stdout)] == ["right", "wrong"]
    assert "mean reward" in result.stderr


def test_the_command_itself_writes_to_a_pipe_and_to_a_closed_one(tmp_path):
    path = jsonl(tmp_path / "rows.jsonl", rows() * 200)
    command = f"{sys.executable} -m touchstone.workbench.cli grade {GRADER} {path}"
    piped = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (piped.returncode, len(results(piped.stdout))) == (0, 400), piped.stderr
    assert "mean reward" in piped.stderr
    cut = subprocess.run(f"{command} | head -1", shell=True, capture_output=True, text=True)
    assert "Traceback" not in cut.stderr
    assert "error" not in cut.stderr


def test_an_interrupt_ends_at_once_and_keeps_what_is_done(run, tmp_path, monkeypatch):
    def interrupted(lines, backend, concurrency):
        yield from itertools.islice(grade_lines(lines, backend, concurrency), 1)
        raise KeyboardInterrupt

    monkeypatch.setattr("touchstone.workbench.cli.grade.grade_lines", interrupted)
    monkeypatch.setattr("os._exit", sys.exit)
    out = tmp_path / "out.jsonl"
    result = run("grade", GRADER, jsonl(tmp_path / "rows.jsonl", rows()), "-o", out)
    assert (result.exit_code, len(results(out.read_text(encoding="utf-8")))) == (130, 1)
    assert "Aborted!" in result.stderr


def test_results_never_replace_the_rows(run, tmp_path):
    path = jsonl(tmp_path / "rows.jsonl", rows())
    before = path.read_text(encoding="utf-8")
    result = run("grade", GRADER, path, "-o", path)
    assert result.exit_code == 2
    assert "would replace the rows" in result.output
    assert path.read_text(encoding="utf-8") == before
    result = run("grade", GRADER, tmp_path / "missing.jsonl", "-o", path)
    assert (result.exit_code, path.read_text(encoding="utf-8")) == (2, before)


def test_standard_input_and_gzip_are_read(run, tmp_path):
    text = "".join(json.dumps(value) + "\n" for value in rows())
    assert len(results(run("grade", GRADER, "-", stdin=text).stdout)) == 2
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress(text.encode()))
    assert len(results(run("grade", GRADER, path).stdout)) == 2


def test_a_line_may_hold_any_event_form(run, tmp_path):
    right, wrong = rows()
    path = jsonl(tmp_path / "rows.jsonl", [[right, wrong], {"batch": [wrong]}, right])
    graded = results(run("grade", GRADER, path).stdout)
    assert [entry["id"] for entry in graded] == ["right", "wrong", "wrong", "right"]


def test_the_summary_as_json(run, tmp_path):
    result = run("grade", GRADER, jsonl(tmp_path / "rows.jsonl", rows() * 3), "--json")
    summary = json.loads(result.stdout)
    assert (summary["rows"], summary["scored"], summary["unscored"]) == (6, 6, {})
    assert summary["mean"] == 0.5
    assert summary["quantiles"]["p100"] == 1.0
    assert (summary["groups"], summary["flat_groups"]) == (1, 0)
    assert summary["criteria"]["accuracy"] == 0.5


def test_a_broken_line_is_named_and_loses_nothing_else(run, tmp_path):
    path = tmp_path / "rows.jsonl"
    right = json.dumps(rows()[0])
    path.write_text(f"{right}\n{{oops\n\n{right}\n", encoding="utf-8")

    result = run("grade", GRADER, path)

    assert result.exit_code == 2
    graded = results(result.stdout)
    assert [entry["outcome"] for entry in graded] == ["scored", "unscored:bad_sample", "scored"]
    assert "line 2" in graded[1]["reason"]
    assert "rows.jsonl:2: not JSON" in result.stderr


def test_unscored_rows_exit_with_1_and_a_full_batch_of_them_still_answers(run, tmp_path):
    unreadable = [row("{}", None) | {"id": n} for n in range(5)]
    result = run("grade", GRADER, jsonl(tmp_path / "rows.jsonl", unreadable))
    assert result.exit_code == 1
    graded = results(result.stdout)
    assert [entry["id"] for entry in graded] == [0, 1, 2, 3, 4]
    assert {entry["outcome"] for entry in graded} == {"unscored:bad_sample"}
    assert "reference_answer" in graded[0]["reason"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("grade", "data_extractoin", "rows.jsonl"), "did you mean 'data_extraction'"),
        (("grade", GRADER, "absent.jsonl"), "absent.jsonl: No such file"),
        (("grade", GRADER, "rows.jsonl", "--set", "wieghts=1"), "did you mean 'weights'"),
        (("grade", GRADER, "rows.jsonl", "--set", "unscored=sibling"), "did you mean 'siblings'"),
        (("grade", GRADER, "rows.jsonl", "--set", "min_isolation=x"), "valid names: process, rlim"),
        (("grade", GRADER, "rows.jsonl", "--set", "weights"), "is not KEY=VALUE"),
        (("grade", GRADER, "rows.jsonl", "--set", "fault_budget=2"), "fault_budget"),
        (("grade", GRADER, "rows.jsonl", "-o", "no/such/folder/out"), "no/such/folder"),
        (("grade", GRADER, "rows.jsonl", "--function", "f", "--set", "neutral=0"), "deployed"),
        (("graders", "show", "data_extractoin"), "did you mean 'data_extraction'"),
        (("grad",), "No such command 'grad'; did you mean 'grade'?"),
        (("job", "lunch"), "No such command 'lunch'; did you mean 'launch'?"),
        (("frobnicate",), "No such command 'frobnicate'; valid names: check, "),
    ],
)
def test_bad_input_is_refused_with_exit_code_2(run, tmp_path, args, message):
    jsonl(tmp_path / "rows.jsonl", rows())
    result = run(*args)
    assert result.exit_code == 2
    assert message in result.output


def test_settings_are_overridden(run, tmp_path):
    path = jsonl(tmp_path / "rows.jsonl", [row("{}", None), rows()[1]])
    result = run("grade", GRADER, path, "--set", "neutral=0.25", "--set", 'unscored="neutral"')
    assert results(result.stdout)[0]["aggregate_reward_score"] == 0.25


@pytest.mark.parametrize(("grader", "judge"), [("tone_style", "offline stand-in"), (GRADER, "")])
def test_what_is_graded_names_its_judge(run, tmp_path, grader, judge):
    path = jsonl(tmp_path / "rows.jsonl", rows())
    assert json.loads(run("grade", grader, path, "--json").stdout)["judge_name"] == judge
    assert ("judge " in run("grade", grader, path).stderr) == bool(judge)


def test_an_entry_of_graders_toml_is_a_grader(run, tmp_path):
    (tmp_path / "graders.toml").write_text(
        f'[graders.mine]\ntemplate = "{GRADER}"\n[graders.mine.settings]\nneutral = 0.125\n',
        encoding="utf-8",
    )
    path = jsonl(tmp_path / "rows.jsonl", [row("{}", None)])
    graded = results(run("grade", "mine", path).stdout)
    assert graded[0]["aggregate_reward_score"] == 0.125
    assert any(g["name"] == "mine" for g in json.loads(run("graders", "list", "--json").stdout))


def test_graders_are_listed_and_shown(run):
    assert GRADER in run("graders").output
    assert GRADER in run("graders", "list").output
    assert "accuracy" in run("graders", "show", GRADER).output
    shown = json.loads(run("graders", "show", GRADER, "--json").stdout)
    assert shown["settings"]["unscored"] == "siblings"


def test_the_summary_adds_up_what_the_judge_took():
    summary = Summary()
    metrics = [{"name": "judge_input_tokens", "value": 40.0, "type": "Metric"}]
    scored = {"outcome": "scored", "aggregate_reward_score": 1.0, "metrics_list": metrics}
    failed = {"outcome": "unscored:judge_fault", "aggregate_reward_score": 0.5}
    summary.add(scored, None)
    summary.add(failed | {"metrics_list": metrics}, None)
    assert summary.as_json("")["judge"] == {"input_tokens": 80.0}
