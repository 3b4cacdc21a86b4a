"""A project of one's own: made by a command, found from below, and told what is missing."""

import json
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from touchstone.workbench.cli import main
from touchstone.workbench.rehearse.model import RehearsalError, load


def run(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = run("init", "mine", "--grader", "refund-policy")
    assert made.exit_code == 0, made.output
    monkeypatch.chdir(tmp_path / "mine")
    return tmp_path / "mine"


def test_a_project_grades_and_holds_as_it_is_written(project):
    graded = run("grade", "refund-policy", "rewards/refund_policy.cases.jsonl", "--runs", "none")
    assert graded.exit_code == 0, graded.output
    checked = run("check", "refund-policy")
    assert checked.exit_code == 0, checked.output
    assert (project / ".touchstone" / "checks" / "refund-policy.json").exists()


def test_a_project_has_what_deploys_it(project):
    told = json.loads((project / "cdk.json").read_text())
    assert told["app"] == "python3 app.py"
    assert {"dev", "prod"} <= told["context"]["stages"].keys()
    assert told["context"]["cli-telemetry"] is False
    compile((project / "app.py").read_text(), "app.py", "exec")
    assert "aws-cdk" in json.loads((project / "package.json").read_text())["devDependencies"]


@pytest.mark.parametrize("name", ["cdk.json", "app.py", "rewards/first.py"])
def test_nothing_is_written_over(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    done = run("init")
    assert done.exit_code == 2
    assert f"{name} is there already" in done.output
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name.split("/")[-1]]


def test_graders_that_are_there_are_given_what_deploys_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("graders.toml", ".gitignore"):
        (tmp_path / name).write_text("# ours\n")
    refused = run("init", "--grader", "mine")
    assert refused.exit_code == 2
    assert "touchstone graders new mine" in refused.output
    assert not (tmp_path / "app.py").exists()
    done = run("init")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "cdk.json").exists()
    assert not (tmp_path / "rewards").exists()
    assert (tmp_path / "graders.toml").read_text() == "# ours\n"
    assert (tmp_path / ".gitignore").read_text() == "# ours\n"


def test_the_nearest_graders_file_upwards_counts(project, monkeypatch):
    inner = project / "notebooks" / "deep"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert "refund-policy" in run("graders", "list").output
    cases = str(project / "rewards" / "refund_policy.cases.jsonl")
    graded = run("grade", "refund-policy", cases, "-o", "out.jsonl")
    assert graded.exit_code == 0, graded.output
    assert len((inner / "out.jsonl").read_text().splitlines()) == 5
    assert len(list((project / ".touchstone" / "runs").glob("*.run"))) == 1
    assert "refund-policy" in run("runs", "list").output
    assert not list(inner.glob(".touchstone"))
    (inner / "graders.toml").write_text("")
    assert "refund-policy" not in run("graders", "list").output


def test_another_graders_file_is_named(project, tmp_path, monkeypatch):
    monkeypatch.setenv("TOUCHSTONE_GRADERS", "")
    monkeypatch.chdir(tmp_path)
    named = str(project / "graders.toml")
    assert "refund-policy" not in run("graders", "list").output
    assert "refund-policy" in run("--graders", named, "graders", "list").output
    assert run("--graders", str(tmp_path / "none.toml"), "graders", "list").exit_code == 2


def test_what_is_here_is_told(project):
    told = run("doctor")
    assert told.exit_code == 0, told.output
    assert f"Python {sys.version.split()[0]}" in told.output
    assert "graders.toml: refund-policy" in told.output
    assert "rlimit" in told.output
    (project / "graders.toml").write_text("[graders.x]\n")
    broken = run("doctor")
    assert broken.exit_code == 1
    assert "graders.toml:1" in broken.output


@pytest.mark.parametrize(
    ("module", "command", "extra"),
    [
        ("numpy", ("data", "profile", "rewards/refund_policy.cases.jsonl"), "workbench"),
        ("starlette", ("serve", "refund-policy"), "serve"),
        ("sympy", ("grade", "math_reasoning", "x.jsonl"), "math-reasoning"),
    ],
)
def test_a_command_names_the_extra_that_it_needs(project, monkeypatch, module, command, extra):
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.startswith("touchstone.workbench.data")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "touchstone.adapters.http", raising=False)
    monkeypatch.delitem(sys.modules, "touchstone.workbench.cli.data.profile", raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    done = run(*command)
    assert done.exit_code == 2, done.output
    assert f"pip install 'touchstone[{extra}]'" in done.output


def test_what_it_says_to_type_is_typed_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = run("init", "hỗ trợ 日本", "--grader", "first")
    assert made.exit_code == 0, made.output
    (line,) = [line for line in made.output.splitlines() if line.startswith("cd ")]
    assert shlex.split(line)[:3] == ["cd", "hỗ trợ 日本", "&&"]


def test_a_grader_that_is_asked_for_outside_its_project_is_not_only_unknown(project, monkeypatch):
    assert "there is no" not in run("graders", "show", "refund").output
    monkeypatch.chdir(project.parent)
    done = run("graders", "show", "refund-policy")
    assert done.exit_code == 2
    assert "no grader 'refund-policy'" in done.output
    assert done.output.strip().endswith("; there is no graders.toml")


def test_a_rehearsal_says_what_it_needs_without_a_makefile(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(RehearsalError) as found:
        load()
    _, lock = str(found.value).split("pip install -r ")
    assert "torch==" in Path(lock).read_text()


def test_a_check_that_cannot_be_kept_is_told_all_the_same(project):
    (project / ".touchstone").write_text("no folder")
    checked = run("check", "refund-policy")
    assert checked.exit_code == 0, checked.output
    assert "refund-policy holds in all" in checked.output
    assert "the report is not kept: .touchstone" in checked.output
    aside = run("check", "refund-policy", "-o", ".touchstone/report.json")
    assert aside.exit_code == 2
    assert "refund-policy holds in all" in aside.output


def test_cases_of_its_own_are_found_from_below(project, monkeypatch):
    entry = '[graders.sums]\ntemplate = "math_reasoning"\n'
    file = project / "graders.toml"
    file.write_text(file.read_text() + entry)
    case = {
        "id": "half", "messages": [{"role": "user", "content": "What is 1/2?"},
                                   {"role": "assistant", "content": "The answer is 0.5"}],
        "reference_answer": "1/2", "expect": {"score": 0.2},
    }  # fmt: skip
    (project / "sums.cases.jsonl").write_text(json.dumps(case) + "\n")
    (project / "deep").mkdir()
    monkeypatch.chdir(project / "deep")
    checked = run("check", "sums", "--json")
    assert checked.exit_code == 1, checked.output
    assert '"half"' in checked.output
    assert run("check", "refund-policy").exit_code == 0
