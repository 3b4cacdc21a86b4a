"""Prompts are read once for many answers; nothing of the arithmetic may differ by that."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from touchstone.groups import advantages
from touchstone.workbench.rehearse.model import load
from touchstone.workbench.rehearse.rollout import chunks, sample
from touchstone.workbench.rehearse.update import Group, Learner, logprobs

REWARDS = st.lists(st.none() | st.floats(0, 1).map(lambda x: round(x, 3)), min_size=1, max_size=8)


def drawn(seed=0):
    return torch.Generator().manual_seed(seed)


def prompts_of(policy):
    """Prompts of different lengths that begin alike."""
    asked = ("why", "who is it there", "ok")
    return [policy.encode([{"role": "user", "content": text}]) for text in asked]


def plain_logprobs(policy, prompt, answer):
    """What one whole reading without any cache says."""
    logits = policy.model(input_ids=torch.tensor([[*prompt, *answer]])).logits[0]
    chances = logits.log_softmax(-1)[len(prompt) - 1 : -1]
    return chances.gather(-1, torch.tensor(answer)[:, None]).squeeze(-1)


def weights(policy):
    return {name: value.detach().clone() for name, value in policy.trained().items()}


def group(policy, rewards, seed=0):
    prompt = prompts_of(policy)[0]
    answers = sample(policy, [prompt], each=len(rewards), max_tokens=6, generator=drawn(seed))
    return Group(prompt, answers, rewards)


@pytest.mark.parametrize("generator", [None, drawn()], ids=["greedy", "drawn"])
def test_the_kept_logprobs_are_those_of_one_whole_reading(policy, generator):
    prompts = prompts_of(policy)
    answers = sample(policy, prompts, each=3, max_tokens=7, generator=generator)
    assert len(answers) == 9
    for number, one in enumerate(answers):
        with torch.no_grad():
            expected = plain_logprobs(policy, prompts[number // 3], one.tokens)
        assert one.logprobs == pytest.approx(expected.tolist(), abs=1e-4)


def test_answers_are_the_same_whether_prompts_are_read_together_or_alone(policy):
    prompts = prompts_of(policy)
    together = sample(policy, prompts, max_tokens=7)
    alone = [sample(policy, [prompt], max_tokens=7)[0] for prompt in prompts]
    assert [one.tokens for one in together] == [one.tokens for one in alone]


def test_an_answer_ends_with_its_stop_token_or_at_the_limit(policy):
    answers = sample(policy, prompts_of(policy), each=40, max_tokens=6, generator=drawn())
    assert {one.finished for one in answers} == {True, False}
    for one in answers:
        assert len(one.tokens) == len(one.logprobs) == len(one.entropy)
        assert all(token not in policy.stops for token in one.tokens[:-1])
        assert one.finished == (one.tokens[-1] in policy.stops)
        assert one.finished or len(one.tokens) == 6


def test_the_gradient_is_that_of_whole_readings(policy):
    prompts = prompts_of(policy)
    answers = [
        one.tokens for one in sample(policy, prompts, each=2, max_tokens=5, generator=drawn())
    ]
    factors = [1.0, -2.0, 0.5, 0.0, 3.0, -1.0]
    worth = zip(factors, answers, logprobs(policy, prompts, answers)[0], strict=True)
    torch.stack([f * row[: len(answer)].sum() for f, answer, row in worth]).sum().backward()
    found = {name: value.grad.clone() for name, value in policy.trained().items()}
    policy.model.zero_grad()
    plain = [
        factor * plain_logprobs(policy, prompts[n // 2], answer).sum()
        for n, (factor, answer) in enumerate(zip(factors, answers, strict=True))
    ]
    torch.stack(plain).sum().backward()
    for name, value in policy.trained().items():
        torch.testing.assert_close(found[name], value.grad, atol=1e-4, rtol=1e-3)


@given(REWARDS)
def test_advantages_compare_within_the_scored_part_of_a_group(rewards):
    worth = advantages(rewards)
    assert len(worth) == len(rewards)
    assert sum(worth) == pytest.approx(0.0, abs=1e-6)
    scored = [reward for reward in rewards if reward is not None]
    for reward, value in zip(rewards, worth, strict=True):
        if reward is None or len(set(scored)) < 2:
            assert value == 0.0
        elif reward in (max(scored), min(scored)):
            assert (value > 0) == (reward == max(scored))


@given(REWARDS, st.floats(0.5, 4), st.floats(-3, 3))
def test_advantages_do_not_depend_on_the_scale_of_a_grader(rewards, factor, shift):
    scaled = [None if reward is None else reward * factor + shift for reward in rewards]
    assert advantages(scaled) == pytest.approx(advantages(rewards), abs=1e-3)


def test_better_answers_become_likelier_and_worse_ones_less(policy):
    one = group(policy, [1.0, 0.0])
    Learner(policy, 1e-3).update([one])
    for answer, better in zip(one.completions, (True, False), strict=True):
        with torch.no_grad():
            now = plain_logprobs(policy, one.prompt, answer.tokens).sum().item()
        assert (now > sum(answer.logprobs)) == better


@pytest.mark.parametrize("rewards", [[None, None], [1.0, None], [0.4, 0.4], [0.0, None, 0.0]])
def test_what_cannot_be_compared_changes_nothing(policy, rewards):
    before, learner = weights(policy), Learner(policy, 1e-2)
    learner.update([group(policy, [1.0, 0.0])])
    moved = weights(policy)
    assert any(not torch.equal(moved[name], before[name]) for name in moved)
    update = learner.update([group(policy, rewards)])
    assert (update.loss, update.grad_norm, learner.step) == (0.0, 0.0, 2)
    assert all(torch.equal(value, moved[name]) for name, value in weights(policy).items())


def test_an_entropy_bonus_makes_a_sure_policy_less_sure(policy):
    """Flat groups alone would leave it as it is."""

    def entropy(one):
        with torch.no_grad():
            _, logits = logprobs(policy, [one.prompt], [c.tokens for c in one.completions])
        return torch.distributions.Categorical(logits=logits[:, 0]).entropy().mean().item()

    flat = group(policy, [1.0, 1.0])
    before = entropy(flat)
    learner = Learner(policy, 1e-3, entropy_bonus=0.1)
    for _ in range(5):
        learner.update([flat])
    assert entropy(flat) > before


def test_an_unscored_answer_has_no_gradient(tiny):
    """Whatever it says, the update is the same but for the tokens it is averaged over."""
    sums = []
    for seed in (1, 2):
        policy = load(tiny)
        told, odd = group(policy, [1.0, 0.0, 0.5]), group(policy, [None], seed)
        mixed = Group(told.prompt, told.completions + odd.completions, [*told.rewards, None])
        norm = Learner(policy, 1e-3).update([mixed]).grad_norm
        sums.append(
            (odd.completions[0].tokens, norm * sum(len(c.tokens) for c in mixed.completions))
        )
    (one, first), (other, second) = sums
    assert one != other
    assert first == pytest.approx(second, rel=1e-4)


def test_embeddings_stay_as_they_are(policy):
    both = (policy.model.get_input_embeddings(), policy.model.get_output_embeddings())
    before = [layer.weight.clone() for layer in both]
    Learner(policy, 1e-2).update([group(policy, [1.0, 0.0])])
    assert all(torch.equal(layer.weight, old) for layer, old in zip(both, before, strict=True))


@given(st.lists(st.integers(1, 50), min_size=1), st.integers(1, 8), st.integers(1, 400))
def test_chunks_hold_every_prompt_once_and_no_more_than_they_may(widths, each, most):
    found = [widths[chunk] for chunk in chunks(widths, each, most)]
    assert [width for chunk in found for width in chunk] == widths
    assert all(len(c) == 1 or len(c) * each * max(c) <= most for c in found)
