"""A compatible job's steps, from its own events and from what its grader logged."""

import time

import msgspec
import pytest

from tests.jobs.logged import PER_STEP, record, step_lines
from tests.wire.bedrock import Life
from touchstone.workbench import aws
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.jobs.services import service_of
from touchstone.workbench.jobs.spec import Brake, load_job
from touchstone.workbench.jobs.watch.brake import decide

BEGIN = int(time.time()) - 600  # seconds; the API's events know no smaller unit


@pytest.fixture
def begun(compatible_job, compatible):
    """A job that began twenty minutes ago and goes on."""
    file, folder, service = compatible_job
    compatible.life = Life(polls=None)
    service.launch(file, folder)
    (made,) = compatible.jobs.values()
    made["created_at"] = BEGIN - 600
    return file, folder, service


def update(compatible, step, at):
    data = {"step": step, "total_steps": 9, "critic_rewards_mean": step / 10}
    compatible.log(data, at=at)


def test_steps_end_when_the_service_says_so(begun, cloud, compatible):
    _, folder, service = begun
    cloud.log(step_lines(0, BEGIN * 1000) + step_lines(16, (BEGIN + 60) * 1000, (1.0, 1.0)))
    update(compatible, 1, BEGIN + 30)
    state = service.refresh(folder)
    assert (state.step, state.total_steps) == (1, 9)
    metrics = folder.metrics()
    assert metrics[1]["critic/rewards/mean"] == 0.1  # the service's own
    assert metrics[1]["touchstone/flat_groups"] == 0
    assert metrics[1]["touchstone/unscored"] == 0
    assert metrics[1]["touchstone/grader_latency_ms/p50"] == 50.0
    assert 2 not in metrics
    assert state.open_step["touchstone/flat_groups/all_one"] == 1
    assert len(list(folder.rollouts())) == PER_STEP
    update(compatible, 2, BEGIN + 70)
    service.refresh(folder)
    service.refresh(folder)
    assert folder.metrics()[2]["touchstone/spend_usd"] == pytest.approx(1.0, rel=1e-3)
    rows = list(folder.rollouts())
    assert [row["step"] for row in rows] == [1] * PER_STEP + [2] * PER_STEP
    assert rows[0]["prompt"] == "What is 0 + 1?"


def test_the_rollouts_of_the_second_of_an_update_belong_to_it(begun, cloud, compatible):
    _, folder, service = begun
    lines = [(BEGIN * 1000 + ms, record(0, f"a{ms}", 1.0)) for ms in (0, 999, 1000)]
    cloud.log(lines)
    update(compatible, 1, BEGIN)
    update(compatible, 2, BEGIN + 5)
    service.refresh(folder)
    assert [row["step"] for row in folder.rollouts()] == [1, 1, 2]


def test_what_comes_too_late_for_its_step_counts_in_the_next(begun, cloud, compatible):
    _, folder, service = begun
    cloud.log([(BEGIN * 1000, record(0, "a", 1.0)), (BEGIN * 1000 + 500, record(0, "b", 0.0))])
    update(compatible, 1, BEGIN + 2)
    service.refresh(folder)
    cloud.log([((BEGIN + 1) * 1000, record(0, "late", 1.0))])
    update(compatible, 2, BEGIN + 9)
    service.refresh(folder)
    assert [row["step"] for row in folder.rollouts()] == [1, 1, 2]


def test_validation_is_told_apart_and_the_end_closes_the_open_step(begun, cloud, compatible):
    _, folder, service = begun
    held_out = [(BEGIN * 1000 + n, record(100 + n, "a", 0.25)) for n in range(3)]
    cloud.log([*held_out, *step_lines(0, (BEGIN + 1) * 1000)])
    service.refresh(folder)
    assert not list(folder.rollouts())
    compatible.life = Life(polls=0, end="failed", message="no capacity")
    assert service.refresh(folder).status == "Failed"
    assert folder.metrics()[0] == {"val-score/rewards/mean@1": 0.25}
    assert len(list(folder.rollouts())) == PER_STEP
    assert [row["model"] for row in folder.evaluation()] == ["base"] * 3


