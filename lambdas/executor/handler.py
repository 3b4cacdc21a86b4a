"""Takes jobs, runs each in a cage of its own, one after another; returns values and usage."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from touchstone.deadline import Deadline
from touchstone.outcomes import SandboxFault
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.local import LocalSandbox
from touchstone.sandbox.queued import run_each
from touchstone.sandbox.serialization import dump, pack_fault, pack_isolation, unpack_jobs


@cache
def sandbox() -> LocalSandbox:
    """Started once and kept warm."""
    folder = os.environ.get("TOUCHSTONE_LIBRARIES")
    return open_sandbox(libraries=Path(folder) if folder else None)


# Provisioned copies are warm only in what was started before the first call.
if "AWS_LAMBDA_INITIALIZATION_TYPE" in os.environ:
    with suppress(SandboxFault):  # the call that it fails says why
        _ = sandbox().isolation


def lambda_handler(event: dict[str, Any], context: Any) -> str:
    """Runs jobs in their order; a fault of ours is data, so that the caller can name it."""
    deadline = Deadline.of_lambda(context)
    if "isolation" in event:
        try:
            return dump({"isolation": pack_isolation(sandbox().isolation)})
        except SandboxFault as exc:
            return dump(pack_fault(exc))
    return dump({"runs": run_each(unpack_jobs(event), sandbox(), deadline)})
