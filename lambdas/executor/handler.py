"""Takes ``{job, limits, seconds}``, runs it in a cage, returns values and usage."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from touchstone.deadline import Deadline
from touchstone.outcomes import GradingError, SandboxFault
from touchstone.sandbox import open_sandbox
from touchstone.sandbox.local import LocalSandbox
from touchstone.sandbox.serialization import dump, pack_fault, pack_isolation, pack_run, unpack_job


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
    """Runs one job; a fault of ours is data, so that the caller can name it."""
    deadline = Deadline.of_lambda(context)
    try:
        if "isolation" in event:
            return dump({"isolation": pack_isolation(sandbox().isolation)})
        job, limits, seconds = unpack_job(event)
        return dump(pack_run(sandbox().run(job, limits, deadline.within(seconds))))
    except GradingError as exc:
        return dump(pack_fault(exc))
