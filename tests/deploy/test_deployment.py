"""Versions come first, then their proof, then the aliases of those that passed."""

import dataclasses
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.deploy.templates import stack
from touchstone.workbench.cli import main
from touchstone.workbench.deploy import cdk, deployment
from touchstone.workbench.deploy.running import Use

OLD = stack(sums={}, code={}, rest={})
NEW = {"sums": {"code": "b"}, "code": {"code": "b"}, "rest": {}}


class Account:
    """An account, the CDK and a graders' proof, in memory; notes what was deployed."""

    def __init__(self, old, new, broken=(), uses=(), environment="aws://unknown-account/r"):
        self.old, self.new, self.broken, self.uses = old, new, broken, uses
        self.environment, self.log, self.held = environment, [], {}

    def synthesize(self, _project, _stage, out, *, held, graders):
        assert graders == "graders.toml"
        self.held[out] = dict(held)

    def read(self, folder, _name):
        made = stack(held=self.held[folder], **self.new)
        return dataclasses.replace(made, environment=self.environment)

    def deploy(self, _project, folder, _name, approval):
        self.log.append(("deploy", self.held[folder], approval))

    def prove(self, function, _cases):
        self.log.append(("prove", function))
        return [f"{function} is wrong"] if function.split(":")[0] in self.broken else []


@pytest.fixture
def run(monkeypatch):
    def start(account, *arguments):
        for name, made in (
            ("in_assembly", account.read), ("deployed", lambda _: account.old),
            ("running", lambda _: account.uses), ("live_version", lambda _: "7"),
            ("version_arn", lambda _, function: f"{function}:8"),
            ("cases_of", lambda *_: None), ("failures", account.prove),
        ):  # fmt: skip
            monkeypatch.setattr(deployment, name, made)
        monkeypatch.setattr(cdk, "synthesize", account.synthesize)
        monkeypatch.setattr(cdk, "deploy", account.deploy)
        return CliRunner().invoke(main, ["deploy", *arguments])

    return start


SUMS, CODE = "touchstone-dev-sums", "touchstone-dev-code"


def test_aliases_are_held_until_their_versions_have_proven_themselves(run):
    account = Account(OLD, NEW)
    done = run(account, "--yes")
    assert done.exit_code == 0, done.output
    assert account.log == [
        ("deploy", {"sums": "7", "code": "7"}, "never"),
        ("prove", f"{SUMS}:8"),
        ("prove", f"{CODE}:8"),
        ("deploy", {}, "never"),
    ]


def test_an_alias_stays_where_its_version_fails_and_the_others_move(run):
    account = Account(OLD, NEW, broken=[CODE])
    done = run(account, "--yes")
    assert done.exit_code == 1
    assert account.log[-1] == ("deploy", {"code": "7"}, "never")
    assert "code: its alias stays where it was" in done.output
    assert "touchstone-dev-code:8 is wrong" in done.output


def test_where_all_fail_nothing_moves(run):
    account = Account(OLD, NEW, broken=[CODE, SUMS])
    assert run(account, "--yes").exit_code == 1
    assert [step for step in account.log if step[0] == "deploy"] == [
        ("deploy", {"sums": "7", "code": "7"}, "never")
    ]


def test_a_first_deployment_has_nothing_to_hold_and_is_proven_all_the_same(run):
    account = Account(None, {"sums": {}}, broken=[SUMS])
    done = run(account, "--yes")
    assert account.log == [("deploy", {}, "never"), ("prove", f"{SUMS}:8")]
    assert (done.exit_code, "is new, and has no other version" in done.output) == (1, True)


def test_a_deployment_that_was_cut_off_is_finished(run):
    cut_off = stack(held={"sums": "7", "code": "7"}, **NEW)
    account = Account(cut_off, NEW)
    assert run(account, "--yes").exit_code == 0
    assert account.log[-1] == ("deploy", {}, "never")


