"""A job on Bedrock: made once whatever fails, followed into its folder, stopped, deployed."""

import contextlib
import json
import random
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest

from tests.jobs.bedrock_job import TEXT, write_job
from tests.wire.bedrock import Life
from tests.wire.cloud import BUCKET
from touchstone.workbench import aws
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.jobs.services import service_of
from touchstone.workbench.jobs.services.bedrock.request import preview, request
from touchstone.workbench.jobs.services.bedrock.shape import create_job_shape, violations
from touchstone.workbench.jobs.spec import load_job

ARN = "arn:aws:lambda:us-east-1:123456789012:function:touchstone-exact:1"
WHOLE = (
    TEXT.replace(
        "\n[data]",
        'kms_key = "alias/models"\n\n[vpc]\nsubnet_ids = ["subnet-12345678"]\n'
        'security_group_ids = ["sg-12345678"]\n\n[data]',
    )
    + 'epoch_count = 2\nlearning_rate = 1e-4\nmax_prompt_length = 4096\nreasoning_effort = "low"\n'
    + "inference_max_tokens = 512\neval_interval = 5\n"
)


@pytest.fixture
def job(cloud, tmp_path):
    file, folder = write_job(tmp_path)
    return file, folder, service_of(file.job)


def objects(cloud):
    found = cloud.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", ())
    return [item["Key"] for item in found]


def test_every_key_reaches_the_request_and_the_model_allows_it(tmp_path):
    file, _ = write_job(tmp_path, WHOLE)
    made = request(file, lambda_arn=ARN, train_uri="s3://bucket/t", validation_uri="s3://bucket/v",
                   token="touchstone-1")  # fmt: skip
    assert list(violations(made, create_job_shape())) == []
    assert made["customizationConfig"]["rftConfig"]["hyperParameters"] == {
        "epochCount": 2, "batchSize": 16, "learningRate": 1e-4, "maxPromptLength": 4096,
        "trainingSamplePerPrompt": 2, "inferenceMaxTokens": 512, "reasoningEffort": "low",
        "evalInterval": 5,
    }  # fmt: skip
    assert made["validationDataConfig"] == {"validators": [{"s3Uri": "s3://bucket/v"}]}
    assert made["vpcConfig"]["subnetIds"] == ["subnet-12345678"]
    assert made["customModelKmsKeyId"] == "alias/models"
    assert made["jobTags"] == made["customModelTags"] == [{"key": "team", "value": "care"}]
    assert made["customizationType"] == "REINFORCEMENT_FINE_TUNING"


def test_invocation_logs_take_the_place_of_a_file(tmp_path):
    text = TEXT.replace('train = "train.jsonl"\n', "").replace(
        "[grader]",
        '[data.invocation_logs]\nuri = "s3://logs/day"\n'
        'filters = {equals = {team = "a"}}\n\n[grader]',
    )
    file, _ = write_job(tmp_path, text)
    made = request(file, lambda_arn=ARN, train_uri="", validation_uri="", token="t")
    assert made["trainingDataConfig"] == {
        "invocationLogsConfig": {
            "usePromptResponse": False,
            "invocationLogSource": {"s3Uri": "s3://logs/day"},
            "requestMetadataFilters": {"equals": {"team": "a"}},
        }
    }
    assert list(violations(made, create_job_shape())) == []


def test_a_job_is_launched_with_its_data_and_a_pinned_grader(job, cloud):
    file, folder, service = job
    state = service.launch(file, folder)
    (made,) = cloud.bedrock.jobs.values()
    sent = made["request"]
    assert state.status == "InProgress"
    assert state.job_id in cloud.bedrock.jobs
    assert state.total_steps == 7  # 100 rows in batches of 16
    grader = sent["customizationConfig"]["rftConfig"]["graderConfig"]["lambdaGrader"]
    assert grader["lambdaArn"] == state.grader
    assert state.grader.endswith(":function:touchstone-exact:1")
    uploaded = sent["trainingDataConfig"]["s3Uri"].removeprefix(f"s3://{BUCKET}/")
    body = cloud.client("s3").get_object(Bucket=BUCKET, Key=uploaded)["Body"].read()
    assert body == (file.path.parent / "train.jsonl").read_bytes()
    shown = preview(file)
    assert shown["trainingDataConfig"] == sent["trainingDataConfig"]
    assert shown["validationDataConfig"] == sent["validationDataConfig"]


