"""The whole way with the real model: that it works, not what is gained."""

import json

from click.testing import CliRunner

from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.rehearse.learn import averaged, learn


def test_the_bundled_model_takes_a_step_and_the_figures_are_told(tmp_path):
    ran = CliRunner().invoke(learn, ["--steps", "1", "--seed", "3", "--folder", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    folder = JobFolder(tmp_path / "moderation" / "jobs" / "moderation-seed-3")
    state = folder.state()
    assert (state.status, state.step, state.total_steps) == ("Completed", 1, 1)
    assert state.base_model == "SmolLM2-135M-Instruct"
    assert len(list(folder.rollouts())) == 64
    assert len(list(folder.evaluation())) == 2 * 128
    config = json.loads((folder.checkpoints / "step-1" / "config.json").read_text())
    assert "quantization_config" not in config
    for shown in ("greedy", "T = 1", "Wilson", "actor/entropy"):
        assert shown in ran.output


def test_a_long_curve_is_averaged_and_a_short_one_stays_as_it_is():
    assert averaged([0.0] * 50 + [1.0] * 50, 4) == [0.0, 0.0, 1.0, 1.0]
    assert averaged([0.0, 0.5, 1.0], 40) == [0.0, 0.5, 1.0]
