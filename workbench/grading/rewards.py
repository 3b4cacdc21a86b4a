"""Rollouts to rewards over Bedrock's own contract, as a job's service would ask for them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from touchstone.workbench.aws import FunctionError
from touchstone.workbench.grading.backends import Backend, Reply
from touchstone.workbench.grading.run import grade_lines
from touchstone.workbench.grading.summary import STOOD_IN
from touchstone.workbench.rows.rft import Line

_CONCURRENCY = 8  # calls in flight; a step's rollouts are rarely more calls than that
_TURN_KEYS = ("id", "messages", "tools", "metadata")


@dataclass(frozen=True, slots=True)
class Reward:
    """What a grader made of one rollout.

    Attributes:
        score: ``None`` when it could not be scored.
        criteria: Value of each, by name.
        outcome: ``scored`` or ``unscored:<kind>``.
        reason: For a person.
    """

    score: float | None
    criteria: dict[str, float]
    outcome: str
    reason: str


@dataclass(slots=True)
class Rewarder:
    """Sends rollouts to a grader in the form that Bedrock sends them.

    Attributes:
        backend: The grader: rows of an event to entries of a reply.
        latencies_ms: Of each call since they were last taken.
        usd: What judges cost so far, as the replies estimate it.
        stood_in: Some rollout was judged by the stand-in.
    """

    backend: Backend
    latencies_ms: list[float] = field(default_factory=list)
    usd: float = 0.0
    stood_in: bool = False

    def __call__(self, events: Sequence[dict[str, Any]]) -> list[Reward]:
        """Returns the reward of every event; replies are matched by id, never by place."""
        lines = (Line("", number, event) for number, event in enumerate(events, 1))
        return [self._reward(entry) for _, entry in grade_lines(lines, self._call, _CONCURRENCY)]

    def _call(self, rows: list[Any]) -> Reply:
        start = time.perf_counter()
        reply = self.backend(rows)
        self.latencies_ms.append((time.perf_counter() - start) * 1000)
        by_id = {entry.get("id"): entry for entry in reply}
        missing = [row["id"] for row in rows if row["id"] not in by_id]
        if missing:
            raise FunctionError(f"the reply has no entry for {len(missing)} rows, as {missing[0]}")
        return [by_id[row["id"]] for row in rows]

    def _reward(self, entry: Mapping[str, Any]) -> Reward:
        metrics = entry["metrics_list"]
        self.usd += sum(m["value"] for m in metrics if m["name"] == "judge_cost_usd")
        self.stood_in |= any(m["name"] == STOOD_IN for m in metrics)
        criteria = {m["name"]: float(m["value"]) for m in metrics if m["type"] == "Reward"}
        scored = entry["outcome"] == "scored"
        score = float(entry["aggregate_reward_score"]) if scored else None
        return Reward(score, criteria, entry["outcome"], entry["reason"])


def event_of(row: Mapping[str, Any], rollout: str, completion: str) -> dict[str, Any]:
    """Returns the event row of a rollout: the dataset's row, its fields under ``metadata``.

    Source: Amazon Bedrock user guide, "Setting up reward functions", the documented payload.
    """
    metadata = {**(row.get("metadata") or {})}
    metadata |= {key: value for key, value in row.items() if key not in _TURN_KEYS}
    event = {
        "id": rollout,
        "messages": [*row["messages"], {"role": "assistant", "content": completion}],
        "metadata": metadata,
    }
    return event | ({"tools": row["tools"]} if "tools" in row else {})
