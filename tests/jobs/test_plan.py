"""The arithmetic of a plan, its money, its account, and the command that prints it."""

import json
import math
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.jobs.test_plan_checks import JOB, changed, rows
from workbench.cli import main
from workbench.jobs.plan import make_plan
from workbench.jobs.plan.arithmetic import Range, Scale, Setting, work_of
from workbench.jobs.plan.forecast.sample import SampleError, Sampling, askable, choose, sample
from workbench.jobs.services.base import Chat, ServiceError
from workbench.jobs.spec import load_job


@pytest.fixture
def job(tmp_path, monkeypatch):
    """Writes a job and its prompts, and goes there."""
    for name in ("GRADER", "SETTINGS", "EXPLAIN"):  # grading here sets them
        monkeypatch.setenv(f"TOUCHSTONE_{name}", "")
    monkeypatch.chdir(tmp_path)

    def write(text=JOB, count=128):
        (tmp_path / "job.toml").write_text(text, encoding="utf-8")
        lines = [json.dumps(row) + "\n" for row in rows(count)]
        (tmp_path / "train.jsonl").write_text("".join(lines), encoding="utf-8")
        return load_job(tmp_path / "job.toml")

    return write


def scale(epochs, batch, samples, interval=10):
    a, b, c, d, e, f = (
        Setting(value, assumed=False) for value in (epochs, batch, samples, 2048, 8192, interval)
    )
    return Scale(a, b, c, d, e, f)


def plan_of(file, **options) -> Any:
    return make_plan(file, **options)


COUNT = st.integers(1, 5000)


@given(st.integers(1, 50), st.integers(16, 512), st.integers(2, 16), COUNT, COUNT)
def test_steps_and_rollouts_are_those_of_a_loop_that_drops_or_keeps_the_last_batch(
    epochs, batch, samples, low, more
):
    made = work_of(scale(epochs, batch, samples), Range(low, low + more), 0)

    def loop(prompts, keep_last):
        sizes = [min(batch, prompts - start) for start in range(0, prompts, batch)]
        sizes = [size for size in sizes if keep_last or size == batch] * epochs
        return len(sizes), sum(sizes) * samples

    for keep_last in (False, True):
        for prompts in (low, low + more):
            steps, rollouts = loop(prompts, keep_last)
            assert made.steps.low <= steps <= made.steps.high
            assert made.rollouts.low <= rollouts <= made.rollouts.high
    assert (made.steps.low, made.rollouts.low) == loop(low, keep_last=False)
    assert (made.steps.high, made.rollouts.high) == loop(low + more, keep_last=True)
    assert made.invocations.low == math.ceil(made.graded.low / 64)
    assert made.invocations.high == made.graded.high
    assert made.concurrency == Range(math.ceil(batch * samples / 64), batch * samples)


