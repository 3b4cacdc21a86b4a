"""A step of a rehearsal in numbers."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from touchstone.workbench.grading.rewards import Reward
from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.measure import reward_metrics
from touchstone.workbench.rehearse.rollout import Completion
from touchstone.workbench.rehearse.update import Group, Update


def step_metrics(
    groups: Sequence[Group], rewards: Sequence[Sequence[Reward]], update: Update, entropy: float
) -> dict[str, float]:
    """Returns the metrics of a training step.

    Args:
        groups: Its rollouts by prompt.
        rewards: The same shape: what the grader made of each.
        update: What followed from them.
        entropy: Mean of the tokens' distributions, in nats.
    """
    answers = [one for group in groups for one in group.completions]
    return {
        **reward_metrics(rewards),
        **_lengths(groups, answers),
        m.ENTROPY: entropy,
        m.POLICY_LOSS: update.loss,
        m.GRADIENT: update.grad_norm,
        m.LOSS: update.loss,
    }


def _lengths(groups: Sequence[Group], answers: Sequence[Completion]) -> dict[str, float]:
    """Lengths in tokens, without the one that ends an answer.

    Source: verl's ``compute_data_metrics``, whose names the service's graphs carry: an
    aborted response is an empty one, a clipped one reached the limit.
    """
    lengths = [len(one.tokens) - one.finished for one in answers]
    return {
        m.LENGTH: statistics.fmean(lengths),
        m.LENGTH_MAX: float(max(lengths)),
        m.CLIPPED: statistics.fmean(not one.finished for one in answers),
        m.ABORTED: statistics.fmean(length == 0 for length in lengths),
        m.PROMPT_LENGTH: statistics.fmean(len(group.prompt) for group in groups),
    }
