"""Why a judge gave no usable verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from touchstone.judge.types import NOTHING_SPENT, Usage
from touchstone.outcomes import Blame, JudgeFault, Metric

Cause = Literal[
    "refused",
    "truncated",
    "bad_json",
    "outside_set",
    "unfounded",
    "access_denied",
    "throttled",
    "timed_out",
    "unavailable",
    "misconfigured",
]
# The rest may be the texts' doing, a request that the service refuses too.
_BLAME: Mapping[Cause, Blame] = {
    "access_denied": "ours",
    "throttled": "ours",
    "unavailable": "ours",
    "timed_out": "open",  # a second, shorter wait would tell nothing
}
_RETRIED = ("throttled", "unavailable")


class NoVerdict(JudgeFault):
    """The judge gave no usable verdict: never a score.

    Attributes:
        cause: ``refused`` (by the model or a content filter), ``truncated`` (the answer hit
            its limit, or the texts exceed the model's window), ``bad_json`` (no readable
            answer, or one that contradicts itself), ``outside_set`` (an answer that was not
            offered), ``unfounded`` (an answer that quotes nothing of what it judges, from a judge
            that can), ``access_denied``, ``throttled`` (until the time ran out, or for longer
            than any call has), ``timed_out`` (asked, no answer in time), ``unavailable`` (5xx
            or no connection until the time ran out), ``misconfigured`` (no such model, a
            request that the service refuses, no recorded verdict).
        usage: What asking took nevertheless.
        retry_after_s: When the service asked to be asked again, in seconds.
        lasting: Nothing about what was asked: every other call would end so too.
        unreachable: No connection came about.
        retried: Whether the same call may end better a little later.
    """

    def __init__(
        self,
        cause: Cause,
        detail: str,
        usage: Usage = NOTHING_SPENT,
        retry_after_s: float = 0.0,
        *,
        lasting: bool = False,
        unreachable: bool = False,
        retried: bool | None = None,
    ) -> None:
        told = (Metric("judge_lasting", 1.0),) if lasting else ()
        metrics = (Metric(f"judge_{cause}", 1.0), *told, *usage.metrics())
        blame = "ours" if lasting else _BLAME.get(cause)
        super().__init__(f"{cause}: {detail}", metrics, blame=blame)
        self.cause: Cause = cause
        self.detail = detail
        self.usage = usage
        self.retry_after_s = retry_after_s
        self.lasting = lasting
        self.unreachable = unreachable
        self.retried = not lasting and (cause in _RETRIED if retried is None else retried)

    def costing(self, usage: Usage) -> NoVerdict:
        """Returns the same fault with everything that was spent on it."""
        same = NoVerdict(
            self.cause,
            self.detail,
            usage,
            self.retry_after_s,
            lasting=self.lasting,
            unreachable=self.unreachable,
            retried=self.retried,
        )
        same.probe = self.probe
        return same
