"""A rehearsal by command: a process of its own, followed, stopped, lost and gone on with."""

import json
import os
import signal
import time

import pytest
from click.testing import CliRunner

from tests.rehearse.support import write_job
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.folder import JobFolder


@pytest.fixture
def begin(tiny, tmp_path):
    """Returns what writes a job, and runs a verb of it."""

    def write(steps, model=tiny):
        settings = {"model": str(model), "steps": steps, "samples": 2, "max_tokens": 4}
        path = write_job(tmp_path, ["why"] * 3, **settings)

        def run(verb, *options, code=0):
            done = CliRunner().invoke(main, ["job", verb, str(path), *options])
            assert done.exit_code == code, done.output
            return done.output

        return run

    yield write
    folder = JobFolder(tmp_path / "jobs" / "toy")
    if folder.exists():
        CliRunner().invoke(main, ["job", "stop", str(tmp_path / "job.toml")])


@pytest.fixture
def folder(tmp_path):
    return JobFolder(tmp_path / "jobs" / "toy")


def wait_for_step(folder, step):
    while folder.state().step < step:
        assert folder.state().status == "InProgress", folder.state()
        time.sleep(0.05)


def test_a_rehearsal_is_launched_watched_reported_and_compared(begin, folder):
    run = begin(steps=2)
    assert run("launch").startswith("toy: ")  # two steps of a toy may be over before it answers
    assert "Completed" in run("watch", "--interval", "0.2")
    assert folder.state().step == 2
    assert "why" in (run("report"), (folder.path / "report.html").read_text())[1]
    assert json.loads(run("compare", "--json").splitlines()[-1])["pairs"] == 3
    rows = str(folder.path.parents[1] / "train.jsonl")
    asked = run("compare", "--prompts", rows, "--base", folder.state().base_model, "--json")
    assert json.loads(asked.splitlines()[-1])["pairs"] == 3
    run("deploy")
    assert folder.state().deployment == str(folder.checkpoints / "step-2")
    assert "it has ended" in run("launch")


def test_a_stopped_rehearsal_goes_on_from_its_checkpoint(begin, folder):
    run = begin(steps=10_000)
    run("launch")
    wait_for_step(folder, 3)
    run("stop")
    assert folder.state().status == "Stopped"
    reached = folder.state().step
    begin(steps=reached + 2)("launch")
    run("watch", "--interval", "0.2")
    assert folder.state().step == reached + 2
    assert list(folder.metrics()) == list(range(reached + 3))


def test_a_rehearsal_whose_process_was_killed_has_failed(begin, folder):
    run = begin(steps=10_000)
    run("launch")
    wait_for_step(folder, 1)
    os.kill(int((folder.path / "rehearsal.lock").read_text()), signal.SIGKILL)
    run("watch", "--interval", "0.2", code=1)
    assert folder.state().status == "Failed"


def test_a_rehearsal_that_cannot_begin_says_why(begin, tmp_path):
    said = begin(steps=1, model=tmp_path / "none")("launch", code=1)
    assert "not a Hugging Face model folder" in said