@pytest.mark.parametrize("operation", ["ListModelCustomizationJobs", "CreateModelCustomizationJob"])
@pytest.mark.parametrize(
    ("trouble", "named", "said"),
    [
        ("throttled", "throttled", "Too many requests"),
        ("denied", "denied", "user/ada is not authorized"),
        ("expired", "expired", "token is expired"),
        ("invalid", "invalid", "too few records"),
        ("failed", "failed", "Something went wrong"),
        ("cut", "network", "Connection was closed"),
        ("lost", "network", "Connection was closed"),
    ],
)
def test_a_launch_that_broke_off_goes_on_and_makes_one_job(
    job, cloud, operation, trouble, named, said
):
    file, folder, service = job
    cloud.bedrock.fail(operation, trouble, times=5)
    with pytest.raises(ServiceError, match=said) as caught:
        service.launch(file, folder)
    assert caught.value.trouble == named
    assert f"bedrock:{operation}" in str(caught.value)
    assert caught.value.advice
    assert folder.state().message == folder.events()[-1]["message"] == str(caught.value)
    if trouble == "denied" and operation.startswith("Create"):
        assert "iam:PassRole on arn:aws:iam::111122223333:role/rft" in caught.value.advice
    uploads = objects(cloud)
    cloud.bedrock.recover()
    state = service.launch(file, folder)
    assert (state.status, state.message) == ("InProgress", "")
    assert len(cloud.bedrock.jobs) == 1
    assert objects(cloud) == uploads
    assert len(uploads) == 2
    assert service.launch(file, folder) == state


@pytest.mark.parametrize("seed", range(8))
def test_whatever_breaks_off_in_whatever_order_one_job_is_made(job, cloud, seed):
    file, folder, _ = job
    chance = random.Random(seed)
    operations = ["ListModelCustomizationJobs", "CreateModelCustomizationJob"]
    for _ in range(4):
        trouble = chance.choice(["cut", "lost", "denied", "expired", "invalid"])
        cloud.bedrock.fail(chance.choice(operations), trouble, times=chance.choice([1, 2]))
    for _ in range(12):
        with contextlib.suppress(ServiceError):
            service_of(file.job).launch(file, folder)
    assert folder.state().status == "InProgress"
    assert list(cloud.bedrock.jobs) == [folder.state().job_id]
    assert len(objects(cloud)) == 2


def test_a_passing_throttle_is_not_noticed(job, cloud):
    file, folder, service = job
    cloud.bedrock.fail("CreateModelCustomizationJob", "throttled")
    assert service.launch(file, folder).status == "InProgress"


def test_two_launches_at_once_make_one_job(job, cloud):
    file, folder, _ = job
    with ThreadPoolExecutor(4) as pool:
        states = list(pool.map(lambda _: service_of(file.job).launch(file, folder), range(4)))
    assert len(cloud.bedrock.jobs) == 1
    assert len({state.job_id for state in states}) == 1


def test_an_upload_that_failed_is_made_again(job, cloud, tmp_path):
    file, folder = write_job(tmp_path, TEXT.replace(BUCKET, "no-such-bucket"))
    service = service_of(file.job)
    with pytest.raises(ServiceError, match=r"no-such-bucket.*NoSuchBucket") as caught:
        service.launch(file, folder)
    assert caught.value.trouble == "missing"
    file, _ = write_job(tmp_path)
    assert service.launch(file, folder).job_id
    assert len(objects(cloud)) == 2


