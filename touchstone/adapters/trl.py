"""A grader as a reward function of TRL's GRPO and RLOO trainers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import Any

from touchstone.adapters.rows import Entry, criteria, rollout, scorer
from touchstone.grader import Grader

# What the trainer passes beside the columns of the dataset.
_TRAINERS_OWN = frozenset({"trainer_state", "log_extra", "log_metric", "environments"})


def trl_reward(
    grader: Grader, *, reference: str = "reference_answer"
) -> Callable[..., list[float | None]]:
    """Returns ``f(prompts, completions, completion_ids=None, **columns)`` for ``reward_funcs``.

    It takes plain and conversational datasets and answers one reward per completion, ``None``
    for one that could not be scored: TRL leaves that row out of the baseline and gives it no
    advantage. It is called with whole batches, so the fault budget holds: too many unscored
    rows raise ``FaultBudgetExceeded`` and end the run instead of training it on the rest.
    Where the trainer offers ``log_metric`` the mean of each criterion and the share of
    unscored rows are logged.

    Args:
        grader: A template or a grader of graders.toml.
        reference: Column that holds the reference answer.

    Source: huggingface.co/docs/trl, GRPO trainer, "Using a custom reward function".
    """
    score = scorer(grader)

    def reward(
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Any = None,  # noqa: ARG001 - TRL's signature
        **columns: Any,
    ) -> list[float | None]:
        own = {name: column for name, column in columns.items() if name not in _TRAINERS_OWN}
        rows = [
            rollout(index, prompt, completion, _with_reference(row, reference))
            for index, (prompt, completion, row) in enumerate(
                zip(prompts, completions, _rows(own, len(completions)), strict=True)
            )
        ]
        entries = score(rows) if rows else []
        if log := columns.get("log_metric"):
            _log(log, grader.name, entries)
        return [
            entry["aggregate_reward_score"] if entry["outcome"] == "scored" else None
            for entry in entries
        ]

    reward.__name__ = grader.name
    return reward


def _rows(columns: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    for name, column in columns.items():
        if not isinstance(column, Sequence) or isinstance(column, str) or len(column) != count:
            raise ValueError(f"column {name!r} must be a list of {count}, one per completion")
    return [{name: column[i] for name, column in columns.items()} for i in range(count)]


def _with_reference(row: dict[str, Any], reference: str) -> dict[str, Any]:
    return {**row, "reference_answer": row[reference]} if reference in row else row


def _log(log: Callable[[str, float], None], name: str, entries: Sequence[Entry]) -> None:
    scored = [criteria(entry) for entry in entries if entry["outcome"] == "scored"]
    for criterion in sorted({criterion for values in scored for criterion in values}):
        values = [values[criterion] for values in scored if criterion in values]
        log(f"{name}/{criterion}", fmean(values))
    if entries:
        log(f"{name}/unscored", 1 - len(scored) / len(entries))
