"""A job behind the OpenAI-compatible API: one file, one job, whatever fails."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from tests.wire.bedrock import Life
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.jobs.services import service_of


def test_a_job_is_launched_with_its_files_and_a_pinned_grader(compatible_job, compatible):
    file, folder, service = compatible_job
    state = service.launch(file, folder)
    (made,) = compatible.jobs.values()
    assert (state.job_id, state.status) == (made["id"], "InProgress")
    assert made["method"] == {
        "type": "reinforcement",
        "reinforcement": {
            "grader": {"type": "lambda", "lambda": {"function": state.grader}},
            "hyperparameters": {"batch_size": 16, "learning_rate_multiplier": 0.5},
        },
    }
    assert state.grader.endswith(":function:touchstone-exact:1")
    train = (file.path.parent / "train.jsonl").read_bytes()
    assert compatible.contents[made["training_file"]] == train
    assert compatible.contents[made["validation_file"]] != train


@pytest.mark.parametrize("operation", ["create_file", "create_job"])
@pytest.mark.parametrize(
    ("trouble", "named"),
    [
        ("cut", "network"), ("denied", "denied"), ("expired", "expired"),
        ("invalid", "invalid"), ("throttled", "throttled"), ("failed", "failed"),
    ],
)  # fmt: skip
def test_a_launch_that_broke_off_makes_one_file_and_one_job(
    compatible_job, compatible, operation, trouble, named
):
    file, folder, service = compatible_job
    compatible.fail(operation, trouble, times=3)
    with pytest.raises(ServiceError) as caught:
        service.launch(file, folder)
    assert caught.value.trouble == named
    assert str(caught.value) == folder.state().message == folder.events()[-1]["message"]
    compatible.recover()
    state = service.launch(file, folder)
    assert (state.status, state.message) == ("InProgress", "")
    assert (len(compatible.files), len(compatible.jobs)) == (2, 1)
    assert service.launch(file, folder) == state


@pytest.mark.parametrize("operation", ["create_file", "create_job"])
@pytest.mark.parametrize("trouble", ["lost", "cut", "throttled", "failed"])
def test_a_trouble_that_passes_ends_in_one_job(compatible_job, compatible, operation, trouble):
    file, folder, service = compatible_job
    compatible.fail(operation, trouble)
    state = service.launch(file, folder)
    assert [*compatible.jobs] == [state.job_id]
    assert len(compatible.files) == 2


def test_without_a_key_nothing_is_begun(compatible_job, compatible, monkeypatch):
    file, folder, service = compatible_job
    monkeypatch.delenv("AWS_BEARER_TOKEN_BEDROCK")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ServiceError, match="no API key") as caught:
        service.launch(file, folder)
    assert caught.value.trouble == "expired"
    assert not compatible.calls


def test_events_become_metrics_once_under_the_slashed_names(compatible_job, compatible):
    file, folder, service = compatible_job
    service.launch(file, folder)
    compatible.life = Life(polls=2, end="succeeded")
    compatible.log(message="Job started")
    for step in (1, 2, 3):
        data = {"actor_pg_loss": 0.1, "a_new_number": 1.0, "broken": float("nan")}
        compatible.log({"step": step, "total_steps": 4, "critic_rewards_mean": step / 10} | data)
    state = service.refresh(folder)
    assert (state.status, state.step, state.total_steps) == ("InProgress", 3, 4)
    compatible.log({"step": 4, "total_steps": 4, "val_score_rewards_mean_1": 0.9})
    service.refresh(folder)
    state = service.refresh(folder)
    assert state.status == "Completed"
    assert state.tuned_model == "ft:openai.gpt-oss-20b:ftjob-1"
    assert state.details["checkpoints"] == [
        {"step": 2, "model": "ft:openai.gpt-oss-20b:ftjob-1:ckpt-step-2"}
    ]
    assert folder.metrics()[2] == {
        "critic/rewards/mean": 0.2, "actor/pg_loss": 0.1, "a_new_number": 1.0
    }  # fmt: skip
    assert folder.metrics()[4] == {"val-score/rewards/mean@1": 0.9}
    lines = (folder.path / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == 4
    assert [event["message"] for event in folder.events()].count("Job started") == 1


@pytest.mark.parametrize("step", [None, "final", 10**400])
def test_an_event_of_another_shape_is_a_message(compatible_job, compatible, step):
    file, folder, service = compatible_job
    service.launch(file, folder)
    compatible.log({"step": step, "total_steps": "?"}, message="odd")
    compatible.log({"step": 1, "critic_rewards_mean": 0.5, "huge": 10**400})
    assert service.refresh(folder).step == 1
    assert folder.metrics() == {1: {"critic/rewards/mean": 0.5}}
    assert "odd" in [event["message"] for event in folder.events()]


def test_events_of_one_second_keep_their_order(compatible_job, compatible):
    file, folder, service = compatible_job
    service.launch(file, folder)
    for word in ("first", "second"):
        compatible.log(message=word, at=1_772_000_000)
    compatible.log({"step": 1, "critic_rewards_mean": 0.1}, at=1_772_000_000)
    compatible.log({"step": 1, "critic_rewards_mean": 0.9}, at=1_772_000_000)
    service.refresh(folder)
    said = [event["message"] for event in folder.events()]
    assert said.index("first") < said.index("second")
    assert folder.metrics()[1] == {"critic/rewards/mean": 0.9}


def test_before_there_is_a_job_nothing_is_followed(compatible_job, compatible):
    file, folder, service = compatible_job
    compatible.fail("create_job", "invalid")
    with pytest.raises(ServiceError):
        service.launch(file, folder)
    with pytest.raises(ServiceError, match="no job was created yet"):
        service.refresh(folder)


def test_a_key_that_is_none_is_named(compatible_job, monkeypatch):
    file, folder, service = compatible_job
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "schlüssel")
    with pytest.raises(ServiceError, match="not plain text"):
        service.launch(file, folder)


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Sign in</title>")

    def log_message(self, format, *args):  # noqa: A002
        pass


def test_an_endpoint_that_answers_with_pages_is_named(compatible_job):
    file, folder, service = compatible_job
    service.launch(file, folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/v1"
        elsewhere = service_of(msgspec.structs.replace(file.job, endpoint=url))
        with pytest.raises(ServiceError, match="does not answer as this API does"):
            elsewhere.refresh(folder)
        server.shutdown()


def test_a_job_that_fails_says_why_and_cannot_be_deployed(compatible_job, compatible):
    file, folder, service = compatible_job
    compatible.life = Life(polls=0, end="failed", message="the grader timed out")
    service.launch(file, folder)
    state = service.refresh(folder)
    assert (state.status, state.message) == ("Failed", "the grader timed out")
    with pytest.raises(ServiceError, match="no tuned model"):
        service.deploy(folder)


def test_stop_cancels_once(compatible_job, compatible):
    file, folder, service = compatible_job
    service.launch(file, folder)
    assert service.stop(folder).status == "Stopped"
    service.stop(folder)
    assert compatible.count("cancel_job") == 1


def test_a_model_answers_without_a_deployment(compatible_job, compatible):
    file, folder, service = compatible_job
    compatible.life = Life(polls=0, end="succeeded")
    service.launch(file, folder)
    service.refresh(folder)
    model = service.deploy(folder).deployment
    turns = [{"role": "user", "content": "Who?"}]
    answer = service.chat(model, turns, max_tokens=2, temperature=0, seed=7)
    assert answer.text == f"I am {model}"
    assert answer.truncated
    assert (answer.input_tokens, answer.output_tokens) == (12, 3)
    assert compatible.calls[-1].params["seed"] == 7
