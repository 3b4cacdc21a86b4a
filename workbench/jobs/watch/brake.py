"""When to stop a job by itself: rules over what its folder says, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

from touchstone.workbench.jobs import metrics as m
from touchstone.workbench.jobs.details import moment
from touchstone.workbench.jobs.folder import JobFolder
from touchstone.workbench.jobs.history import History
from touchstone.workbench.jobs.spec import Job

_WORDS = {
    "flat_share": (m.FLAT, "flat groups"),
    "unscored_share": (m.UNSCORED, "unscored rollouts"),
}


def decide(job: Job, folder: JobFolder, now: datetime | None = None) -> str | None:
    """Returns why the job should be stopped, or ``None`` when it should not.

    A share counts when it is above its limit in each of the newest ``patience`` complete steps
    that know it; a limit on what is not known never stops a job.

    Args:
        job: Its ``[brake]``.
        folder: Its folder.
        now: The time; the clock's by default.
    """
    brake, history = job.brake, History.of(folder)
    for key, (name, words) in _WORDS.items():
        limit, recent = getattr(brake, key), history.values(name)[-brake.patience :]
        if limit is not None and len(recent) == brake.patience and min(recent) > limit:
            shares = ", ".join(m.shown(name, share) for share in recent)
            return f"{words} above {limit:.1%} in {brake.patience} steps ({shares}): {key}"
    state = folder.state()
    spent = state.open_step.get(m.SPEND, history.last(m.SPEND))
    if brake.max_usd is not None and spent is not None and spent > brake.max_usd:
        return (
            f"${spent:,.2f} spent on graders and judges, more than ${brake.max_usd:,.2f}: max_usd"
        )
    begun = state.created
    if brake.max_hours is not None and begun:
        hours = ((now or datetime.now(UTC)) - moment(begun)).total_seconds() / 3600
        if hours > brake.max_hours:
            return f"{hours:.1f} hours since it began, more than {brake.max_hours:g}: max_hours"
    return None
