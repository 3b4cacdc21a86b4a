"""A job on Bedrock: made once whatever fails, followed into its folder, stopped, deployed."""

import pytest

from tests.jobs.bedrock_job import write_job
from workbench.jobs.services import service_of


@pytest.fixture
def job(cloud, tmp_path):
    file, folder = write_job(tmp_path)
    return file, folder, service_of(file.job)


def test_a_job_is_launched_with_its_data_and_a_pinned_grader(job, cloud):
    file, folder, service = job
    state = service.launch(file, folder)
    (made,) = cloud.bedrock.jobs.values()
    request = made["request"]
    assert state.status == "InProgress"
    assert state.job_id in cloud.bedrock.jobs
    grader = request["customizationConfig"]["rftConfig"]["graderConfig"]["lambdaGrader"]
    assert grader["lambdaArn"] == state.grader
    assert state.grader.endswith(":function:touchstone-exact:1")
    uploaded = request["trainingDataConfig"]["s3Uri"].removeprefix("s3://rft-data/")
    body = cloud.client("s3").get_object(Bucket="rft-data", Key=uploaded)["Body"].read()
    assert body == (file.path.parent / "train.jsonl").read_bytes()
