"""The adapter, and the rehearsal, inside TRL's own trainer, with the torch of `make rehearse`."""

import os
import subprocess
import sys

import pytest

from tests.e2e import toolchain


@pytest.mark.parametrize(
    "tests", [("tests/adapters/libraries.py", "-k", "trl"), ("tests/rehearse/engine_trl.py",)]
)
def test_trl_learns_what_it_should_and_nothing_else(tests):
    libraries = toolchain.wheels("trl", toolchain.own_python())
    path = os.pathsep.join([str(libraries), str(toolchain.ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *tests],
        env=os.environ | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1"},
        cwd=toolchain.ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout[-10_000:]
