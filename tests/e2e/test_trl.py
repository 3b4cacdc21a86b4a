"""The adapter inside TRL's own trainer, with the torch that `make rehearse` installs."""

import os
import subprocess
import sys

from tests.e2e import toolchain


def test_a_step_of_trl_learns_what_it_should_and_nothing_else():
    libraries = toolchain.wheels("trl", toolchain.own_python())
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/adapters/libraries.py", "-k", "trl"],
        env=os.environ | {"PYTHONPATH": str(libraries), "HF_HUB_OFFLINE": "1"},
        cwd=toolchain.ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-10_000:]
