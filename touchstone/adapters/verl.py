"""A grader as verl's ``compute_score``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from touchstone.adapters.rows import chosen, criteria, rollout, scorer
from touchstone.contract import outcome_of, to_reply
from touchstone.grader import Grader
from touchstone.outcome_policy import FaultBudgetExceeded


def verl_score(grader: Grader, *, prompt: str | None = None) -> Callable[..., dict[str, float]]:
    """Returns ``compute_score(data_source, solution_str, ground_truth, extra_info=None)``.

    It answers ``score``, ``unscored`` (0.0 or 1.0) and the criteria of the template, the same
    keys for every row as verl demands; a criterion that a row does not have is NaN.

    verl asks for one row at a time and has no word for "unscored", so that a row that cannot
    be scored raises ``FaultBudgetExceeded``. With the setting ``neutral`` it gets that number
    instead, and ``unscored`` is 1.0.

    Args:
        grader: A template or a grader of graders.toml.
        prompt: Key of ``extra_info`` that holds the prompt, text or turns, for verl passes none;
            ``question`` by default.

    Raises:
        ValueError: When called: ``extra_info`` has no key ``prompt``.

    Source: verl.readthedocs.io, "Implement Reward Function for Dataset".
    """
    score = scorer(grader)

    def compute_score(
        data_source: str,
        solution_str: str,
        ground_truth: Any,
        extra_info: Mapping[str, Any] | None = None,
        **_: Any,  # verl adds the address of a reward model where one runs
    ) -> dict[str, float]:
        extra = extra_info or {}
        columns = {
            "data_source": data_source,
            "reference_answer": ground_truth,
            "metadata": extra,
        }
        asked = chosen(extra, prompt, "question")
        try:
            [entry] = score([rollout(extra.get("index"), asked, solution_str, columns)])
        except FaultBudgetExceeded as exc:
            if grader.settings.neutral is None:
                raise
            [entry] = to_reply(exc.results, "list")
        found = criteria(entry)
        return {
            "score": entry["aggregate_reward_score"],
            "unscored": float(outcome_of(entry) != "scored"),
            **{name: found.get(name, math.nan) for name in grader.template.criteria},
        }

    return compute_score
