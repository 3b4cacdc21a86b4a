"""A grader as a reward function of TRL's GRPO and RLOO trainers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import fmean
from typing import Any, Literal, get_args

from touchstone.adapters.rows import Entry, Row, chosen, criteria, rollout, scorer
from touchstone.grader import Grader
from touchstone.outcome_policy import FaultBudgetExceeded

Unscored = Literal["none", "as_in_job"]

# What the trainer passes beside the columns of the dataset.
_TRAINERS_OWN = frozenset({"trainer_state", "log_extra", "log_metric", "environments"})


def trl_reward(
    grader: Grader, *, reference: str | None = None, unscored: Unscored = "none"
) -> Callable[..., list[float | None]]:
    """Returns ``f(prompts, completions, completion_ids=None, **columns)`` for ``reward_funcs``.

    It takes plain and conversational datasets and answers one reward per completion. It is
    called with whole batches, so the fault budget holds: too many unscored rows raise
    ``FaultBudgetExceeded`` and end the run instead of training it on the rest. Where the
    trainer offers ``log_metric`` the mean of each criterion and the share of unscored rows are
    logged.

    Args:
        grader: A template or a grader of graders.toml.
        reference: Column that holds the reference answer; ``reference_answer`` by default.
        unscored: What a row gets that could not be scored. ``none``: ``None``, for a trainer
            with no other reward function: TRL leaves the row out of the baseline and gives it
            no advantage. Beside another function TRL counts ``None`` as 0, which punishes.
            ``as_in_job``: the number that a job would get, by default the mean of the scored
            rows of its group, so that its advantage is what the other functions alone say; the
            lowest of them where the completion may be why.

    Raises:
        SettingsError: The grader's judge or its options cannot be read.
        ValueError: ``unscored`` is neither; or, when called, the dataset has no column
            ``reference``.

    Source: huggingface.co/docs/trl, GRPO trainer, "Using a custom reward function"; and in
    trl/trainer/grpo_trainer.py the ``nansum`` over reward functions.
    """
    if unscored not in get_args(Unscored):
        raise ValueError(f"unscored is one of {', '.join(get_args(Unscored))}, not {unscored!r}")
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
        with _naming(own, reference or "reference_answer"):
            entries = score(rows) if rows else []
        if log := columns.get("log_metric"):
            _log(log, grader.name, entries)
        return [
            entry["aggregate_reward_score"]
            if entry["outcome"] == "scored" or unscored == "as_in_job"
            else None
            for entry in entries
        ]

    reward.__name__ = grader.name
    return reward


def _rows(columns: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    for name, column in columns.items():
        if not isinstance(column, Sequence) or isinstance(column, str) or len(column) != count:
            raise ValueError(f"column {name!r} must be a list of {count}, one per completion")
    return [{name: column[i] for name, column in columns.items()} for i in range(count)]


def _with_reference(row: Row, reference: str | None) -> Row:
    answer = chosen(row, reference, "reference_answer")
    return row if answer is None else {**row, "reference_answer": answer}


@contextmanager
def _naming(columns: Collection[str], reference: str) -> Iterator[None]:
    """Says which columns there are where a batch fails and none holds the reference."""
    try:
        yield
    except FaultBudgetExceeded as exc:
        if reference in columns:
            raise
        there = f"the dataset's columns are {', '.join(sorted(columns)) or 'none'}"
        raise FaultBudgetExceeded(f"{exc}; {there}", exc.results) from exc


def _log(log: Callable[[str, float], None], name: str, entries: Sequence[Entry]) -> None:
    scored = [criteria(entry) for entry in entries if entry["outcome"] == "scored"]
    for criterion in sorted({criterion for values in scored for criterion in values}):
        values = [values[criterion] for values in scored if criterion in values]
        log(f"{name}/{criterion}", fmean(values))
    if entries:
        log(f"{name}/unscored", 1 - len(scored) / len(entries))
