"""Rollouts graded and put into the groups that a job would learn from: one per prompt."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from touchstone.contract import Sample, parse
from touchstone.groups import group_key
from touchstone.workbench.grading.backends import Backend
from touchstone.workbench.grading.run import grade_lines
from touchstone.workbench.grading.summary import SPENT
from touchstone.workbench.rows.rft import Line

_CUT_OFF = ("length", "max_tokens", "max_output_tokens", "model_length")


@dataclass(frozen=True, slots=True)
class Rollout:
    """One graded completion.

    Attributes:
        reward: As the job would get it.
        criteria: Its parts, by name.
        length: Characters of the completion.
    """

    reward: float
    criteria: Mapping[str, float]
    length: int


@dataclass(slots=True)
class Rollouts:
    """Everything that grading a file of rollouts gave.

    Attributes:
        groups: Prompt (hashed) to its scored rollouts.
        unscored: Fault's kind to rollouts; they are in no group.
        unscored_prompts: Prompts with an unscored rollout.
        cut_off: Rollouts that hit the limit on length; among ``ends_known``.
        ends_known: Rollouts whose row says whether they did.
        calls: Seconds and rows of each call of the grader.
        spent: What the judge took, by name of the metric.
    """

    groups: dict[str, list[Rollout]] = field(default_factory=dict)
    unscored: Counter[str] = field(default_factory=Counter)
    unscored_prompts: set[str] = field(default_factory=set)
    cut_off: int = 0
    ends_known: int = 0
    calls: list[tuple[float, int]] = field(default_factory=list)
    spent: Counter[str] = field(default_factory=Counter)

    @property
    def scored(self) -> int:
        """Rollouts with a reward."""
        return sum(map(len, self.groups.values()))

    @property
    def total(self) -> int:
        """All rollouts."""
        return self.scored + self.unscored.total()


def grade_rollouts(
    lines: Iterable[Line],
    backend: Backend,
    concurrency: int,
    on_row: Callable[[], None] = lambda: None,
) -> Rollouts:
    """Grades event rows, one completion each, and groups them by prompt and reference."""
    rollouts = Rollouts()
    lock = threading.Lock()

    def timed(rows: list[Any]) -> list[dict[str, Any]]:
        started = time.perf_counter()
        reply = backend(rows)
        with lock:
            rollouts.calls.append((time.perf_counter() - started, len(rows)))
        return reply

    for line, entry in grade_lines(lines, timed, concurrency):
        _add(rollouts, line.row, entry)
        on_row()
    return rollouts


def top_of(rollouts: Rollouts, bound: float) -> float:
    """Returns what counts as the highest reward.

    The grader's upper bound, or the best reward seen where that is within a tenth of it: a
    criterion that stays neutral on these prompts can keep a perfect answer below the bound.
    """
    best = max((r.reward for group in rollouts.groups.values() for r in group), default=bound)
    return best if 0.9 * bound <= best < bound else bound


def prompt_key(row: Any) -> str | None:
    """Returns what the rollouts of a dataset row are grouped by; ``None`` for no rollout."""
    sample = parse([row]).rows[0]
    if not isinstance(sample, Sample):
        return None
    return hashlib.blake2b(group_key(sample).encode("utf-8", "replace"), digest_size=12).hexdigest()


def key_of_dataset_row(row: Mapping[str, Any]) -> str | None:
    """Returns the same for a row that has no completion yet."""
    messages = row.get("messages")
    if not isinstance(messages, list):
        return None
    return prompt_key({**row, "messages": [*messages, {"role": "assistant", "content": "-"}]})


def _add(rollouts: Rollouts, row: Any, entry: Mapping[str, Any]) -> None:
    key = prompt_key(row)
    ended = _cut_off(row)
    if ended is not None:
        rollouts.ends_known += 1
        rollouts.cut_off += ended
    for metric in entry["metrics_list"]:
        if metric["name"] in SPENT:
            rollouts.spent[metric["name"]] += metric["value"]
    if entry["outcome"] != "scored" or key is None:
        rollouts.unscored[entry["outcome"].removeprefix("unscored:")] += 1
        if key is not None:
            rollouts.unscored_prompts.add(key)
        return
    sample = parse([row]).rows[0]
    length = len(sample.completion) + len(sample.thinking) if isinstance(sample, Sample) else 0
    criteria = {m["name"]: m["value"] for m in entry["metrics_list"] if m["type"] == "Reward"}
    rollout = Rollout(entry["aggregate_reward_score"], criteria, length)
    rollouts.groups.setdefault(key, []).append(rollout)


def _cut_off(row: Any) -> bool | None:
    """Tells whether a row says that its completion hit the limit; ``None`` where it is silent."""
    if not isinstance(row, Mapping):
        return None
    metadata = row.get("metadata")
    for place in (row, metadata if isinstance(metadata, Mapping) else {}):
        if isinstance(place.get("truncated"), bool):
            return place["truncated"]
        for name in ("finish_reason", "stop_reason", "stopReason"):
            if isinstance(place.get(name), str):
                return place[name] in _CUT_OFF
    return None
