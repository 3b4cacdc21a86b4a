"""The adapters inside the real libraries: TRL by `make e2e`, the others as docs/adapters.md says.

Not collected by default: the libraries bring torch, and two of them exclude each other.
"""

import asyncio
import importlib
from contextlib import nullcontext

import pytest

from tests.support import grade_exact, template
from touchstone.adapters import trl_reward, verifiers_group_reward, verifiers_reward, verl_score
from touchstone.outcome_policy import FaultBudgetExceeded
from touchstone.outcomes import JudgeFault

# Theirs, not ours.
pytestmark = pytest.mark.filterwarnings("ignore")
WORDS = ["<pad>", "<eos>", "<unk>", "yes", "no", "fault"]


def grader(**settings):
    def grade(sample, settings, tools):
        if "fault" in sample.completion:
            raise JudgeFault("no verdict", blame="ours")
        return grade_exact(sample, settings, tools)

    return template(grade).customize(**settings)


def turn(role, text):
    return {"role": role, "content": text}


def trained(folder, prompt, generations, reward_funcs, **options):
    """Takes one step of TRL's trainer with a tiny model; returns the trainer."""
    torch, trl, transformers, datasets, tokenizers = map(
        importlib.import_module, ["torch", "trl", "transformers", "datasets", "tokenizers"]
    )
    torch.manual_seed(0)
    words = {word: index for index, word in enumerate(WORDS)}
    raw = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="<unk>"))
    raw.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>"
    )
    tokenizer.chat_template = "{% for m in messages %}{{ m['content'] }} {% endfor %}"
    shape = {"n_positions": 32, "n_embd": 16, "n_layer": 1, "n_head": 2}
    ends = {"bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 0}
    model = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=len(WORDS), **shape, **ends)
    )
    rows = {"prompt": [prompt] * generations, "solution": ["yes"] * generations}
    config = trl.GRPOConfig(
        output_dir=str(folder), per_device_train_batch_size=generations,
        num_generations=generations, max_completion_length=1, max_steps=1, logging_steps=1,
        report_to=[], use_cpu=True, bf16=False, save_strategy="no", disable_tqdm=True, **options,
    )  # fmt: skip
    trainer = trl.GRPOTrainer(
        model=model, reward_funcs=reward_funcs, args=config, processing_class=tokenizer,
        train_dataset=datasets.Dataset.from_dict(rows),
    )  # fmt: skip
    trainer.train()
    return trainer


@pytest.mark.parametrize("conversational", [False, True], ids=["plain", "conversational"])
def test_trl_trains_and_leaves_unscored_rows_out(conversational, tmp_path):
    prompt = [turn("user", "yes no")] if conversational else "yes no"
    given = []
    reward = trl_reward(grader(fault_budget=1.0), reference="solution")

    def watched(**arguments):
        given.append(reward(**arguments))
        return given[-1]

    watched.__name__ = reward.__name__
    trainer = trained(tmp_path, prompt, 32, watched)

    [rewards], logged = given, trainer.state.log_history[0]
    scored = [score for score in rewards if score is not None]
    assert set(rewards) == {1.0, 0.0, None}
    assert logged["rewards/exact/mean"] == pytest.approx(sum(scored) / len(scored), rel=1e-3)
    assert logged["exact/exact_match"] == pytest.approx(logged["reward"], rel=1e-3)
    assert logged["exact/unscored"] == pytest.approx(1 - len(scored) / 32, rel=1e-3)


def two_rewards(folder, unscored, completions, form, **options):
    """Returns the advantages of one step with ours and another function.

    Args:
        folder: An empty one.
        unscored: Ours.
        completions: What ours is told that the model said.
        form: What the other function gives.
        options: The trainer's.
    """
    reward = trl_reward(grader(), reference="solution", unscored=unscored)

    def ours(**arguments):
        return reward(**{**arguments, "completions": completions})

    def other(**_):
        return form

    trainer = trained(folder, "yes no", len(form), [ours, other], **options)
    return list(trainer._logs["advantages"])


GOOD_AND_ONE_FAULT = ["yes", "yes", "yes", "fault"]
MIXED_AND_ONE_FAULT = ["yes", "no", "no", "fault"]


def test_trl_punishes_a_none_beside_another_reward(tmp_path):
    """Why there is ``as_in_job``: the day this fails, ``none`` does for every trainer."""
    got = two_rewards(tmp_path, "none", GOOD_AND_ONE_FAULT, [1.0] * 4)

    assert got == pytest.approx([0.5, 0.5, 0.5, -1.5], abs=1e-3)


