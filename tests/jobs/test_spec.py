"""job.toml: what it says, and how it is refused."""

import pytest

from touchstone.settings import SettingsError
from touchstone.workbench.jobs.spec import load_job

WHOLE = """
name = "support"
role = "arn:aws:iam::111122223333:role/rft"
base_model = "amazon.nova-2-lite-v1:0:256k"
tags = {team = "care"}

[data]
train = "train.jsonl"
validation = "validation.jsonl"
output = "s3://bucket/out"

[grader]
name = "tone_style"

[hyperparameters]
epoch_count = 2
learning_rate = 1e-4

[vpc]
subnet_ids = ["subnet-1"]
security_group_ids = ["sg-1"]

[brake]
flat_share = 0.9

[rehearsal]
steps = 4
"""


@pytest.fixture
def load(tmp_path):
    def write(text):
        path = tmp_path / "job.toml"
        path.write_text(text, encoding="utf-8")
        return load_job(path)

    return write


def test_a_whole_file_is_read_with_its_defaults(load, tmp_path):
    file = load(WHOLE)
    job = file.job
    assert (job.service, job.region, job.custom_model) == ("bedrock", "us-east-1", "support")
    assert job.hyperparameters.epoch_count == 2
    assert job.hyperparameters.batch_size is None
    assert job.vpc.subnet_ids == ["subnet-1"]
    assert job.rehearsal.steps == 4
    assert file.folder == tmp_path / "jobs" / "support"
    assert file.place("hyperparameters.learning_rate").endswith("job.toml:17")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("epoch_count", "epochs_count", "16: unknown key 'epochs_count'; did you mean 'epoch_"),
        ('role = "arn', 'rolle = "arn', "3: unknown key 'rolle'; did you mean 'role'"),
        ("epoch_count = 2", 'epoch_count = "2"', "16: setting 'epoch_count': Expected int"),
        ('name = "support"', 'name = "../up"', "2: '../up' is no name of a job"),
        ("[grader]\nname", "[grader]\nfunction2", "13: unknown key 'function2'"),
        ('train = "train.jsonl"', "", "7: needs train"),
        ("flat_share = 0.9", "flat_share = 1.5", "24: setting 'flat_share': Expected float <= 1"),
        ("steps = 4", "steps = 0", "27: setting 'steps': Expected int >= 1"),
        ("[data]", "[data", "Expected ']'"),
        ('name = "support"', f'name = "{"n" * 300}"', "2: a name may have 200 bytes"),
        ('name = "support"', 'name = "a\\u0000b"', "2: name holds a control character"),
        ('train = "train.jsonl"', 'train = "a\\u0000b"', "8: train holds a control character"),
        ("tags = {", 'region = "us-east-1\\n"\ntags = {', "5: region holds a control character"),
        ("tags = {", 'region = "us east"\ntags = {', "5: 'us east' is no region"),
        ('"subnet-1"', '"subnet-1\\t"', "20: subnet_ids holds a control character"),
        ("epoch_count = 2", f"batch_size = {'9' * 400}", "16: batch_size is larger than any"),
        (
            "epoch_count = 2",
            f"batch_size = {'9' * 5000}",
            "job.toml: a number has thousands of digits",
        ),
        ("flat_share = 0.9", "max_hours = inf", "24: max_hours is inf, and must be a finite"),
        ("[rehearsal]", "[prices]\nlambda_request = nan\n[rehearsal]", "27: lambda_request is nan"),
        ("[rehearsal]", "[prices]\nlambda_request = -1\n[rehearsal]", "27: lambda_request is -1;"),
        ('[grader]\nname = "tone_style"\n', "", "a job needs a [grader] table"),
        ('train = "train.jsonl"', 'invocation_logs = {url = "s3://a"}', "8: unknown key 'url'"),
        ("steps = 4", 'engine = "trll"', "27: setting 'engine': Invalid enum value 'trll'"),
        ("steps = 4", "trl = {beta = 0.1}", '27: is for engine = "trl" alone'),
        ("steps = 4", "trl = 1", "27: setting 'trl': Expected a table"),
        *(
            ("steps = 4", f'engine = "trl"\nbatch_size = 6\n[rehearsal.trl]\n{line}', said)
            for line, said in (
                ("lora_rang = 8", "30: unknown key 'lora_rang'; did you mean 'lora_rank'"),
                ("beta = -1", "30: setting 'beta': Expected float >= 0.0"),
                ('precision = "float16"', "30: setting 'precision': Invalid enum value 'float16'"),
                ("vllm = true", '30: needs model = "folder"'),
                ("processes = 4", "30: batch_size = 6 prompts do not go into 4 processes"),
                ("gradient_accumulation_steps = 5", "30: 48 rollouts of a process do not go"),
            )
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(load, old, new, said):
    assert old in WHOLE
    with pytest.raises(SettingsError) as refused:
        load(WHOLE.replace(old, new, 1))
    assert said in str(refused.value)
    assert "job.toml" in str(refused.value)


def test_logs_stand_in_for_a_file(load):
    text = WHOLE.replace(
        'train = "train.jsonl"',
        'invocation_logs = {uri = "s3://logs/a", filters = {equals = {project = "x"}}}',
    )
    assert load(text).job.data.invocation_logs.filters == {"equals": {"project": "x"}}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"none\.toml: No such file"):
        load_job(tmp_path / "none.toml")
