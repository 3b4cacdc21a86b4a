"""One job from the logs of a model in service to the comparison of what came out, by command.

Data, grader and their logs are in the local AWS that the stack is deployed to; the training
service is played, and calls the deployed grader as the real one does.
"""

import json
import time
from string import Template

import pytest

from tests.e2e.terminal import Terminal, answer_of, logged, sums, train
from tests.e2e.test_deploy import alias_of
from tests.wire.bedrock import Bedrock, Life
from tests.wire.compatible import KEY, Compatible
from touchstone.workbench.jobs.folder import JobFolder

BATCH, SAMPLES = 16, 4
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "bedrock.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
JOB = """
name = "$NAME"
role = "arn:aws:iam::000000000000:role/rft"
base_model = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0:256k"

[data]
train = "rows.train.jsonl"
output = "s3://jobs/rft"

[grader]
name = "math_reasoning"
function = "$FUNCTION"

[hyperparameters]
epoch_count = 1
batch_size = 16
learning_rate = 1e-4
max_prompt_length = 256
training_sample_per_prompt = 4
inference_max_tokens = 64
eval_interval = 10
"""

OPEN = """
name = "$NAME"
service = "compatible"
endpoint = "{url}/v1"
region = "us-east-1"
base_model = "openai.gpt-oss-20b"

[data]
train = "rows.train.jsonl"

[grader]
name = "math_reasoning"
function = "$FUNCTION"

[hyperparameters]
epoch_count = 1
batch_size = 16
"""


@pytest.fixture(scope="module")
def dataset(aws, tmp_path_factory):
    """Rows converted from logs in S3; the folder that holds them."""
    folder = tmp_path_factory.mktemp("data")
    with aws.client("s3") as s3:
        for bucket in ("logs", "jobs"):
            s3.create_bucket(Bucket=bucket)
        key = "AWSLogs/000000000000/BedrockModelInvocationLogs/us-east-1/2026/01/02/03/a.json.gz"
        s3.put_object(Bucket="logs", Key=key, Body=logged(sums(160)))
    with aws.client("iam") as iam:
        iam.create_role(RoleName="rft", AssumeRolePolicyDocument=json.dumps(TRUST))
    with Bedrock() as bedrock:
        run = Terminal(folder, aws, bedrock)
        keep = ("--keep-answer", "reference", "--filter", '{"equals": {"project": "sums"}}')
        run("data", "convert", "s3://logs/AWSLogs/", "--form", "logs", *keep, "-o", "rows.jsonl")
        counts = run.json("data", "split", "rows.jsonl", "--validation", "0.2")
        checked = ("rows.train.jsonl", "--validation", "rows.validation.jsonl")
        run("data", "validate", *checked, "--grader", "math_reasoning")
    assert len((folder / "rows.jsonl").read_text().splitlines()) == 160, counts
    return folder


@pytest.fixture
def bedrock():
    with Bedrock() as server:
        yield server


@pytest.fixture
def begin(aws, stack, dataset, bedrock, tmp_path):
    """Returns a terminal in a folder with the rows and a job of that name."""

    def make(name, text=JOB, **variables):
        for part in ("train", "validation"):
            rows = dataset / f"rows.{part}.jsonl"
            (tmp_path / rows.name).write_bytes(rows.read_bytes())
        named = {"NAME": name, "FUNCTION": alias_of(stack, "math_reasoning")}
        (tmp_path / "job.toml").write_text(Template(text).substitute(named))
        return Terminal(tmp_path, aws, bedrock, variables)

    return make


def state_of(run, name):
    return json.loads((run.folder / "jobs" / name / "state.json").read_text())


def metrics_of(run, name):
    return JobFolder(run.folder / "jobs" / name).metrics()


def test_a_job_from_logs_to_comparison(begin, bedrock, aws):
    run = begin("whole")
    rows = [*map(json.loads, (run.folder / "rows.train.jsonl").read_text().splitlines())]
    assert run.json("job", "plan", "job.toml")["verdict"] == "go"

    run("job", "launch", "job.toml")
    (job,) = bedrock.jobs.values()
    pinned = job["request"]["customizationConfig"]["rftConfig"]["graderConfig"]["lambdaGrader"]
    assert pinned["lambdaArn"].rpartition(":")[2].isdigit()
    assert job["request"]["customizationType"] == "REINFORCEMENT_FINE_TUNING"
    run("job", "launch", "job.toml")  # says that it runs, and makes no other
    assert len(bedrock.jobs) == 1

    with aws.client("lambda") as lambda_:
        bedrock.life = Life(polls=4, end="Completed", loss=0.25)

        def update(job):
            if job["status"] == "InProgress":
                grader = job["request"]["customizationConfig"]["rftConfig"]["graderConfig"]
                arn = grader["lambdaGrader"]["lambdaArn"]
                train(lambda_, arn, rows[:BATCH], job["polls"], samples=SAMPLES)

        bedrock.on_poll = update
        bedrock.fail("GetModelCustomizationJob", "throttled")
        bedrock.fail("GetModelCustomizationJob", "cut")
        said = run("job", "watch", "job.toml", "--interval", "0.2")
    assert "Completed" in said
    metrics = metrics_of(run, "whole")
    assert len(metrics) >= 4, metrics
    first, last = metrics[min(metrics)], metrics[max(metrics)]
    assert last["critic/rewards/mean"] > first["critic/rewards/mean"]

    run("job", "report", "job.toml")
    page = (run.folder / "jobs/whole/report.html").read_text()
    assert "What is " in page
    assert page.startswith("<!doctype html>")

    run("job", "deploy", "job.toml", "--wait")
    (deployment,) = bedrock.deployments
    assert state_of(run, "whole")["deployment"] == deployment

    def say(model, request):
        question = request["messages"][-1]["content"][0]["text"]
        right = model == deployment or answer_of(question).endswith("1")
        return f"\\boxed{{{answer_of(question) if right else 0}}}"

    bedrock.say = say
    bedrock.fail("Converse", "throttled", times=2)
    compared = run.json("job", "compare", "job.toml", "--prompts", "rows.validation.jsonl")
    assert compared["win_rate"]["share"] > 0.5, compared
    pairs = (run.folder / "jobs/whole/compare/pairs.jsonl").read_text().splitlines()
    assert len(pairs) == compared["pairs"]
    assert (run.folder / "jobs/whole/compare/compare.html").exists()


