"""The loop as its users see it: the folder that it fills, and the model that comes out."""

import json
from pathlib import Path

import pytest
import torch

from tests.rehearse.support import entry, likes_vowels, open_loop, steps_of, unscored
from touchstone.workbench.rehearse.checkpoint import latest
from touchstone.workbench.rehearse.model import RehearsalError, load

OF_THE_SERVICE = {
    "critic/rewards/mean", "critic/rewards/max", "critic/rewards/min", "actor/entropy",
    "actor/pg_loss", "actor/grad_norm", "response_length/mean", "response_length/max",
    "prompt_length/mean", "response/aborted_ratio", "training_loss",
}  # fmt: skip
OURS = {
    "touchstone/rewards/p10", "touchstone/rewards/p50", "touchstone/rewards/p90",
    "touchstone/flat_groups", "touchstone/flat_groups/all_zero", "touchstone/flat_groups/all_one",
    "touchstone/flat_groups/equal", "touchstone/criteria/share", "touchstone/unscored",
    "touchstone/grader_latency_ms/p50", "touchstone/grader_latency_ms/p99", "touchstone/spend_usd",
}  # fmt: skip
ROW = {
    "step", "group", "id", "prompt", "completion", "reference_answer", "reward", "metrics",
    "outcome", "reason",
}  # fmt: skip


def untimed(folder):
    return {
        step: {name: value for name, value in metrics.items() if "latency" not in name}
        for step, metrics in folder.metrics().items()
    }


def weights(place):
    return load(place).model.state_dict()


