"""A job that still runs on Bedrock is looked into as a run, again and again."""

import json

import pytest
from click.testing import CliRunner

from tests.jobs.logged import PER_STEP, step_lines
from tests.jobs.test_bedrock_rewards import BEGIN, job
from tests.wire.bedrock import Life
from touchstone.workbench.cli import main

__all__ = ["job"]


@pytest.fixture
def run(job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def invoke(*args, code=0):
        result = CliRunner().invoke(main, args)
        assert result.exit_code == code, result.output + result.stderr
        return json.loads(result.stdout) if "--json" in args else result.stderr

    return invoke


def with_text(lines, said):
    """Lines of a stage that records texts."""
    return [
        (at, {**line, "completion": said, "prompt": ""}) if "prompt_hash" in line else (at, line)
        for at, line in lines
    ]


def test_the_service_is_asked_and_each_look_brings_what_is_new(run, cloud):
    cloud.log(step_lines(0, BEGIN))
    (first,) = run("runs", "import", "job.toml", "--json")
    assert (first["rollouts"], first["new"], first["untold"]) == (PER_STEP, PER_STEP, PER_STEP)
    assert (first["grader"], first["version"]) == ("math_reasoning", "1")
    cloud.log(step_lines(16, BEGIN + 60_000))
    (again,) = run("runs", "import", "job.toml", "--json")
    assert (again["run"], again["rollouts"], again["new"]) == (first["run"], 64, PER_STEP)
    assert "was recorded" in run("regrade", again["run"], code=2)


def test_what_a_stage_recorded_is_replayed_with_the_jobs_own_rows(run, cloud):
    cloud.log(with_text(step_lines(0, BEGIN, (0.0, 0.0)), "The answer is 1."))
    (one,) = run("runs", "import", "job.toml", "--json")
    assert one["untold"] == 0
    run("regrade", one["run"], "--grader", "math_reasoning")
    told = run("runs", "diff", one["run"], "last", "--json")
    # Of the 16 prompts, each with two rollouts, that is the answer to one.
    assert (told["mean"], told["changed"]) == ([0.0, 2 / PER_STEP], 2)
    assert told["steps"][0]["step"] == 1


def test_a_service_that_cannot_be_asked_leaves_what_the_folder_holds(run, cloud):
    cloud.log(step_lines(0, BEGIN))
    run("runs", "import", "job.toml")
    cloud.bedrock.life = Life(polls=None)
    cloud.bedrock.jobs.clear()
    said = run("runs", "import", "job.toml")
    assert "is brought" in said
