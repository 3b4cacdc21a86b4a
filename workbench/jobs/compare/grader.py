"""What grades a comparison: the job's grader in this process, or a deployed function."""

from __future__ import annotations

from touchstone.workbench.aws import check_invoke
from touchstone.workbench.grading.backends import Backend, deployed, in_process
from touchstone.workbench.jobs.spec import Job


def grader_of(job: Job, function: str) -> Backend:
    """Returns the grader, once it is known that it can grade: answers cost money.

    Args:
        job: Names the grader and its region.
        function: A deployed one; ``""`` grades in this process.

    Raises:
        SettingsError: There is no such grader.
        ServiceError: The function is not there, or may not be called; so may the grader itself.
    """
    if not function:
        return in_process(job.grader.name, {})
    check_invoke(function, job.region)
    return deployed(function, job.region)
