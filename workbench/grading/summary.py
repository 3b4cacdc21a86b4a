"""What a run of the grader amounts to, in numbers that a person checks before a job."""

from __future__ import annotations

import hashlib
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from touchstone.contract import Sample, parse
from touchstone.groups import group_key, quantile, same

# Metrics of a row whose sum is what the judge took for all of them.
SPENT = ("judge_calls", "judge_input_tokens", "judge_output_tokens", "judge_cost_usd")
# The metric of a row that the stand-in judged.
STOOD_IN = "judge_offline"
# What a row's metrics say that makes its score doubtful, and in words.
_DOUBTS = {
    ("decision_readable", 0.0): "decision unreadable",
    ("judge_unquoted", 1.0): "judged without a quote",
}
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


def group_of(row: Any, step: int | None = None) -> bytes | None:
    """Returns what is equal for rollouts of one prompt; ``None`` for a row that is no sample.

    Args:
        row: The row.
        step: Of training, which compares rollouts of one step alone.
    """
    sample = parse([row]).rows[0]
    return key_of(group_key(sample), step) if isinstance(sample, Sample) else None


def key_of(prompt: str, step: int | None = None) -> bytes:
    """Returns the same where rollouts of one prompt are told by a text that they share."""
    text = prompt if step is None else f"{prompt}\0step {step}"
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=16).digest()


@dataclass(slots=True)
class _Group:
    """The scored rollouts of one prompt."""

    count: int = 0
    low: float = float("inf")
    high: float = float("-inf")

    def add(self, score: float) -> None:
        self.count += 1
        self.low, self.high = min(self.low, score), max(self.high, score)


@dataclass(slots=True)
class Summary:
    """Counts rows as they come; a float and, per prompt, a few numbers are all it keeps.

    Attributes:
        outcomes: ``scored`` or ``unscored:<kind>`` to rows.
        scores: Rewards of the scored rows.
        spent: Calls, tokens and estimated dollars of the judge, unscored rows included.
        stood_in: Some row was judged by the stand-in.
        doubts: What makes scores doubtful, in words, to rows.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    scores: list[float] = field(default_factory=list)
    spent: Counter[str] = field(default_factory=Counter)
    stood_in: bool = False
    doubts: Counter[str] = field(default_factory=Counter)
    _criteria: defaultdict[str, list[float]] = field(
        default_factory=lambda: defaultdict(lambda: [0.0, 0])
    )
    _groups: defaultdict[bytes, _Group] = field(default_factory=lambda: defaultdict(_Group))
    _started: float = field(default_factory=time.monotonic)

    def add(self, entry: dict[str, Any], group: bytes | None) -> None:
        """Counts the result of one row.

        Args:
            entry: The result.
            group: The row's, as :func:`group_of` says.
        """
        self.outcomes[entry["outcome"]] += 1
        for metric in entry["metrics_list"]:
            if metric["name"] in SPENT:
                self.spent[metric["name"]] += metric["value"]
            self.stood_in |= metric["name"] == STOOD_IN
            if doubt := _DOUBTS.get((metric["name"], metric["value"])):
                self.doubts[doubt] += 1
        if entry["outcome"] != "scored":
            return
        score = entry["aggregate_reward_score"]
        self.scores.append(score)
        for metric in entry["metrics_list"]:
            if metric["type"] == "Reward":
                total = self._criteria[metric["name"]]
                total[0] += metric["value"]
                total[1] += 1
        if group is not None:
            self._groups[group].add(score)

    @property
    def rows(self) -> int:
        """Rows received: scored and unscored."""
        return self.outcomes.total()

    @property
    def unscored(self) -> dict[str, int]:
        """Rows by the kind of fault that left them unscored."""
        return {
            name.removeprefix("unscored:"): count
            for name, count in self.outcomes.most_common()
            if name != "scored"
        }

    def as_json(self, judge: str) -> dict[str, Any]:
        """Returns the summary as ``--json`` prints it.

        Args:
            judge: Who judged, for a person, as ``judge_of`` says; ``""`` where nobody did.
        """
        groups = [group for group in self._groups.values() if group.count > 1]
        seconds = time.monotonic() - self._started
        return {
            "rows": self.rows,
            "scored": self.outcomes["scored"],
            "unscored": self.unscored,
            "mean": sum(self.scores) / len(self.scores) if self.scores else None,
            "quantiles": _quantiles(self.scores),
            "criteria": {name: total / count for name, (total, count) in self._criteria.items()},
            "doubts": dict(self.doubts),
            "judge_name": judge,
            "judge": {name.removeprefix("judge_"): self.spent[name] for name in self.spent},
            "groups": len(groups),
            "flat_groups": sum(same(group.low, group.high) for group in groups),
            "rows_per_second": round(self.rows / seconds, 1) if seconds else None,
        }


def _quantiles(scores: list[float]) -> dict[str, float]:
    """Returns the quantiles by name, empty for no scores."""
    return {f"p{share * 100:.0f}": quantile(scores, share) for share in QUANTILES} if scores else {}
