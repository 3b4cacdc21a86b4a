"""The arithmetic of a plan, its money and its account."""

import math
import re
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from tests.jobs.plan_job import JOB, changed, job_writer
from touchstone.judge import make_judge, providers
from touchstone.judge.providers import Provider
from touchstone.workbench.forecast import Measured
from touchstone.workbench.jobs.plan import make_plan
from touchstone.workbench.jobs.plan.grading import Deployment, gb_seconds
from touchstone.workbench.jobs.scale import Scale, Setting, work_of
from touchstone.workbench.stats import Range


@pytest.fixture
def job(tmp_path, monkeypatch):
    return job_writer(tmp_path, monkeypatch)


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


def test_a_judge_of_a_new_provider_has_an_unknown_cost(job, tmp_path, monkeypatch):
    made_up = Provider(
        "mine:<model>",
        re.compile("mine:(?P<model>.+)"),
        lambda options, model: make_judge("offline", options),
    )
    monkeypatch.setattr(providers, "PROVIDERS", (*providers.PROVIDERS, made_up))
    (tmp_path / "graders.toml").write_text(
        '[graders.brief]\ntemplate = "summarization_quality"\nsettings.judge = "mine:oracle-1"\n',
        encoding="utf-8",
    )
    made = plan_of(job(changed(JOB, "grader.name", '"brief"')))
    assert made.judge["model"] == "oracle-1"
    assert next(item for item in made.money.items if item.name == "judge").usd is None
    assert "judge" in made.money.unknown


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


@given(COUNT, st.floats(0, 900), st.floats(0, 900))
def test_grading_alone_takes_at_most_as_long_as_the_call_that_was_measured(prompts, one, other):
    work = work_of(scale(1, 16, 8), Range(prompts, prompts), 0)
    call = Range(min(one, other), max(one, other))
    made: Any = gb_seconds(work, Deployment(512, 300), Measured(call, 0, 0, 0))
    assert made.low == pytest.approx(work.invocations.low * max(call.low, 0.001) / 2)
    assert made.high == pytest.approx(work.graded.high * max(call.high, 0.001) / 2)


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


EXECUTOR = "arn:aws:lambda:us-east-1:111122223333:function:executor:7"
CODE = FUNCTION | {"Environment": {"Variables": {"TOUCHSTONE_EXECUTOR": EXECUTOR}}}
SLEEPS = {"State": "Inactive"}


def held(reserved):
    answer = {} if reserved is None else {"ReservedConcurrentExecutions": reserved}
    return "get_function_concurrency", answer


def woken(state):
    return [] if state.get("State") != "Inactive" else [("invoke", "ResourceNotReadyException")]


def cloud(function=FUNCTION, reserved=None, limits=FREE, role=ROLE, quotas=(), executor=None):
    """Scripts an account; an executor is its configuration and its reserved concurrency."""
    lambdas = [("get_function_configuration", function)]
    if not isinstance(function, str):
        lambdas += [*woken(function), held(reserved)]
    if executor:
        made, copies = executor
        lambdas += [("get_function_configuration", made), *woken(made), held(copies)]
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
        ({"function": FUNCTION | SLEEPS}, "warning", "grader.function", "about a minute"),
        ({"function": FUNCTION | {"State": "Pending"}}, "warning", "grader.function", "wait"),
        ({"function": CODE, "executor": (SLEEPS, None)}, "warning", "grader.function", "minute"),
        ({"role": "NoSuchEntity"}, "error", "role", "job stack"),
        ({"role": ROLE | {"AssumeRolePolicyDocument": "{}"}}, "error", "role", "AssumeRole"),
    ],
)  # fmt: skip
def test_what_the_account_would_refuse_is_found(job, answers, severity, key, fix):
    (finding,) = plan_of(job(), client=cloud(**answers)).findings
    assert (finding.severity, finding.key) == (severity, key)
    assert fix in finding.fix


@pytest.mark.parametrize(
    ("free", "grader", "executor", "verdicts"),
    [
        (1000, None, None, []),  # 8 to 512 calls
        (512, None, None, ["warning"]),
        (8, None, None, ["error"]),
        (100, 8, None, []),
        (8, None, 16, []),
        (900, 512, 1024, []),
        (900, 8, 0, ["error"]),
    ],
)
def test_a_grader_of_code_is_refused_where_its_copies_could_take_every_executors_place(
    job, free, grader, executor, verdicts
):
    limits = {"AccountLimit": {"UnreservedConcurrentExecutions": free}}
    answers = cloud(function=CODE, reserved=grader, limits=limits, executor=(FUNCTION, executor))
    assert [found.severity for found in plan_of(job(), client=answers).findings] == verdicts


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


def test_a_judges_own_limit_is_counted_for_every_copy_of_the_grader(job, tmp_path):
    (tmp_path / "graders.toml").write_text(
        '[graders.brief]\ntemplate = "summarization_quality"\n[graders.brief.settings]\n'
        'judge = "bedrock:us.amazon.nova-lite-v1:0"\njudge_options = {requests_per_minute = 200}\n',
        encoding="utf-8",
    )
    name = "Cross-region model inference requests per minute for Amazon Nova Lite"
    file = job(changed(JOB, "grader.name", '"brief"'))
    quota = {"QuotaName": name, "Value": 2_000.0}
    made = plan_of(file, client=cloud(reserved=20, quotas=[quota]))
    (finding,) = made.findings
    assert "4,000" in finding.message
    assert "to 100" in finding.fix
    assert made.judge
    assert (made.judge["copies"], made.judge["calls_at_once"]) == (Range(8, 20), Range(20, 256))
