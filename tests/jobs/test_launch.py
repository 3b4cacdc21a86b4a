"""The verbs launch, stop and deploy as a user types them."""

import json
import os
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from tests.jobs.bedrock_job import TEXT, write_job
from tests.wire.bedrock import Life
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.folder import State


@pytest.fixture
def typed(cloud, tmp_path):
    file, folder = write_job(tmp_path)

    def run(*words):
        return CliRunner().invoke(main, ["job", words[0], str(file.path), *words[1:]])

    return run, folder


def test_a_launch_says_what_was_made_and_a_second_one_the_same(typed, cloud):
    run, folder = typed
    first = run("launch")
    assert first.exit_code == 0, first.output
    assert folder.state().job_id in first.output
    assert "touchstone-exact:1" in first.output
    assert "touchstone job watch" in first.output
    assert run("launch").output == first.output
    assert len(cloud.bedrock.jobs) == 1


def test_a_launch_says_that_the_file_has_changed_since(typed, cloud):
    run, folder = typed
    assert "another job.toml" not in run("launch").output
    file = folder.path.parents[1] / "job.toml"
    file.write_text(file.read_text().replace("batch_size = 16", "batch_size = 32"))
    assert "launched with another job.toml" in run("launch").output
    assert len(cloud.bedrock.jobs) == 1


def test_a_dry_run_prints_the_request_and_asks_nobody(typed, cloud):
    run, folder = typed
    result = run("launch", "--dry-run")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["customizationType"] == "REINFORCEMENT_FINE_TUNING"
    assert not cloud.bedrock.calls
    assert not folder.path.exists()


@pytest.mark.parametrize(
    ("trouble", "code", "advice"),
    [
        ("denied", 2, "allow bedrock:CreateModelCustomizationJob and iam:PassRole"),
        ("expired", 2, "sign in again"),
        ("invalid", 2, "correct it in the job's file"),
        ("throttled", 1, "run the same command again"),
        ("cut", 1, "check the connection"),
    ],
)
def test_trouble_is_a_sentence_with_advice_and_the_next_launch_goes_on(
    typed, cloud, trouble, code, advice
):
    run, _ = typed
    cloud.bedrock.fail("CreateModelCustomizationJob", trouble, times=2)
    result = run("launch")
    assert result.exit_code == code
    assert result.stderr.startswith("error: bedrock:CreateModelCustomizationJob: ")
    assert advice in result.stderr
    assert "Traceback" not in result.output
    cloud.bedrock.recover()
    assert run("launch").exit_code == 0
    assert len(cloud.bedrock.jobs) == 1


@pytest.fixture
def unsound(typed):
    """A job with a role that is not there, as only a plan tells."""
    run, folder = typed
    file = folder.path.parents[1] / "job.toml"
    file.write_text(TEXT.replace("role/rft", "role/none"))
    return run, folder


def test_what_the_plan_calls_an_error_is_not_launched(unsound, cloud):
    run, folder = unsound
    refused = run("launch")
    assert refused.exit_code == 2
    assert re.search(r"job\.toml:3: role: there is no role none -> ", refused.stderr)
    assert "--even-so" in refused.stderr
    assert not cloud.bedrock.calls
    assert not folder.path.exists()


def test_a_job_that_was_launched_even_so_says_so_from_then_on(unsound, cloud):
    run, folder = unsound
    launched = run("launch", "--even-so")
    assert launched.exit_code == 0, launched.output
    assert "launched even so: " in launched.stdout
    assert [line for line in folder.state().even_so if "no role none" in line]
    assert run("launch").output == launched.output  # it is there: no plan is asked any more
    assert "no role none" in run("watch", "--once").stdout