@given(st.integers(1, 100), st.integers(0, 400))
def test_validation_is_counted_once_per_interval_and_prompt(interval, prompts):
    made = work_of(scale(2, 16, 4, interval), Range(320, 320), prompts)
    assert made.validations == Range(40 // interval * prompts, (40 // interval + 2) * prompts)
    assert made.graded == made.rollouts + made.validations


def test_the_published_run_of_an_open_model_is_reckoned_as_it_was():
    assert work_of(scale(1, 4, 8), Range(270, 270), 0).steps.low == 67


def test_a_rehearsal_has_the_steps_that_the_file_sets(job):
    file = job(JOB.replace("grader.name", 'service = "local"\nrehearsal.steps = 7\ngrader.name', 1))
    made = plan_of(file)
    assert made.verdict == "go"
    assert made.work.steps == Range(7, 7)
    assert made.work.rollouts == Range(7 * 8 * 8, 7 * 8 * 8)


def test_what_has_no_price_is_unknown_and_never_nothing(job):
    made = plan_of(job())
    by_name = {item.name: item for item in made.money.items}
    assert by_name["training"].usd is None
    assert by_name["grader time"].usd is None
    assert made.money.unknown == ["grader time", "training"]
    assert made.money.known == by_name["grader requests"].usd
    # 128 prompts x 8 in calls of 64 and of 1, at 0.20 USD a million
    assert by_name["grader requests"].usd.low == pytest.approx(16 * 2e-7)
    assert by_name["grader requests"].usd.high == pytest.approx(1024 * 2e-7)


def test_prices_of_the_job_replace_the_dated_ones(job):
    text = JOB + (
        "brake.max_hours = 5\nprices.training_hour = 40\nprices.lambda_request = 0.001\n"
        "brake.max_usd = 10\n"
    )
    made = plan_of(job(text))
    by_name = {item.name: item.usd for item in made.money.items}
    assert by_name["training"] == Range(0, 200)
    assert by_name["grader requests"] == Range(0.016, 1.024)
    assert [f.key for f in made.findings] == ["brake.max_usd"]
    by_token = plan_of(job(JOB + "prices.training_token_million = 3\n")).money.items[-1].usd
    assert by_token.high >= 1024 * 2048 * 3e-6 > by_token.low > 0


def test_a_judge_is_reckoned_from_its_settings(job, tmp_path):
    (tmp_path / "graders.toml").write_text(
        '[graders.brief]\ntemplate = "summarization_quality"\n[graders.brief.settings]\n'
        'judge = "bedrock:us.amazon.nova-lite-v1:0"\n'
        "judge_options = {samples = 3, temperature = 0.5, max_tokens = 500}\n"
        "[graders.brief.deploy]\nmemory_mb = 512\n",
        encoding="utf-8",
    )
    made = plan_of(job(changed(JOB, "grader.name", '"brief"')))
    assert made.function.memory_mb == 512
    assert made.judge["model"] == "us.amazon.nova-lite-v1:0"
    assert made.judge["requests"] == Range(0, 1024 * 3)
    assert made.judge["requests_per_minute"] == Range(0, 64 * 8 * 3)
    judge = next(item for item in made.money.items if item.name == "judge")
    tokens = 1024 * 3 * (made.data.prompt_tokens.high + 2048 + 2000)
    assert judge.usd.high == pytest.approx(tokens * 0.06e-6 + 1024 * 3 * 500 * 0.24e-6)


def test_a_panel_has_no_price_of_its_own(job, tmp_path):
    (tmp_path / "graders.toml").write_text(
        '[graders.brief]\ntemplate = "summarization_quality"\n[graders.brief.settings]\n'
        'judge = "bedrock:us.amazon.nova-lite-v1:0"\n'
        'judge_options = {panel = ["bedrock:us.amazon.nova-pro-v1:0"]}\n',
        encoding="utf-8",
    )
    file = job(changed(JOB, "grader.name", '"brief"'))
    assert "judge" in plan_of(file).money.unknown
    priced = changed(JOB, "grader.name", '"brief"') + (
        "prices.judge_input_million = 1\nprices.judge_output_million = 2\n"
    )
    assert "judge" not in plan_of(job(priced)).money.unknown
    assert plan_of(file).judge["requests"] == Range(0, 1024 * 2)


# The account.

FUNCTION = {"MemorySize": 1024, "Timeout": 300, "State": "Active", "Version": "7"}
FREE = {"AccountLimit": {"UnreservedConcurrentExecutions": 900}}
TRUST = '{"Statement": [{"Principal": {"Service": "bedrock.amazonaws.com"}}]}'
ROLE = {
    "Path": "/", "RoleName": "rft", "RoleId": "A" * 16, "Arn": "arn:aws:iam::111122223333:role/rft",
    "CreateDate": "2026-01-01T00:00:00Z", "AssumeRolePolicyDocument": TRUST,
}  # fmt: skip


class Cloud:
    """Clients whose answers are scripted, checked by botocore's own model."""

    def __init__(self, **answers):
        self.answers = answers
        self.clients = {}

    def __call__(self, service):
        if service not in self.clients:
            client = boto3.client(
                service, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="y"
            )
            stubber = Stubber(client)
            for operation, answer in self.answers.get(service.replace("-", "_"), []):
                if isinstance(answer, str):
                    stubber.add_client_error(operation, answer)
                else:
                    stubber.add_response(operation, answer)
            stubber.activate()
            self.clients[service] = client
        return self.clients[service]


def cloud(function=FUNCTION, reserved=None, limits=FREE, role=ROLE, quotas=()):
    concurrency = {} if reserved is None else {"ReservedConcurrentExecutions": reserved}
    lambdas = [("get_function_configuration", function)]
    if not isinstance(function, str):
        lambdas.append(("get_function_concurrency", concurrency))
    return Cloud(
        **{
            "lambda": [*lambdas, ("get_account_settings", limits)],
            "iam": [("get_role", role if isinstance(role, str) else {"Role": role})],
            "service_quotas": [("list_service_quotas", {"Quotas": list(quotas)})],
        }
    )


def test_a_sound_account_is_compared_without_findings(job):
    made = plan_of(job(), client=cloud())
    assert not made.findings
    assert made.account.not_compared == []
    (quota,) = made.account.quotas
    assert (quota.limit, quota.wanted, quota.enough) == (900, 8, True)
    assert made.function.source == "the deployed function"


@pytest.mark.parametrize(
    ("answers", "severity", "key", "fix"),
    [
        ({"function": "ResourceNotFoundException"}, "error", "grader.function", "deploy"),
        ({"function": FUNCTION | {"Timeout": 3}}, "error", "grader.function", "timeout_s"),
        ({"function": FUNCTION | {"MemorySize": 128}}, "warning", "grader.function", "memory_mb"),
        ({"function": FUNCTION | {"State": "Failed"}}, "error", "grader.function", "deploy"),
        ({"function": FUNCTION | {"Version": "$LATEST"}}, "warning", "grader.function", "pins"),
        ({"reserved": 0}, "error", "grader.function", "raise"),
        ({"reserved": 7}, "warning", "grader.function", "raise"),
        ({"limits": {"AccountLimit": {"UnreservedConcurrentExecutions": 7}}}, "warning",
         "grader.function", "raise"),
        ({"role": "NoSuchEntity"}, "error", "role", "job stack"),
        ({"role": ROLE | {"AssumeRolePolicyDocument": "{}"}}, "error", "role", "AssumeRole"),
    ],
)  # fmt: skip
def test_what_the_account_would_refuse_is_found(job, answers, severity, key, fix):
    (finding,) = plan_of(job(), client=cloud(**answers)).findings
    assert (finding.severity, finding.key) == (severity, key)
    assert fix in finding.fix


def test_what_may_not_be_read_is_not_compared_and_no_error(job):
    denied = Cloud(
        **{
            "lambda": [("get_function_configuration", "AccessDeniedException"),
                       ("get_account_settings", "AccessDeniedException")],
            "iam": [("get_role", "ExpiredToken")],
        }
    )  # fmt: skip
    made = plan_of(job(), client=denied)
    assert made.verdict == "go"
    assert len(made.account.not_compared) == 3
    assert all("Access" in why or "Expired" in why for why in made.account.not_compared)

    def unreachable(service):
        raise EndpointConnectionError(endpoint_url=service)

    assert len(plan_of(job(), client=unreachable).account.not_compared) == 4


def test_a_judge_is_held_against_its_own_quotas_only(job, tmp_path):
    (tmp_path / "graders.toml").write_text(
        '[graders.brief]\ntemplate = "summarization_quality"\n[graders.brief.settings]\n'
        'judge = "bedrock:us.amazon.nova-lite-v1:0"\n',
        encoding="utf-8",
    )
    names = {
        "Cross-region model inference requests per minute for Amazon Nova Lite": 100.0,
        "On-demand model inference tokens per minute for Amazon Nova Lite": 1e9,
        "On-demand model inference requests per minute for Amazon Nova Pro": 1.0,
    }
    quotas = [{"QuotaName": name, "Value": value} for name, value in names.items()]
    file = job(changed(JOB, "grader.name", '"brief"'))
    made = plan_of(file, client=cloud(quotas=quotas))
    compared = {quota.name: quota.enough for quota in made.account.quotas[1:]}
    assert list(compared.values()) == [False, True]
    (finding,) = made.findings
    assert "at least 5.1 minutes" in finding.message


# Rollouts asked of a model.


class Model:
    """Answers ``right`` in turn with ``wrong``; may fail after some answers."""

    def __init__(self, fail_after=None):
        self.asked = []
        self.fail_after = fail_after
        self.lock = threading.Lock()

    def chat(self, model, messages, *, max_tokens, temperature, seed=None):
        with self.lock:
            if self.fail_after is not None and len(self.asked) >= self.fail_after:
                raise ServiceError("slow down", "throttled", "try later")
            self.asked.append((messages[-1]["content"], seed))
        return Chat("right", 10, 2, 1.0, truncated=False)


def test_sampling_goes_on_where_it_broke_off(job, tmp_path):
    job(count=10)
    file = tmp_path / "deep" / "samples.jsonl"
    sampling = Sampling("m", samples=3, prompts=4, max_tokens=64, concurrency=2)
    chosen = choose(str(tmp_path / "train.jsonl"), sampling)
    with pytest.raises(ServiceError):
        sample(chosen, sampling, Model(fail_after=5).chat, file)
    assert len(file.read_bytes().splitlines()) == 5
    with file.open("ab") as torn:
        torn.write(b'{"messages": [')
    model = Model()
    assert sample(chosen, sampling, model.chat, file) == 7
    assert sample(chosen, sampling, model.chat, file) == 0
    kept = [json.loads(line) for line in file.read_bytes().splitlines()]
    assert len(kept) == 12
    assert sorted({row["id"] for row in kept}) == sorted(row["id"] for row in chosen)
    assert all(row["messages"][-1] == {"role": "assistant", "content": "right"} for row in kept)


def test_more_prompts_keep_those_that_were_asked(job, tmp_path):
    job(count=30)
    train = str(tmp_path / "train.jsonl")
    few = choose(train, Sampling("m", 2, 5, 64))
    many = choose(train, Sampling("m", 2, 50, 64))
    assert many[:5] == few
    assert len(many) == 30


def test_rollouts_of_another_model_are_not_mixed_in(job, tmp_path):
    job(count=4)
    file = tmp_path / "samples.jsonl"
    chosen = choose(str(tmp_path / "train.jsonl"), Sampling("m", 2, 1, 64))
    sample(chosen, Sampling("m", 2, 1, 64), Model().chat, file)
    with pytest.raises(SampleError, match="rollouts of model m, and not n"):
        sample(chosen, Sampling("n", 2, 1, 64), Model().chat, file)
    with pytest.raises(SampleError, match="not a rollout that was sampled"):
        sample(chosen, Sampling("m", 2, 1, 64), Model().chat, tmp_path / "train.jsonl")


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ('"amazon.nova-2-lite-v1:0:256k"', "us.amazon.nova-2-lite-v1:0"),
        ('"arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0:256k"',
         "us.amazon.nova-2-lite-v1:0"),
    ],
)  # fmt: skip
def test_the_base_model_is_asked_by_the_name_it_answers_to(job, model, asked):
    assert askable(job(changed(JOB, "base_model", model)).job) == asked


