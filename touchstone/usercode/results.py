"""What a user's function returned, read strictly: a number, or a fault that says what is wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from touchstone.outcomes import Metric, UserCodeError
from touchstone.usercode.source import Form

_KEYS = {"reward", "criteria", "metrics", "reason", "details"}
_ROW_KEYS = {"id", "aggregate_reward_score", "metrics_list"}
# Names that say how a row ended or what it cost: a reward function may not claim them.
_RESERVED = ("unscored", "judge_", "isolation_level", "sandbox_seconds", "metrics_dropped",
             "provoked_fault")  # fmt: skip
_MAX_METRICS = 100


@dataclass(frozen=True, slots=True)
class Parts:
    """What a function returned for one row, taken apart.

    Attributes:
        reward: The reward, ``None`` where only criteria were returned.
        criteria: Criterion to its value within 0..1.
        metrics: What is only reported, and criteria that came in a ``metrics_list``.
        reason: For a person.
    """

    reward: float | None
    criteria: dict[str, float]
    metrics: tuple[Metric, ...]
    reason: str


def read(value: Any, form: Form, row_id: Any) -> Parts:
    """Reads what the function returned for one row.

    Args:
        value: As it came from the cage.
        form: How it was called.
        row_id: Id of the row that a Bedrock-style handler was sent.

    Raises:
        UserCodeError: ``None`` (the row is not to be scored), a wrong type, a number that is not
            finite, or another number of rows than was asked.
    """
    if form == "columns":
        return _one(_only(value, "rewards"))
    if form == "lambda_handler":
        return _bedrock(_only(_unwrapped(value), "results"), row_id)
    if form == "compute_score" and isinstance(value, dict) and "score" in value:
        others = {name: item for name, item in value.items() if _is_number(item)}
        others.pop("score", None)
        value = {"reward": _reward(value["score"], "'score'"), "metrics": others}
    return _one(value)


def _one(value: Any) -> Parts:
    if not isinstance(value, dict):
        return Parts(_reward(value, "the reward"), {}, (), "")
    unknown = [str(key)[:40] for key in value if key not in _KEYS]
    if unknown:
        raise UserCodeError(
            f"returned the unknown key {unknown[0]!r}; known: {', '.join(sorted(_KEYS))}"
        )
    criteria = _numbers(value.get("criteria", {}), "criteria")
    for name, number in criteria.items():
        if not 0.0 <= number <= 1.0:
            raise UserCodeError(f"criterion {name!r} is {number}, outside 0..1")
    if "reward" not in value and not criteria:
        raise UserCodeError("returned a dict without 'reward'")
    reward = _reward(value["reward"], "'reward'") if "reward" in value else None
    metrics = _numbers(value.get("metrics", {}), "metrics")
    details = value.get("details")
    if isinstance(details, dict) and "metrics" not in value:
        # The article's details may be the parts of the reward.
        metrics = {str(k): float(v) for k, v in details.items() if _is_number(v)}
        _check_names(metrics)
    reason = value.get("reason", details)
    return Parts(
        reward,
        criteria,
        tuple(Metric(name, number) for name, number in metrics.items()),
        reason if isinstance(reason, str) else _text(reason),
    )


def _bedrock(entry: Any, row_id: Any) -> Parts:
    if not isinstance(entry, dict):
        raise UserCodeError(f"a result must be an object, not {_kind(entry)}")
    if "id" in entry and entry["id"] != row_id:
        raise UserCodeError(f"answered the id {str(entry['id'])[:60]!r}, asked {row_id!r}")
    if "aggregate_reward_score" not in entry:
        raise UserCodeError("returned a result without 'aggregate_reward_score'")
    reward = _reward(entry["aggregate_reward_score"], "'aggregate_reward_score'")
    listed = entry.get("metrics_list") or []
    if not isinstance(listed, list):
        raise UserCodeError(f"metrics_list must be a list, not {_kind(listed)}")
    metrics: dict[str, Metric] = {}
    for item in listed:
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            raise UserCodeError("an entry of metrics_list needs a name and a value")
        number = _number(item.get("value"), f"metric {item['name'][:60]!r}")
        criterion = item.get("type") == "Reward" and 0.0 <= number <= 1.0
        metrics[item["name"]] = Metric(item["name"], number, "Reward" if criterion else "Metric")
    _check_names(metrics)
    reason = "; ".join(f"{key}: {_text(entry[key])}" for key in entry if key not in _ROW_KEYS)
    return Parts(reward, {}, tuple(metrics.values()), reason)


def _unwrapped(value: Any) -> Any:
    """Returns the results in a proxy reply's body, or of a handler that answers one row alone."""
    if isinstance(value, dict) and "body" in value:
        body = value["body"]
        try:
            value = json.loads(body) if isinstance(body, str) else body
        except (ValueError, RecursionError) as exc:
            raise UserCodeError("returned a body that is not JSON") from exc
    return [value] if isinstance(value, dict) else value


def _only(value: Any, what: str) -> Any:
    if value is None:
        raise _declined()
    if not isinstance(value, (list, tuple)):
        raise UserCodeError(f"must return a list of {what}, not {_kind(value)}")
    if len(value) != 1:
        raise UserCodeError(f"returned {len(value)} {what} for 1 row")
    return value[0]


def _reward(value: Any, what: str) -> float:
    if value is None:
        raise _declined()
    return _number(value, what)


def _number(value: Any, what: str) -> float:
    if not _is_number(value):
        hint = "; write float(...)" if isinstance(value, bool) else ""
        if isinstance(value, float):
            raise UserCodeError(f"{what} is {value}, not a finite number")
        raise UserCodeError(f"{what} is {_kind(value)}, not a number{hint}")
    return float(value)


def _declined() -> UserCodeError:
    # The function's own word, so that it is not scored; a completion may be what moved it.
    return UserCodeError("returned None: the function does not score this row", blame="open")


def _is_number(value: Any) -> bool:
    if type(value) is int:
        return abs(value) < 2**1000  # beyond this a float cannot hold it
    return type(value) is float and math.isfinite(value)


def _numbers(value: Any, what: str) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise UserCodeError(f"{what} must be a dict of names to numbers, not {_kind(value)}")
    _check_names(value)
    return {name: _number(number, f"{what} {name!r}") for name, number in value.items()}


def _check_names(metrics: Mapping[Any, Any]) -> None:
    if len(metrics) > _MAX_METRICS:
        raise UserCodeError(f"returned {len(metrics)} metrics; at most {_MAX_METRICS}")
    for name in metrics:
        if not isinstance(name, str) or not 0 < len(name) <= 100 or not name.isprintable():
            raise UserCodeError(f"{str(name)[:60]!r} is no name for a metric")
        if name.startswith(_RESERVED):
            raise UserCodeError(f"the metric name {name!r} is the platform's own")


def _kind(value: Any) -> str:
    """Returns a value's type for a person: a fault is logged and must not quote the row."""
    return getattr(value, "type_name", None) or type(value).__name__


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:2000]
