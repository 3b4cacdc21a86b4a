"""The plan compared with the account, where there are credentials for one.

Nothing here is needed for a plan: whatever cannot be read is "not compared", with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from touchstone.workbench.aws import ServiceError, asking, has_credentials
from touchstone.workbench.aws import client as aws_client
from touchstone.workbench.jobs.plan.capacity import Copies, check_copies, read_copies
from touchstone.workbench.jobs.plan.findings import Findings
from touchstone.workbench.jobs.plan.grading import Deployment, JudgeUse
from touchstone.workbench.jobs.scale import Work
from touchstone.workbench.jobs.spec import Job

Client = Callable[[str], Any]
# Lambda's own defaults: nobody chose them for a grader.
_DEFAULT_TIMEOUT_S, _DEFAULT_MEMORY_MB = 3, 128
_GEOGRAPHY = ("us.", "eu.", "apac.", "global.", "jp.", "au.", "ca.", "us-gov.")


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit of the account beside what the job wants of it.

    Attributes:
        name: As the account names it.
        limit: What it allows.
        wanted: What the job wants: at least, where it is a range.
        enough: Whether that fits.
    """

    name: str
    limit: float
    wanted: float
    enough: bool


@dataclass(slots=True)
class Account:
    """What was found in the account.

    Attributes:
        quotas: Limits that were compared.
        function: How the grader's function is made; ``None`` where it was not read.
        copies: What is reserved for it and for its executor.
        not_compared: What could not be read, with the reason.
    """

    quotas: list[Quota] = field(default_factory=list)
    function: Deployment | None = None
    copies: Copies = field(default_factory=Copies)
    not_compared: list[str] = field(default_factory=list)


def clients_of(region: str) -> Client | None:
    """Returns what makes the clients; ``None`` where this machine has no credentials."""
    if not has_credentials():
        return None
    return lambda service: aws_client(service, region, read_timeout_s=15, attempts=2)


def compare(
    job: Job, client: Client | None, work: Work | None, judge: JudgeUse | None, findings: Findings
) -> Account:
    """Compares the job with the account, and notes what would fail.

    Args:
        job: The job.
        client: Makes a service's client by name; ``None`` compares nothing.
        work: How much the job does, where that is known.
        judge: What its judge is asked, where it has one.
        findings: Gets what was found wrong.
    """
    account = Account()
    if job.service == "local":
        return account
    if client is None:
        account.not_compared.append("the account: this machine has no credentials")
        return account
    for what, check in (
        ("the function", lambda: _function(job, client("lambda"), work, account, findings)),
        ("Lambda's concurrency", lambda: _concurrency(client("lambda"), work, account, findings)),
        ("the role", lambda: _role(job, client("iam"), findings)),
        ("the judge's quotas",
         lambda: _judge(client("service-quotas"), judge, work, account, findings)),
    ):  # fmt: skip
        try:
            with asking(what):
                check()
        except ServiceError as exc:
            account.not_compared.append(str(exc))
    return account


def _function(
    job: Job, client: Any, work: Work | None, account: Account, findings: Findings
) -> None:
    key, name = "grader.function", job.grader.function
    if not name:
        return
    try:
        made = client.get_function_configuration(FunctionName=name)
    except client.exceptions.ResourceNotFoundException:
        findings.error(
            key, f"there is no function {name} in {job.region}", "deploy it, or name it right"
        )
        return
    memory, timeout = int(made["MemorySize"]), int(made["Timeout"])
    account.function = Deployment(memory, timeout, "the deployed function")
    if timeout <= _DEFAULT_TIMEOUT_S:
        findings.error(key, f"its timeout is {timeout} s, Lambda's default", "set timeout_s = 300")
    if memory <= _DEFAULT_MEMORY_MB:
        findings.warn(key, f"it has {memory} MB, Lambda's default", "set memory_mb = 1024")
    if made.get("Version", "$LATEST") == "$LATEST":
        findings.warn(
            key, "names no version: a deployment in the middle of a job would change its reward",
            "`job launch` pins it to a published version",
        )  # fmt: skip
    account.copies = read_copies(client, name, made, findings)
    if account.copies.grader == 0:
        findings.error(
            key, "reserved concurrency is 0: every call is throttled", "raise or remove it"
        )
    elif account.copies.grader is not None and work is not None:
        name = "reserved concurrency of the function"
        _compare(name, account.copies.grader, work, account, findings)


