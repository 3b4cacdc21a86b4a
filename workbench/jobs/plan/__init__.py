"""``job plan``: what a job would do, cost and learn, before anything is uploaded or paid for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from touchstone.workbench.check.stored import LastCheck
from touchstone.workbench.forecast import Forecast
from touchstone.workbench.forecast.advice import Advice, advise, verdict_of
from touchstone.workbench.jobs.plan.account import Account, Client, compare
from touchstone.workbench.jobs.plan.dataset import LEAST_BATCH, Dataset, check_batch, read_dataset
from touchstone.workbench.jobs.plan.findings import Finding, Findings
from touchstone.workbench.jobs.plan.grading import (
    Deployment,
    deployment_of,
    gb_seconds,
    judge_rates,
    judge_use,
    read_check,
    read_grader,
)
from touchstone.workbench.jobs.plan.limits import check_limits
from touchstone.workbench.jobs.plan.money import Money, check_prices, money_of
from touchstone.workbench.jobs.plan.request import check_request
from touchstone.workbench.jobs.scale import CALL_ROWS, Scale, Work, scale_of, work_of
from touchstone.workbench.jobs.spec import JobFile
from touchstone.workbench.stats import Range

Verdict = Literal["go", "fix", "sft"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A job, before it is launched.

    Attributes:
        job: Its name.
        findings: What is wrong, errors first.
        assumptions: What nobody documents or sets, and was assumed.
        data: Its prompts; ``None`` where they could not be read.
        work: What it does; ``None`` likewise, and so on.
        gb_seconds: Of the grader's function; ``None`` where its speed was not measured.
        judge: What its judge is asked; ``None`` without a judge that costs anything.
        money: What it costs.
        function: How the grader's function is made.
        account: What the account says of it.
        forecast: What it would learn from; ``None`` without rollouts.
        advice: What the forecast says.
        check: What the last ``touchstone check`` said of the grader.
    """

    job: str
    findings: list[Finding]
    assumptions: list[str]
    data: Dataset | None
    work: Work | None
    gb_seconds: Range | None
    judge: Mapping[str, Any] | None
    money: Money | None
    function: Deployment
    account: Account
    forecast: Forecast | None
    advice: list[Advice]
    check: LastCheck

    @property
    def verdict(self) -> Verdict:
        """``go``, ``fix`` what is named first, or ``sft`` first."""
        if any(finding.severity == "error" for finding in self.findings):
            return "fix"
        return verdict_of(self.advice)

    def as_json(self) -> dict[str, Any]:
        """Returns the plan as ``--json`` prints it."""
        return {"verdict": self.verdict, **asdict(self)}


def make_plan(
    file: JobFile,
    *,
    client: Client | None = None,
    seen: Forecast | None = None,
    tokenizer: str | None = None,
    on_row: Callable[[], None] = lambda: None,
) -> Plan:
    """Plans a job.

    Args:
        file: The job.
        client: Makes the account's clients; ``None`` plans without an account.
        seen: What graded rollouts foretell, where there are any.
        tokenizer: Of the model to train; without it lengths are estimated.
        on_row: Is called for each row of the dataset.

    Raises:
        DataError: The tokenizer cannot be read.
    """
    job, findings, scale = file.job, Findings(file), scale_of(file.job)
    if job.service == "bedrock":
        check_request(file, findings)
    check_limits(job, scale, findings)
    check_prices(job.prices, findings)
    grader = read_grader(job, findings)
    check = read_check(job, findings, client)
    data = work = money = judge = time = None
    if scale.sound:
        data = read_dataset(
            file, scale.max_prompt.value, findings, tokenizer=tokenizer, on_row=on_row
        )
    if data is not None:
        if job.service != "local":
            least = LEAST_BATCH if job.service == "bedrock" else 1
            check_batch(data.usable, scale.batch.value, findings, least=least)
        work = work_of(scale, data.usable, data.validation)
    measured = seen.measured if seen else None
    tokens = data.prompt_tokens if data else Range(0, scale.max_prompt.value)
    judge = judge_use(grader, scale, tokens, measured)
    account = compare(job, client, work, judge, findings)
    function = account.function or deployment_of(job.grader.name)
    if work is not None:
        time = gb_seconds(work, function, measured)
        money = money_of(work, judge, time, job.prices, job.brake.max_hours, tokens)
        _check_brake(file, money, findings)
        _check_rounds(file, scale, work, findings)
    return Plan(
        job=job.name,
        findings=list(findings),
        assumptions=_assumptions(file, scale, data),
        data=data,
        work=work,
        gb_seconds=time,
        judge=judge_rates(judge, work, account.copies.at_once(work)) if judge and work else None,
        money=money,
        function=function,
        account=account,
        forecast=seen,
        advice=advise(seen, timeout_s=function.timeout_s) if seen else [],
        check=check,
    )


def _check_brake(file: JobFile, money: Money, findings: Findings) -> None:
    limit = file.job.brake.max_usd
    if limit is not None and money.known.high > limit:
        findings.warn(
            "brake.max_usd", f"{limit:g} USD stop the job, and what is known of it costs "
            f"{money.known.low:,.2f} to {money.known.high:,.2f}",
            "raise it, or make the job smaller",
        )  # fmt: skip


def _check_rounds(file: JobFile, scale: Scale, work: Work, findings: Findings) -> None:
    interval = scale.eval_interval
    if file.job.data.validation and not interval.assumed and interval.value > work.steps.high > 0:
        findings.warn(
            "hyperparameters.eval_interval", f"the job has {work.steps.high:.0f} steps at most, so "
            f"is not validated on its way every {interval.value}",
            f"set {max(1, int(work.steps.high) // 4)}",
        )  # fmt: skip


def _assumptions(file: JobFile, scale: Scale, data: Dataset | None) -> list[str]:
    made = [
        f"{key} = {value}: the job does not set it, and the service's default is not documented"
        for key, value in scale.assumed.items()
    ]
    if file.job.service != "local":
        most, fewest = CALL_ROWS
        made.append(
            f"{fewest} to {most} rollouts in one call of the grader: how many, and how "
            "often it tries again, the service does not document"
        )
        made.append("the last, smaller batch of an epoch may or may not be trained on")
    if data is not None:
        made.append(f"prompt tokens are {data.lengths}")
    return made
