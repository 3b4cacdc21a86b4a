"""A plan for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from touchstone.workbench.forecast import Forecast
from touchstone.workbench.jobs.plan import Plan
from touchstone.workbench.jobs.plan.findings import Finding
from touchstone.workbench.stats import Estimate, Range, Share

_COLOURS = {"error": "red", "warning": "yellow", "go": "green", "fix": "red", "sft": "magenta"}
_WORDS = {"go": "GO", "fix": "FIX THIS FIRST", "sft": "USE SFT FIRST"}


def show(plan: Plan, console: Console) -> None:
    """Prints what is wrong, what the job does and costs, what it would learn, and the verdict."""
    for finding in plan.findings:
        console.print(_finding(finding), soft_wrap=True)
    for title, rows in (
        ("what it does", list(_work(plan))),
        ("what it costs", list(_money(plan))),
        ("the account", list(_account(plan))),
        ("what it would learn from", list(_forecast(plan.forecast)) if plan.forecast else []),
    ):
        if rows:
            console.print(_table(f"{plan.job}: {title}", rows))
    for advice in plan.advice:
        label = "note" if advice.verdict == "go" else _WORDS[advice.verdict].lower()
        line = Text(f"{label}: ", _COLOURS["warning" if advice.verdict == "go" else advice.verdict])
        console.print(line + Text(f"{advice.message}. -> {advice.action}"), soft_wrap=True)
    for assumption in plan.assumptions:
        console.print(Text(f"assumed: {assumption}", "dim"), soft_wrap=True)
    console.print(_check(plan), soft_wrap=True)
    console.print(_verdict(plan), soft_wrap=True)


def _check(plan: Plan) -> Text:
    colour = _COLOURS["go" if plan.check.holds else "warning"]
    return Text("check: ", colour) + Text(f"the grader {plan.check.shown}")


def _finding(finding: Finding) -> Text:
    key = f" {finding.key}:" if finding.key else ""
    line = Text(f"{finding.place}:{key} ")
    line.append(f"{finding.severity}: ", _COLOURS[finding.severity])
    return line + Text(f"{finding.message} -> {finding.fix}")


def _verdict(plan: Plan) -> Text:
    errors = sum(finding.severity == "error" for finding in plan.findings)
    first = next(
        (f"{f.key or f.place}: {f.message}" for f in plan.findings if f.severity == "error"), ""
    )
    because = first or next((a.message for a in plan.advice if a.verdict == plan.verdict), "")
    if plan.verdict == "go":
        because = (
            "nothing found that would stop it" if plan.forecast is None else "it has what it needs"
        )
        if plan.forecast is None:
            because += "; whether it would learn, --rollouts or --sample tells"
    count = f" ({errors} errors)" if errors > 1 else ""
    return Text(f"{_WORDS[plan.verdict]}: {because}{count}", f"bold {_COLOURS[plan.verdict]}")


def _work(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.data:
        yield "prompts", f"{plan.data.records:,}, short enough {_range(plan.data.usable)}"
        # The mean of all prompts; as a range it would be taken for the shortest and longest.
        yield "mean tokens of a prompt", _range(plan.data.prompt_tokens)
        if plan.data.validation:
            yield "validation prompts", f"{plan.data.validation:,}"
    if plan.work is None:
        yield "steps, rollouts, calls", "unknown: the prompts were not read"
        return
    work = plan.work
    yield "steps", _range(work.steps)
    yield "rollouts", f"{_range(work.rollouts)}, {work.step_rollouts:,} in a full step"
    if work.validations.high:
        yield "validation rollouts", _range(work.validations)
    yield "grader invocations", _range(work.invocations)
    yield "calls at the same time", _range(work.concurrency)
    memory = f"{plan.function.memory_mb} MB, {plan.function.timeout_s} s ({plan.function.source})"
    yield "function", memory
    yield "GB-seconds", _range(plan.gb_seconds) if plan.gb_seconds else "unknown: not measured"
    if plan.judge:
        yield "judge", f"{plan.judge['model']}: {_range(plan.judge['requests'])} requests"
        yield "judge tokens", _range(plan.judge["tokens"])
        copies, at_once = plan.judge["copies"], plan.judge["calls_at_once"]
        yield (
            "judge calls at the same time",
            f"{_range(at_once)}, from {_range(copies)} copies of the grader",
        )
        yield (
            "to judge a step in a minute",
            (
                f"{_range(plan.judge['requests_per_minute'])} requests, "
                f"{_range(plan.judge['tokens_per_minute'])} tokens a minute"
            ),
        )


def _money(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.money is None:
        return
    for item in plan.money.items:
        yield item.name, f"{_usd(item.usd)}  ({item.how})" if item.usd else f"unknown: {item.how}"
    unknown = "".join(f" + {name} (unknown)" for name in plan.money.unknown)
    yield "together", f"{_usd(plan.money.known)}{unknown}; prices of {plan.money.as_of}"


def _account(plan: Plan) -> Iterator[tuple[str, str]]:
    for quota in plan.account.quotas:
        verdict = "enough" if quota.enough else "not enough"
        yield quota.name, f"{quota.limit:,.0f}; wanted {quota.wanted:,.0f}: {verdict}"
    for why in plan.account.not_compared:
        yield "not compared", why


def _forecast(seen: Forecast) -> Iterator[tuple[str, str]]:
    yield "rollouts", f"{seen.rollouts:,} of {seen.prompts:,} prompts"
    yield "reward", _estimate(seen.reward)
    yield "positive", _share(seen.positive)
    yield "highest reward", _share(seen.perfect)
    yield (
        "flat groups",
        (
            f"all wrong {_share(seen.flat_wrong)}, all right {_share(seen.flat_right)}, "
            f"equal {_share(seen.flat_equal)}"
        ),
    )
    yield f"useful groups of {seen.size}", _share(seen.useful)
    for name, criterion in seen.criteria.items():
        yield (
            f"  {name}",
            (f"mean {_estimate(criterion.mean)}, spread in a prompt {criterion.spread.value:.2f}"),
        )
    yield "reward against length", _estimate(seen.length)
    yield "cut off", _share(seen.truncated) if seen.truncated else "unknown: no row says"
    faults = "".join(f", {kind} {count}" for kind, count in seen.faults.items())
    yield "unscored", _share(seen.unscored) + faults
    yield (
        "a call of the grader",
        ", ".join(
            f"{name} {each.value:.3g} s{_interval(each, '.3g')}"
            for name, each in seen.call_seconds.items()
        ),
    )


def _table(title: str, rows: list[tuple[str, str]]) -> Table:
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column("what", style="bold")
    table.add_column("value")
    for name, value in rows:
        table.add_row(Text(name), Text(value))
    return table


def _range(one: Range) -> str:
    low, high = f"{one.low:,.0f}", f"{one.high:,.0f}"
    return low if low == high else f"{low} to {high}"


def _usd(one: Range) -> str:
    if 0 < one.high < 0.01:
        return "under USD 0.01"
    low, high = f"{one.low:,.2f}", f"{one.high:,.2f}"
    return f"USD {low}" if low == high else f"USD {low} to {high}"


def _estimate(one: Estimate) -> str:
    return f"{one.value:.2f}{_interval(one, '.2f')}"


def _interval(one: Estimate, form: str) -> str:
    if one.interval is None:
        return " [unknown]"
    return " [{}, {}]".format(*(format(end, form) for end in one.interval))


def _share(one: Share) -> str:
    return f"{one.value:.1%} [{one.low:.1%}, {one.high:.1%}]"