@pytest.mark.parametrize("aggregation", ["sum_then_normalize", "normalize_then_sum"])
@pytest.mark.parametrize("completions", [GOOD_AND_ONE_FAULT, MIXED_AND_ONE_FAULT])
def test_trl_gives_an_unscored_row_no_advantage_beside_another_reward(
    completions, aggregation, tmp_path
):
    options = {"multi_objective_aggregation": aggregation}
    got = two_rewards(tmp_path, "as_in_job", completions, [1.0] * 4, **options)

    assert got[3] == pytest.approx(0.0, abs=1e-6)
    assert (got[0] > 0 > got[1]) == (completions is MIXED_AND_ONE_FAULT)


def test_trl_leaves_an_unscored_row_what_the_other_reward_says(tmp_path):
    form = [1.0, 0.0, 1.0, 0.0]
    options = {"scale_rewards": "none", "reward_weights": [0.7, 0.3]}
    got = two_rewards(tmp_path, "as_in_job", MIXED_AND_ONE_FAULT, form, **options)

    assert got[3] == pytest.approx(0.3 * (0.0 - 0.5), abs=1e-6)


@pytest.mark.parametrize(
    ("completions", "rewards", "advantages"),
    [
        (["yes", "no"], [1.0, 0.0], [0.5, -0.5]),
        (["yes", "no", "fault"], [1.0, 0.0, 0.5], [0.5, -0.5, 0.0]),
        (["fault", "fault"], [0.0, 0.0], [0.0, 0.0]),
    ],
    ids=["scored", "one-unscored", "all-unscored"],
)
def test_verifiers_rubric_scores_a_group(completions, rewards, advantages):
    vf = importlib.import_module("verifiers")
    states = [
        {
            "prompt": [turn("user", "Is it?")],
            "completion": [turn("assistant", completion)],
            "answer": "yes",
            "task": "t",
            "trajectory": [],
        }
        for completion in completions
    ]

    asyncio.run(vf.Rubric(funcs=[verifiers_group_reward(grader())]).score_group(states))

    assert [state["reward"] for state in states] == rewards
    assert [state["advantage"] for state in states] == pytest.approx(advantages)


def test_verifiers_v1_task_scores_a_trace():
    vf, graph, tracing, types = (
        importlib.import_module(f"verifiers.v1{name}")
        for name in ("", ".graph", ".trace", ".types")
    )
    correct = verifiers_reward(grader())

    async def exact(self, task, trace):
        return await correct(task, trace)

    data_type = type("Data", (vf.TaskData,), {"__annotations__": {"answer": str}})
    task = type("Exact", (vf.Task,), {"exact": vf.reward(exact)})(data_type(answer="yes"))

    def scored(completion):
        question = graph.MessageNode(message=types.UserMessage(content="Is it?"))
        reply = types.AssistantMessage(content=completion)
        nodes = [question, graph.MessageNode(parent=0, message=reply, sampled=True)]
        trace = tracing.Trace.model_construct(
            task=tracing.TraceTask(type="Exact", data=task.data),
            nodes=nodes,
            rewards={},
            metrics={},
        )
        unscored = pytest.raises(vf.TaskError, match="no verdict")
        with unscored if completion == "fault" else nullcontext():
            asyncio.run(task.score(trace))
        return trace.rewards["exact"] and trace.rewards["exact"].score

    assert [scored(text) for text in ("yes", "no", "fault")] == [1.0, 0.0, None]


def test_verl_manager_scores_a_batch():
    torch, numpy, verl = map(importlib.import_module, ["torch", "numpy", "verl"])
    managers = importlib.import_module("verl.workers.reward_manager.naive")

    class Tokenizer:
        def decode(self, ids, **_):
            return " ".join(WORDS[int(index)] for index in ids)

    def objects(value):
        return numpy.array([dict(value), dict(value), dict(value)], dtype=object)

    data = verl.DataProto.from_dict(
        tensors={
            "prompts": torch.zeros(3, 1, dtype=torch.long),
            "responses": torch.tensor([[WORDS.index(word)] for word in ("yes", "no", "fault")]),
            "attention_mask": torch.ones(3, 2, dtype=torch.long),
        },
        non_tensors={
            "reward_model": objects({"ground_truth": "yes"}),
            "extra_info": objects({"question": "Is it?"}),
            "data_source": numpy.array(["house"] * 3, dtype=object),
        },
    )

    def manager(**settings):
        score = verl_score(grader(**settings))
        return managers.NaiveRewardManager(Tokenizer(), num_examine=0, compute_score=score)

    got = manager(neutral=0.25)(data, return_dict=True)
    assert got["reward_tensor"].sum(-1).tolist() == [1.0, 0.0, 0.25]
    assert got["reward_extra_info"]["unscored"] == [0.0, 0.0, 1.0]
    with pytest.raises(FaultBudgetExceeded):
        manager()(data)
