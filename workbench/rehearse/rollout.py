"""Answers to prompts: sampled at temperature 1 as the update assumes, or greedy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from touchstone.workbench.rehearse.model import Policy

if TYPE_CHECKING:
    import torch

# Tokens, padding included, whose keys and values are held at once: about 750 MB of the
# bundled model's.
_MAX_TOKENS = 16_384


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer, token by token.

    Attributes:
        tokens: What was chosen, the token that ended it included.
        logprobs: Natural logarithm of each token's probability when it was chosen.
        entropy: Of each distribution that a token was chosen from, in nats.
        finished: Whether it ended by itself, and was not cut off.
    """

    tokens: list[int]
    logprobs: list[float]
    entropy: list[float]
    finished: bool


def sample(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    *,
    each: int = 1,
    max_tokens: int,
    generator: torch.Generator | None = None,
) -> list[Completion]:
    """Returns ``each`` answers to every prompt, those to one prompt side by side.

    A prompt's keys and values are computed once, however many answers it gets.

    Args:
        policy: Answers.
        prompts: Tokens of each.
        each: Answers per prompt.
        max_tokens: Longest answer.
        generator: Of the model's device; draws at temperature 1. Without it, the likeliest
            token is taken.
    """
    completions: list[Completion] = []
    widths = [len(prompt) + max_tokens for prompt in prompts]
    for chunk in chunks(widths, each, _MAX_TOKENS):
        completions += _sample_chunk(policy, prompts[chunk], each, max_tokens, generator)
    return completions


def chunks(widths: Sequence[int], each: int, most: int) -> Iterator[slice]:
    """Yields runs of prompts whose answers, padded to the widest, stay within ``most`` tokens."""
    start = 0
    for end in range(1, len(widths) + 1):
        full = end == len(widths)
        if full or (end + 1 - start) * each * max(widths[start : end + 1]) > most:
            yield slice(start, end)
            start = end


def _sample_chunk(
    policy: Policy,
    prompts: Sequence[Sequence[int]],
    each: int,
    max_tokens: int,
    generator: torch.Generator | None,
) -> list[Completion]:
    import torch

    stops = torch.tensor(policy.stops, device=policy.device)
    alive = torch.ones(len(prompts) * each, dtype=torch.bool, device=policy.device)
    chosen: list[tuple[torch.Tensor, ...]] = []
    with torch.no_grad():
        logits, state = read_prompts(policy, prompts, each)
        while True:
            logprobs = logits.float().log_softmax(-1)
            token = _choose(logprobs, generator)
            # A distribution's impossible tokens would be 0 * -inf.
            entropy = -(logprobs.exp() * logprobs.clamp(min=-1e9)).sum(-1)
            picked = logprobs.gather(-1, token[:, None]).squeeze(-1)
            chosen.append((token, picked, entropy, alive))
            alive = alive & ~torch.isin(token, stops)
            if len(chosen) == max_tokens or not alive.any():
                break
            logits = read_on(policy, token[:, None], state)[:, -1]
    token, picked, entropy, taken = (
        torch.stack(part, dim=1).cpu() for part in zip(*chosen, strict=True)
    )
    rows = zip(
        token.tolist(), picked.tolist(), entropy.tolist(), taken.sum(1).tolist(), strict=True
    )
    return [
        Completion(tokens[:n], chances[:n], spread[:n], tokens[n - 1] in policy.stops)
        for tokens, chances, spread, n in rows
    ]


def _choose(logprobs: torch.Tensor, generator: torch.Generator | None) -> torch.Tensor:
    if generator is None:
        return logprobs.argmax(-1)
    return logprobs.exp().multinomial(1, generator=generator).squeeze(-1)


def read_prompts(
    policy: Policy, prompts: Sequence[Sequence[int]], each: int
) -> tuple[torch.Tensor, dict[str, Any]]:
    """Reads prompts once, for ``each`` answers to every one of them.

    What all of them begin with (instructions, examples) is read once for all. Gradients
    flow through it all, unless the caller has them off.

    Returns:
        The logits of every answer's first token, ``[prompts * each, vocabulary]``, and the
        arguments with which the model reads on from there.
    """
    import torch

    shared = _shared(prompts)
    rests = [prompt[shared:] for prompt in prompts]
    longest = max(map(len, rests))
    # Padded before the rest, so that all answers begin in the same column.
    padded = [[policy.stops[0]] * (longest - len(rest)) + list(rest) for rest in rests]
    seen = [[1] * shared + [0] * (longest - len(rest)) + [1] * len(rest) for rest in rests]
    mask = torch.tensor(seen, device=policy.device)
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    cache = None
    if shared:
        prefix = torch.tensor([list(prompts[0][:shared])], device=policy.device)
        cache = policy.model(input_ids=prefix, use_cache=True, logits_to_keep=1).past_key_values
        cache.batch_repeat_interleave(len(prompts))
    output = policy.model(
        input_ids=torch.tensor(padded, device=policy.device),
        attention_mask=mask,
        position_ids=positions[:, shared:],
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=1,
    )
    output.past_key_values.batch_repeat_interleave(each)
    state = {
        "past_key_values": output.past_key_values,
        "attention_mask": mask.repeat_interleave(each, dim=0),
        "position_ids": positions[:, -1:].repeat_interleave(each, dim=0),
    }
    return output.logits[:, -1].repeat_interleave(each, dim=0), state


def read_on(policy: Policy, tokens: torch.Tensor, state: dict[str, Any]) -> torch.Tensor:
    """Returns the logits after each of some more tokens of every answer; the state moves on."""
    import torch

    more = tokens.shape[1]
    mask = state["attention_mask"]
    state["attention_mask"] = torch.cat([mask, mask.new_ones((len(mask), more))], dim=1)
    ahead = torch.arange(1, more + 1, device=policy.device)
    positions = state["position_ids"] + ahead
    state["position_ids"] = positions[:, -1:]
    given = {**state, "position_ids": positions}
    return policy.model(input_ids=tokens, use_cache=True, **given).logits


def _shared(prompts: Sequence[Sequence[int]]) -> int:
    """Returns how many tokens all begin with; the last of each is its own to read."""
    most = min(map(len, prompts)) - 1
    first = prompts[0]
    return next((n for n in range(most) if any(p[n] != first[n] for p in prompts)), most)
