"""What a deployed grader logged becomes the job's steps, once, in the folder."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.jobs.bedrock_job import write_job
from tests.jobs.logged import PER_STEP, record, step_lines
from tests.wire.bedrock import Life
from workbench.jobs.folder import JobFolder
from workbench.jobs.services import ServiceError, aws, service_of

BEGIN = int(time.time() * 1000) - 600_000


@pytest.fixture
def job(cloud, tmp_path):
    """A job that began twenty minutes ago and goes on."""
    file, folder = write_job(tmp_path)
    service = service_of(file.job)
    cloud.bedrock.life = Life(polls=None)
    service.launch(file, folder)
    (made,) = cloud.bedrock.jobs.values()
    made["begin"] = datetime.now(UTC) - timedelta(minutes=20)
    return folder, service


def test_steps_are_told_by_order_with_their_prompts(job, cloud):
    folder, service = job
    cloud.log(step_lines(0, BEGIN) + step_lines(16, BEGIN + 60_000, (1.0, 1.0)))
    state = service.refresh(folder)
    assert state.step == 2
    first, second = folder.metrics()[1], folder.metrics()[2]
    assert first["critic/rewards/mean"] == 0.5
    assert first["touchstone/criteria/correct"] == 0.5
    assert first["touchstone/flat_groups"] == 0
    assert (second["touchstone/flat_groups"], second["touchstone/flat_groups/all_one"]) == (1, 1)
    assert first["touchstone/grader_latency_ms/p50"] == 50.0
    assert first["touchstone/unscored"] == 0
    assert first["touchstone/spend_usd"] == pytest.approx(0.5 + 1.66667e-5 + 2e-7)
    assert second["touchstone/spend_usd"] == pytest.approx(2 * first["touchstone/spend_usd"])
    assert "touchstone/throttles" not in first
    rollouts = list(folder.rollouts())
    assert len(rollouts) == 2 * PER_STEP
    assert rollouts[0]["group"] == "r0"
    assert rollouts[0]["prompt"] == "What is 0 + 1?"
    assert rollouts[0]["reference_answer"] == "1"
    assert rollouts[-1]["step"] == 2


def test_what_comes_in_parts_is_counted_once(job, cloud):
    folder, service = job
    lines = step_lines(0, BEGIN) + step_lines(16, BEGIN) + step_lines(32, BEGIN + 7)
    for start in range(0, len(lines), 20):
        cloud.log(sorted(lines, key=lambda line: line[0])[start : start + 20])
        service.refresh(folder)
        service.refresh(folder)
    assert service.refresh(folder).step == 3
    rows = list(folder.rollouts())
    assert [row["step"] for row in rows] == [1] * PER_STEP + [2] * PER_STEP + [3] * PER_STEP
    rollouts = [(row["id"], row["reward"]) for row in rows]
    assert len(set(rollouts)) == len(rollouts)
    assert folder.metrics()[3]["touchstone/spend_usd"] == pytest.approx(1.5, rel=1e-3)


def test_rows_that_a_dead_process_wrote_are_not_kept_twice(job, cloud, monkeypatch):
    folder, service = job
    cloud.log(step_lines(0, BEGIN))
    with monkeypatch.context() as patch:
        update = JobFolder.update

        def die(self, **changes):
            if "cursor" in changes.get("details", {}):
                raise KeyboardInterrupt
            return update(self, **changes)

        patch.setattr(JobFolder, "update", die)
        with pytest.raises(KeyboardInterrupt):
            service.refresh(folder)
    assert len(list(folder.rollouts())) == PER_STEP
    service.refresh(folder)
    assert len(list(folder.rollouts())) == PER_STEP


def test_other_versions_and_other_lines_are_not_the_jobs(job, cloud):
    folder, service = job
    cloud.log([(BEGIN + i, record(0, "a", 1.0, version="2")) for i in range(PER_STEP)], "2")
    cloud.log([(BEGIN, {"message": "hello"}), (BEGIN, ["not", "ours"])])  # pyright: ignore
    service.refresh(folder)
    assert folder.metrics() == {}


def test_validation_rollouts_are_told_apart_by_their_prompt(job, cloud):
    folder, service = job
    held_out = [(BEGIN + i, record(100 + i, "a", 0.25)) for i in range(10)]
    later = [(BEGIN + 90_000 + i, record(100 + i, "a", 0.75)) for i in range(10)]
    cloud.log(held_out + step_lines(0, BEGIN + 1000) + later + step_lines(16, BEGIN + 99_000))
    service.refresh(folder)
    metrics = folder.metrics()
    assert metrics[0] == {"val-score/rewards/mean@1": 0.25}
    assert metrics[1]["val-score/rewards/mean@1"] == 0.75
    assert metrics[1]["critic/rewards/mean"] == 0.5
    rows = list(folder.evaluation())
    assert [(r["model"], r["step"]) for r in (rows[0], rows[-1])] == [("base", 0), ("tuned", 1)]


def test_an_open_step_shows_and_the_end_closes_it(job, cloud):
    folder, service = job
    part = [*step_lines(0, BEGIN)[:10], (BEGIN + 50, record(9, "b", None))]
    cloud.log(part)
    assert service.refresh(folder).step == 0
    assert folder.metrics()[1]["touchstone/unscored"] == pytest.approx(1 / 9)
    assert folder.metrics()[1]["touchstone/unscored/judge_fault"] == 1
    assert not list(folder.rollouts())
    cloud.bedrock.life = Life(polls=0)
    assert service.refresh(folder).step == 1
    rows = list(folder.rollouts())
    assert (len(rows), rows[-1]["reward"]) == (9, None)
    service.refresh(folder)
    assert len(list(folder.rollouts())) == 9


def test_throttled_calls_come_from_the_functions_own_metric(job, cloud):
    folder, service = job
    cloud.client("cloudwatch").put_metric_data(
        Namespace="AWS/Lambda",
        MetricData=[{
            "MetricName": "Throttles", "Value": 3.0, "Unit": "Count",
            "Timestamp": datetime.now(UTC) - timedelta(minutes=5),
            "Dimensions": [{"Name": "FunctionName", "Value": "touchstone-exact"},
                           {"Name": "Resource", "Value": "touchstone-exact:1"}],
        }],
    )  # fmt: skip
    cloud.log(step_lines(0, BEGIN) + step_lines(16, BEGIN + 60_000))
    service.refresh(folder)
    assert folder.metrics()[1]["touchstone/throttles"] == 3
    assert "touchstone/throttles" not in folder.metrics()[2]


def test_a_log_that_may_not_be_read_is_said_once_and_the_job_goes_on(job, cloud, monkeypatch):
    folder, service = job

    def denied(*_):
        raise ServiceError("logs:FilterLogEvents: no (AccessDenied)", "denied", "allow it")

    monkeypatch.setattr("workbench.jobs.services.graderlog._read", denied)
    for _ in range(2):
        assert service.refresh(folder).status == "InProgress"
    said = [e["message"] for e in folder.events() if "is not read" in e["message"]]
    assert said == [
        "the grader's log is not read: logs:FilterLogEvents: no (AccessDenied); allow it"
    ]
    assert folder.metrics() == {}
    assert aws.client("logs", "us-east-1")
