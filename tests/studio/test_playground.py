"""A prompt typed for both models of a job: asked, graded, compared, and what goes wrong said."""

import contextlib
import html
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from tests.jobs.sample_folder import JOB_TOML, sample_folder
from tests.studio.support import Client, Models
from touchstone.workbench import aws
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.cli import main

ROOT = Path(__file__).parents[2]
PAGE = "/jobs/support-triage/compare"
HOSTILE = "</textarea></pre><script>window.pwned = 1</script> \u202e {{ 7 * 7 }}"
TYPED = {"prompt": "Where?", "reference": '{"city": "Bern"}', "others": '{"id": "a"}',
         "tuned": "my-tuned", "k": "1", "temperature": "0.5", "max_tokens": "64"}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = sample_folder(tmp_path, steps=1)
    text = JOB_TOML.replace("content_moderation", "data_extraction")
    (folder.path / "job.toml").write_text(text)
    return folder


@pytest.fixture
def models(folder, monkeypatch):
    models = Models(HOSTILE)
    door = "touchstone.workbench.studio.playground.open_job"
    monkeypatch.setattr(door, lambda file: (folder, models))
    return models


def post(client, status=200, /, **typed):
    reply = client.post(PAGE, TYPED | typed)
    assert reply.status == status, reply.text
    assert "<script>window" not in reply.text
    return reply.text


def boxes(page):
    area = re.findall(r"<textarea name=\"(\w+)\"[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    field = re.findall(r"<input name=\"(\w+)\" value=\"(.*?)\"", page)
    return {name: html.unescape(text) for name, text in [*area, *field]}


def test_both_are_asked_and_graded_and_the_better_one_is_named(client, folder, models):
    assert f'href="{PAGE}"' in client.ask("/jobs/support-triage").text
    turns = [{"role": "system", "content": "Be brief."}]
    page = post(client, others=json.dumps({"id": "a", "messages": turns}))
    assert "On this prompt the tuned model earns more: 1.000 against" in html.unescape(page)
    assert page.count("window.pwned = 1") == 2
    assert 'role="alert"' not in page
    assert "format_<wbr>compliance" in page
    assert re.search(r'class="why">[^<]*Rome', html.unescape(page))
    whole = [*turns, {"role": "user", "content": "Where?"}]
    assert models.asked == [
        (model, whole, 0.5, 64) for model in ("us.amazon.nova-2-lite-v1:0", "my-tuned")
    ]
    assert not list(folder.path.glob("compare/*"))