def test_a_run_fills_the_folder_that_watch_and_report_read(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loop, folder = open_loop(tiny, Path("job"))
    assert len(steps_of(loop)) == 4
    metrics = folder.metrics()
    assert list(metrics) == [0, 1, 2, 3, 4]
    assert all(metrics[step].keys() >= OF_THE_SERVICE | OURS for step in (1, 2, 3, 4))
    validated = [step for step in metrics if "val-score/rewards/mean@1" in metrics[step]]
    assert validated == [0, 2, 4]
    rollouts = list(folder.rollouts())
    assert len(rollouts) == 4 * 3 * 4
    assert all(row.keys() == ROW for row in rollouts)
    assert len({row["id"] for row in rollouts}) == len(rollouts)
    means = [row["reward"] for row in rollouts if row["step"] == 3]
    assert sum(means) / 12 == pytest.approx(metrics[3]["critic/rewards/mean"])
    evaluation = list(folder.evaluation())
    assert [(row["step"], row["model"]) for row in evaluation] == [
        (0, "base"), (0, "base"), (2, "tuned"), (2, "tuned"), (4, "tuned"), (4, "tuned"),
    ]  # fmt: skip
    assert all(row.keys() == ROW | {"model"} for row in evaluation)
    state = folder.state()
    assert state.step == 4
    assert state.tuned_model == str(tmp_path / "job" / "checkpoints" / "step-4")


def test_the_tuned_model_is_a_folder_that_loads_as_it_was(tiny, tmp_path):
    loop, folder = open_loop(tiny, tmp_path / "job")
    loop.run()
    kept = weights(latest(folder.checkpoints))
    for name, value in loop.policy.model.state_dict().items():
        assert torch.equal(value, kept[name])
    base = weights(tiny)
    assert any(not torch.equal(value, base[name]) for name, value in kept.items())


@pytest.mark.parametrize("stopped_after", [1, 2, 3])
def test_a_run_that_goes_on_is_the_run_that_never_stopped(tiny, tmp_path, stopped_after):
    loop, whole = open_loop(tiny, tmp_path / "whole")
    loop.run()
    loop, folder = open_loop(tiny, tmp_path / "broken")
    steps_of(loop, stopped_after)
    loop, folder = open_loop(tiny, tmp_path / "broken")
    assert loop.step == (0 if stopped_after == 1 else 2)
    loop.run()
    assert untimed(folder) == untimed(whole)
    assert list(folder.rollouts()) == list(whole.rollouts())
    assert list(folder.evaluation()) == list(whole.evaluation())
    kept, expected = (weights(latest(one.checkpoints)) for one in (folder, whole))
    assert all(torch.equal(value, kept[name]) for name, value in expected.items())


def test_a_seed_decides_everything(tiny, tmp_path):
    runs = []
    for name, seed in (("one", 5), ("same", 5), ("other", 6)):
        loop, folder = open_loop(tiny, tmp_path / name, seed=seed, steps=2)
        loop.run()
        runs.append([(row["group"], row["completion"]) for row in folder.rollouts()])
    assert runs[0] == runs[1] != runs[2]


def test_every_prompt_is_used_once_an_epoch(tiny, tmp_path):
    loop, folder = open_loop(tiny, tmp_path / "job", batch_size=2, steps=4)
    loop.run()
    used = [row["group"] for row in folder.rollouts()][::4]
    assert sorted(used[:4]) == sorted(used[4:]) == ["0", "1", "2", "3"]


def test_every_batch_has_the_mix_of_references_that_the_rows_have(tiny, tmp_path):
    loop, folder = open_loop(tiny, tmp_path / "job", batch_size=2, steps=6)
    for number, prompt in enumerate(loop.course._train):
        prompt.row["reference_answer"] = "even" if number % 2 else "odd"
    loop.run()
    answers = [row["reference_answer"] for row in folder.rollouts()][::4]
    assert all(set(answers[n : n + 2]) == {"even", "odd"} for n in range(0, 12, 2))


def test_it_learns_what_is_rewarded(tiny, tmp_path):
    more = {"steps": 40, "samples": 8, "eval_interval": 40, "learning_rate": 1e-2}
    loop, folder = open_loop(tiny, tmp_path / "job", **more)
    loop.run()
    metrics = folder.metrics()
    first, last = (metrics[step]["critic/rewards/mean"] for step in (1, 40))
    assert last > first + 0.4
    held_out = [metrics[step]["val-score/rewards/mean@1"] for step in (0, 40)]
    assert held_out[1] > held_out[0] + 0.4


def test_a_checkpoint_of_another_run_is_refused(tiny, tmp_path):
    loop, _ = open_loop(tiny, tmp_path / "job")
    loop.run()
    with pytest.raises(RehearsalError, match="other settings"):
        open_loop(tiny, tmp_path / "job", learning_rate=1e-3)
    loop, folder = open_loop(tiny, tmp_path / "job", steps=5)
    assert len(steps_of(loop)) == 1
    assert [path.name for path in folder.checkpoints.iterdir()] == ["step-5"]


def test_what_could_not_be_scored_is_counted_and_no_reward(tiny, tmp_path):
    def half(events):
        return [unscored(e) if n % 2 else entry(e, 1.0) for n, e in enumerate(events)]

    loop, folder = open_loop(tiny, tmp_path / "job", half, steps=1)
    (metrics,) = steps_of(loop)
    assert metrics["touchstone/unscored"] == 0.5
    assert metrics["touchstone/unscored/judge_fault"] == 6
    assert metrics["critic/rewards/mean"] == 1.0
    assert metrics["touchstone/flat_groups/all_one"] == 1.0
    assert metrics["actor/grad_norm"] == 0.0
    rewards = [row["reward"] for row in folder.rollouts()]
    assert rewards.count(None) == 6
    said = [event["message"] for event in folder.events()]
    assert said == [
        "step 1: 50% could not be scored",
        "step 1: every group is flat, so nothing was learnt",
    ]


def test_a_step_without_any_reward_ends_the_run(tiny, tmp_path):
    loop, folder = open_loop(tiny, tmp_path / "job", lambda rows: list(map(unscored, rows)))
    with pytest.raises(RehearsalError, match="step 1: no rollout could be scored"):
        loop.run()
    assert list(folder.metrics()) == [0]
    assert folder.metrics()[0] == {}


def test_replies_belong_to_rollouts_by_id_not_by_place(tiny, tmp_path):
    straight, folder = open_loop(tiny, tmp_path / "straight", steps=1)
    straight.run()
    crossed, other = open_loop(tiny, tmp_path / "crossed", lambda e: likes_vowels(e)[::-1], steps=1)
    crossed.run()
    assert list(folder.rollouts()) == list(other.rollouts())


def test_a_reply_that_lacks_rows_is_no_reward(tiny, tmp_path):
    loop, _ = open_loop(tiny, tmp_path / "job", lambda events: likes_vowels(events)[1:])
    with pytest.raises(RehearsalError, match="no entry for 1 rows"):
        loop.run()


def test_the_grader_gets_the_events_that_bedrock_sends(tiny, tmp_path):
    seen = []

    def watch(events):
        seen.extend(json.loads(json.dumps(events)))
        return likes_vowels(events)

    loop, _ = open_loop(tiny, tmp_path / "job", watch, steps=1)
    loop.run()
    for event in seen:
        assert event.keys() == {"id", "messages", "metadata"}
        assert [turn["role"] for turn in event["messages"]] == ["user", "assistant"]
        assert event["metadata"] == {"reference_answer": "vowels"}
