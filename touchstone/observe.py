"""What an operator sees: counts and rewards as CloudWatch metrics, one record per rollout.

Observing cannot change a result: it is shown the settled batch and returns nothing. Texts
are hashed, never logged, unless a stage opts in; then they are redacted first.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from touchstone.contract import Batch, Result, Sample
from touchstone.groups import group_key, is_flat
from touchstone.outcomes import Fault, Grade

if TYPE_CHECKING:
    from touchstone.pipeline import Observer

NAMESPACE = "Touchstone"
RECORD = "rollout"  # the message that the log subscription picks records out by
# Metrics of a row whose sum over the batch an operator watches.
_SUMMED = {
    "judge_calls": "JudgeCalls",
    "judge_input_tokens": "JudgeInputTokens",
    "judge_output_tokens": "JudgeOutputTokens",
    "judge_cost_usd": "JudgeCostUsd",
    "provoked_fault": "ProvokedFaults",
    "decision_readable": "DecisionsReadable",
    "judge_unquoted": "JudgeUnquoted",
}


def cloudwatch(
    grader: str,
    version: str,
    *,
    record_text: bool = False,
    sandbox_seconds: Callable[[], float] = lambda: 0.0,
) -> Observer:
    """Returns an observer that writes a batch's metrics and records to the function's log.

    Args:
        grader: Its name, a dimension of every metric.
        version: The function's version; each metric is there with it and without.
        record_text: Lets records hold prompt and completion, redacted.
        sandbox_seconds: CPU seconds that untrusted code took for this batch.
    """

    def observe(batch: Batch, results: Sequence[Result]) -> None:
        metrics = _metrics(grader)
        by_version(metrics, grader, version)
        for name, value in batch_metrics(batch, results):
            metrics.add_metric(name, _unit(name), value)
        metrics.add_metric("SandboxSeconds", "Seconds", sandbox_seconds())
        metrics.flush_metrics()
        logger = _logger(grader)
        for row, result in zip(batch.rows, results, strict=True):
            logger.info(RECORD, **rollout_record(row, result, version, record_text=record_text))

    return observe


def by_version(metrics: Any, grader: str, version: str) -> None:
    """Lets Powertools' metrics be read by grader, and by grader and version.

    An alarm wants the first: jobs are held to versions of their own.
    """
    metrics.add_dimensions(service=grader, version=version)


@contextmanager
def traced(grader: str, *, on: bool) -> Iterator[None]:
    """Puts a batch's grading into the call's trace, with the grader's name to search by.

    Args:
        grader: Its name.
        on: The call is traced; the tracer is imported only then.
    """
    if not on:
        yield
        return
    with _tracer(grader).provider.in_subsegment("## grade") as segment:
        segment.put_annotation("grader", grader)
        yield


def batch_metrics(batch: Batch, results: Sequence[Result]) -> Iterator[tuple[str, float]]:
    """Yields a batch's metrics by name.

    ``Samples`` is ``Scored`` + ``Unscored``, and ``Unscored`` the sum of its kinds. ``Reward``
    and each ``Criterion_<name>`` come once per scored row, so that CloudWatch has their
    quantiles.
    """
    kinds = Counter(r.outcome.kind for r in results if isinstance(r.outcome, Fault))
    grades = [r.outcome for r in results if isinstance(r.outcome, Grade)]
    yield "Samples", len(results)
    yield "Scored", len(grades)
    yield "Unscored", kinds.total()
    for kind, count in kinds.items():
        yield f"Unscored_{kind}", count
    sums: defaultdict[str, float] = defaultdict(float)
    for grade in grades:
        yield "Reward", grade.score
    for metric in (metric for result in results for metric in result.outcome.metrics):
        if metric.type == "Reward":
            yield f"Criterion_{metric.name}", metric.value
        elif metric.name in _SUMMED:
            sums[_SUMMED[metric.name]] += metric.value
        elif metric.name == "isolation_level":
            yield "IsolationLevel", metric.value
    yield from sums.items()
    groups = _groups(batch, results)
    yield "Groups", len(groups)
    yield "FlatGroups", sum(is_flat(scores) for scores in groups)


def rollout_record(
    row: Sample | Fault, result: Result, version: str, *, record_text: bool = False
) -> dict[str, Any]:
    """Returns one row's record: hashes and numbers, and texts only when asked for.

    Returns:
        ``prompt_hash`` (of prompt and reference, the same for all rollouts of a dataset
        row), ``completion_hash``, ``reward``, ``outcome``, ``criteria``, ``version``; and where
        a user's own code raised, ``fault``: the place, the exception's type, the traceback's hash.
    """
    outcome = result.outcome
    record: dict[str, Any] = {
        "prompt_hash": _hash(group_key(row)) if isinstance(row, Sample) else "",
        "completion_hash": _hash(row.answer) if isinstance(row, Sample) else "",
        "reward": result.score,
        "outcome": f"unscored:{outcome.kind}" if isinstance(outcome, Fault) else "scored",
        "criteria": {m.name: m.value for m in outcome.metrics if m.type == "Reward"},
        "version": version,
    }
    fault = outcome if isinstance(outcome, Fault) else outcome.provoked
    if fault and fault.trace:
        record["fault"] = fault.detail  # what may quote a completion is in the trace
    if record_text and isinstance(row, Sample):
        record |= {"prompt": redact(row.prompt), "completion": redact(row.answer)}
    return record


def redact(text: str) -> str:
    """Returns a text without personal data and credentials, as far as patterns can tell."""
    # Imported with the first text: a function that records none does not pay for it.
    from touchstone import pii

    return pii.redact(text)


def _groups(batch: Batch, results: Sequence[Result]) -> list[list[float]]:
    groups: defaultdict[str, list[float]] = defaultdict(list)
    for row, result in zip(batch.rows, results, strict=True):
        if isinstance(row, Sample) and isinstance(result.outcome, Grade):
            groups[group_key(row)].append(result.score)
    return [scores for scores in groups.values() if len(scores) > 1]


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _unit(name: str) -> str:
    continuous = ("Reward", "Criterion_", "JudgeCostUsd", "IsolationLevel")
    return "None" if name.startswith(continuous) else "Count"


@cache
def _metrics(grader: str) -> Any:
    # Imported with the first batch: a function that only starts does not pay for it.
    from aws_lambda_powertools import Metrics

    return Metrics(namespace=NAMESPACE, service=grader)


@cache
def _tracer(grader: str) -> Any:
    from aws_lambda_powertools import Tracer

    # Patching would import every library that could be patched.
    return Tracer(service=grader, auto_patch=False)


@cache
def _logger(grader: str) -> Any:
    from aws_lambda_powertools import Logger

    return Logger(service=grader)
