"""A job that is written for verl, read by verl itself: its Hydra configuration and its checks."""

import json
import os
import subprocess
import sys

from click.testing import CliRunner

from tests.e2e import toolchain
from touchstone.workbench.cli import main
from touchstone.workbench.rehearse.tasks import prepare

SETTINGS = """
engine = "trl"
model = "{model}"
[rehearsal.trl]
processes = 8
gradient_accumulation_steps = 2
beta = 0.01
"""


def test_verl_accepts_the_job_that_is_written_for_it(tmp_path):
    # As a folder may be called; what OmegaConf would take for a variable stays what it is.
    home = tmp_path / "${oc.env:HOME} my jobs"
    path = prepare("moderation", home)
    model = str(home / "a model")
    path.write_text(path.read_text() + SETTINGS.format(model=model))
    done = CliRunner().invoke(main, ["job", "export", str(path), "--engine", "verl"])
    assert done.exit_code == 0, done.output

    folder = home / "jobs" / "moderation" / "verl"
    libraries = toolchain.wheels("verl", toolchain.own_python())
    read = subprocess.run(
        [sys.executable, toolchain.HERE / "verl_entry.py", folder],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(libraries), str(toolchain.ROOT)])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert read.returncode == 0, read.stderr[-5000:]
    config, reward = json.loads(read.stdout.splitlines()[-1])
    assert reward == "compute_score"
    actor, rollout = (config["actor_rollout_ref"][part] for part in ("actor", "rollout"))
    assert config["algorithm"]["adv_estimator"] == "grpo"
    assert config["actor_rollout_ref"]["model"]["path"] == model
    assert config["data"]["train_files"] == str(folder / "train.parquet")
    assert (config["data"]["train_batch_size"], rollout["n"]) == (16, 4)
    assert (actor["optim"]["lr"], actor["use_kl_loss"], actor["kl_loss_coef"]) == (1e-5, True, 0.01)
    assert actor["ppo_micro_batch_size_per_gpu"] == 4
    assert config["trainer"]["n_gpus_per_node"] == 8
