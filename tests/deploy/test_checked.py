"""A deployment tells of the last check of what it deploys, keeps its report, and may demand it."""

import dataclasses
import json
from typing import Any

import boto3
import pytest
from click.testing import CliRunner
from moto import mock_aws

from tests.deploy.templates import stack
from touchstone.templates import find_grader
from touchstone.workbench import aws
from touchstone.workbench.check.run import Report
from touchstone.workbench.check.stored import FOLDER, last_check, store
from touchstone.workbench.check.verdict import Status, Verdict
from touchstone.workbench.cli import main
from touchstone.workbench.deploy import cdk, deployment
from touchstone.workbench.deploy.stack import output_url
from touchstone.workbench.grading.version import version_of

ENTRIES = '[graders.mine]\ncode = "mine.py"\n\n[graders.rest]\ntemplate = "math_reasoning"\n'
REQUIRED = f"{ENTRIES}\n[check]\nrequire = true\n"
OLD = stack(mine={}, rest={})


@pytest.fixture
def bucket(monkeypatch, tmp_path):
    """Gives the output bucket of a stage, in a folder with two graders."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("def reward(sample):\n    return 1.0\n")
    (tmp_path / "graders.toml").write_text(ENTRIES)
    aws.client.cache_clear()
    with mock_aws():
        made: Any = boto3.resource("s3").Bucket("output")  # type: ignore[attr-defined]
        made.create()
        yield made
    aws.client.cache_clear()


@pytest.fixture
def deploy(bucket, monkeypatch):
    """Deploys ``mine`` anew, whose alias moves unless it is broken."""

    def start(*arguments, old=OLD, broken=()):
        new = stack(mine={"code": "b"}, rest={})
        new = dataclasses.replace(new, environment="aws://unknown-account/r")
        for name, made in (
            ("in_assembly", lambda *_: new), ("deployed", lambda _: old),
            ("running", lambda _: ()), ("live_version", lambda _: "7"),
            ("version_arn", lambda *_: "touchstone-dev-mine:8"),
            ("cases_of", lambda *_: None), ("failures", lambda *_: broken),
        ):  # fmt: skip
            monkeypatch.setattr(deployment, name, made)
        monkeypatch.setattr(cdk, "synthesize", lambda *_, **__: None)
        monkeypatch.setattr(cdk, "deploy", lambda *_: None)
        return CliRunner().invoke(main, ["deploy", *arguments])

    return start


def checked(status: Status = "holds"):
    """Keeps the report of a check of ``mine`` as it is."""
    verdict = Verdict("gold", status, "what was found", 1, int(status != "holds"))
    return store(Report("mine", version=version_of(find_grader("mine")), verdicts=[verdict]))


def test_what_is_deployed_and_was_never_checked_is_said(deploy):
    done = deploy("--plan")
    assert done.exit_code == 0, done.output
    assert "check: mine was never checked -> run `touchstone check mine`" in done.output
    assert "check: rest" not in done.output  # it stays as it is


@pytest.mark.parametrize(
    ("status", "said"),
    [("holds", "and holds"), ("falls_short", "fell short when it was checked on")],
)
def test_the_last_check_of_what_is_deployed_is_said(deploy, status, said):
    checked(status)
    assert said in deploy("--yes").output


def test_code_that_changed_since_is_not_what_was_checked(deploy, tmp_path):
    checked()
    (tmp_path / "mine.py").write_text("def reward(sample):\n    return 0.5\n")
    assert "check: mine has changed since it was checked" in deploy("--plan").output


@pytest.mark.parametrize("status", [None, "falls_short"])
def test_without_a_check_that_holds_a_deployment_that_requires_one_is_refused(
    deploy, tmp_path, status
):
    (tmp_path / "graders.toml").write_text(REQUIRED)
    if status:
        checked(status)
    done = deploy("--yes")
    assert done.exit_code == 2
    assert "graders.toml:8: check.require: mine " in done.stderr
    assert "run `touchstone check mine`" in done.stderr


def test_with_a_check_that_holds_a_deployment_that_requires_one_goes_on(deploy, tmp_path):
    (tmp_path / "graders.toml").write_text(REQUIRED)
    checked()
    assert deploy("--yes").exit_code == 0


def test_a_report_is_kept_in_the_stage_and_found_by_a_machine_without_one(deploy, bucket):
    text = checked().read_text()
    assert deploy("--yes").exit_code == 0
    (kept,) = bucket.objects.all()
    assert kept.get()["Body"].read().decode() == text
    assert kept.key == f"checks/mine/{json.loads(text)['version']}.json"
    (FOLDER / "mine.json").unlink()
    assert last_check("mine").state == "none"
    assert last_check("mine", bucket="s3://output/jobs/towns", client=aws.client).state == "holds"
    assert "check: mine was checked on" in deploy("--plan").output


def test_a_report_of_another_version_gives_way_to_the_one_in_the_stage(deploy, tmp_path):
    code = (tmp_path / "mine.py").read_text()
    checked()
    deploy("--yes")
    (tmp_path / "mine.py").write_text("def reward(sample):\n    return 0.5\n")
    checked("falls_short")
    (tmp_path / "mine.py").write_text(code)
    assert "check: mine was checked on" in deploy("--plan").output


def test_what_is_kept_fails_no_deployment(deploy, bucket):
    checked()
    bucket.delete()
    done = deploy("--yes", old=None)
    assert done.exit_code == 0
    assert "the report of its check is not kept in s3://output" in done.output


def test_a_bucket_that_the_stack_makes_is_asked_for_by_its_place_in_it(monkeypatch):
    class Stacks:
        def describe_stack_resource(self, **asked):
            assert asked == {"StackName": OLD.name, "LogicalResourceId": "Made"}
            return {"StackResourceDetail": {"PhysicalResourceId": "made-by-the-stack"}}

    monkeypatch.setattr("touchstone.workbench.deploy.stack.client", lambda *_: Stacks())
    template = {**OLD.template, "Outputs": {"OutputBucket": {"Value": {"Ref": "Made"}}}}
    made = dataclasses.replace(OLD, template=template)
    assert output_url(made) == "s3://made-by-the-stack"
    assert output_url(dataclasses.replace(OLD, template={})) == ""


@pytest.mark.parametrize(
    ("table", "problem"),
    [("require = 1", "require must be true or false"), ("needed = true", "unknown key 'needed'")],
)
def test_a_wrong_demand_is_named_with_its_line(deploy, tmp_path, table, problem):
    (tmp_path / "graders.toml").write_text(f"{ENTRIES}[check]\n{table}\n")
    done = deploy("--plan")
    assert done.exit_code == 2
    assert f"graders.toml:7: {problem}" in done.stderr