# The command.


def run(*args):
    return CliRunner().invoke(main, ["job", "plan", "job.toml", *args])


def planned(*args):
    return json.loads(run("--offline", "--json", *args).stdout)


def write_rollouts(path, wrong_every, prompts=64, samples=8):
    """Answers right, but wrong in each ``wrong_every``-th rollout."""
    with path.open("w", encoding="utf-8") as file:
        for row in rows(prompts):
            for index in range(samples):
                wrong = wrong_every and index % wrong_every == 0
                text = "I cannot say." if wrong else f"The answer is {row['reference_answer']}"
                turns = [*row["messages"], {"role": "assistant", "content": text}]
                file.write(json.dumps({**row, "messages": turns}) + "\n")


def test_the_json_has_the_documented_keys(job):
    job()
    made = planned()
    assert set(made) == {
        "verdict", "job", "findings", "assumptions", "data", "work", "gb_seconds", "judge",
        "money", "function", "account", "forecast", "advice", "curated",
    }  # fmt: skip
    assert made["data"]["records"] == 128
    assert made["work"]["steps"] == {"low": 2, "high": 2}
    assert made["work"]["rollouts"] == {"low": 1024, "high": 1024}
    assert made["work"]["invocations"] == {"low": 16, "high": 1024}
    assert made["work"]["concurrency"] == {"low": 8, "high": 512}
    assert made["forecast"] is None
    assert made["account"]["not_compared"]


