"""What a job costs, as far as anything publishes it; what is unknown is said to be unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from touchstone.settings import nearest
from touchstone.workbench.jobs.plan.findings import Findings
from touchstone.workbench.jobs.plan.grading import JudgeUse
from touchstone.workbench.jobs.prices import PRICES, published
from touchstone.workbench.jobs.scale import Work
from touchstone.workbench.stats import Range


@dataclass(frozen=True, slots=True)
class Item:
    """One part of the bill.

    Attributes:
        name: What is paid for.
        usd: Between which it is; ``None`` where it is not known.
        how: The arithmetic, or what is missing for it.
    """

    name: str
    usd: Range | None
    how: str


@dataclass(frozen=True, slots=True)
class Money:
    """The bill.

    Attributes:
        items: Its parts.
        known: The sum of the parts that are known.
        unknown: Names of the parts that are not.
        as_of: Date of the prices that the job does not set itself.
    """

    items: list[Item]
    known: Range
    unknown: list[str]
    as_of: str


def check_prices(prices: Iterable[str], findings: Findings) -> None:
    """Refuses prices that nothing is priced by."""
    for name in prices:
        if name not in PRICES:
            hint = nearest(name, PRICES).removeprefix("; ")
            findings.error(f"prices.{name}", f"unknown price {name!r}", hint)


def money_of(
    work: Work,
    judge: JudgeUse | None,
    gb_seconds: Range | None,
    prices: Mapping[str, float],
    hours: float | None,
    prompt_tokens: Range,
) -> Money:
    """Returns what a job costs.

    Args:
        work: How much it does.
        judge: What its judge is asked; ``None`` without a judge.
        gb_seconds: Of the grader's function; ``None`` where its speed is not known.
        prices: The job's own, by name.
        hours: At most; the job's ``[brake] max_hours``.
        prompt_tokens: Mean tokens of a prompt.
    """
    table, as_of = published()
    paid = {**table, **prices}
    items = [
        Item("grader requests", work.invocations * paid["lambda_request"],
             "calls of the function x lambda_request"),
        Item("grader time", gb_seconds * paid["lambda_gb_second"] if gb_seconds else None,
             "GB-seconds x lambda_gb_second" if gb_seconds
             else "the grader's speed is not known: measure it with --rollouts or --sample"),
        *([_judge(judge, work, prices)] if judge else []),
        _training(work, prices, hours, prompt_tokens),
    ]  # fmt: skip
    known = sum((item.usd for item in items if item.usd), Range(0, 0))
    return Money(items, known, [item.name for item in items if item.usd is None], as_of)


def _judge(judge: JudgeUse, work: Work, prices: Mapping[str, float]) -> Item:
    sent = prices.get("judge_input_million", judge.price[0] if judge.price else None)
    made = prices.get("judge_output_million", judge.price[1] if judge.price else None)
    if sent is None or made is None:
        missing = "set judge_input_million and judge_output_million"
        return Item("judge", None, f"no one price of {judge.model} or its panel: {missing}")
    each = judge.input_tokens * (sent / 1e6) + judge.output_tokens * (made / 1e6)
    return Item("judge", work.graded * each, f"graded rollouts x tokens of one; {judge.how}")


def _training(
    work: Work, prices: Mapping[str, float], hours: float | None, prompt_tokens: Range
) -> Item:
    if "training_hour" in prices and hours is not None:
        usd = Range(0, hours * prices["training_hour"])
        return Item("training", usd, "at most [brake] max_hours x training_hour")
    if "training_token_million" in prices:
        high = work.rollouts.high * prompt_tokens.high + work.completion_tokens
        low = work.rollouts.low * prompt_tokens.low
        usd = Range(low, high) * (prices["training_token_million"] / 1e6)
        return Item("training", usd, "tokens of prompts, and at most of completions")
    missing = "its price is not published: set training_hour and [brake] max_hours"
    return Item("training", None, f"{missing}, or training_token_million")
