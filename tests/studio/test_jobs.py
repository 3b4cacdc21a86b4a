"""Jobs: listed and shown as their report shows them, live while they run."""

import re

import pytest

from tests.jobs.sample_folder import sample_folder


def test_a_folder_without_jobs_says_how_one_begins(client):
    page = client.ask("/jobs").text
    assert "0 jobs are in this folder" in page
    assert "job launch" in page


def test_a_job_is_listed_and_shown_with_its_curves_signs_and_rollouts(client, tmp_path):
    sample_folder(tmp_path)
    page = client.ask("/jobs").text
    assert re.search(r"support-triage.*Completed.*40 of 40", page, re.S)
    page = client.ask("/jobs/support-triage").text
    for part in ('id="reward"', "Rollouts that explain the curves", "job.toml"):
        assert part in page
    assert "<script>window.pwned" not in page
    assert "live.js" not in page
    assert 'aria-current="page"' in page


def test_a_running_job_is_live_and_each_look_has_what_is_new(client, tmp_path):
    folder = sample_folder(tmp_path, status="InProgress", steps=12)
    folder.update(open_step={"rollouts": 7, "critic/rewards/mean": 0.25})
    page = client.ask("/jobs/support-triage").text
    assert "live.js" in page
    assert "The next step has 7 rollouts: reward, mean 0.250." in page
    assert "At the pace of the newest steps it takes 2 h 48 min more." in page
    assert "1 of them running" in client.ask("/jobs").text
    folder.add_metrics(13, {"critic/rewards/mean": 0.987})
    assert "0.987" in client.ask("/jobs/support-triage").text


@pytest.mark.parametrize("name", ["none", "..", "%2e%2e", "..%2f..", "a%2fb"])
def test_what_is_no_job_is_not_there(client, name):
    reply = client.ask(f"/jobs/{name}")
    assert reply.status == 404
    assert "Traceback" not in reply.text


def test_a_folder_that_cannot_be_read_is_passed_over_and_said(client, tmp_path):
    folder = sample_folder(tmp_path)
    (folder.path / "state.json").write_text("{")
    assert "0 jobs" in client.ask("/jobs").text
    reply = client.ask("/jobs/support-triage")
    assert (reply.status, "state.json" in reply.text) == (500, True)