@pytest.mark.parametrize(("synthesis", "steps"), [(2, []), (3, ["deploy", "prove", "prove"])])
def test_files_that_change_meanwhile_get_no_alias(run, synthesis, steps):
    """Only what was proven is moved to, and what was planned is what is deployed."""
    account = Account(OLD, NEW, broken=[CODE])
    made = account.synthesize

    def edited(*arguments, **options):
        made(*arguments, **options)
        if len(account.held) == synthesis:
            account.new = NEW | {"sums": {"code": "c"}}

    account.synthesize = edited
    done = run(account, "--yes")
    assert done.exit_code == 2
    assert f"{SUMS} changed while it was being deployed" in done.output
    assert [step for step, *_ in account.log] == steps


def test_one_plan_changes_nothing_and_neither_does_one_without_a_change(run):
    account = Account(OLD, NEW)
    done = run(account, "--plan")
    assert "sums: changed: its code" in done.output
    same = Account(OLD, {"sums": {}, "code": {}, "rest": {}})
    assert "nothing to deploy" in run(same, "--yes").output
    assert account.log == same.log == []


def test_offline_says_what_a_first_deployment_makes_and_asks_nobody(run):
    account = Account(OLD, NEW, environment="aws://111122223333/eu-west-1")
    del account.old  # so that to ask the account fails
    done = run(account, "--offline")
    assert done.exit_code == 0, done.output
    assert "sums: new" in done.output
    assert "template: build/deploy/dev-0/Touchstone-dev.template.json" in done.output
    assert account.log == []


@pytest.mark.parametrize("arguments", [["--yes"], ["--plan"]])
def test_what_a_job_uses_is_not_removed(run, arguments):
    account = Account(OLD, {"rest": {}}, uses=[Use("towns", SUMS, "3")])
    done = run(account, *arguments)
    assert (done.exit_code, account.log) == (2, [])
    assert "sums is removed, and jobs use it: towns" in done.output


def test_nobody_is_asked_where_nobody_is(run):
    account = Account(OLD, NEW)
    done = run(account)
    assert (done.exit_code, account.log) == (2, [])
    assert "say --yes" in done.output


class Identity:
    def __init__(self, account, region):
        self.meta = self
        self.account, self.region_name = account, region

    def get_caller_identity(self):
        return {"Account": self.account}


@pytest.mark.parametrize(
    ("account", "region", "message"),
    [
        ("999999999999", "eu-west-1", "goes to account 111122223333, and you are in 999999999999"),
        ("111122223333", "us-east-1", "goes to eu-west-1, not us-east-1"),
    ],
)
def test_a_stage_goes_to_its_own_account_and_region(run, monkeypatch, account, region, message):
    monkeypatch.setattr(deployment, "client", lambda _: Identity(account, region))
    made = Account(OLD, NEW, environment="aws://111122223333/eu-west-1")
    done = run(made, "--yes")
    assert (done.exit_code, made.log) == (2, [])
    assert message in done.output


def test_a_folder_that_is_not_touchstones_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["deploy", "--yes"])
    assert done.exit_code == 2
    assert "there is no cdk.json" in done.output
    (tmp_path / "cdk.json").write_text("{}")
    done = CliRunner().invoke(main, ["deploy", "--yes"])
    assert done.exit_code == 2
    assert "`npm ci`" in done.output


def test_the_app_runs_on_the_python_of_touchstone(tmp_path, monkeypatch):
    (tmp_path / "cdk.json").write_text("{}")
    cli = tmp_path / "node_modules" / ".bin" / "cdk"
    cli.parent.mkdir(parents=True)
    cli.write_text("#!/bin/sh\necho error: the app is run by $(command -v python3)\nexit 1\n")
    cli.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    done = CliRunner().invoke(main, ["deploy", "--yes"])
    assert f"run by {Path(sys.executable).parent / 'python3'}" in done.output
