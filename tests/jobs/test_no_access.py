"""Every verb where AWS cannot be reached: one sentence, what to do, and never a traceback."""

import json

import click
import pytest
from click.testing import CliRunner

from tests.jobs.bedrock_job import write_job
from touchstone.workbench import aws
from touchstone.workbench.cli import main
from touchstone.workbench.jobs.folder import State
from touchstone.workbench.jobs.services.bedrock.shape import create_job_shape

CLOSED = "http://127.0.0.1:9"
KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y"}
REGION = {"AWS_DEFAULT_REGION": "us-east-1"}
BROKEN = {
    "no profile": {"AWS_PROFILE": "absent", **REGION},
    "no credentials": REGION,
    "no region": KEYS,
    "no network": {**KEYS, **REGION},
    "empty region": {**KEYS, "AWS_DEFAULT_REGION": ""},
    "no address": {**KEYS, **REGION, "AWS_ENDPOINT_URL": "localhost"},
    "no number": {**KEYS, **REGION, "AWS_MAX_ATTEMPTS": "x"},
}
ROWS = "s3://bucket/rows.jsonl"
JOB_ARN = "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/m/abcdefghijkl"
# Options without which a verb needs no account, or begins what does not end.
MORE = {
    ("studio", "export"): ("-o", "page.html"),
    ("grade",): ["--function", "grader"],
    ("job", "watch"): ["--once"],
    ("job", "plan"): ["--rollouts", "rollouts.jsonl"],
    ("job", "compare"): ["--prompts", "train.jsonl", "--tuned", "m", "--function", "grader"],
    ("data", "convert"): ["-o", "out.jsonl"],
    ("regrade",): ["--function", "grader", "-o", "s3://bucket/out", "--yes"],
    ("judge", "check"): ["--judge", "bedrock:us.amazon.nova-lite-v1:0"],
}
NEED_NO_ACCOUNT = {
    ("graders", "list"), ("graders", "show"), ("graders", "new"), ("job", "report"),
    ("job", "export"), ("runs", "list"), ("doctor",), ("init",),
}  # fmt: skip


def verbs(group: click.Group = main, path: tuple[str, ...] = ()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from verbs(command, (*path, name))
        elif command:
            yield (*path, name), command


VERBS = dict(verbs())


def arguments(path):
    given = {"job": "job.toml"}.get(path[0], ROWS)
    given = "fresh.toml" if path == ("job", "launch") else given
    count = sum(isinstance(param, click.Argument) for param in VERBS[path].params)
    return [*path, *[given] * count, *MORE.get(path, ())]


@pytest.fixture(params=BROKEN)
def broken(request, tmp_path, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN",
                 "AWS_REGION", "AWS_DEFAULT_REGION"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    settings = {
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": CLOSED,
        "AWS_MAX_ATTEMPTS": "1",
        **BROKEN[request.param],
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    file, folder = write_job(tmp_path)
    (tmp_path / "fresh.toml").write_text(file.path.read_text().replace("support", "fresh"))
    state = State(name="support", service="bedrock", job_id=JOB_ARN, tuned_model="arn:m")
    folder.begin(state, file.path.read_text(encoding="utf-8"))
    said = {"role": "assistant", "content": "4"}
    row = json.loads((tmp_path / "train.jsonl").read_text().splitlines()[0])
    rollout = row | {"messages": [*row["messages"], said]}
    (tmp_path / "rollouts.jsonl").write_text(2 * (json.dumps(rollout) + "\n"))
    yield request.param
    aws.client.cache_clear()


@pytest.mark.parametrize("path", VERBS, ids=" ".join)
def test_a_verb_without_access_ends_in_one_sentence(path, broken):
    result = CliRunner().invoke(main, arguments(path))
    assert isinstance(result.exception, SystemExit | None), result.exception
    if path in NEED_NO_ACCOUNT:
        return
    if path == ("job", "watch"):  # shows the trouble in its frame, and would look again
        assert result.exit_code == 1
        return
    # A job knows its region, so without one the network is missed; waiting may end that.
    waits = path[0] in ("job", "versions", "regrade")
    passing = waits and broken in ("no region", "empty region", "no network")
    assert result.exit_code in ({1, 2} if passing else {2}), result.output
    first, *rest = result.stderr.strip().splitlines()
    assert first.startswith("error: ")
    assert len(rest) <= 1, "a sentence, and what to do"


def test_a_plan_reads_the_services_model_whatever_profile_is_named(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "absent")
    create_job_shape.cache_clear()
    assert "roleArn" in create_job_shape().members
