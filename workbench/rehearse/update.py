"""The group-relative update: rollouts that beat their own group become likelier.

One update per batch of rollouts, no reference model and no value model. The loss of a token
is ``-advantage * p / p_when_sampled``, averaged over all tokens of the batch; as rollouts are
used once, the ratio is 1 and only carries the gradient.

Source: Shao et al. (2024), DeepSeekMath, section 4.1 (GRPO), without its KL term; the mean
over tokens is that of Yu et al. (2025), DAPO.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from touchstone.groups import advantages
from touchstone.workbench.rehearse.model import Policy
from touchstone.workbench.rehearse.rollout import Completion, chunks, read_on, read_prompts

if TYPE_CHECKING:
    import torch

WARM_UP = 3  # steps in which the learning rate rises to its full value
MAX_NORM = 1.0
# Tokens, padding and repeated prompts included, that one backward pass goes through.
_MAX_TOKENS = 8_192


@dataclass(frozen=True, slots=True)
class Group:
    """The rollouts of one prompt.

    Attributes:
        prompt: Its tokens.
        completions: The answers.
        rewards: One each; ``None`` for what could not be scored.
    """

    prompt: list[int]
    completions: list[Completion]
    rewards: list[float | None]

    @property
    def advantages(self) -> list[float]:
        """What each rollout is worth against the others of its group."""
        return advantages(self.rewards)


@dataclass(frozen=True, slots=True)
class Update:
    """What an update was.

    Attributes:
        loss: Mean over the tokens of all rollouts; flat groups count as 0.
        grad_norm: Of all trained parameters together, before it was clipped.
    """

    loss: float
    grad_norm: float


class Learner:
    """Updates a policy; AdamW without weight decay.

    Args:
        policy: What learns.
        learning_rate: After the warm-up.
        entropy_bonus: What a nat of entropy per token is worth, in advantages. It keeps a small
            model from becoming sure of one answer to everything: then every group is flat, and
            nothing more is learnt.

    Attributes:
        step: Updates asked for so far.
    """

    def __init__(self, policy: Policy, learning_rate: float, entropy_bonus: float = 0.0) -> None:
        import torch

        self.policy = policy
        self._bonus = entropy_bonus
        self.step = 0
        self._rate = learning_rate
        self._parameters = list(policy.trained().values())
        self._optimizer = torch.optim.AdamW(self._parameters, lr=learning_rate, weight_decay=0.0)

    def update(self, groups: Sequence[Group]) -> Update:
        """Takes one step; where no group tells one rollout from another, only for entropy."""
        import torch

        self.step += 1
        total = sum(len(one.tokens) for group in groups for one in group.completions)
        told = [group for group in groups if any(group.advantages)]
        if self._bonus:
            told = list(groups)  # flat ones are what it is for
        if not told:
            return Update(0.0, 0.0)
        loss, each = 0.0, len(told[0].completions)
        for chunk in chunks([_width(group) for group in told], each, _MAX_TOKENS):
            part = _loss(self.policy, told[chunk], self._bonus) / total
            part.backward()
            loss += part.item()
        for settings in self._optimizer.param_groups:
            settings["lr"] = self._rate * min(1.0, self.step / WARM_UP)
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, MAX_NORM)
        self._optimizer.step()
        self._optimizer.zero_grad()
        return Update(loss, norm.item())

    def save(self, file: Path) -> None:
        """Writes what the next step needs besides the policy."""
        import torch

        torch.save({"step": self.step, "optimizer": self._optimizer.state_dict()}, file)

    def restore(self, file: Path) -> None:
        """Goes on from a file that ``save`` wrote; the policy must be the one saved with it."""
        import torch

        kept = torch.load(file, map_location=self.policy.device, weights_only=True)
        self.step = kept["step"]
        self._optimizer.load_state_dict(kept["optimizer"])


def logprobs(
    policy: Policy, prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the log-probability of every token of some answers, to derive.

    Args:
        policy: What answered.
        prompts: Tokens of each.
        answers: Equally many to every prompt, those to one prompt side by side.

    Returns:
        ``[answers, tokens of the longest]``, and the logits behind it, ``[..., vocabulary]``;
        what is beyond an answer's end is meaningless.
    """
    import torch

    longest = max(map(len, answers))
    padded = [[*answer, *[policy.stops[0]] * (longest - len(answer))] for answer in answers]
    tokens = torch.tensor(padded, device=policy.device)
    first, state = read_prompts(policy, prompts, len(answers) // len(prompts))
    logits = first[:, None]
    if longest > 1:
        logits = torch.cat([logits, read_on(policy, tokens[:, :-1], state)], dim=1)
    logits = logits.float()
    flat = torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), tokens.flatten(), reduction="none"
    )
    return -flat.view(tokens.shape), logits


def _width(group: Group) -> int:
    return len(group.prompt) + max(len(one.tokens) for one in group.completions)


def _loss(policy: Policy, groups: Sequence[Group], bonus: float) -> torch.Tensor:
    """Returns the sum over the groups' tokens."""
    import torch

    completions = [one for group in groups for one in group.completions]
    worth = [advantage for group in groups for advantage in group.advantages]
    now, logits = logprobs(
        policy, [group.prompt for group in groups], [one.tokens for one in completions]
    )
    loss = now.new_zeros(())
    for row, one, advantage in zip(now, completions, worth, strict=True):
        then = torch.tensor(one.logprobs, device=policy.device)
        if advantage:
            loss = loss - advantage * (row[: len(then)] - then).exp().sum()
    if bonus:
        known = torch.log_softmax(logits, dim=-1)
        entropy = -(known.exp() * known).sum(dim=-1)
        for row, one in zip(entropy, completions, strict=True):
            loss = loss - bonus * row[: len(one.tokens)].sum()
    return loss