@pytest.mark.parametrize(
    ("settings", "code"),
    [("", 2), ('judge = "offline"\nallow_offline = true', 0), ('judge = "bedrock:m"', 0)],
)
def test_a_stand_in_judges_no_job_that_is_paid_for(typed, cloud, monkeypatch, settings, code):
    run, folder = typed
    home = folder.path.parents[1]
    monkeypatch.chdir(home)
    entry = '[graders.brief]\ntemplate = "instruction_following"\n[graders.brief.settings]\n'
    (home / "graders.toml").write_text(f"{entry}{settings}\n")
    file = home / "job.toml"
    file.write_text(TEXT.replace("math_reasoning", "brief"))
    result = run("launch")
    assert result.exit_code == code, result.output
    assert ("offline stand-in" in result.output) == (settings[:15] != 'judge = "bedroc')
    assert len(cloud.bedrock.jobs) == (code == 0)


def test_a_rehearsal_makes_room_for_the_job_once_it_has_ended(typed):
    run, folder = typed
    folder.begin(State(name="support", service="local", status="InProgress"), TEXT)
    refused = run("launch")
    assert refused.exit_code == 2
    assert "a rehearsal of this job is InProgress" in refused.stderr
    folder.update(status="Completed")
    assert run("launch").exit_code == 0
    assert folder.state().service == "bedrock"
    aside = folder.path.with_name("support-rehearsal")
    assert json.loads((aside / "state.json").read_text())["service"] == "local"
    assert run("launch", "--local").exit_code == 2  # the job is under way


def test_a_folder_that_cannot_be_made_is_bad_input(typed):
    run, folder = typed
    folder.path.parent.write_text("in the way")
    result = run("launch")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {folder.path.parent}")


def test_stop_and_deploy_before_anything_was_launched_say_so(typed):
    run, _ = typed
    for verb in ("stop", "deploy"):
        result = run(verb)
        assert result.exit_code == 2
        assert "no job was launched here" in result.stderr


def test_a_job_that_failed_has_no_model_to_wait_for(typed, cloud):
    run, _ = typed
    cloud.bedrock.life = Life(polls=0, end="Failed", message="the grader broke")
    run("launch")
    said = run("deploy")
    assert said.exit_code == 2
    assert "the job is Failed: the grader broke" in said.stderr
    assert "wait" not in said.stderr


@pytest.mark.parametrize(("end", "code"), [("Completed", 0), ("Failed", 1)])
def test_a_job_that_has_ended_is_not_launched_again(typed, cloud, end, code):
    run, _ = typed
    cloud.bedrock.life = Life(polls=0, end=end)
    run("launch")
    run("deploy")  # looks at the job
    result = run("launch")
    assert result.exit_code == code
    assert "another name" in result.output
    assert len(cloud.bedrock.jobs) == 1


def test_a_job_is_stopped(typed, cloud):
    run, _ = typed
    cloud.bedrock.life = Life(polls=None)
    run("launch")
    result = run("stop")
    assert (result.exit_code, result.output) == (0, "support: Stopping\n")


def test_deploy_waits_until_the_model_answers(typed, cloud):
    run, folder = typed
    cloud.bedrock.life = Life(polls=0)
    cloud.bedrock.deployment = Life(polls=2, end="Active")
    run("launch")
    result = run("deploy", "--wait", "--interval", "0.01")
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith("Active\n")
    assert folder.state().deployment in result.stdout
    assert cloud.bedrock.count("CreateCustomModelDeployment") == 1


def test_a_deployment_that_fails_says_why(typed, cloud):
    run, _ = typed
    cloud.bedrock.life = Life(polls=0)
    cloud.bedrock.deployment = Life(polls=1, end="Failed", message="no capacity")
    run("launch")
    result = run("deploy", "--wait", "--interval", "0.01")
    assert result.exit_code == 1
    assert "Failed: no capacity" in result.output


def test_the_command_itself_speaks_to_the_service(cloud, tmp_path):
    file, folder = write_job(tmp_path)
    environ = {**os.environ, **cloud.environ}
    words = [sys.executable, "-m", "touchstone.workbench.cli", "job", "launch", str(file.path)]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert folder.state().job_id in done.stdout
    assert len(cloud.bedrock.jobs) == 1
