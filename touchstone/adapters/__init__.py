"""Any grader as the reward function of a training library, or as a plain HTTP endpoint.

Each adapter writes the library's arguments down as rows of the event form and hands them to
:func:`touchstone.pipeline.answer`: what a model earns here, it earns in a Bedrock job. None
of them imports its library.
"""

from touchstone.adapters.trl import trl_reward
from touchstone.adapters.verifiers import verifiers_group_reward, verifiers_reward
from touchstone.adapters.verl import verl_score

__all__ = ["trl_reward", "verifiers_group_reward", "verifiers_reward", "verl_score"]
