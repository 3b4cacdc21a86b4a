"""Who judges for a job's grader: no service tells, so that what is known here is kept."""

from __future__ import annotations

from touchstone.settings import SettingsError
from touchstone.stand_in import judge_shown
from touchstone.templates import load_grader
from touchstone.workbench.jobs.spec import Job


def judge_of(job: Job) -> str:
    """Returns the judge of the grader that a job names, for a person.

    ``""`` where it asks none, or where the job names a function alone: what that asks is not
    known here.
    """
    try:
        return judge_shown(load_grader(job.grader.name)) if job.grader.name else ""
    except SettingsError:
        return ""