def test_a_name_that_another_job_has_is_refused(job, cloud, tmp_path):
    file, folder, service = job
    service.launch(file, folder)
    (tmp_path / "other").mkdir()
    other, its_folder = write_job(tmp_path / "other", TEXT.replace("batch_size = 16", ""))
    with pytest.raises(ServiceError, match="a job named support exists already") as caught:
        service_of(other.job).launch(other, its_folder)
    assert caught.value.trouble == "invalid"
    assert len(cloud.bedrock.jobs) == 1


def test_a_lost_folder_finds_its_job_again(job, cloud):
    file, folder, service = job
    first = service.launch(file, folder)
    (folder.path / "state.json").unlink()
    assert service.launch(file, folder).job_id == first.job_id


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('role = "arn:aws:iam::111122223333:role/rft"', "", "needs role"),
        (f'output = "s3://{BUCKET}/out"', "", r"needs data\.output"),
        ('function = "touchstone-exact"', "", r"needs grader\.function"),
        ('train = "train.jsonl"', 'train = "gone.jsonl"', r"job\.toml:7: no such file: gone"),
        ("batch_size = 16", "batch_size = 8", "batchSize: 8 is out of range"),
        ('function = "touchstone-exact"', 'function = "nobody"', "nobody"),
        ('function = "touchstone-exact"', 'function = "touchstone-exact:gone"', "gone"),
    ],
)
def test_what_could_not_run_is_refused_before_a_job_is_made(cloud, tmp_path, old, new, said):
    file, folder = write_job(tmp_path, TEXT.replace(old, new))
    with pytest.raises(ServiceError, match=said) as caught:
        service_of(file.job).launch(file, folder)
    assert caught.value.trouble in ("invalid", "missing")
    assert not cloud.bedrock.jobs


def test_a_grader_is_pinned_to_what_its_name_stands_for_now(cloud, tmp_path):
    alias, unqualified, version = (
        aws.pin(name, "us-east-1").arn
        for name in ("touchstone-exact:live", "touchstone-exact", "touchstone-exact:1")
    )
    assert alias == unqualified == version
    assert aws.pin(version, "us-east-1").arn == version
    base = version.removesuffix(":1")
    assert aws.pin(base, "us-east-1").arn == aws.pin(f"{base}:$LATEST", "us-east-1").arn == version


def test_without_credentials_the_message_says_so(job, monkeypatch, tmp_path):
    file, folder, service = job
    aws.client.cache_clear()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(ServiceError, match="Unable to locate credentials") as caught:
        service.launch(file, folder)
    aws.client.cache_clear()
    assert caught.value.trouble == "expired"
    assert "AWS_PROFILE" in caught.value.advice


def test_a_job_that_fails_half_way_says_why(job, cloud):
    file, folder, service = job
    cloud.bedrock.life = Life(polls=1, end="Failed", message="the reward function timed out")
    service.launch(file, folder)
    assert service.refresh(folder).status == "InProgress"
    state = service.refresh(folder)
    assert (state.status, state.message) == ("Failed", "the reward function timed out")
    assert state.ended
    assert "the reward function timed out" in folder.events()[-1]["message"]
    with pytest.raises(ServiceError, match="no tuned model"):
        service.deploy(folder)
    assert service.stop(folder) == folder.state()


def test_a_look_that_failed_changes_nothing(job, cloud):
    file, folder, service = job
    before = service.launch(file, folder)
    for trouble in ("throttled", "expired", "cut", "failed"):
        cloud.bedrock.fail("GetModelCustomizationJob", trouble, times=2)
        with pytest.raises(ServiceError):
            service.refresh(folder)
        assert folder.state() == before
        cloud.bedrock.recover()
    assert service.refresh(folder).status == "InProgress"


def test_a_new_sign_in_is_noticed(job, cloud, monkeypatch):
    file, folder, service = job
    service.launch(file, folder)
    cloud.bedrock.fail("GetModelCustomizationJob", "expired")
    with pytest.raises(ServiceError, match="expired"):
        service.refresh(folder)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "SIGNEDINAGAIN")
    service.refresh(folder)
    aws.client.cache_clear()
    assert "SIGNEDINAGAIN" in cloud.bedrock.calls[-1].headers["authorization"]


