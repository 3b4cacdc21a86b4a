"""What to do about a forecast. Every rule names where its number is from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from touchstone.workbench.forecast import Forecast
from touchstone.workbench.stats import FEWEST

Verdict = Literal["go", "fix", "sft"]

# Amazon Bedrock user guide and Nova guide: training struggles below this share of positive
# rewards, teaches nothing at 0, and is unnecessary above this success of the base model.
STRUGGLES, UNNECESSARY = 0.05, 0.95
# Ours: below this share of groups that differ, most of what is paid for teaches nothing.
FEW_USEFUL, SOME_USEFUL = 0.2, 0.5
# Ours: more than this cannot be scored, or is cut off before its answer.
UNSCORED, CUT_OFF = 0.05, 0.1
# Ours: above it a person should look; a right answer may well be the longer one.
FARMING = 0.4


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that the forecast says.

    Attributes:
        verdict: ``fix`` this first, or ``sft`` first; ``go`` where it is only to be known.
        message: What was seen.
        action: What to do.
    """

    verdict: Verdict
    message: str
    action: str

    def as_json(self) -> dict[str, Any]:
        """Returns the advice as a JSON object."""
        return asdict(self)


def advise(seen: Forecast, *, timeout_s: float | None = None) -> list[Advice]:
    """Returns what a forecast says, the gravest first.

    Args:
        seen: The forecast.
        timeout_s: Of the grader's function, where it is known.
    """
    order = ("sft", "fix", "go")
    found = [*_faults(seen, timeout_s), *_signal(seen), *_shape(seen)]
    return sorted(found, key=lambda advice: order.index(advice.verdict))


def verdict_of(advice: list[Advice]) -> Verdict:
    """Returns the whole verdict; a fault of the grader is mended before SFT is thought of."""
    verdicts = [each.verdict for each in advice]
    if any(each.verdict == "fix" and each.action.startswith("mend") for each in advice):
        return "fix"
    return "sft" if "sft" in verdicts else "fix" if "fix" in verdicts else "go"


def _faults(seen: Forecast, timeout_s: float | None) -> Iterator[Advice]:
    if seen.unscored.value > UNSCORED:
        kinds = ", ".join(f"{kind} {count}" for kind, count in seen.faults.items())
        yield Advice(
            "fix", f"{seen.unscored.value:.0%} of the rollouts could not be scored: {kinds}",
            "mend the grader or the rows first; `touchstone grade` shows each reason",
        )  # fmt: skip
    if seen.truncated and seen.truncated.value > CUT_OFF:
        yield Advice(
            "fix", f"{seen.truncated.value:.0%} of the completions were cut off",
            "raise inference_max_tokens, or ask for shorter answers in the prompt",
        )  # fmt: skip
    slowest = seen.call_seconds["p99"].value
    if timeout_s is not None and slowest > timeout_s:
        yield Advice(
            "fix", f"a slow call takes {slowest:.0f} s, and the function has {timeout_s:.0f} s",
            "mend it: raise timeout_s, or the memory, or limit the judge's time",
        )  # fmt: skip


def _signal(seen: Forecast) -> Iterator[Advice]:
    positive, perfect = seen.positive, seen.perfect
    if positive.value < STRUGGLES:
        share = "none" if positive.value == 0 else f"{positive.value:.1%}"
        yield Advice(
            "sft", f"{share} of the rewards are positive (at most {positive.high:.1%} at 95 %)",
            "fine-tune on answers first (SFT), choose easier prompts, or give partial credit",
        )  # fmt: skip
        return
    if perfect.value > UNNECESSARY:
        yield Advice(
            "fix", f"the base model gets the highest reward in {perfect.value:.1%} of its rollouts",
            "choose harder prompts or a stricter grader: there is nothing left to learn",
        )  # fmt: skip
        return
    if seen.useful.value < SOME_USEFUL:
        grave = seen.useful.value < FEW_USEFUL
        hard = seen.flat_wrong.value > seen.flat_right.value + seen.flat_equal.value
        curate = "write a dataset without them (--curated)"
        other = "give partial credit" if hard else "grade more finely"
        yield Advice(
            "fix" if grave else "go",
            f"{seen.useful.value:.0%} of the groups will differ within themselves; from the "
            f"others nothing is learnt (all wrong {seen.flat_wrong.value:.0%}, all right "
            f"{seen.flat_right.value:.0%}, equal {seen.flat_equal.value:.0%})",
            f"{curate}, {other}, or raise training_sample_per_prompt",
        )


def _shape(seen: Forecast) -> Iterator[Advice]:
    # Where it is the same in every prompt it has no interval, and the number must do.
    least = seen.length.value if seen.length.low is None else seen.length.low
    if least > FARMING and seen.prompts >= FEWEST:
        yield Advice(
            "go",
            f"longer completions get more reward (rank correlation within prompts "
            f"{seen.length.value:.2f}, at least {least:.2f})",
            "see that they are better, and not only longer: length that pays by itself is what "
            "the model learns first",
        )
    for name, criterion in seen.criteria.items():
        if criterion.flat.value == 1 and len(seen.criteria) > 1:
            yield Advice(
                "go", f"criterion {name} never varies within a prompt (always about "
                f"{criterion.mean.value:.2f})",
                "nothing is learnt from it: see that it is meant so",
            )  # fmt: skip
