"""Running jobs are found where they are: in Bedrock, and in the job folders here."""

import boto3
import pytest

from tests.wire.bedrock import REGION, Bedrock
from touchstone.workbench import aws
from touchstone.workbench.deploy.running import Use, running
from touchstone.workbench.jobs.folder import JobFolder, State

ARN = f"arn:aws:lambda:{REGION}:111122223333:function:"


@pytest.fixture
def bedrock(monkeypatch):
    with Bedrock() as server:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK", server.url)
        aws.client.cache_clear()
        yield server
        aws.client.cache_clear()


def start(name, function):
    boto3.client("bedrock").create_model_customization_job(
        jobName=name, customModelName=name, roleArn="arn:aws:iam::111122223333:role/rft",
        clientRequestToken=name,
        baseModelIdentifier="arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0:256k",
        customizationType="REINFORCEMENT_FINE_TUNING",
        trainingDataConfig={"s3Uri": "s3://data/rows.jsonl"},
        outputDataConfig={"s3Uri": "s3://data/out"},
        customizationConfig={
            "rftConfig": {"graderConfig": {"lambdaGrader": {"lambdaArn": ARN + function}}}
        },
    )  # fmt: skip


def test_jobs_of_bedrock_on_every_page_and_only_those_that_run(bedrock, tmp_path):
    for name, function in (("a", "sums:3"), ("b", "sums:live"), ("c", "code"), ("d", "code:1")):
        start(name, function)
    for job in bedrock.jobs.values():
        if job["request"]["jobName"] == "d":
            job["status"] = "Completed"
    assert running(tmp_path) == [Use("a", "sums", "3"), Use("b", "sums", "live"),
                                 Use("c", "code", "")]  # fmt: skip


@pytest.mark.parametrize("status", ["InProgress", "Stopping", "Completed", "Failed", "Stopped"])
def test_jobs_of_another_service_are_known_by_their_folders(bedrock, tmp_path, status):
    folder = JobFolder(tmp_path / "jobs" / "towns")
    folder.begin(State(name="towns", service="compatible", grader=f"{ARN}sums:3"), "")
    folder.update(status=status)
    JobFolder(tmp_path / "jobs" / "here").begin(
        State(name="here", service="local", grader="math_reasoning"), ""
    )
    wanted = [Use("towns", "sums", "3")] if status in ("InProgress", "Stopping") else []
    assert running(tmp_path) == wanted


@pytest.mark.parametrize(("qualifier", "pinned"), [("3", True), ("live", False), ("", False)])
def test_only_a_number_holds_a_job(qualifier, pinned):
    assert Use("j", "f", qualifier).pinned is pinned


def test_where_bedrock_cannot_be_asked_nothing_is_assumed(bedrock, tmp_path):
    bedrock.fail("ListModelCustomizationJobs", "denied")
    with pytest.raises(aws.ServiceError, match="ListModelCustomizationJobs"):
        running(tmp_path)
