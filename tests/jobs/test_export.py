"""A job written for verl: the rows come back as they were, and earn what they earn in a job."""

import importlib.util
import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from touchstone.workbench.cli import main
from touchstone.workbench.grading.backends import in_process
from touchstone.workbench.grading.rewards import Rewarder, event_of
from touchstone.workbench.jobs.spec import load_job
from touchstone.workbench.rehearse.tasks import TASKS, prepare

ANSWERS = {
    "moderation": ["ALLOW", "BLOCK", "I would rather not say"],
    "extraction": ['{"name": "Anna", "age": 30, "city": "Oslo"}', "{}", "no JSON"],
}


def exported(path, *options, code=0):
    done = CliRunner().invoke(main, ["job", "export", str(path), "--engine", "verl", *options])
    assert done.exit_code == code, done.output
    return done.output


def reward_of(folder):
    """The function that verl would find there."""
    spec = importlib.util.spec_from_file_location("reward", folder / "reward.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compute_score


@pytest.mark.parametrize("task", sorted(TASKS))
def test_rows_and_reward_are_those_of_the_job(task, tmp_path):
    path = prepare(task, tmp_path)
    folder = tmp_path / "jobs" / task / "verl"
    said = exported(path, "--model", "some/model")
    assert said.splitlines()[-1].startswith("python -m verl.trainer.main_ppo --config-path ")
    train, held_out = TASKS[task]()
    score, grade = reward_of(folder), Rewarder(in_process(load_job(path).job.grader.name, {}))
    for name, rows in (("train", train), ("validation", held_out)):
        kept = pq.read_table(folder / f"{name}.parquet").to_pylist()
        assert [row["prompt"] for row in kept] == [row["messages"] for row in rows]
        for answer in ANSWERS[task]:
            rewards = grade([event_of(row, str(n), answer) for n, row in enumerate(rows[:20])])
            scores = [
                score(r["data_source"], answer, r["reward_model"]["ground_truth"], r["extra_info"])
                for r in kept[:20]
            ]
            assert [one["score"] for one in scores] == [one.score for one in rewards]


def test_rows_of_different_shape_keep_it(tmp_path):
    path = prepare("moderation", tmp_path)
    rows = [
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "why"}]}],
         "reference_answer": "allow", "metadata": {"lang": "en", "tags": ["a"]}},
        {"id": 7, "messages": [{"role": "user", "content": "who"}], "extra": {"deep": None}},
    ]  # fmt: skip
    (tmp_path / "train.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    exported(path, "--model", "m", "-o", str(tmp_path / "out"))
    first, second = pq.read_table(tmp_path / "out" / "train.parquet").to_pylist()
    assert first["reward_model"]["ground_truth"] == '"allow"'
    assert first["prompt"] == [{"role": "user", "content": "why"}]
    assert json.loads(first["extra_info"]["row"]) == {
        "lang": "en", "tags": ["a"], "index": "1", "question": first["prompt"]
    }  # fmt: skip
    assert second["reward_model"]["ground_truth"] == "null"
    assert json.loads(second["extra_info"]["row"])["extra"] == {"deep": None}


def test_what_verl_has_no_place_for_is_refused(tmp_path):
    path = prepare("moderation", tmp_path)
    assert "verl needs a Hugging Face model" in exported(path, code=2)
    text = path.read_text()
    path.write_text(text.replace('name = "content_moderation"', 'function = "moderation"'))
    assert "name the grader" in exported(path, "--model", "m", code=2)
    path.write_text(text)
    row = json.loads((tmp_path / "train.jsonl").read_text().splitlines()[0])
    bad = {**row, "tools": [{"type": "function", "function": {"name": "f"}}]}
    (tmp_path / "train.jsonl").write_text(f"{json.dumps(row)}\n{json.dumps(bad)}\n")
    assert "train.jsonl:2: tools: verl takes none" in exported(path, "--model", "m", code=2)
    (tmp_path / "train.jsonl").write_text("")
    assert "no row to train on" in exported(path, "--model", "m", code=2)


def test_the_reward_is_found_from_any_folder(tmp_path):
    """A trainer's workers run where they like: an entry of graders.toml is named with its file."""
    path = prepare("moderation", tmp_path)
    (tmp_path / "graders.toml").write_text('[graders.mine]\ntemplate = "content_moderation"\n')
    path.write_text(path.read_text().replace('name = "content_moderation"', 'name = "mine"'))
    subprocess.run(
        [sys.executable, "-m", "touchstone.workbench.cli", "job", "export", str(path),
         "--engine", "verl", "--model", "m"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    score = reward_of(tmp_path / "jobs" / "moderation" / "verl")
    [row, *_] = pq.read_table(tmp_path / "jobs/moderation/verl/train.parquet").to_pylist()
    reference = json.loads(row["reward_model"]["ground_truth"])["decision"]
    given = (row["reward_model"]["ground_truth"], row["extra_info"])
    assert score("moderation", reference.upper(), *given)["score"] == 1.0