def test_exit_codes(job, tmp_path):
    job()
    assert run("--offline").exit_code == 0
    job(changed(JOB, "role", '""'))
    refused = run("--offline")
    assert refused.exit_code == 1
    assert "FIX THIS FIRST" in refused.stdout
    assert "set role" in refused.stdout
    (tmp_path / "job.toml").write_text("name = 1", encoding="utf-8")
    assert run("--offline").exit_code == 2
    (tmp_path / "job.toml").unlink()
    missing = run("--offline")
    assert (missing.exit_code, "job.toml" in missing.stderr) == (2, True)


@pytest.mark.parametrize(
    "args",
    [("--curated", "x"), ("--local",), ("--model", "m"), ("--sample", "2", "--rollouts", "x")],
)
def test_options_that_do_nothing_are_refused(job, args):
    job()
    assert run("--offline", *args).exit_code == 2


@pytest.mark.parametrize(
    ("wrong_every", "verdict", "code"), [(2, "go", 0), (1, "sft", 1), (0, "fix", 1)]
)
def test_rollouts_decide_the_verdict(job, tmp_path, wrong_every, verdict, code):
    job()
    write_rollouts(tmp_path / "r.jsonl", wrong_every)
    shown = run("--offline", "--rollouts", "r.jsonl", "--local")
    assert shown.exit_code == code, shown.output
    assert "what it would learn from" in shown.stdout
    made = planned("--rollouts", "r.jsonl", "--local")
    assert made["verdict"] == verdict
    assert made["forecast"]["prompts"] == 64
    assert made["gb_seconds"]["low"] > 0
    assert "grader time" not in made["money"]["unknown"]


