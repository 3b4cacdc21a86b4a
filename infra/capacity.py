"""How a stage's one number of concurrency is shared out, so that no function waits for ever.

A grader that runs code holds a unit of the account's concurrency while it waits for an executor,
which needs one too. Where both take from one pool, graders can take all of it, and none gets its
executor. So every copy of such a grader has executors that nobody else can take, and graders are
capped: what is capped and what is reserved add up to the stage's number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from touchstone.infra.settings import Deployed, Stage
from touchstone.regrading import CALLS as REGRADER_CALLS
from touchstone.sandbox.bundles import EXECUTORS_EACH
from touchstone.settings import SettingsError


@dataclass(frozen=True, slots=True)
class Capacity:
    """Copies that each function has for itself, and can have at most; ``None`` reserves nothing.

    Attributes:
        grader: Of each grader.
        executor: Of the executor, for each grader that calls it.
        regrader: Of the worker that grades what lies in S3.
    """

    grader: int | None = None
    executor: int | None = None
    regrader: int | None = None


def runs_code(deployed: Deployed) -> bool:
    """Tells whether a grader needs the executor."""
    return "executor" in deployed.grader.template.needs


def executors(capacity: Capacity, callers: int) -> int | None:
    """Returns the copies of an executor that so many graders call."""
    return None if capacity.executor is None else capacity.executor * callers


def share_out(stage: Stage, deployed: Sequence[Deployed]) -> Capacity:
    """Returns what each function gets of the stage's ``concurrency``.

    Every grader gets as much as any other, and the worker enough for one grader at a time. The
    executor gets at least :data:`EXECUTORS_EACH` for each copy of each grader that runs code, and
    what is left.

    Raises:
        SettingsError: The number is too small; the message says how much is needed.
    """
    if not stage.concurrency:
        _check_nothing_is_provisioned(stage, deployed)
        return Capacity()
    code = sum(map(runs_code, deployed))
    each = len(deployed) + EXECUTORS_EACH * code
    least = each + 1
    if stage.concurrency < least:
        raise SettingsError(
            f"cdk.json: stage {stage.name!r}: concurrency = {stage.concurrency} is too little for "
            f"{len(deployed)} graders, {code} of which run code: at least {least}"
        )
    copies = (stage.concurrency - 1) * REGRADER_CALLS // (each * REGRADER_CALLS + 1) or 1
    regrader = -(-copies // REGRADER_CALLS)
    left = stage.concurrency - copies * len(deployed) - regrader
    return Capacity(copies, left // code if code else None, regrader)


def _check_nothing_is_provisioned(stage: Stage, deployed: Sequence[Deployed]) -> None:
    owners = [f"graders.{one.grader.name}.deploy" for one in deployed if one.function.provisioned]
    owners += ["executor"] if stage.executor.provisioned else []
    if owners:
        raise SettingsError(
            f"{owners[0]}: provisioned keeps as many copies as the stage's concurrency gives, and "
            f"stage {stage.name!r} sets none in cdk.json"
        )
