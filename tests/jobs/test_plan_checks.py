"""What `job plan` refuses: every parameter, by its line, with the setting that would work."""

import json

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.jobs.plan_job import ARN, JOB, changed, rows
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.jobs.plan import make_plan
from touchstone.workbench.jobs.plan.request import planned_request
from touchstone.workbench.jobs.services import service_of
from touchstone.workbench.jobs.services.bedrock.shape import create_job_shape, violations
from touchstone.workbench.jobs.spec import load_job

OPEN = """
name = "support"
service = "compatible"
base_model = "openai.gpt-oss-20b"
data.train = "train.jsonl"
grader.name = "math_reasoning"
grader.function = "arn:aws:lambda:us-west-2:111122223333:function:grader:live"
"""


@pytest.fixture
def plan(tmp_path):
    def make(text, count=128, **options):
        (tmp_path / "job.toml").write_text(text, encoding="utf-8")
        lines = [json.dumps(row) + "\n" for row in rows(count)]
        (tmp_path / "train.jsonl").write_text("".join(lines), encoding="utf-8")
        return make_plan(load_job(tmp_path / "job.toml"), **options)

    return make


def found(plan, severity="error"):
    return {f.key: f for f in plan.findings if f.severity == severity}


@pytest.mark.parametrize("base", [JOB, OPEN])
def test_a_sound_job_goes(plan, base):
    made = plan(base)
    assert made.verdict == "go"
    assert not made.findings


LONG = "x" * 64
UNSOUND = [
    # Nova: the key at fault, its value, and what the fix must name
    (JOB, "name", '"under_score"', "name", "["),
    (JOB, "name", f'"{LONG}"', "name", "1 to 63"),
    (JOB, "custom_model", '"two__scores"', "custom_model", "["),
    (JOB, "grader.name", '"summarization_quality"', "grader.name", "allow_offline"),
    (JOB, "role", '"rft"', "role", "role/"),
    (JOB, "role", '""', "role", "set role"),
    (JOB, "base_model", '""', "base_model", "set base_model"),
    (JOB, "base_model", '"amazon.titan-text-lite-v1"', "base_model", "nova-2-lite"),
    (JOB, "base_model", '"openai.gpt-oss-20b"', "base_model", "compatible"),
    (JOB, "region", '"us-west-2"', "region", "us-east-1"),
    (JOB, "kms_key", '"arn:aws:kms:us-east-1:1:key/short"', "kms_key", "kms"),
    (JOB, "kms_key",
     '"arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000"',
     "kms_key", "us-east-1"),
    (JOB, "tags", '{"a#b" = "c"}', "tags", "["),
    (JOB, "tags", '{"aws:x" = "c"}', "tags", "rename"),
    (JOB, "tags", '{"a" = "' + "v" * 257 + '"}', "tags", "256"),
    (JOB, "data.output", '"bucket/out"', "data.output", "s3://"),
    (JOB, "data.output", '""', "data.output", "set data.output"),
    (JOB, "data.train", '"s3://bucket/train.jsonl.gz"', "data.train", "gunzip"),
    (JOB, "data.train", '"missing.jsonl"', "data.train", "convert"),
    (JOB, "data.train", '"my rows.jsonl"', "data.train", "s3://"),
    (JOB, "data.validation", '"s3://Bad_Bucket/x"', "data.validation", "s3://"),
    (JOB, "grader.function", '"arn:aws:lambda:us-east-1:1:function:grader"', "grader.function",
     "lambda"),
    (JOB, "grader.function", '"a.b"', "grader.function", "name"),
    (JOB, "grader.function", '""', "grader.function", "deploy"),
    (JOB, "grader.name", '"math_reasonin"', "grader.name", "template"),
    (JOB, "vpc", '{subnet_ids = [], security_group_ids = ["sg-1"]}', "vpc.subnet_ids", "1 to 16"),
    (JOB, "vpc", '{subnet_ids = ["subnet-1"], security_group_ids = ["sg-1", "sg-2", "sg-3", '
     '"sg-4", "sg-5", "sg-6"]}', "vpc.security_group_ids", "1 to 5"),
    (JOB, "vpc", '{subnet_ids = ["vpc-1"], security_group_ids = ["sg-1"]}', "vpc.subnet_ids",
     "subnet-"),
    (JOB, "hyperparameters.epoch_count", "0", "hyperparameters.epoch_count", "1 to 50"),
    (JOB, "hyperparameters.epoch_count", "51", "hyperparameters.epoch_count", "1 to 50"),
    (JOB, "hyperparameters.batch_size", "15", "hyperparameters.batch_size", "16 to 512"),
    (JOB, "hyperparameters.batch_size", "256", "hyperparameters.batch_size", "128"),
    (JOB, "hyperparameters.learning_rate", "0.01", "hyperparameters.learning_rate", "0.001"),
    (JOB, "hyperparameters.training_sample_per_prompt", "17",
     "hyperparameters.training_sample_per_prompt", "2 to 16"),
    (JOB, "hyperparameters.eval_interval", "101", "hyperparameters.eval_interval", "1 to 100"),
    (JOB, "hyperparameters.reasoning_effort", '"much"', "hyperparameters.reasoning_effort", "low"),
    (JOB, "hyperparameters.inference_max_tokens", "0", "hyperparameters.inference_max_tokens",
     "above 0"),
    (JOB, "hyperparameters.max_prompt_length", "-1", "hyperparameters.max_prompt_length",
     "above 0"),
    (JOB, "hyperparameters.max_prompt_length", "256_000", "hyperparameters.max_prompt_length",
     "smaller"),
    (JOB, "hyperparameters.learning_rate_multiplier", "1.0",
     "hyperparameters.learning_rate_multiplier", "learning_rate"),
    (JOB, "prices", "{lambda_requst = 1.0}", "prices.lambda_requst", "lambda_request"),
    # the OpenAI-compatible API
    (OPEN, "base_model", '""', "base_model", "gpt-oss"),
    (OPEN, "base_model", '"amazon.nova-2-lite-v1:0"', "base_model", "bedrock"),
    (OPEN, "base_model", '"meta.llama"', "base_model", "qwen"),
    (OPEN, "region", '"us-east-1"', "region", "us-west-2"),
    (OPEN, "kms_key", '"alias/x"', "kms_key", "leave it out"),
    (OPEN, "tags", '{team = "care"}', "tags", "leave it out"),
    (OPEN, "hyperparameters.eval_interval", "5", "hyperparameters.eval_interval", "leave it out"),
    (OPEN, "hyperparameters.learning_rate_multiplier", "-1.0",
     "hyperparameters.learning_rate_multiplier", "above 0"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "key", "value", "at", "fix"), UNSOUND, ids=[f"{u[1]}={u[2][:30]}" for u in UNSOUND]
)
def test_a_setting_that_cannot_work_is_refused_with_one_that_would(
    plan, tmp_path, base, key, value, at, fix
):
    text = changed(base, key, value)
    made = plan(text)
    assert made.verdict == "fix"
    finding = next(f for f in made.findings if f.severity == "error" and f.key == at)
    assert fix in finding.fix
    line = 1 + [line.startswith(f"{key} =") for line in text.splitlines()].index(True)
    assert finding.place == f"{tmp_path / 'job.toml'}:{line}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("role", '"arn:aws:iam::111122223333:role/rft"'), ("kms_key", '"alias/x"'),
        ("tags", '{a = "b"}'), ("custom_model", '"mine"'), ("data.output", '"s3://bucket/out"'),
        ("vpc", '{subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"]}'),
        ("hyperparameters.inference_max_tokens", "64"), ("hyperparameters.learning_rate", "1e-4"),
    ],
)  # fmt: skip
def test_what_the_compatible_api_has_no_parameter_for_is_refused_by_plan_and_launch(
    plan, tmp_path, key, value
):
    finding = found(plan(changed(OPEN, key, value)))[key]
    file = load_job(tmp_path / "job.toml")
    with pytest.raises(ServiceError, match=f"no parameter for {finding.place}: {key}") as refused:
        service_of(file.job).preview(file)
    assert refused.value.trouble == "invalid"