def test_a_job_behind_the_compatible_api(begin, aws):
    with Compatible() as api, aws.client("lambda") as lambda_:
        run = begin("open", OPEN.format(url=api.url), AWS_BEARER_TOKEN_BEDROCK=KEY)
        rows = [*map(json.loads, (run.folder / "rows.train.jsonl").read_text().splitlines())]
        assert run.json("job", "plan", "job.toml")["verdict"] == "go"
        api.fail("create_job", "lost")
        run("job", "launch", "job.toml")
        run("job", "launch", "job.toml")
        (job,) = api.jobs.values()
        arn = job["method"]["reinforcement"]["grader"]["lambda"]["function"]
        assert arn.rpartition(":")[2].isdigit()

        def update(job):
            if job["status"] == "running":
                step = len(api.events) + 1
                mean = train(lambda_, arn, rows[:BATCH], step - 1, samples=SAMPLES)
                time.sleep(1)  # the API's events tell whole seconds
                data = {"step": step, "total_steps": 3, "critic_rewards_mean": mean}
                api.log(data, at=int(time.time()))
                time.sleep(1)

        api.on_poll, api.life = update, Life(polls=2, end="succeeded")
        api.fail("list_events", "cut")
        said = run("job", "watch", "job.toml", "--interval", "0.2")
        assert "Completed" in said
        metrics = metrics_of(run, "open")
        assert [*metrics] == [1, 2, 3]
        rewards = [numbers["critic/rewards/mean"] for numbers in metrics.values()]
        assert rewards == sorted(rewards)
        assert [numbers["touchstone/unscored"] for numbers in metrics.values()] == [0, 0, 0]
        rollouts = (run.folder / "jobs/open/rollouts.jsonl").read_text().splitlines()
        assert len(rollouts) == 3 * BATCH * SAMPLES
        run("job", "report", "job.toml")
        run("job", "deploy", "job.toml", "--wait")

        def say(model, request):
            question = request["messages"][-1]["content"]
            right = model.startswith("ft:") or answer_of(question).endswith("1")
            return f"\\boxed{{{answer_of(question) if right else 0}}}"

        api.say = say
        compared = run.json("job", "compare", "job.toml", "--prompts", "rows.validation.jsonl")
        assert compared["win_rate"]["share"] > 0.5, compared


@pytest.mark.parametrize(
    ("trouble", "times", "said"),
    [
        ("throttled", 20, "Too many requests"),
        ("denied", 1, "bedrock:CreateModelCustomizationJob"),
        ("expired", 1, "expired"),
        ("invalid", 1, "too few records"),
        ("failed", 20, "Something went wrong"),
        ("cut", 20, "CreateModelCustomizationJob"),
    ],
)
def test_a_launch_that_broke_off_goes_on(begin, bedrock, trouble, times, said):
    run = begin(trouble)
    bedrock.fail("CreateModelCustomizationJob", trouble, times=times)
    output = run("job", "launch", "job.toml", code=None)
    assert said in output
    assert not bedrock.jobs
    assert state_of(run, trouble)["job_id"] == ""
    bedrock.recover()
    run("job", "launch", "job.toml")
    assert [*bedrock.jobs] == [state_of(run, trouble)["job_id"]]


def test_a_launch_whose_answer_was_lost_makes_no_second_job(begin, bedrock):
    run = begin("lost")
    bedrock.fail("CreateModelCustomizationJob", "lost", times=1)
    run("job", "launch", "job.toml")
    assert [*bedrock.jobs] == [state_of(run, "lost")["job_id"]]


def test_a_job_that_fails_half_way_says_why(begin, bedrock):
    run = begin("half")
    run("job", "launch", "job.toml")
    bedrock.life = Life(polls=2, end="Failed", message="Reward function errors above threshold")
    said = run("job", "watch", "job.toml", "--interval", "0.1", code=1)
    assert "Reward function errors above threshold" in said
    assert state_of(run, "half")["status"] == "Failed"
    run("job", "report", "job.toml")
    assert "no tuned model" in run("job", "deploy", "job.toml", code=2)


def test_a_stopped_job_ends(begin, bedrock):
    run = begin("stopped")
    bedrock.life = Life(polls=None)
    run("job", "launch", "job.toml")
    run("job", "stop", "job.toml")
    run("job", "watch", "job.toml", "--interval", "0.1", code=1)
    assert state_of(run, "stopped")["status"] == "Stopped"


def test_without_credentials_a_launch_says_how_to_sign_in(begin, bedrock):
    run = begin("nobody")
    said = run("job", "launch", "job.toml", code=2, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert "sign in" in said
    assert not bedrock.jobs
