"""The command that plans: its rollouts, its output and its exit codes."""

import json
import os
import threading
from functools import partial

import boto3
import pytest
from click.testing import CliRunner

from tests.jobs.plan_job import JOB, changed, job_writer, rows
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.check.probes import PROBES
from touchstone.workbench.check.run import run as run_probes
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.plan.forecast.sample import SampleError, Sampling, choose, sample
from touchstone.workbench.jobs.service import Chat, askable


@pytest.fixture
def job(tmp_path, monkeypatch):
    return job_writer(tmp_path, monkeypatch)


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
        "money", "function", "account", "forecast", "advice", "check", "curated",
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


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("train.jsonl", "which is read"), ("sub/../train.jsonl", "which is read"),
        ("link.jsonl", "which is read"), ("r.jsonl", "which is read"),
        ("job.toml", "which is read"), (".", "is a folder"), ("sub", "is a folder"),
        ("pipe", "is no regular file"),
    ],
)  # fmt: skip
def test_curated_replaces_no_input_and_nothing_but_a_file(job, tmp_path, target, said):
    job()
    write_rollouts(tmp_path / "r.jsonl", 0, prompts=10)
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.jsonl").symlink_to("train.jsonl")
    os.mkfifo(tmp_path / "pipe")
    before = {name: (tmp_path / name).read_bytes() for name in ("train.jsonl", "r.jsonl")}
    failed = run("--offline", "--rollouts", "r.jsonl", "--local", "--curated", target)
    assert (failed.exit_code, said in failed.stderr) == (2, True), failed.output
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert (tmp_path / "pipe").is_fifo()
    assert not list(tmp_path.glob("*.part"))


def test_a_file_of_something_else_is_never_taken_for_samples(job, tmp_path):
    job()
    for content in (b'{"messages": []}\n{"last": "line"}', b'{"last": "line"}'):
        (tmp_path / "mine.jsonl").write_bytes(content)
        failed = run("--offline", "--sample", "2", "--local", "--samples", "mine.jsonl")
        assert failed.exit_code == 2
        assert "mine.jsonl" in failed.stderr
        assert (tmp_path / "mine.jsonl").read_bytes() == content


def test_a_forecast_of_one_prompt_shows_what_is_not_known(job, tmp_path):
    job()
    write_rollouts(tmp_path / "r.jsonl", 2, prompts=1)
    shown = run("--offline", "--rollouts", "r.jsonl", "--local")
    assert "0.50 [unknown]" in shown.stdout
    made = planned("--rollouts", "r.jsonl", "--local")
    assert made["forecast"]["positive"]["low"] < 0.5 < made["forecast"]["positive"]["high"]
    assert [made["forecast"]["length"][end] for end in ("low", "high")] == [None, None]


def test_rollouts_without_repetition_are_bad_input(job, tmp_path):
    job()
    write_rollouts(tmp_path / "r.jsonl", 2, samples=1)
    failed = run("--offline", "--rollouts", "r.jsonl", "--local")
    assert failed.exit_code == 2
    assert "several rollouts" in failed.stderr
    assert run("--offline", "--rollouts", "none.jsonl", "--local").exit_code == 2


def total(question):
    words = question.split()
    return int(words[2]) + int(words[4].strip(","))


def converse(body, count):
    """Answers a sum right and wrong in turn, as Converse does."""
    answer = total(body["messages"][-1]["content"][0]["text"]) + count % 2
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


def test_any_compatible_endpoint_can_be_sampled(job, compatible):
    job()
    compatible.say = lambda model, request: str(total(request["messages"][-1]["content"]))
    compatible.fail("chat", "throttled")
    endpoint = ("--endpoint", f"{compatible.url}/v1", "--model", "qwen.qwen3-32b")
    made = planned("--sample", "2", "--prompts", "4", "--local", *endpoint)
    assert made["forecast"]["rollouts"] == 8
    assert made["forecast"]["positive"]["value"] == 1
    asked = [call.params for call in compatible.calls if call.operation == "chat"]
    assert {call["model"] for call in asked} == {"qwen.qwen3-32b"}
    assert len(asked) == 8


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


def test_a_check_asks_for_rollouts_as_a_plan_does(job, compatible, monkeypatch):
    job()
    compatible.say = lambda model, request: str(total(request["messages"][-1]["content"]))
    asks = ("--sample", "2", "--prompts", "4", "--model", "m", "--endpoint", f"{compatible.url}/v1")
    args = ["check", "math_reasoning", "train.jsonl", *asks, "--json"]
    signal = [probe for probe in PROBES if probe.name == "signal"]
    monkeypatch.setattr("touchstone.workbench.cli.check.run", partial(run_probes, probes=signal))
    CliRunner().invoke(main, args)
    found = json.loads(CliRunner().invoke(main, args).stdout)["verdicts"]  # nothing is missing now
    ceiling = next(one for one in found if one["probe"] == "signal:ceiling")
    assert (ceiling["tried"], ceiling["failed"]) == (8, 8)
    assert len([call for call in compatible.calls if call.operation == "chat"]) == 8


def test_a_check_asks_nobody_for_rollouts_without_a_model(job):
    job()
    result = CliRunner().invoke(main, ["check", "math_reasoning", "train.jsonl", "--sample", "2"])
    assert result.exit_code == 2
    assert "--sample needs ROWS and --model" in result.output
