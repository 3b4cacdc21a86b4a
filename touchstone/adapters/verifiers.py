"""A grader as a reward of the verifiers library: of a Rubric, and of a v1 task."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from touchstone.adapters.rows import chosen, plain, rollout, scorer
from touchstone.contract import ANSWER_ROLES
from touchstone.grader import Grader


def verifiers_group_reward(grader: Grader) -> Callable[..., Coroutine[Any, Any, list[float]]]:
    """Returns an async group reward function for ``vf.Rubric(funcs=[...])``.

    A Rubric turns whatever a reward function raises into 0.0 and has no word for "unscored".
    So the grader is given a group's rollouts at once, and one that could not be scored gets
    what the setting ``unscored`` says, by default the mean of the others: no advantage. Where
    too much of the group is unscored it raises, and the Rubric logs that and gives the whole
    group 0.0, which teaches nothing either.

    The reference is the dataset's ``answer``, or else ``reference_answer`` of its ``info``.

    Source: docs.primeintellect.ai/verifiers, group reward functions.
    """
    score = scorer(grader)

    async def reward(
        prompts: Sequence[Any],
        completions: Sequence[Any],
        answers: Sequence[Any],
        infos: Sequence[Any],
    ) -> list[float]:
        rows = [
            rollout(index, prompt, completion, {"reference_answer": answer, "metadata": info})
            for index, (prompt, completion, answer, info) in enumerate(
                zip(prompts, completions, answers, infos, strict=True)
            )
        ]
        entries = await asyncio.to_thread(score, rows)
        return [entry["aggregate_reward_score"] for entry in entries]

    reward.__name__ = grader.name
    return reward


def verifiers_reward(
    grader: Grader, *, reference: str | None = None
) -> Callable[..., Coroutine[Any, Any, float]]:
    """Returns ``async f(task, trace) -> float`` for a task of verifiers v1.

    Call it in a method marked ``@vf.reward``, or name it in the configuration's ``rewards``.
    The reply of the trace is graded; a rollout that cannot be scored raises, which verifiers
    records as the trace's ``TaskError``, its reward ``None``.

    Args:
        grader: A template or a grader of graders.toml.
        reference: Field of the task's data that holds the reference answer; ``answer`` by
            default.

    Raises:
        ValueError: When called: the task's data has no field ``reference``.

    Source: the verifiers repository, verifiers/v1/task.py.
    """
    score = scorer(grader)

    async def reward(task: Any, trace: Any) -> float:
        data = plain(task)
        turns = plain(trace.messages)
        last = max((i for i, t in enumerate(turns) if t["role"] in ANSWER_ROLES), default=None)
        columns = {"reference_answer": chosen(data, reference, "answer"), "metadata": data}
        # Not the last turn's text: a trace's final branch may belong to a sub-agent.
        row = rollout(data.get("idx"), turns[:last], trace.last_reply, columns)
        [entry] = await asyncio.to_thread(score, [row])
        return entry["aggregate_reward_score"]

    reward.__name__ = grader.name
    return reward
