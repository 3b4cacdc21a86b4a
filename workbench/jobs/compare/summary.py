"""What the pairs say together: wins, differences with their intervals, and what each cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from touchstone.groups import quantile
from touchstone.workbench.jobs.compare.pairs import WHICH, Pair, Which, answers_of
from touchstone.workbench.stats import FEWEST, Estimate, Share, bootstrap, wilson

REWARD = "reward"


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of both models over the pairs that both have it for.

    Attributes:
        name: ``reward`` or a criterion.
        base: Mean; likewise ``tuned``.
        tuned: See ``base``.
        difference: Tuned less base, with a paired bootstrap's interval.
        pairs: How many.
    """

    name: str
    base: float
    tuned: float
    difference: Estimate
    pairs: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How one model answered; ``None`` where nobody counted.

    Attributes:
        answers: How many.
        characters: Mean length.
        output_tokens: Mean.
        latency_p50_ms: Median; likewise ``latency_p99_ms``.
        latency_p99_ms: See ``latency_p50_ms``.
        truncated: Answers cut off at the limit.
    """

    answers: int
    characters: float
    output_tokens: float | None
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    truncated: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All pairs in figures.

    Attributes:
        pairs: How many there were.
        wins: Pairs that the tuned model has the higher reward of; likewise ``ties``, ``losses``.
        ties: See ``wins``.
        losses: See ``wins``.
        unscored: Pairs with a side that could not be scored; in no other number.
        unscored_kinds: Answers that could not be scored, by model and kind of fault.
        win_rate: Wins and half the ties, of the scored pairs, with Wilson's interval;
            ``None`` without any.
        differences: Of the reward, then of each criterion.
        usage: By model.
    """

    pairs: int
    wins: int
    ties: int
    losses: int
    unscored: int
    unscored_kinds: dict[str, dict[str, int]]
    win_rate: Share | None
    differences: list[Difference]
    usage: dict[Which, Usage]

    @property
    def scored(self) -> int:
        """Pairs that count."""
        return self.pairs - self.unscored

    @property
    def sentence(self) -> str:
        """What may be concluded, and no more."""
        if not self.differences:
            return "No pair could be scored, so nothing can be said."
        reward = self.differences[0].difference
        numbers = f"{spoken(reward)}, {self.scored} prompt{'s' if self.scored > 1 else ''}"
        if self.scored < FEWEST:
            return f"Too few prompts to tell the models apart ({numbers}; {FEWEST} are the least)."
        # Where all differences are alike there is no interval, and their number must do.
        low, high = reward.interval or (reward.value, reward.value)
        if self.wins + self.losses >= FEWEST and low > 0:
            return f"The tuned model is better on these prompts ({numbers})."
        if self.wins + self.losses >= FEWEST and high < 0:
            return f"The tuned model is worse on these prompts ({numbers})."
        return f"These prompts show no difference ({numbers})."

    def as_json(self) -> dict[str, Any]:
        """Returns it as ``--json`` prints it."""
        told = {"conclusion": self.sentence, **asdict(self)}
        if rate := told["win_rate"]:
            rate["share"] = rate.pop("value")
        return told


def spoken(one: Estimate) -> str:
    """Returns a difference of rewards in words."""
    return f"{one.value:+.3f}, 95 % interval {reach(one)}"


def reach(one: Estimate) -> str:
    """Returns the interval of a difference in words."""
    return "{:+.3f} to {:+.3f}".format(*one.interval) if one.interval else "unknown"


def summarize(pairs: Sequence[Pair]) -> Comparison:
    """Puts the pairs together; the same pairs give the same numbers."""
    verdicts = Counter(pair.verdict for pair in pairs)
    scored = [pair for pair in pairs if pair.verdict != "unscored"]
    wins, ties = verdicts["win"], verdicts["tie"]
    names = dict.fromkeys(
        name for pair in scored for side in (pair.base, pair.tuned) for name in side.criteria
    )
    differences = [_difference(REWARD, _numbers(scored, REWARD))] if scored else []
    differences += [
        _difference(name, numbers) for name in names if (numbers := _numbers(scored, name))
    ]
    return Comparison(
        pairs=len(pairs),
        wins=wins,
        ties=ties,
        losses=verdicts["loss"],
        unscored=verdicts["unscored"],
        unscored_kinds={which: _kinds(pairs, which) for which in WHICH},
        win_rate=wilson((wins + ties / 2) / len(scored), len(scored)) if scored else None,
        differences=differences,
        usage={which: _usage(pairs, which) for which in WHICH},
    )


def _numbers(pairs: Sequence[Pair], name: str) -> list[tuple[float, float]]:
    numbers = []
    for pair in pairs:
        base, tuned = (
            side.reward if name == REWARD else side.criteria.get(name)
            for side in (pair.base, pair.tuned)
        )
        if base is not None and tuned is not None:
            numbers.append((base, tuned))
    return numbers


def _difference(name: str, numbers: Sequence[tuple[float, float]]) -> Difference:
    base, tuned = fmean(b for b, _ in numbers), fmean(t for _, t in numbers)
    return Difference(
        name, base, tuned, bootstrap([t - b for b, t in numbers], fmean), len(numbers)
    )


def _kinds(pairs: Sequence[Pair], which: Which) -> dict[str, int]:
    answers = answers_of(pairs, which)
    kinds = Counter(a.outcome.removeprefix("unscored:") for a in answers if a.reward is None)
    return dict(kinds.most_common())


def _usage(pairs: Sequence[Pair], which: Which) -> Usage:
    answers = answers_of(pairs, which)
    tokens = [one.output_tokens for one in answers if one.output_tokens is not None]
    latencies = [one.latency_ms for one in answers if one.latency_ms is not None]
    return Usage(
        answers=len(answers),
        characters=fmean(len(one.completion) for one in answers) if answers else 0.0,
        output_tokens=fmean(tokens) if tokens else None,
        latency_p50_ms=quantile(latencies, 0.5) if latencies else None,
        latency_p99_ms=quantile(latencies, 0.99) if latencies else None,
        truncated=sum(one.truncated for one in answers),
    )
