"""The names of a job's metrics: one namespace for whoever writes them and whoever reads them.

Names without ``touchstone/`` are those of the service's own console graphs, which are verl's
(``compute_data_metrics``). Import it as ``from touchstone.workbench.jobs import metrics as m``.
"""

from __future__ import annotations

REWARD = "critic/rewards/mean"
REWARD_MAX, REWARD_MIN = "critic/rewards/max", "critic/rewards/min"
P10, P50, P90 = (f"touchstone/rewards/p{q}" for q in (10, 50, 90))
ADVANTAGE = "critic/advantages/mean"
VALIDATION = "val-score/rewards/mean@1"
FLAT = "touchstone/flat_groups"
UNSCORED = "touchstone/unscored"
CRITERIA = "touchstone/criteria/"
ENTROPY = "actor/entropy"
LOSS, POLICY_LOSS, ACCURACY = "training_loss", "actor/pg_loss", "training_accuracy"
CLIP_FRACTION, GRADIENT = "actor/pg_clipfrac", "actor/grad_norm"
LENGTH, LENGTH_MAX, LENGTH_MIN = (f"response_length/{way}" for way in ("mean", "max", "min"))
CLIPPED = "response_length/clip_ratio"
ABORTED = "response/aborted_ratio"
PROMPT_LENGTH, PROMPT_LENGTH_MAX, PROMPT_LENGTH_MIN = (
    f"prompt_length/{way}" for way in ("mean", "max", "min")
)
LATENCY_P50, LATENCY_P99 = (f"touchstone/grader_latency_ms/p{q}" for q in (50, 99))
SPEND, THROTTLES = "touchstone/spend_usd", "touchstone/throttles"

# What the services' own graphs carry.
OF_SERVICES = (
    REWARD, REWARD_MAX, REWARD_MIN, ADVANTAGE, VALIDATION, ENTROPY, POLICY_LOSS, CLIP_FRACTION,
    GRADIENT, LENGTH, LENGTH_MAX, LENGTH_MIN, CLIPPED, ABORTED, PROMPT_LENGTH, PROMPT_LENGTH_MAX,
    PROMPT_LENGTH_MIN, LOSS,
)  # fmt: skip
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
_TOKENS = (LENGTH, LENGTH_MAX, LENGTH_MIN, PROMPT_LENGTH, PROMPT_LENGTH_MAX, PROMPT_LENGTH_MIN)
_FAULTS = f"{UNSCORED}/"


def criterion(name: str) -> str:
    """Returns the metric of a criterion's mean."""
    return f"{CRITERIA}{name}"


def flat(kind: str) -> str:
    """Returns the metric of the flat groups of a kind, one of ``FLAT_KINDS``."""
    return f"{FLAT}/{kind}"


def unscored(fault: str) -> str:
    """Returns the metric of the rollouts that a kind of fault left unscored."""
    return f"{_FAULTS}{fault}"


def fault_of(name: str) -> str:
    """Returns the kind of fault that a metric counts, ``""`` where it counts none."""
    return name.removeprefix(_FAULTS) if name.startswith(_FAULTS) else ""


def label(name: str) -> str:
    """Returns what a person calls a metric; its own name where there is nothing better."""
    if name.startswith(CRITERIA):
        return name.removeprefix(CRITERIA)
    if fault := fault_of(name):
        return f"Unscored, {fault}"
    return LABELS.get(name, name)


def shown(name: str, value: float | None) -> str:
    """Returns a number in its unit: a share in per cent, dollars, milliseconds, tokens."""
    if value is None:
        return "unknown"
    if name in _SHARES or name.startswith(f"{FLAT}/"):
        return f"{value:.0%}" if value in (0, 1) else f"{value:.1%}"
    if name == SPEND:
        return f"${value:,.4f}" if 0 < value < 1 else f"${value:,.2f}"
    if name in (LATENCY_P50, LATENCY_P99):
        return f"{value:,.0f} ms"
    if name in _TOKENS:
        return f"{value:,.0f} tokens"
    if name == THROTTLES or fault_of(name):
        return f"{value:,.0f}"
    return f"{value:,.3f}" if abs(value) < 1000 else f"{value:,.0f}"
