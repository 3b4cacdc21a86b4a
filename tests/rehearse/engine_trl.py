"""TRL's trainer as the engine, with a toy model: by `make e2e` (tests/e2e/test_trl.py).

Not collected by default: `make rehearse` does not install TRL.
"""

import dataclasses
import json
import subprocess
import time

import msgspec
import pytest
import torch
import trl
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from click.testing import CliRunner
from peft import LoraConfig

from tests.rehearse.support import QUESTIONS, entry, likes_vowels, steps_of, unscored, write_job
from touchstone.adapters import trl_reward
from touchstone.groups import advantages
from touchstone.templates import load_grader
from touchstone.workbench.cli import main
from touchstone.workbench.grading.backends import in_process
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.spec import Rehearsal, Trl, load_job
from touchstone.workbench.rehearse.checkpoint import latest
from touchstone.workbench.rehearse.course import Course
from touchstone.workbench.rehearse.grpo.config import grpo_settings, lora_settings
from touchstone.workbench.rehearse.grpo.engine import TrlEngine
from touchstone.workbench.rehearse.grpo.launch import command
from touchstone.workbench.rehearse.job import follow, open_engine
from touchstone.workbench.rehearse.model import RehearsalError, load
from touchstone.workbench.rehearse.rollout import sample
from touchstone.workbench.rehearse.tasks import prepare

# Theirs, not ours.
pytestmark = pytest.mark.filterwarnings("ignore")
EIGHT = Rehearsal(
    engine="trl", batch_size=16, samples=8,
    trl=Trl(processes=8, gradient_accumulation_steps=4, precision="bfloat16"),
)  # fmt: skip


@pytest.fixture
def job(tiny, tmp_path):
    """Returns what writes a job of four prompts into a folder, and reads it."""

    def write(name="job", more="", engine="trl", steps=4):
        home = tmp_path / name
        home.mkdir(exist_ok=True)
        settings = {"engine": engine, "model": str(tiny), "steps": steps, "samples": 4,
                    "max_tokens": 5, "learning_rate": 3e-3}  # fmt: skip
        return load_job(write_job(home, QUESTIONS[:4], more, **settings))

    return write


def opened(file, backend=likes_vowels):
    folder = JobFolder(file.folder)
    return open_engine(file, folder, backend), folder


def taught_by(engine):
    """What TRL took each rollout of the last step to be worth."""
    assert isinstance(engine, TrlEngine)
    return list(engine._trainer._logs["advantages"])


def worth_of(rows, step):
    """What the loop would take them to be worth."""
    rewards = [row["reward"] for row in rows if row["step"] == step]
    groups = [rewards[n : n + 4] for n in range(0, len(rewards), 4)]
    return [worth for group in groups for worth in advantages(group)]


def untimed(folder):
    return {
        step: {name: value for name, value in metrics.items() if "latency" not in name}
        for step, metrics in folder.metrics().items()
    }


def test_it_fills_the_folder_as_the_loop_does(job):
    folders = []
    for engine in ("loop", "trl"):
        trained, folder = opened(job(engine, engine=engine))
        follow(trained)
        folders.append(folder)
        if engine == "trl":
            worth = worth_of(folder.rollouts(), step=4)
            assert any(worth)
            assert taught_by(trained) == pytest.approx(worth, abs=1e-5)
    loop, ours = folders
    assert {step: set(of) for step, of in ours.metrics().items()} == {
        step: set(of) for step, of in loop.metrics().items()
    }
    for kind in ("rollouts", "evaluation"):
        kept, expected = (list(getattr(folder, kind)()) for folder in (ours, loop))
        assert [row.keys() for row in kept] == [row.keys() for row in expected]
        same = ("step", "id", "group", "prompt", "reference_answer")
        assert [[row[key] for key in same] for row in kept] == [
            [row[key] for key in same] for row in expected
        ]
    assert ours.metrics()[0] == loop.metrics()[0]
    assert msgspec.structs.replace(ours.state(), created="", updated="", ended="") == (
        msgspec.structs.replace(
            loop.state(), created="", updated="", ended="", tuned_model=ours.state().tuned_model
        )
    )


