"""Which jobs run, and with which grader: asked of Bedrock, and read in the job folders here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from touchstone.workbench.aws import asking, client
from touchstone.workbench.jobs.folder import ENDED, JobFolder

_RUNNING = ("InProgress", "Stopping")


@dataclass(frozen=True, slots=True)
class Use:
    """A running job's grader.

    Attributes:
        job: The job's name.
        function: Of its grader, the bare name.
        qualifier: The version or alias that it calls; ``""`` where it names none.
    """

    job: str
    function: str
    qualifier: str

    @property
    def pinned(self) -> bool:
        """Whether a deployment leaves its reward alone."""
        return self.qualifier.isdigit()

    def __str__(self) -> str:
        """Returns it as a person reads it."""
        return f"{self.job} ({':'.join(filter(None, (self.function, self.qualifier)))})"


def running(folder: Path, region: str = "") -> list[Use]:
    """Returns the graders of running jobs.

    Bedrock's are those of this account and region; jobs of other services are known by their
    folders below ``folder``/jobs.

    Raises:
        ServiceError: Bedrock could not be asked.
        FolderError: A job's folder cannot be read.
    """
    return sorted({*_of_bedrock(region), *_of_folders(folder)}, key=str)


def _of_bedrock(region: str) -> Iterator[Use]:
    bedrock = client("bedrock", region)
    pages = bedrock.get_paginator("list_model_customization_jobs")
    with asking("bedrock:ListModelCustomizationJobs"):
        found = [
            job
            for status in _RUNNING
            for page in pages.paginate(statusEquals=status)
            for job in page["modelCustomizationJobSummaries"]
        ]
    for job in found:
        if job["status"] in _RUNNING:
            with asking("bedrock:GetModelCustomizationJob"):
                told = bedrock.get_model_customization_job(jobIdentifier=job["jobArn"])
            grader = told.get("customizationConfig", {}).get("rftConfig", {})
            arn = grader.get("graderConfig", {}).get("lambdaGrader", {}).get("lambdaArn", "")
            if arn:
                yield _use(job["jobName"], arn)


def _of_folders(folder: Path) -> Iterator[Use]:
    for state in sorted(folder.glob("jobs/*/state.json")):
        job = JobFolder(state.parent).state()
        if job.status not in ENDED and ":function:" in job.grader:
            yield _use(job.name, job.grader)


def _use(job: str, arn: str) -> Use:
    function, _, qualifier = arn.rpartition(":function:")[2].partition(":")
    return Use(job, function, qualifier)