def test_a_stopped_job_is_asked_once_and_ends(job, cloud):
    file, folder, service = job
    cloud.bedrock.life = Life(polls=None)
    service.launch(file, folder)
    service.refresh(folder)
    assert service.stop(folder).status == "Stopping"
    assert service.stop(folder).status == "Stopping"
    assert cloud.bedrock.count("StopModelCustomizationJob") == 1
    assert service.refresh(folder).status == "Stopped"


@pytest.fixture
def finished(job, cloud):
    file, folder, service = job
    cloud.bedrock.life = Life(polls=0)
    service.launch(file, folder)
    service.refresh(folder)
    return folder, service


@pytest.mark.parametrize("trouble", ["lost", "throttled", "denied"])
def test_a_model_is_deployed_once(finished, cloud, trouble):
    folder, service = finished
    cloud.bedrock.fail("CreateCustomModelDeployment", trouble, times=2)
    with pytest.raises(ServiceError):
        service.deploy(folder)
    cloud.bedrock.recover()
    state = service.deploy(folder)
    assert state.deployment in cloud.bedrock.deployments
    service.deploy(folder)
    assert len(cloud.bedrock.deployments) == 1
    assert service.refresh(folder).details["deployment_status"] == "Active"


def test_a_deployment_that_failed_is_made_again(finished, cloud):
    folder, service = finished
    cloud.bedrock.deployment = Life(polls=0, end="Failed", message="no capacity")
    state = service.deploy(folder)
    assert (state.details["deployment_status"], state.message) == ("Failed", "no capacity")
    cloud.bedrock.deployment = Life(polls=0, end="Active")
    state = service.deploy(folder)
    assert (state.details["deployment_status"], state.message) == ("Active", "")
    assert len(cloud.bedrock.deployments) == 2


def test_a_model_that_is_not_ready_is_not_deployed(finished, cloud):
    folder, service = finished
    cloud.bedrock.model_status = "Creating"
    with pytest.raises(ServiceError, match="is Creating"):
        service.deploy(folder)
    assert not cloud.bedrock.deployments


def test_a_model_answers_through_converse(finished, cloud):
    folder, service = finished
    model = service.deploy(folder).deployment
    turns = [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "Who are you?"}]},
    ]
    answer = service.chat(model, turns, max_tokens=2, temperature=0.0)
    assert answer.text == f"I am {model}"
    assert answer.truncated
    asked = cloud.bedrock.calls[-1].params
    assert asked["system"] == [{"text": "Be short."}]
    assert asked["messages"] == [{"role": "user", "content": [{"text": "Who are you?"}]}]
    cloud.bedrock.fail("Converse", "throttled", times=2)
    with pytest.raises(ServiceError) as caught:
        service.chat(model, turns, max_tokens=2, temperature=0.0)
    assert caught.value.trouble == "throttled"


def test_a_changed_file_is_uploaded_beside_the_old_one(job, cloud, tmp_path):
    file, folder, service = job
    cloud.bedrock.fail("CreateModelCustomizationJob", "invalid")
    with pytest.raises(ServiceError):
        service.launch(file, folder)
    with (tmp_path / "train.jsonl").open("a") as more:
        more.write(json.dumps({"messages": [{"role": "user", "content": "One more?"}]}) + "\n")
    service.launch(load_job(file.path), folder)
    (made,) = cloud.bedrock.jobs.values()
    key = made["request"]["trainingDataConfig"]["s3Uri"].removeprefix(f"s3://{BUCKET}/")
    body = cloud.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    assert body.endswith(b'"One more?"}]}\n')
    assert len(objects(cloud)) == 3


def test_the_state_survives_as_json(job):
    file, folder, service = job
    service.launch(file, folder)
    state = service.refresh(folder)
    assert msgspec.json.decode(msgspec.json.encode(state), type=type(state)) == state
