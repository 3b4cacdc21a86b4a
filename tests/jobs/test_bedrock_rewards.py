"""What a deployed grader logged becomes the job's steps, once, in the folder."""

import itertools
import re
import time
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from tests.jobs.bedrock_job import write_job
from tests.jobs.logged import PER_STEP, record, step_lines
from tests.wire.bedrock import Life
from touchstone.observe import RECORD
from touchstone.workbench import aws
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.jobs.details import moment
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.services import service_of
from touchstone.workbench.jobs.spec import Brake, Data, Grader, Job, load_job
from touchstone.workbench.jobs.watch.brake import decide

BEGIN = int(time.time() * 1000) - 600_000


@pytest.fixture
def job(cloud, tmp_path):
    """A job that began ten minutes before its log does, and goes on."""
    file, folder = write_job(tmp_path)
    service = service_of(file.job)
    cloud.bedrock.life = Life(polls=None)
    service.launch(file, folder)
    (made,) = cloud.bedrock.jobs.values()
    made["begin"] = datetime.fromtimestamp(BEGIN / 1000, UTC) - timedelta(minutes=10)
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
    state = service.refresh(folder)
    assert state.step == 0
    assert state.open_step["rollouts"] == 9
    assert state.open_step["touchstone/unscored"] == pytest.approx(1 / 9)
    assert state.open_step["touchstone/unscored/judge_fault"] == 1
    assert (folder.metrics(), list(folder.rollouts())) == ({}, [])
    cloud.bedrock.life = Life(polls=0)
    assert service.refresh(folder).step == 1
    rows = list(folder.rollouts())
    assert (len(rows), rows[-1]["reward"]) == (9, None)
    assert folder.metrics()[1]["touchstone/unscored"] == pytest.approx(1 / 9)
    assert service.refresh(folder).open_step == {}
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

    monkeypatch.setattr("touchstone.workbench.jobs.observed.log._read", denied)
    for _ in range(2):
        assert service.refresh(folder).status == "InProgress"
    said = [e["message"] for e in folder.events() if "is not read" in e["message"]]
    assert said == [
        "the grader's log is not read: logs:FilterLogEvents: no (AccessDenied); allow it"
    ]
    assert folder.metrics() == {}
    assert aws.client("logs", "us-east-1")


def test_the_brake_judges_complete_steps_but_counts_all_money(job, cloud):
    folder, service = job
    cloud.log(step_lines(0, BEGIN, (0.0, 0.0))[:4])  # two rollouts of one prompt, both 0
    service.refresh(folder)
    settings = Job(name="x", data=Data(train="x"), grader=Grader(name="x"))
    flat = msgspec.structs.replace(settings, brake=Brake(flat_share=0.5, patience=1))
    dear = msgspec.structs.replace(settings, brake=Brake(max_usd=0.4))
    assert decide(flat, folder) is None
    assert "max_usd" in (decide(dear, folder) or "")


def test_a_log_out_of_reach_hides_no_end(job, cloud, monkeypatch):
    folder, service = job
    cloud.bedrock.life = Life(polls=0)

    def cut(*_):
        raise ServiceError("logs: cut", "network")

    with monkeypatch.context() as patch:
        patch.setattr("touchstone.workbench.jobs.observed.log._read", cut)
        for _ in range(2):
            with pytest.raises(ServiceError, match="cut"):
                service.refresh(folder)
    assert folder.state().status == "Completed"
    assert [e["message"] for e in folder.events()].count("Completed") == 1
    cloud.log(step_lines(0, BEGIN))
    assert service.refresh(folder).step == 1


@pytest.mark.parametrize("name", ["null", '"x"', '""'])
def test_rows_without_an_id_of_their_own_stay_groups_of_their_own(job, cloud, name):
    folder, service = job
    train = folder.path.parents[1] / "train.jsonl"
    train.write_text(re.sub(r'"id": "r\d+"', f'"id": {name}', train.read_text()))
    lines = [(BEGIN + n, record(n // 2, f"a{n % 2}", n // 2 % 2)) for n in range(PER_STEP)]
    cloud.log(lines)  # every group is flat, half of them at 0
    service.refresh(folder)
    assert folder.metrics()[1]["touchstone/flat_groups"] == 1
    assert len({row["group"] for row in folder.rollouts()}) == 16


ODD = [
    {"message": RECORD, "version": "1"},
    {**record(0, "a", 1.0), "criteria": {"correct": "high"}},
    {"type": "platform.report", "record": None},
    {"type": "platform.report", "record": {"metrics": {"durationMs": 1}}},
    {"_aws": {}, "version": "1", "JudgeCostUsd": "much"},
]


def test_lines_of_another_shape_are_passed_over(job, cloud):
    folder, service = job
    train = folder.path.parents[1] / "train.jsonl"
    train.write_text(f'{{"messages": null}}\n{{"messages": 5}}\n{train.read_text()}')
    cloud.log([(BEGIN - 1, line) for line in ODD] + step_lines(0, BEGIN))
    assert service.refresh(folder).step == 1
    assert folder.metrics()[1]["critic/rewards/mean"] == 0.5


def test_a_job_goes_on_with_the_batches_it_was_launched_with(job, cloud):
    folder, _ = job
    file = folder.path.parents[1] / "job.toml"
    file.write_text(file.read_text().replace("batch_size = 16", "batch_size = 64"))
    cloud.log(step_lines(0, BEGIN))
    assert service_of(load_job(file).job).refresh(folder).step == 1


def test_validation_has_its_own_time(job, cloud):
    folder, service = job
    held_out = [(BEGIN + n, record(100 + n, "a", 0.25)) for n in range(10)]
    cloud.log(held_out + step_lines(0, BEGIN + 60_000) + step_lines(16, BEGIN + 120_000))
    service.refresh(folder)
    times = [moment(time) for time in folder.times().values()]
    gaps = [(b - a).total_seconds() for a, b in itertools.pairwise(times)]
    assert gaps == [pytest.approx(60, abs=1)] * 2