def _concurrency(client: Any, work: Work | None, account: Account, findings: Findings) -> None:
    limits = client.get_account_settings()["AccountLimit"]
    if work is not None:
        free = limits["UnreservedConcurrentExecutions"]
        if account.copies.grader is None:
            _compare("unreserved concurrency of the account", free, work, account, findings)
        check_copies(account.copies, free, work, findings)


def _compare(name: str, limit: float, work: Work, account: Account, findings: Findings) -> None:
    wanted = work.concurrency
    account.quotas.append(Quota(name, limit, wanted.low, limit >= wanted.low))
    if limit < wanted.low:
        findings.warn(
            "grader.function", f"{name}: {limit:g}, and a step sent at once wants "
            f"{wanted.low:,.0f} to {wanted.high:,.0f} calls at the same time",
            "raise it; until then calls are throttled and sent again, which takes time",
        )  # fmt: skip


def _role(job: Job, client: Any, findings: Findings) -> None:
    if job.service != "bedrock" or ":role/" not in job.role:
        return
    name = job.role.rsplit("/", 1)[-1]
    try:
        role = client.get_role(RoleName=name)["Role"]
    except client.exceptions.NoSuchEntityException:
        findings.error("role", f"there is no role {name}", "the job stack of a stage makes one")
        return
    trust = role.get("AssumeRolePolicyDocument", {})
    text = unquote(trust) if isinstance(trust, str) else json.dumps(trust)
    if "bedrock.amazonaws.com" not in text:
        findings.error(
            "role", f"{name} does not trust bedrock.amazonaws.com",
            "let bedrock.amazonaws.com assume it (sts:AssumeRole)",
        )  # fmt: skip


def _judge(
    client: Any, judge: JudgeUse | None, work: Work | None, account: Account, findings: Findings
) -> None:
    if judge is None or work is None:
        return
    words = _words(judge.model)
    wants = {
        "requests per minute": judge.calls.high * work.step_rollouts,
        "tokens per minute": (judge.input_tokens.high + judge.output_tokens.high)
        * work.step_rollouts,
    }
    for quota in _quotas(client):
        name = quota["QuotaName"]
        kind = next((kind for kind in wants if kind in name.lower()), None)
        if kind is None or not words <= set(re.findall(r"[a-z0-9.]+", name.lower())):
            continue
        limit, wanted = float(quota["Value"]), wants[kind]
        account.quotas.append(Quota(name, limit, wanted, limit >= wanted))
        _check_rate(judge, kind, limit, account.copies.at_once(work).high, findings)
        least = judge.calls.low * work.step_rollouts / limit * 60 if limit else 0
        timeout = (account.function or Deployment()).timeout_s
        if kind == "requests per minute" and least > timeout:
            findings.error(
                "grader.name", f"{name}: {limit:,.0f}; judging one step takes at least "
                f"{least:,.0f} s, and a call of the grader has {timeout} s",
                "ask for a higher quota, choose a judge that has one, or make the step smaller",
            )  # fmt: skip
        elif 0 < limit < wanted:
            findings.warn(
                "grader.name", f"{name}: {limit:,.0f}; judging one step takes up to {wanted:,.0f}, "
                f"so at least {wanted / limit:.1f} minutes",
                "ask for a higher quota, or choose a judge that has one",
            )  # fmt: skip


def _check_rate(
    judge: JudgeUse, kind: str, limit: float, copies: float, findings: Findings
) -> None:
    """A judge's own limits hold for each copy of the grader, and there are many."""
    own = judge.limits.get(kind)
    if own and own * copies > limit:
        findings.warn(
            "grader.name", f"its judge may take {own:,} {kind} for each copy of the grader; up to "
            f"{copies:,.0f} copies in a step make {own * copies:,.0f}; the quota is {limit:,.0f}",
            f"set judge_options.{kind.replace(' ', '_')} to {max(1, int(limit / copies))}, or "
            "concurrency of the stage lower",
        )  # fmt: skip


def _words(model: str) -> set[str]:
    """Returns the words of a model's name as its quotas write them."""
    name = model.rsplit("/", 1)[-1].lower()
    for geography in _GEOGRAPHY:
        name = name.removeprefix(geography)
    name = re.sub(r"(-\d{8})?(-v\d+)?(:.*)?$", "", name.split(".", 1)[-1])
    return set(name.split("-"))


def _quotas(client: Any) -> Iterator[dict[str, Any]]:
    pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="bedrock")
    for page in pages:
        yield from page["Quotas"]