def test_equal_rollouts_earn_the_same_and_teach_the_same(tmp_path):
    """The bundled task with the bundled model: both engines' rewards, and the adapter's."""
    path = prepare("moderation", tmp_path)
    text = path.read_text()
    for old, new in (
        ("[rehearsal]", '[rehearsal]\nengine = "trl"'), ("batch_size = 16", "batch_size = 2"),
        ("steps = 30", "steps = 2"), ("validation_prompts = 128", "validation_prompts = 1"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)
    file = load_job(path)
    grader = in_process(file.job.grader.name, {})
    engine, folder = opened(file, grader)
    assert len(steps_of(engine)) == 2

    kept = list(folder.rollouts())
    asked = engine.course.batch(1) + engine.course.batch(2)
    prompts = [prompt for prompt in asked for _ in range(4)]
    other = Course(file.job.rehearsal, asked, [], grader, JobFolder(tmp_path / "other"))
    again = other.grade((p, r["id"], r["completion"]) for p, r in zip(prompts, kept, strict=True))
    assert [one.reward.score for one in again] == [row["reward"] for row in kept]
    assert [one.row(row["step"]) for one, row in zip(again, kept, strict=True)] == kept

    adapted = trl_reward(load_grader(file.job.grader.name), unscored="as_in_job")(
        prompts=[prompt.row["messages"] for prompt in prompts],
        completions=[[{"role": "assistant", "content": row["completion"]}] for row in kept],
        reference_answer=[prompt.row["reference_answer"] for prompt in prompts],
    )
    assert adapted == [row["reward"] for row in kept]
    assert len(set(adapted)) > 1

    assert taught_by(engine) == pytest.approx(worth_of(kept, step=2), abs=1e-5)


def test_what_could_not_be_scored_teaches_nothing(job):
    def half(events):
        return [unscored(e) if n % 2 else entry(e, n / 9) for n, e in enumerate(events)]

    engine, folder = opened(job(steps=1), half)
    [metrics] = steps_of(engine)
    assert metrics["touchstone/unscored"] == 0.5
    taught = taught_by(engine)
    assert taught[1::2] == pytest.approx([0.0] * 4, abs=1e-6)
    assert all(abs(value) > 0.5 for value in taught[::2])
    engine, folder = opened(job("none"), lambda rows: list(map(unscored, rows)))
    with pytest.raises(RehearsalError, match="step 1: no rollout could be scored"):
        follow(engine)
    assert folder.state().status == "Failed"


def test_a_stopped_run_goes_on_as_the_run_that_never_stopped(job):
    engine, whole = opened(job("whole"))
    follow(engine)
    for stopped_after in (1, 3):
        name = f"after-{stopped_after}"
        engine, folder = opened(job(name))
        steps_of(engine, stopped_after)
        engine, folder = opened(job(name))
        assert engine.step == (0 if stopped_after == 1 else 2)
        follow(engine)
        assert untimed(folder) == untimed(whole)
        assert list(folder.rollouts()) == list(whole.rollouts())
        assert list(folder.evaluation()) == list(whole.evaluation())
    with pytest.raises(RehearsalError, match="other settings"):
        opened(job("whole", "[rehearsal.trl]\nlora_rank = 2\n"))


def test_the_tuned_model_is_the_one_that_was_trained(job, tiny):
    engine, folder = opened(job(), likes_vowels)
    base = load(tiny)
    follow(engine)
    tuned = load(latest(folder.checkpoints))
    asked = [prompt.tokens for prompt in engine.course.batch(1)]
    tokens = torch.tensor([asked[0]])
    engine.policy.model.eval()
    with torch.no_grad():
        trained, written, began = (
            policy.model(input_ids=tokens).logits for policy in (engine.policy, tuned, base)
        )
    assert torch.allclose(trained, written, atol=1e-4)
    assert not torch.allclose(written, began, atol=1e-2)
    said = [tuned.decode(one.tokens) for one in sample(tuned, asked, max_tokens=5)]
    at_the_end = {r["prompt"]: r["completion"] for r in folder.evaluation() if r["step"] == 4}
    assert said == [at_the_end[p.row["messages"][0]["content"]] for p in engine.course.batch(1)]


def test_it_learns_what_is_rewarded(job):
    file = job(steps=30)
    rehearsal = msgspec.structs.replace(
        file.job.rehearsal, samples=8, eval_interval=30, learning_rate=3e-2
    )
    file = msgspec.structs.replace(file, job=msgspec.structs.replace(file.job, rehearsal=rehearsal))
    engine, folder = opened(file)
    follow(engine)
    held_out = [folder.metrics()[step]["val-score/rewards/mean@1"] for step in (0, 30)]
    assert held_out[1] > held_out[0] + 0.4


@pytest.mark.parametrize(
    "more",
    ["beta = 0.1", "gradient_checkpointing = true\ngradient_accumulation_steps = 2",
     'precision = "bfloat16"'],
)  # fmt: skip
def test_its_own_settings_take_a_step(job, more):
    engine, folder = opened(job(more=f"[rehearsal.trl]\n{more}\n", steps=2))
    follow(engine)
    assert folder.metrics()[2]["actor/grad_norm"] > 0
    load(latest(folder.checkpoints))


def test_rows_with_tools_are_refused(job):
    file = job()
    row = json.loads(file.local("train.jsonl").read_text().splitlines()[0])
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    file.local("train.jsonl").write_text(json.dumps({**row, "tools": [tool]}) + "\n")
    with pytest.raises(RehearsalError, match="rows with tools"):
        opened(file)


def processes_of(file):
    """Command lines of those that have to do with a job."""
    found = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True)
    return [line for line in found.stdout.splitlines() if str(file.path) in line]


