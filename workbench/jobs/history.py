"""A job's numbers as series, under the names that services give and people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.jobs.folder import JobFolder

REWARD = "critic/rewards/mean"
REWARD_MAX, REWARD_MIN = "critic/rewards/max", "critic/rewards/min"
P10, P50, P90 = (f"touchstone/rewards/p{q}" for q in (10, 50, 90))
VALIDATION = "val-score/rewards/mean@1"
FLAT = "touchstone/flat_groups"
UNSCORED = "touchstone/unscored"
CRITERIA = "touchstone/criteria/"
ENTROPY = "actor/entropy"
LOSS, POLICY_LOSS, ACCURACY = "training_loss", "actor/pg_loss", "training_accuracy"
GRADIENT = "actor/grad_norm"
LENGTH, LENGTH_MAX = "response_length/mean", "response_length/max"
PROMPT_LENGTH, ABORTED = "prompt_length/mean", "response/aborted_ratio"
CLIPPED = "response_length/clip_ratio"
LATENCY_P50, LATENCY_P99 = (f"touchstone/grader_latency_ms/p{q}" for q in (50, 99))
SPEND, THROTTLES = "touchstone/spend_usd", "touchstone/throttles"

FLAT_KINDS = {"all_zero": "all 0", "all_one": "all 1", "equal": "equal"}
LABELS = {
    REWARD: "Reward, mean",
    REWARD_MAX: "Reward, highest",
    REWARD_MIN: "Reward, lowest",
    P10: "Reward, p10",
    P50: "Reward, median",
    P90: "Reward, p90",
    VALIDATION: "Validation reward",
    FLAT: "Flat groups",
    UNSCORED: "Unscored rollouts",
    ENTROPY: "Entropy",
    LOSS: "Training loss",
    POLICY_LOSS: "Policy loss",
    ACCURACY: "Accuracy",
    GRADIENT: "Gradient norm",
    LENGTH: "Response length, mean",
    LENGTH_MAX: "Response length, longest",
    PROMPT_LENGTH: "Prompt length, mean",
    ABORTED: "Empty responses",
    CLIPPED: "Responses cut at the limit",
    LATENCY_P50: "Grader latency, median",
    LATENCY_P99: "Grader latency, p99",
    SPEND: "Spent on graders and judges",
    THROTTLES: "Throttled grader calls",
    **{f"{FLAT}/{kind}": f"Flat groups, {name}" for kind, name in FLAT_KINDS.items()},
}
_SHARES = (FLAT, UNSCORED, ABORTED, CLIPPED, ACCURACY)
_KINDS = f"{UNSCORED}/"

Series = list[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class History:
    """What is known of each step.

    Attributes:
        steps: Step to its numbers, in order.
        times: Step to when they were written, ISO 8601.
    """

    steps: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    times: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: JobFolder) -> History:
        """Reads a job's folder.

        Raises:
            FolderError: A line of the metrics cannot be read.
        """
        return cls(folder.metrics(), folder.times())

    def series(self, name: str) -> Series:
        """Returns the steps that have a number of that name, with it."""
        return [(step, values[name]) for step, values in self.steps.items() if name in values]

    def values(self, name: str) -> list[float]:
        """Returns the numbers of that name, in the order of the steps."""
        return [value for _, value in self.series(name)]

    def last(self, name: str) -> float | None:
        """Returns the newest number of that name, ``None`` when there is none."""
        return next(iter(self.values(name)[-1:]), None)

    def total(self, name: str) -> float:
        """Returns the sum over all steps."""
        return sum(self.values(name))

    def names(self, prefix: str = "") -> list[str]:
        """Returns every name that any step has, in alphabetical order."""
        return sorted({n for values in self.steps.values() for n in values if n.startswith(prefix)})

    @property
    def criteria(self) -> list[str]:
        """Names of the criteria, each a series of its mean."""
        return self.names(CRITERIA)

    @property
    def unscored_kinds(self) -> dict[str, int]:
        """Rollouts that could not be scored, by kind of fault, over all steps."""
        totals = {n.removeprefix(_KINDS): int(self.total(n)) for n in self.names(_KINDS)}
        return {kind: count for kind, count in totals.items() if count}


def label(name: str) -> str:
    """Returns what a person calls a metric; its own name where there is nothing better."""
    if name.startswith(CRITERIA):
        return name.removeprefix(CRITERIA)
    if name.startswith(_KINDS):
        return f"Unscored, {name.removeprefix(_KINDS)}"
    return LABELS.get(name, name)


def shown(name: str, value: float | None) -> str:
    """Returns a number in its unit: a share in per cent, dollars, milliseconds, tokens."""
    if value is None:
        return "unknown"
    if name in _SHARES or name.startswith(f"{FLAT}/"):
        return f"{value:.0%}" if value in (0, 1) else f"{value:.1%}"
    if name == SPEND:
        return f"${value:,.4f}" if 0 < value < 1 else f"${value:,.2f}"
    if name.startswith("touchstone/grader_latency_ms"):
        return f"{value:,.0f} ms"
    if name.startswith(("response_length/", "prompt_length/")):
        return f"{value:,.0f} tokens"
    if name == THROTTLES or name.startswith(_KINDS):
        return f"{value:,.0f}"
    return f"{value:,.3f}" if abs(value) < 1000 else f"{value:,.0f}"
