"""What `[rehearsal]` becomes for TRL; whether TRL accepts it, tests/rehearse/engine_trl.py asks."""

import importlib.util
import json
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from touchstone.workbench.cli import main
from touchstone.workbench.jobs.spec import Rehearsal, Trl
from touchstone.workbench.rehearse.grpo import config
from touchstone.workbench.rehearse.grpo.launch import command
from touchstone.workbench.rehearse.model import RehearsalError

EIGHT = Rehearsal(
    engine="trl", batch_size=16, samples=8, entropy_bonus=0.1, learning_rate=1e-5,
    trl=Trl(processes=8, gradient_accumulation_steps=4, precision="bfloat16", lora_rank=64),
)  # fmt: skip


def test_settings_are_told_in_the_words_of_trl():
    told = config.grpo_settings(EIGHT, Path("out"))
    assert told["per_device_train_batch_size"] == 16 * 8 // 8 // 4
    assert (told["num_generations"], told["max_steps"], told["seed"]) == (8, 40, 0)
    assert (told["learning_rate"], told["entropy_coef"], told["beta"]) == (1e-5, 0.1, 0.0)
    assert (told["bf16"], told["use_vllm"]) == (True, False)
    assert "vllm_mode" not in told
    assert config.lora_settings(EIGHT)["r"] == 64


def test_each_process_of_several_is_started_by_accelerate():
    alone = msgspec.structs.replace(EIGHT, trl=Trl())
    assert command(alone, ["module", "job.toml"]) == [sys.executable, "-m", "module", "job.toml"]
    started = command(EIGHT, ["module", "job.toml"])
    assert started[1:3] == ["-m", "accelerate.commands.launch"]
    assert started[started.index("--num_processes") + 1] == "8"
    assert started[-3:] == ["--module", "module", "job.toml"]


def test_what_is_not_installed_is_named_with_the_command_that_installs_it(monkeypatch):
    missing = {"trl", "peft", "vllm"}
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in missing else object()
    )
    with pytest.raises(RehearsalError, match="needs trl, peft: `make rehearse-trl` in a checkout"):
        config.check_installed(Trl())
    missing -= {"trl", "peft"}
    config.check_installed(Trl())
    with pytest.raises(RehearsalError, match="vllm = true needs vllm: pip install"):
        config.check_installed(Trl(vllm=True))


def test_the_list_of_requirements_that_is_named_is_there():
    lines = config.LOCK.read_text().splitlines()
    assert [line.partition("==")[0] for line in lines if "==" in line] == ["trl", "peft"]
    assert (config.LOCK.parent / "requirements.txt").exists()


def test_a_launch_without_the_libraries_says_how_to_have_them(tmp_path):
    """Where they are, it gets further: the model is missing too."""
    job = tmp_path / "job.toml"
    job.write_text(
        'name = "toy"\nservice = "local"\n[data]\ntrain = "train.jsonl"\n[grader]\n'
        'name = "content_moderation"\n[rehearsal]\nengine = "trl"\nmodel = "none"\n'
    )
    row = {"messages": [{"role": "user", "content": "why"}], "reference_answer": "allow"}
    (tmp_path / "train.jsonl").write_text(f"{json.dumps(row)}\n")
    done = CliRunner().invoke(main, ["job", "launch", str(job)])
    assert done.exit_code == 1
    assert "pip install -r" in done.output or "not a Hugging Face model folder" in done.output
