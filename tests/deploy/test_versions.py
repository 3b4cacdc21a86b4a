"""A version is kept for whoever names it, and only what nobody names is deleted."""

from typing import Any

import pytest

from tests.deploy.templates import stack
from touchstone.workbench.deploy import versions
from touchstone.workbench.deploy.running import Use

GRADER, EXECUTOR = "touchstone-dev-code", "touchstone-dev-executor"
ARN = f"arn:aws:lambda:us-east-1:111122223333:function:{EXECUTOR}:"


class Lambda:
    """Six versions of a grader, each on the executor's version of the same number."""

    def __init__(self):
        self.deleted = []

    def get_paginator(self, operation):
        self.operation = operation
        return self

    def paginate(self, FunctionName):  # noqa: N803 - boto3's name
        if self.operation == "list_aliases":
            return [{"Aliases": [{"Name": "live", "FunctionVersion": "4"}]}]
        made: list[dict[str, Any]] = [{"Version": "$LATEST"}]
        for number in map(str, range(1, 7)):
            variables = {"OF": ARN + number, "OTHER": "x"} if FunctionName == GRADER else {}
            made.append({"Version": number, "Environment": {"Variables": variables}})
        return [{"Versions": made[:3]}, {"Versions": made[3:]}]

    def delete_function(self, FunctionName, Qualifier):  # noqa: N803
        self.deleted.append((FunctionName, Qualifier))


@pytest.fixture
def account(monkeypatch):
    lambda_ = Lambda()
    made = stack(executor={"function": EXECUTOR}, code={"function": GRADER})
    # The executor is no grader, and stands first in the template.
    told = {"Touchstone": made.template["Metadata"]["Touchstone"].replace(EXECUTOR, "no-function")}
    object.__setattr__(made, "template", {**made.template, "Metadata": told})
    monkeypatch.setattr(versions, "client", lambda *_: lambda_)
    monkeypatch.setattr(versions, "deployed", lambda _: made)
    monkeypatch.setattr(versions, "version_arn", lambda _, function: f"arn:{function}:6")
    return lambda_


def named(*uses, keep=1):
    found = versions.versions("dev", uses, keep)
    return {(one.function, one.number): one.named_by for one in found}


def test_aliases_the_stack_and_the_newest_are_named(account):
    found = named()
    assert found[GRADER, "4"] == ("alias live",)
    assert found[GRADER, "6"] == ("the stack", "one of the newest")
    assert [number for name, number in found if name == GRADER and not found[name, number]] == [
        "1", "2", "3", "5",
    ]  # fmt: skip


def test_a_jobs_version_is_named_and_so_is_the_executor_that_it_calls(account):
    found = named(Use("towns", GRADER, "2"))
    assert found[GRADER, "2"] == ("job towns",)
    assert found[EXECUTOR, "2"] == (f"{GRADER}:2",)
    assert found[EXECUTOR, "1"] == ()


@pytest.mark.parametrize("keep", [1, 3, 6, 9])
def test_as_many_of_the_newest_are_kept_as_asked_for(account, keep):
    found = named(keep=keep)
    newest = [number for (name, number), by in found.items()
              if name == GRADER and "one of the newest" in by]  # fmt: skip
    assert newest == [str(number) for number in range(max(1, 7 - keep), 7)]


def test_what_nobody_names_is_deleted_and_a_named_one_is_not(account):
    found = versions.versions("dev", [Use("towns", GRADER, "2")], 1)
    unnamed = [one for one in found if not one.named_by]
    assert list(versions.prune(unnamed)) == unnamed
    assert (GRADER, "1") in account.deleted
    assert not {(GRADER, "2"), (GRADER, "4"), (GRADER, "6"), (EXECUTOR, "2")} & {*account.deleted}
    with pytest.raises(ValueError, match="is named by"):
        list(versions.prune(found))


def test_a_stage_that_is_not_deployed_is_said(monkeypatch):
    monkeypatch.setattr(versions, "deployed", lambda _: None)
    with pytest.raises(versions.StackError, match="'dev' is not deployed"):
        versions.versions("dev", [], 1)
