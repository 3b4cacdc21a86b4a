"""Rows and their results as lines of a file, the same for whoever grades files of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from touchstone import contract
from touchstone.outcomes import Fault, FaultKind

BATCH_ROWS = 64  # in a call of a deployed grader, as SageMaker's training jobs send by default
# Fills the number of a row that never reached a grader, whose bounds are not known here.
_NEUTRAL = 0.5


def read_event(data: bytes) -> Any:
    """Returns what a line holds, read as Lambda's runtime reads an event.

    Integers may be of any size; NaN and half characters pass.

    Raises:
        ValueError: It is no JSON; the message says why.
    """
    try:
        return json.loads(data.decode())
    except UnicodeDecodeError as exc:
        raise ValueError(f"not UTF-8: byte {exc.start} is 0x{data[exc.start]:02x}") from exc
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    except json.JSONDecodeError as exc:
        raise ValueError(f"not JSON: {exc.msg} at character {exc.colno}") from exc
    except ValueError as exc:
        raise ValueError(f"not JSON: {exc}") from exc


def result_of(entry: dict[str, Any]) -> dict[str, Any]:
    """Returns the result that is kept of one entry of a grader's reply."""
    return {
        "id": entry["id"],
        "aggregate_reward_score": entry["aggregate_reward_score"],
        "metrics_list": entry.get("metrics_list", []),
        "outcome": entry.get("outcome") or contract.outcome_of(entry),
        "reason": entry.get("reason", ""),
    }


def unscored(row: Any, kind: FaultKind, why: str) -> dict[str, Any]:
    """Returns the result of a row that never reached a grader."""
    row_id = row.get("id") if isinstance(row, dict) else None
    result = contract.Result(row_id, Fault(kind, why), _NEUTRAL)
    return contract.to_reply([result], "list", explain=True)[0]


def line_of(result: dict[str, Any]) -> bytes:
    """Returns a result as a line."""
    text = json.dumps(result, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode(errors="backslashreplace")  # half a character, as JSON escapes it


def halving(
    rows: Sequence[Any],
    send: Callable[[Sequence[Any]], list[dict[str, Any]]],
    too_large: type[Exception],
) -> list[dict[str, Any]]:
    """Returns the replies to rows, sent in halves where they are too large together.

    Args:
        rows: What to send.
        send: Returns a reply for each row.
        too_large: What it raises for too many; a row alone that brings it is unscored.
    """
    try:
        return send(rows)
    except too_large as exc:
        if len(rows) == 1:
            return [unscored(rows[0], "bad_sample", str(exc))]
    half = len(rows) // 2
    return halving(rows[:half], send, too_large) + halving(rows[half:], send, too_large)
