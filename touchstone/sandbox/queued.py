"""The jobs of one call of an executor, one after another, none at another one's cost."""

from __future__ import annotations

from collections.abc import Sequence

from touchstone.deadline import Deadline
from touchstone.invoking import MAX_BYTES
from touchstone.outcomes import GradingError
from touchstone.sandbox import Sandbox
from touchstone.sandbox.serialization import JSON, dump, pack_fault, pack_run
from touchstone.sandbox.types import Job, Limits

# Not a reply: such a job has to be sent again, by itself.
_UNSENT: JSON = {}
# After so many seconds of work no further job is begun: others have executors of their own.
_WORK_S = 5.0


def run_each(
    work: Sequence[tuple[Job, Limits, float]], sandbox: Sandbox, deadline: Deadline
) -> list[JSON | None]:
    """Returns a reply for each job, ``None`` for one that was not begun.

    A reply that Lambda would not carry beside the others is replaced by one that says nothing.
    They run one after another, since a neighbour on the same CPU would make a candidate late. The
    first is run in any case; a later one only where little time has been used, and enough is left
    for all that its limits allow.

    Args:
        work: Jobs, their limits, and the seconds each has from now.
        sandbox: Runs them.
        deadline: Of the call.
    """
    begun = [(job, limits, deadline.within(seconds)) for job, limits, seconds in work]
    enough = Deadline.after(_WORK_S)
    replies: list[JSON | None] = []
    room = MAX_BYTES
    for job, limits, own in begun:
        first = not replies
        if not first and (own.left() <= limits.wall_s or enough.left() <= 0):
            replies.append(None)
            continue
        reply = _reply(job, limits, own, sandbox)
        size = 2 * len(dump(reply))  # quoted once more as a whole, which at worst doubles it
        kept = reply if first or size <= room else _UNSENT
        replies.append(kept)
        room -= size if kept is reply else 0
    return replies


def _reply(job: Job, limits: Limits, deadline: Deadline, sandbox: Sandbox) -> JSON:
    try:
        return pack_run(sandbox.run(job, limits, deadline))
    except GradingError as exc:
        return pack_fault(exc)
