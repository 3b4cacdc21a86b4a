"""Losses that Bedrock writes to S3 become the job's, in whatever form they come."""

import pytest

from tests.jobs.bedrock_job import write_job
from tests.wire.bedrock import Life
from tests.wire.cloud import BUCKET
from touchstone.workbench.jobs.services import service_of


@pytest.fixture
def job(cloud, tmp_path):
    file, folder = write_job(tmp_path)
    return file, folder, service_of(file.job)


def test_losses_come_from_the_file_that_the_service_wrote(job, cloud):
    file, folder, service = job
    state = service.launch(file, folder)
    key = f"out/model-customization-job-{state.job_id[-12:]}/training_artifacts"
    body = "step_number,epoch_number,training_loss,perplexity\n1,0,0.5,1.6\n2,0,0.25,\n"
    cloud.client("s3").put_object(
        Bucket=BUCKET, Key=f"{key}/step_wise_training_metrics.csv", Body=body
    )
    cloud.bedrock.life = Life(polls=0)
    service.refresh(folder)
    assert folder.metrics()[1] == {"epoch_number": 0.0, "training_loss": 0.5, "perplexity": 1.6}
    assert folder.metrics()[2] == {"epoch_number": 0.0, "training_loss": 0.25}
    size = (folder.path / "metrics.jsonl").stat().st_size
    service.refresh(folder)
    assert (folder.path / "metrics.jsonl").stat().st_size == size


@pytest.mark.parametrize(
    ("body", "metrics"),
    [
        (b"step,training_loss\n1,0.5\n", {1: {"training_loss": 0.5}}),
        (b"step_number,training_loss\n1.0,0.5\n2,nan\n", {1: {"training_loss": 0.5}}),
        (b"step_number,training_loss\n1,0.5,7\n2\n", {1: {"training_loss": 0.5}}),
        (b"step_number,note,training_loss\n1,\xff,0.5\n", {1: {"training_loss": 0.5}}),
        (b"nothing,of,this\n1,2,3\n", {}),
        (b"", {}),
    ],
)
def test_losses_in_a_form_that_nobody_documents_hide_no_end(job, cloud, body, metrics):
    file, folder, service = job
    state = service.launch(file, folder)
    key = f"out/model-customization-job-{state.job_id[-12:]}/training_artifacts"
    cloud.client("s3").put_object(
        Bucket=BUCKET, Key=f"{key}/step_wise_training_metrics.csv", Body=body
    )
    cloud.bedrock.life = Life(polls=0)
    assert service.refresh(folder).status == "Completed"
    assert folder.metrics() == metrics


def test_without_the_file_the_final_loss_is_kept(job, cloud):
    file, folder, service = job
    cloud.bedrock.life = Life(polls=0, loss=0.125)
    service.launch(file, folder)
    service.refresh(folder)
    assert folder.metrics() == {0: {"training_loss": 0.125}}
