"""What the job's grader takes: memory, time, and what its judge is asked per rollout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.config import FILE_NAME, graders_file, load_entries
from touchstone.grader import Grader, judge_options
from touchstone.judge.prices import price_of
from touchstone.judge.providers import asked_models
from touchstone.settings import SettingsError
from touchstone.stand_in import STAND_IN, judge_shown
from touchstone.templates import load_grader
from touchstone.workbench.check.stored import LastCheck, last_check
from touchstone.workbench.forecast import Measured
from touchstone.workbench.jobs.plan.findings import Findings
from touchstone.workbench.jobs.scale import CALL_ROWS, Scale, Work
from touchstone.workbench.jobs.spec import Job
from touchstone.workbench.stats import Range

# As a function is deployed when its entry of graders.toml says nothing.
_MEMORY_MB, _TIMEOUT_S = 1024, 300
# Instructions and rubric around prompt and completion; the longest bundled one has fewer.
_RUBRIC_TOKENS = 2000


@dataclass(frozen=True, slots=True)
class JudgeUse:
    """What the judge is asked for one rollout.

    Attributes:
        model: The judge, as the setting names it.
        calls: Requests.
        input_tokens: Sent, all calls together.
        output_tokens: Made, likewise.
        price: USD per million tokens sent and made, where it is known.
        how: Measured, or what was assumed.
        side_by_side: Calls that one copy of the grader makes at the same time, at most.
        limits: What one copy allows itself, by what the limit is of.
    """

    model: str
    calls: Range
    input_tokens: Range
    output_tokens: Range
    price: tuple[float, float] | None
    how: str
    side_by_side: int
    limits: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Deployment:
    """How the grader's function is, or would be, made."""

    memory_mb: int = _MEMORY_MB
    timeout_s: int = _TIMEOUT_S
    source: str = "the defaults of a deployment"


def read_grader(job: Job, findings: Findings) -> Grader | None:
    """Returns the grader that the job names; ``None`` without a name, or where it is refused."""
    if not job.grader.name:
        findings.warn(
            "grader.name", "without it nothing is known of criteria, bounds and judge",
            "set name to the template or entry that function was deployed from",
        )  # fmt: skip
        return None
    try:
        grader = load_grader(job.grader.name)
    except SettingsError as exc:
        findings.error("grader.name", str(exc), "name a template or an entry of graders.toml")
        return None
    if STAND_IN in judge_shown(grader):
        _note_stand_in(job, grader, findings)
    return grader


def _note_stand_in(job: Job, grader: Grader, findings: Findings) -> None:
    why = f"{grader.name} asks a judge, and its judge is the offline stand-in, which counts words"
    if job.service == "local" or grader.settings.allow_offline:
        findings.warn("grader.name", why, "set judge in graders.toml to the model that shall judge")
        return
    findings.error(
        "grader.name", why, "set judge in graders.toml to the model that shall judge, or say both "
        'judge = "offline" and allow_offline = true there',
    )  # fmt: skip


def read_check(job: Job, findings: Findings, client: Callable[[str], Any] | None) -> LastCheck:
    """Returns what the grader's last check said; an error where the job requires that it holds.

    Args:
        job: Its output bucket is asked too, where it has one.
        findings: Takes the error.
        client: Makes the account's clients; ``None`` asks nobody outside this machine.
    """
    grader = job.grader
    found = last_check(grader.name, grader.function, bucket=job.data.output, client=client)
    if job.check.require and not found.holds:
        who = job.grader.name or job.grader.function
        findings.error("check.require", f"{who} {found.said}", found.advice)
    return found


def deployment_of(name: str) -> Deployment:
    """Returns how graders.toml deploys this grader."""
    entry = load_entries(graders_file()).get(name)
    if entry is None:
        return Deployment()
    memory = entry.deploy.get("memory_mb", _MEMORY_MB)
    timeout = entry.deploy.get("timeout_s", _TIMEOUT_S)
    return Deployment(memory, timeout, FILE_NAME)


def judge_use(
    grader: Grader | None, scale: Scale, prompt_tokens: Range, measured: Measured | None
) -> JudgeUse | None:
    """Returns what the grader's judge is asked; ``None`` where it has none that asks a model."""
    if grader is None or "judge" not in grader.template.needs:
        return None
    settings = grader.settings
    options = judge_options(grader.name, settings)
    asked = asked_models(settings.judge, *options.panel)
    if not asked:
        return None
    model = asked[0].name
    # A panel's tokens are not told apart by judge, and its judges have prices of their own.
    price = price_of(model, options.prices) if len(asked) == 1 else None
    copy: dict[str, Any] = {
        "side_by_side": options.concurrency,
        "limits": {
            "requests per minute": options.requests_per_minute,
            "tokens per minute": options.tokens_per_minute,
        },
    }
    if measured is not None:
        return JudgeUse(
            model,
            *(Range(each, each) for each in (measured.judge_calls, measured.judge_input_tokens,
                                             measured.judge_output_tokens)),
            price=price, how="as measured on the graded rollouts", **copy,
        )  # fmt: skip
    most = options.samples * len(asked) * getattr(settings, "judge_calls", 1)
    sent = prompt_tokens.high + scale.max_tokens.value + _RUBRIC_TOKENS
    return JudgeUse(
        model,
        calls=Range(0, most),  # rules come first: what they decide is not asked
        input_tokens=Range(0, most * sent),
        output_tokens=Range(0, most * options.max_tokens),
        price=price,
        how=f"assumed: at most {most} calls, a rubric of {_RUBRIC_TOKENS:,} tokens and answers "
        f"of {options.max_tokens:,}; rollouts that the rules decide cost nothing",
        **copy,
    )


def gb_seconds(work: Work, deployment: Deployment, measured: Measured | None) -> Range | None:
    """Returns what Lambda bills by; ``None`` where the grader's speed was not measured.

    A call grades its rollouts side by side, so how long one takes alone is not known: at most
    as long as the call that held it.

    Source: AWS Lambda pricing: duration rounded up to 1 ms, times memory in units of 1024 MB.
    """
    if measured is None:
        return None
    call = Range(max(measured.seconds.low, 0.001), max(measured.seconds.high, 0.001))
    return work.invocations * call * (deployment.memory_mb / 1024)


def judge_rates(judge: JudgeUse, work: Work, copies: Range) -> dict[str, Any]:
    """Returns what grading one step within a minute asks of the judge.

    Args:
        judge: What it is asked for one rollout.
        work: The job's.
        copies: Of the grader in a step, with the most rollouts a call and with the fewest.
    """
    ends = [min(judge.side_by_side, row) * count
            for row, count in zip(CALL_ROWS, (copies.low, copies.high), strict=True)]  # fmt: skip
    return {
        "model": judge.model,
        "requests": work.graded * judge.calls,
        "tokens": work.graded * (judge.input_tokens + judge.output_tokens),
        "requests_per_minute": judge.calls * work.step_rollouts,
        "tokens_per_minute": (judge.input_tokens + judge.output_tokens) * work.step_rollouts,
        "copies": copies,
        "calls_at_once": Range(min(ends), max(ends)),
        "how": judge.how,
    }