def test_curated_prompts_are_written_and_counted(job, tmp_path):
    job()
    write_rollouts(tmp_path / "r.jsonl", 0, prompts=10)
    made = planned("--rollouts", "r.jsonl", "--local", "--curated", "useful.jsonl")
    assert made["curated"] == {
        "kept": 118, "always_right": 10, "always_wrong": 0, "unsampled": 118, "too_few": 0,
    }  # fmt: skip
    lines = (tmp_path / "train.jsonl").read_bytes().splitlines()
    assert (tmp_path / "useful.jsonl").read_bytes().splitlines() == lines[10:]


def test_rollouts_without_repetition_are_bad_input(job, tmp_path):
    job()
    write_rollouts(tmp_path / "r.jsonl", 2, samples=1)
    failed = run("--offline", "--rollouts", "r.jsonl", "--local")
    assert failed.exit_code == 2
    assert "several rollouts" in failed.stderr
    assert run("--offline", "--rollouts", "none.jsonl", "--local").exit_code == 2


@pytest.fixture
def serve(monkeypatch):
    """Answers one of AWS's APIs on this machine; gives what was asked."""
    servers = []

    def start(variable, answer):
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                asked.append((self.path, body))
                reply = json.dumps(answer(body, len(asked))).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, format, *args):  # noqa: A002
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        monkeypatch.setenv(variable, f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        return asked

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def converse(body, count):
    """Answers a sum right and wrong in turn, as Converse does."""
    words = body["messages"][-1]["content"][0]["text"].split()
    answer = int(words[2]) + int(words[4].strip(",")) + count % 2
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": str(answer)}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 9, "outputTokens": 2, "totalTokens": 11},
        "metrics": {"latencyMs": 1},
    }


def test_a_model_is_sampled_once_and_then_forecast(job, tmp_path, serve):
    job()
    asked = serve("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", converse)
    args = ("--sample", "4", "--prompts", "6", "--local", "--concurrency", "1")
    made = planned(*args)
    assert made["forecast"]["rollouts"] == 24
    assert made["forecast"]["truncated"]["value"] == 0
    assert len(asked) == 24
    path, body = asked[0]
    assert "us.amazon.nova-2-lite-v1" in path
    assert body["inferenceConfig"] == {"maxTokens": 2048, "temperature": 1.0}
    assert (tmp_path / "jobs" / "support" / "samples.jsonl").exists()
    again = planned(*args)
    assert len(asked) == 24
    assert again["forecast"]["positive"] == made["forecast"]["positive"]


def test_rollouts_are_graded_by_the_deployed_function(job, tmp_path, serve):
    job()
    write_rollouts(tmp_path / "r.jsonl", 2, prompts=8)

    def grade(rows, _):
        return [{"id": row["id"], "aggregate_reward_score": index % 2, "metrics_list": []}
                for index, row in enumerate(rows)]  # fmt: skip

    asked = serve("AWS_ENDPOINT_URL_LAMBDA", grade)
    made = planned("--rollouts", "r.jsonl")
    assert [len(body) for _, body in asked] == [64]
    assert "function%3Agrader%3Alive" in asked[0][0]
    assert made["forecast"]["useful"]["value"] == 1
    assert made["forecast"]["positive"]["value"] == 0.5


def test_a_function_that_cannot_be_called_is_said_with_what_to_do(job, tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # which keeps credentials
    job()
    write_rollouts(tmp_path / "r.jsonl", 2, prompts=2)
    failed = run("--offline", "--rollouts", "r.jsonl")
    assert failed.exit_code == 2
    assert "lambda:InvokeFunction" in failed.stderr
    assert "AWS_PROFILE" in failed.stderr
