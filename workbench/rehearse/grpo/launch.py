"""One process or several: how they are started, and which of them writes the job's folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from touchstone.workbench.jobs.spec import Rehearsal


def command(settings: Rehearsal, module: Sequence[str]) -> list[str]:
    """Returns what runs a Python module in as many processes as a rehearsal asks for.

    Args:
        settings: Of the run.
        module: Its name and its arguments.

    Source: ``accelerate launch --help``. All that its own configuration file could say is said.
    """
    if settings.engine == "loop" or settings.trl.processes == 1:
        return [sys.executable, "-m", *module]
    precision = "bf16" if settings.trl.precision == "bfloat16" else "no"
    return [
        sys.executable, "-m", "accelerate.commands.launch",
        "--multi_gpu", "--num_machines", "1", "--num_processes", str(settings.trl.processes),
        "--mixed_precision", precision, "--dynamo_backend", "no",
        "--module", *module,
    ]  # fmt: skip


def is_main() -> bool:
    """Tells whether this process is the one that writes, the only one or the first of several."""
    return os.environ.get("RANK", "0") == "0"


def settle() -> None:
    """Settles what the libraries read when they are imported.

    Nothing is asked of a hub, whose look-ups take minutes where there is no network. One
    process alone sees one GPU, for TRL refuses to run with more than it has processes.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    if "LOCAL_RANK" not in os.environ:
        os.environ.setdefault("CUDA_VISIBLE_DEVICES", "0")