def test_several_answers_of_each_are_shown_with_their_mean(client, models):
    page = post(client, k="3")
    assert len(models.asked) == 6
    assert page.count("window.pwned = 1") == 6


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("prompt", "", "prompt: a row needs messages"),
        ("others", "[1]", "other fields: not an object but list"),
        ("others", '{"messages": [{"role": "user", "content": 3}]}', "content must be"),
        ("k", "9", "answers of each: 9 is not 1 to 8"),
        ("temperature", "nan", "temperature: nan is not 0 to 2"),
        ("max_tokens", "many", "longest answer: 'many' is no number"),
        ("tuned", "", "touchstone job deploy --wait"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(client, models, field, value, said):
    typed = TYPED | {"reference": HOSTILE, field: value}
    page = post(client, 400, **typed)
    assert said in html.unescape(page)
    assert boxes(page) == typed | {"base": ""}
    assert not models.asked


def test_a_job_without_a_deployment_says_so_before_somebody_types(client, folder):
    assert "run `touchstone job deploy --wait`" in html.unescape(client.ask(PAGE).text)
    folder.update(deployment="arn:d", details={"deployment_status": "Active"})
    page = client.ask(PAGE).text
    assert 'role="alert"' not in page
    assert 'placeholder="arn:d"' in page


def test_a_service_that_fails_is_said_and_its_other_answers_are_not_asked_again(client, models):
    models.faults = [ServiceError("bedrock:Converse: no credentials", "expired", "sign in again")]
    page = html.unescape(post(client, 400))
    assert "bedrock:Converse: no credentials\nsign in again" in page
    assert boxes(page) == TYPED | {"base": ""}
    assert "earns more" in post(client)
    assert len(models.asked) == 2


@pytest.mark.usefixtures("folder")
def test_without_credentials_it_says_what_the_command_says(client, tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    aws.client.cache_clear()
    job, prompts = tmp_path / "jobs" / "support-triage" / "job.toml", tmp_path / "prompts.jsonl"
    (tmp_path / "job.toml").write_text(job.read_text())
    prompts.write_text('{"messages": [{"role": "user", "content": "Where?"}]}\n')
    model = "us.amazon.nova-2-lite-v1:0"  # both, as either may be the first to fail
    args = ["job", "compare", "job.toml", "--prompts", str(prompts), "--tuned", model]
    told = CliRunner().invoke(main, args)
    assert told.exit_code == 2
    said = [line.strip() for line in told.stderr.removeprefix("error: ").strip().split("\n")]
    assert "credentials" in said[0]
    assert "\n".join(said) in html.unescape(post(client, 400, tuned=model))


def test_a_judge_that_answers_nobody_is_said_and_the_answers_are_kept(client, folder, models):
    entry = '[graders.judged]\ntemplate = "rubric"\nsettings.judge = "openai:http://127.0.0.1:9/v1#none"\n'
    (folder.path.parents[1] / "graders.toml").write_text(entry)
    text = JOB_TOML.replace('name = "content_moderation"', 'name = "judged"')
    (folder.path / "job.toml").write_text(text)
    for _ in range(2):
        assert "the judge openai:" in html.unescape(post(client, 400, reference="Bern"))
    assert len(models.asked) == 2


def test_slow_models_end_in_words_and_no_second_prompt_is_asked_meanwhile(
    client, models, monkeypatch
):
    monkeypatch.setattr("touchstone.workbench.studio.playground._SECONDS", 0.2)
    models.go.clear()
    assert "within 0.2 seconds" in post(client, 400)
    assert "still being asked another prompt" in post(client, 400, prompt="Another?")
    assert client.ask(PAGE).status == 200
    models.go.set()


def test_kept_prompts_are_listed_and_shown_with_both_answers(client, folder, tmp_path):
    assert "touchstone job compare" in client.ask(PAGE).text
    told = CliRunner().invoke(main, ["job", "compare", str(tmp_path / "job.toml")])
    assert told.exit_code == 0
    assert f"`touchstone studio`, its page {PAGE}" in told.stderr
    page = client.ask(PAGE).text
    assert "All 48 of " in page
    first = re.findall(rf'href="({PAGE}\?prompt=\d+)"', page)[0]
    shown = client.ask(html.unescape(first)).text
    assert "On this prompt the tuned model earns" in shown
    assert "Held-out message" in shown
    assert "<script>window" not in page + shown
    assert client.ask(f"{PAGE}?prompt=48").status == 404
    (folder.path / "compare" / "pairs.jsonl").write_text('{"id": 3}\n')
    assert "pairs.jsonl:1: is no pair" in client.ask(PAGE).text


def test_only_a_page_of_the_studio_may_ask_and_only_of_a_job_that_is_there(client, models):
    assert client.ask(PAGE, "POST", urlencode(TYPED), Origin="http://evil.test").status == 403
    assert client.ask("/jobs/none/compare").status == 404
    assert not models.asked


@pytest.mark.usefixtures("folder")
def test_an_interrupted_studio_waits_for_no_model(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = os.environ | {
            "PYTHONPATH": str(ROOT),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
            "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none",
        }  # fmt: skip
        command = [sys.executable, "-m", "touchstone.workbench.cli", "studio"]
        with subprocess.Popen(
            command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr
            said = process.stderr.readline()
            client = Client(re.findall(r"http://\S+", said)[0])
            client.enter()
            asking = threading.Thread(target=answered, args=(client,))
            asking.start()
            with silent.accept()[0]:  # the model has been asked, and says nothing
                process.send_signal(signal.SIGINT)
                try:
                    assert process.wait(30) == 0
                finally:
                    process.kill()
                assert "ended\n" in process.stderr.read()
        asking.join()


def answered(client):
    with contextlib.suppress(OSError, http.client.HTTPException):
        client.post(PAGE, TYPED)
