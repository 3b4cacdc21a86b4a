"""What all adapters share: a library's values as a row, and rows through the one flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from touchstone.contract import ANSWER_ROLES, entries_of
from touchstone.deadline import Deadline
from touchstone.grader import Grader
from touchstone.pipeline import answer
from touchstone.toolbox import Toolbox

Row = dict[str, Any]
Entry = dict[str, Any]


def scorer(grader: Grader) -> Callable[[list[Row]], list[Entry]]:
    """Returns what grades a batch of rows with tools that are opened once.

    Each entry of its answer has ``aggregate_reward_score``, ``metrics_list`` and ``outcome``;
    it raises ``FaultBudgetExceeded`` where too much of the batch could not be scored.

    Raises:
        SettingsError: The grader's judge or its options cannot be read.
    """
    toolbox = Toolbox.of(grader)

    def score(rows: list[Row]) -> list[Entry]:
        return entries_of(answer(rows, grader, toolbox.tools(Deadline()), explain=True))

    return score


def rollout(row_id: Any, prompt: Any, completion: Any, columns: Mapping[str, Any]) -> Row:
    """Writes one rollout as a row of the event form.

    Args:
        row_id: Its id.
        prompt: Text, or the turns before the completion; ``None`` where there is none.
        completion: Text, or turns, of which the model's last is the one to grade. What the
            environment said after it is left out; without a turn of the model the
            completion is empty, for that is what it answered.
        columns: The dataset's own, at the row's top level; none can pose as the completion.
    """
    said = _turns(completion, "assistant")
    while said and said[-1].get("role") not in ANSWER_ROLES:
        said.pop()
    return {
        **{name: plain(value) for name, value in columns.items() if name != "model_response"},
        "id": plain(row_id),
        "messages": [*_turns(prompt, "user"), *(said or _turns("", "assistant"))],
    }


def chosen(fields: Mapping[str, Any], name: str | None, default: str) -> Any:
    """Returns the field that a user named, or the one of the default's name where there is one.

    Raises:
        ValueError: The named field is not there; the message lists those that are.
    """
    if name is not None and name not in fields:
        raise ValueError(f"there is no {name!r} among {', '.join(sorted(fields)) or 'no fields'}")
    return fields.get(name or default)


def criteria(entry: Entry) -> dict[str, float]:
    """Returns the criteria of one entry, name to value."""
    return {m["name"]: m["value"] for m in entry["metrics_list"] if m["type"] == "Reward"}


def plain(value: Any) -> Any:
    """Returns a value as JSON has it: arrays as lists, models and mappings as objects."""
    for convert in ("model_dump", "tolist"):  # pydantic's; numpy's, also of a single number
        if hasattr(value, convert):
            value = getattr(value, convert)()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def _turns(value: Any, role: str) -> list[dict[str, Any]]:
    value = plain(value)
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [{"role": role, "content": value}]