def test_rollouts_after_the_last_update_are_kept_and_make_no_step(begun, cloud, compatible):
    _, folder, service = begun
    cloud.log([*step_lines(0, BEGIN * 1000), ((BEGIN + 60) * 1000, record(3, "late", 1.0))])
    update(compatible, 1, BEGIN + 30)
    compatible.life = Life(polls=0, end="succeeded")
    service.refresh(folder)
    assert [*folder.metrics()] == [1]
    assert len(list(folder.rollouts())) == PER_STEP + 1


def test_a_rollout_is_in_one_step_however_late_the_service_tells_of_it(begun, cloud, compatible):
    _, folder, service = begun
    at = BEGIN * 1000
    cloud.log([(at + n, record(n, "a", 1.0)) for n in range(4)])
    cloud.log([(at + 60_000 + n, record(4 + n, "a", None)) for n in range(4)])
    service.refresh(folder)
    update(compatible, 1, BEGIN + 30)
    update(compatible, 2, BEGIN + 90)
    service.refresh(folder)
    faults = [step.get("touchstone/unscored/judge_fault", 0) for step in folder.metrics().values()]
    assert faults == [0, 4]


def test_a_launch_that_could_not_see_the_grader_looks_again(
    compatible_job, cloud, compatible, monkeypatch
):
    file, folder, service = compatible_job
    pinned = "arn:aws:lambda:us-east-1:123456789012:function:touchstone-exact:1"
    file.path.write_text(file.path.read_text().replace('"touchstone-exact"', f'"{pinned}"'))
    file = load_job(file.path)
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        service.launch(file, folder)
    aws.client.cache_clear()
    (made,) = compatible.jobs.values()
    made["created_at"] = BEGIN - 600
    cloud.log(step_lines(0, BEGIN * 1000))
    update(compatible, 1, BEGIN + 30)
    service.refresh(folder)
    assert folder.metrics()[1]["touchstone/flat_groups"] == 0


def test_a_pinned_grader_that_is_not_there_is_refused(compatible_job, compatible):
    file, folder, service = compatible_job
    missing = "arn:aws:lambda:us-east-1:123456789012:function:touchstone-none:1"
    file.path.write_text(file.path.read_text().replace('"touchstone-exact"', f'"{missing}"'))
    with pytest.raises(ServiceError, match="touchstone-none"):
        service.launch(load_job(file.path), folder)
    assert not compatible.jobs


def test_the_brake_sees_flat_groups(begun, cloud, compatible):
    file, folder, service = begun
    for step in (1, 2):
        at = BEGIN + 60 * step
        cloud.log(step_lines(16 * step, at * 1000, (0.0, 0.0)))
        update(compatible, step, at + 30)
    service.refresh(folder)
    braked = msgspec.structs.replace(file.job, brake=Brake(flat_share=0.5, patience=2))
    assert decide(braked, folder) == "flat groups above 50.0% in 2 steps (100%, 100%): flat_share"


def test_without_access_to_aws_a_pinned_grader_is_launched_and_the_gap_is_said_once(
    compatible_job, compatible, monkeypatch
):
    file, folder, _ = compatible_job
    pinned = "arn:aws:lambda:us-east-1:123456789012:function:touchstone-exact:1"
    text = file.path.read_text().replace('function = "touchstone-exact"', f'function = "{pinned}"')
    file.path.write_text(text)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    file = load_job(file.path)
    service = service_of(file.job)
    assert service.launch(file, folder).grader == pinned
    update(compatible, 1, BEGIN)
    service.refresh(folder)
    assert folder.metrics()[1] == {"critic/rewards/mean": 0.1}
    said = [e["message"] for e in folder.events() if "is not read" in e["message"]]
    assert len(said) == 1
    assert "credentials" in said[0]
