"""A job's folder keeps every finished line, and a state that is always whole."""

import pytest

from touchstone.workbench.jobs.folder import FolderError, JobFolder, State


@pytest.fixture
def folder(tmp_path):
    made = JobFolder(tmp_path / "jobs" / "a")
    made.begin(State(name="a", service="bedrock"), 'name = "a"\n')
    return made


def test_state_changes_are_kept_with_their_times(folder):
    state = folder.update(status="InProgress", step=3)
    assert (state.name, state.status, state.step, state.ended) == ("a", "InProgress", 3, "")
    assert state.updated >= state.created
    ended = folder.update(status="Failed", message="why")
    assert ended.ended
    assert folder.update(status="InProgress").ended == ""
    assert JobFolder(folder.path).state().message == "why"


def test_metrics_of_a_step_are_put_together(folder):
    folder.add_metrics(2, {"critic/rewards/mean": 0.5})
    folder.add_metrics(1, {"critic/rewards/mean": 0.1})
    folder.add_metrics(2, {"critic/rewards/mean": 0.4, "actor/entropy": 1.0})
    assert folder.metrics() == {
        1: {"critic/rewards/mean": 0.1},
        2: {"critic/rewards/mean": 0.4, "actor/entropy": 1.0},
    }
    assert list(folder.metrics()) == [1, 2]


def test_a_line_that_is_still_written_is_not_read(folder):
    folder.add_rollouts([{"id": 1}, {"id": 2}])
    with (folder.path / "rollouts.jsonl").open("a") as sink:
        sink.write('{"id": 3')
    assert [row["id"] for row in folder.rollouts()] == [1, 2]
    folder.add_rollouts([{"id": 4}])
    assert [row["id"] for row in folder.rollouts()] == [1, 2, 4]


def test_a_broken_line_and_a_missing_job_are_named(folder, tmp_path):
    (folder.path / "events.jsonl").write_text("{}\nnot json\n")
    with pytest.raises(FolderError, match=r"events\.jsonl:2"):
        folder.events()
    for line in ('{"step": 1}', "null", '{"step": 1, "time": "", "metrics": {"a": "x"}}'):
        (folder.path / "metrics.jsonl").write_text(f"{line}\n")
        with pytest.raises(FolderError, match=r"metrics\.jsonl:1"):
            folder.metrics()
    (folder.path / "metrics.jsonl").unlink()
    with pytest.raises(FolderError, match="no job was launched here"):
        JobFolder(tmp_path / "none").state()
    with pytest.raises(ValueError, match="Out of range"):
        folder.add_metrics(1, {"critic/rewards/mean": float("nan")})
