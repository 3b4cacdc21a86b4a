"""The ``touchstone`` command: nouns with verbs, a file per noun, no logic of its own.

Exit codes: 0 fine, 1 fell short (rows unscored, checks failed), 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import os

import click

from touchstone.config import FILE_NAME, VARIABLE
from touchstone.workbench.cli.entry import EntryGroup

_NOUNS = {
    "check": ("touchstone.workbench.cli.check", "Prove that GRADER is right and cannot be gamed."),
    "doctor": (
        "touchstone.workbench.cli.doctor",
        "Say what is installed here, what is not, and what each needs.",
    ),
    "data": ("touchstone.workbench.cli.data", "Make, check and divide the rows of a training job."),
    "deploy": (
        "touchstone.workbench.cli.deploy",
        "Deploy a stage: say what changes, deploy, try each new version, then move its alias.",
    ),
    "grade": ("touchstone.workbench.cli.grade", "Grade the rows of FILE with GRADER."),
    "graders": (
        "touchstone.workbench.cli.graders",
        "List, show, make, draft or import graders: templates, and the entries of graders.toml.",
    ),
    "init": (
        "touchstone.workbench.cli.init",
        "Make a project in FOLDER: a reward of your own with golden cases, and what deploys it.",
    ),
    "job": (
        "touchstone.workbench.cli.job",
        "Plan, rehearse, launch, watch, stop, report, export, deploy and compare a training job.",
    ),
    "judge": ("touchstone.workbench.cli.judge", "Find out whether a judge is any good for GRADER."),
    "libraries": (
        "touchstone.workbench.cli.libraries",
        "Lock and install what the code in a grader's cages may import.",
    ),
    "regrade": (
        "touchstone.workbench.cli.regrade",
        "Grade rows again: of a run that `grade` kept, or of s3:// files with a deployed grader.",
    ),
    "runs": (
        "touchstone.workbench.cli.runs",
        "List, show and compare kept runs, and make runs of what a job's graders recorded.",
    ),
    "serve": (
        "touchstone.workbench.cli.serve",
        "Serve GRADER over HTTP: POST rows in any event form to /, get one result per row.",
    ),
    "studio": (
        "touchstone.workbench.cli.studio",
        "Show runs on a local page, or write one to a file.",
    ),
    "versions": (
        "touchstone.workbench.cli.versions",
        "List the versions of a stage's functions, and who names each: an alias, a job, the stack.",
    ),
}


@click.group(cls=EntryGroup, verbs=_NOUNS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="touchstone")
@click.option(
    "--graders", envvar=VARIABLE, type=click.Path(exists=True, dir_okay=False), metavar="FILE",
    help=f"The {FILE_NAME}; the nearest from this folder upwards by default.",
)  # fmt: skip
def main(graders: str | None) -> None:
    """Reward functions for Bedrock reinforcement fine-tuning that can be trusted."""
    if graders:
        os.environ[VARIABLE] = graders
