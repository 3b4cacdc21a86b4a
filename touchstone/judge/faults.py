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


class NoVerdict(JudgeFault):
    """The judge gave no usable verdict: never a score.

    Attributes:
        cause: ``refused`` (by the model or a content filter), ``truncated`` (the answer hit
            its limit, or the texts exceed the model's window), ``bad_json`` (no readable
            answer), ``outside_set`` (an answer that was not offered), ``access_denied``,
            ``throttled`` (until the time ran out), ``timed_out`` (asked, no answer in time),
            ``unavailable`` (5xx or no connection until the time ran out),
            ``misconfigured`` (no such model, a request that the service refuses, no
            recorded verdict).
        usage: What asking took nevertheless.
        retry_after_s: When the service asked to be asked again, in seconds.
    """

    def __init__(
        self,
        cause: Cause,
        detail: str,
        usage: Usage = NOTHING_SPENT,
        retry_after_s: float = 0.0,
    ) -> None:
        metrics = (Metric(f"judge_{cause}", 1.0), *usage.metrics())
        super().__init__(f"{cause}: {detail}", metrics, blame=_BLAME.get(cause))
        self.cause: Cause = cause
        self.detail = detail
        self.usage = usage
        self.retry_after_s = retry_after_s

    def costing(self, usage: Usage) -> NoVerdict:
        """Returns the same fault with everything that was spent on it."""
        same = NoVerdict(self.cause, self.detail, usage, self.retry_after_s)
        same.probe = self.probe
        return same
