"""A job.toml from its file to its end, and what is refused before anything is trained."""

import json

import pytest

from tests.rehearse.support import likes_vowels, unscored
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.spec import load_job
from touchstone.workbench.rehearse.job import follow, open_engine
from touchstone.workbench.rehearse.model import RehearsalError, load

TOML = """
name = "toy"
service = "local"
[data]
train = "train.jsonl"
[grader]
name = "content_moderation"
[rehearsal]
model = "{model}"
steps = 3
batch_size = 2
samples = 2
max_tokens = 4
eval_interval = 1
"""


@pytest.fixture
def job(tiny, tmp_path):
    (tmp_path / "job.toml").write_text(TOML.format(model=tiny))
    row = {"messages": [{"role": "user", "content": "why"}], "reference_answer": "allow"}
    (tmp_path / "train.jsonl").write_text(f"{json.dumps(row)}\n" * 3)
    return load_job(tmp_path / "job.toml")


def test_a_job_runs_to_completion(job):
    folder = JobFolder(job.folder)
    engine = open_engine(job, folder, likes_vowels)
    assert folder.state().status == "Creating"
    seen = []
    follow(engine, seen.append)
    assert len(seen) == 3
    state = folder.state()
    assert (state.status, state.step, state.total_steps) == ("Completed", 3, 3)
    assert (state.service, state.grader) == ("local", "content_moderation")
    assert state.ended
    load(folder.checkpoints / "step-3")


def test_a_job_is_stopped_between_steps_and_goes_on_later(job):
    folder = JobFolder(job.folder)
    follow(open_engine(job, folder, likes_vowels), lambda _: folder.update(status="Stopping"))
    assert folder.state().status == "Stopped"
    assert folder.state().step == 1
    follow(open_engine(job, folder, likes_vowels))
    assert folder.state().status == "Completed"
    assert list(folder.metrics()) == [0, 1, 2, 3]


def test_an_interrupted_job_is_stopped_not_failed(job):
    folder = JobFolder(job.folder)

    def pressed(events):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(open_engine(job, folder, pressed))
    assert folder.state().status == "Stopped"


def test_a_failed_job_says_why(job):
    folder = JobFolder(job.folder)
    with pytest.raises(RehearsalError):
        follow(open_engine(job, folder, lambda rows: list(map(unscored, rows))))
    assert folder.state().status == "Failed"
    assert "no rollout could be scored" in folder.state().message


def test_the_jobs_own_grader_is_the_handler_of_its_template(job):
    folder = JobFolder(job.folder)
    follow(open_engine(job, folder))
    assert "touchstone/criteria/policy_compliance" in folder.metrics()[1]


@pytest.mark.parametrize(
    ("line", "why"),
    [("{", "not JSON"), ('{"prompt": "why"}', "a row needs messages"), ("[]", "not an object")],
)
def test_a_row_that_cannot_be_used_is_refused_by_its_line(job, line, why):
    train = job.local("train.jsonl")
    train.write_text(train.read_text() + line + "\n")
    with pytest.raises(RehearsalError, match=rf"train.jsonl:4: {why}"):
        open_engine(job, JobFolder(job.folder), likes_vowels)


def test_prompts_beyond_the_models_window_are_left_out_and_told(job):
    train = job.local("train.jsonl")
    row = {"messages": [{"role": "user", "content": "why " * 30}]}
    train.write_text(train.read_text() + json.dumps(row) + "\n")
    folder = JobFolder(job.folder)
    follow(open_engine(job, folder, likes_vowels))
    assert {row["prompt"] for row in folder.rollouts()} == {"why"}
    assert "1 prompts are longer than the model's window" in folder.events()[0]["message"]


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(RehearsalError, match=r"no config\.json"):
        load(tmp_path)