@pytest.mark.parametrize(
    ("base", "batch", "count", "fix"),
    [
        (OPEN, None, 3, "set batch_size = 2, or add prompts"),
        (OPEN, 64, 40, "set batch_size = 32, or add prompts"),
        (JOB, 16, 10, "add prompts: the smallest batch has 16"),
        (JOB, 64, 17, "set batch_size = 16, or add prompts"),
    ],
)
def test_a_batch_that_the_prompts_do_not_fill_is_refused_with_one_that_they_do(
    plan, base, batch, count, fix
):
    text = changed(base, "hyperparameters.batch_size", batch) if batch else base
    assert found(plan(text, count=count))["hyperparameters.batch_size"].fix == fix


DOUBTFUL = [
    (JOB, "hyperparameters.reasoning_effort", '"medium"', "hyperparameters.reasoning_effort"),
    (JOB, "hyperparameters.reasoning_effort", '"high"', "hyperparameters.inference_max_tokens"),
    (JOB, "hyperparameters.inference_max_tokens", "32_768",
     "hyperparameters.inference_max_tokens"),
    (JOB, "grader.function", '"arn:aws:lambda:us-west-2:111122223333:function:g"',
     "grader.function"),
    (JOB, "grader.function", '"arn:aws:lambda:us-east-1:999922223333:function:g"',
     "grader.function"),
    (JOB, "grader.name", '""', "grader.name"),
    (JOB, "vpc", '{subnet_ids = ["subnet-1"], security_group_ids = ["sg-1"]}', "vpc"),
    (OPEN, "hyperparameters.learning_rate_multiplier", "2.0",
     "hyperparameters.learning_rate_multiplier"),
    (OPEN, "data.validation", '"train.jsonl"', "data.validation"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("base", "key", "value", "at"), DOUBTFUL, ids=[f"{d[1]}={d[2][:30]}" for d in DOUBTFUL]
)
def test_what_the_documents_leave_open_is_a_warning(plan, base, key, value, at):
    assert at in found(plan(changed(base, key, value)), "warning")


def test_a_validation_file_for_nova_is_a_warning_and_not_an_error(plan, tmp_path):
    (tmp_path / "held.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows(8, start=1000)), encoding="utf-8"
    )
    made = plan(changed(JOB, "data.validation", '"held.jsonl"'))
    assert "data.validation" in found(made, "warning")
    assert made.verdict == "go"
    assert made.data.validation == 8


LOGS = """
name = "support"
role = "arn:aws:iam::111122223333:role/rft"
base_model = "amazon.nova-2-lite-v1:0:256k"
data.output = "s3://bucket/out"
grader.function = "grader"
[data.invocation_logs]
uri = "s3://bucket/logs"
filters = FILTERS
"""
BASE_FILTER = '{equals = {"a" = "b"}}'


@pytest.mark.parametrize(
    "filters",
    [
        '{like = {a = "b"}}',
        '{equals = {a = "b", c = "d"}}',
        '{equals = {a = "b"}, notEquals = {a = "c"}}',
        "{andAll = []}",
        '{equals = {"a#" = "b"}}',
        f"{{andAll = [{', '.join([BASE_FILTER] * 17)}]}}",
        f"{{andAll = [{{orAll = [{BASE_FILTER}]}}]}}",
        "{equals = {a = 1}}",
    ],
)
def test_a_filter_outside_the_grammar_is_refused(plan, filters):
    made = plan(LOGS.replace("FILTERS", filters, 1))
    assert "data.invocation_logs.filters" in found(made)


@pytest.mark.parametrize(
    "filters",
    ['{equals = {a = "b"}}', f"{{orAll = [{', '.join([BASE_FILTER] * 16)}]}}"],
)
def test_logs_with_a_sound_filter_are_planned_without_numbers(plan, filters):
    made = plan(LOGS.replace("FILTERS", filters, 1))
    assert not found(made)
    assert made.data is None
    assert made.work is None


def test_problems_of_the_rows_are_findings_with_file_and_line(plan, tmp_path):
    made = plan(JOB, count=60)
    (finding,) = [f for f in made.findings if "too_few_rows" in f.message]
    assert finding.severity == "error"
    assert finding.place == str(tmp_path / "train.jsonl")


def test_prompts_that_are_too_long_are_not_counted_as_used(plan):
    made = plan(changed(JOB, "hyperparameters.max_prompt_length", "8"))
    assert made.data.records == 128
    assert made.data.usable.high == 0
    assert made.verdict == "fix"


def test_a_name_of_dashes_is_refused_without_backtracking_for_years(plan):
    assert "name" in found(plan(changed(JOB, "name", f'"a{"-" * 60}!"')))


# What a request may hold at each place, sound or not.
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 600), st.floats(0, 1), st.text(max_size=5),
    st.lists(st.text(max_size=3), max_size=2), st.just({}),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    place=st.sampled_from(
        ["jobName", "trainingDataConfig", "vpcConfig", "jobTags", "customizationConfig",
         "trainingDataConfig.s3Uri", "vpcConfig.subnetIds",
         "customizationConfig.rftConfig.hyperParameters.epochCount",
         "customizationConfig.rftConfig.hyperParameters.learningRate",
         "customizationConfig.rftConfig.graderConfig"]
    ),
    value=VALUES,
)  # fmt: skip
def test_whatever_botocore_refuses_is_refused(tmp_path_factory, place, value):
    folder = tmp_path_factory.mktemp("job")
    (folder / "job.toml").write_text(JOB, encoding="utf-8")
    request = planned_request(load_job(folder / "job.toml"))
    *outer, last = place.split(".")
    target = request
    for key in outer:
        target = target.setdefault(key, {})
    target[last] = value
    shape = create_job_shape()
    if ParamValidator().validate(request, shape).has_errors():
        assert list(violations(request, shape))


def test_the_planned_request_is_what_botocore_sends(plan, tmp_path):
    plan(changed(JOB, "tags", '{team = "care"}'))
    request = planned_request(load_job(tmp_path / "job.toml"))
    client = botocore.session.get_session().create_client(
        "bedrock", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    sent = {}

    def keep(params, **_):
        sent.update(json.loads(params["body"]))
        raise InterruptedError

    client.meta.events.register("before-call.bedrock.CreateModelCustomizationJob", keep)
    with pytest.raises(InterruptedError):
        client.create_model_customization_job(**request)
    assert sent["customizationConfig"]["rftConfig"] == {
        "graderConfig": {"lambdaGrader": {"lambdaArn": ARN}},
        "hyperParameters": {"batchSize": 64},
    }
    assert sent["customizationType"] == "REINFORCEMENT_FINE_TUNING"