def test_several_processes_are_launched_braked_and_write_each_rollout_once(job):
    """On a CPU, by the very command that GPUs get."""
    more = "[rehearsal.trl]\nprocesses = 2\n"
    file = job(more=f"{more}[brake]\nmax_hours = 1e-5\n", steps=500)
    folder = JobFolder(file.folder)

    def run(verb, *options, code=0):
        done = CliRunner().invoke(main, ["job", verb, str(file.path), *options])
        assert done.exit_code == code, done.output
        return done.output

    run("launch")
    while folder.state().step < 3:
        assert folder.state().status == "InProgress", folder.state()
        time.sleep(0.1)
    assert "max_hours" in run("watch", "--brake", "--interval", "0.2", code=1)
    assert folder.state().status == "Stopped"
    while processes_of(file):  # accelerate ends the others once the first has
        time.sleep(0.1)
    last = folder.state().step + 1
    job(more=more, steps=last)
    run("launch")
    assert "Completed" in run("watch", "--interval", "0.2")
    assert list(folder.metrics()) == list(range(last + 1))
    rollouts = list(folder.rollouts())
    assert [row["id"] for row in rollouts] == [
        f"{step}-{group}-{n}" for step in range(1, last + 1) for group in (0, 1) for n in range(4)
    ]
    for group in range(0, len(rollouts), 4):
        assert len({row["prompt"] for row in rollouts[group : group + 4]}) == 1
    run("report")
    asked = ("--prompts", str(file.local("train.jsonl")), "--base", file.job.rehearsal.model)
    assert json.loads(run("compare", *asked, "--json").splitlines()[-1])["pairs"] == 4


def test_trl_accepts_what_eight_processes_would_run(tmp_path, monkeypatch):
    monkeypatch.setattr(trl.GRPOConfig, "world_size", 8)
    told = grpo_settings(EIGHT, tmp_path)
    config = trl.GRPOConfig(**told, use_cpu=True)
    assert config.generation_batch_size == 16 * 8
    assert config.steps_per_generation == 4
    names = {field.name for field in dataclasses.fields(trl.GRPOConfig)}
    assert names.issuperset(told)
    with pytest.raises(ValueError, match="divisible by num_generations"):
        trl.GRPOConfig(**{**told, "num_generations": 24}, use_cpu=True)
    LoraConfig(**lora_settings(EIGHT))


def test_accelerate_accepts_the_command_of_eight_processes():
    started = command(EIGHT, ["module", "job.toml"])
    read, *_ = _validate_launch_command(launch_command_parser().parse_args(started[3:]))
    assert (read.multi_gpu, read.num_processes, read.mixed_precision) == (True, 8, "bf16")
    assert (read.module, read.training_script) == (True, "module")
    assert read.training_script_args == ["job.toml"]
