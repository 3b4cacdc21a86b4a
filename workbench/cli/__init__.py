"""The ``touchstone`` command: nouns with verbs, a file per noun, no logic of its own.

Exit codes: 0 fine, 1 fell short (rows unscored, checks failed), 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import click

from workbench.cli.entry import EntryGroup

_NOUNS = {
    "check": ("workbench.cli.check", "Prove that GRADER is right and cannot be gamed."),
    "data": ("workbench.cli.data", "Make, check and divide the rows of a training job."),
    "deploy": (
        "workbench.cli.deploy",
        "Deploy a stage: say what changes, deploy, try each new version, then move its alias.",
    ),
    "grade": ("workbench.cli.grade", "Grade the rows of FILE with GRADER."),
    "graders": (
        "workbench.cli.graders",
        "List, show, make or import graders: the templates, and the entries of graders.toml.",
    ),
    "job": (
        "workbench.cli.job",
        "Plan, rehearse, launch, watch, stop, report, deploy and compare a training job.",
    ),
    "judge": ("workbench.cli.judge", "Find out whether a judge is any good for GRADER."),
    "libraries": (
        "workbench.cli.libraries",
        "Lock and install what the code in a grader's cages may import.",
    ),
    "regrade": (
        "workbench.cli.regrade",
        "Grade rows again: of a run that `grade` kept, or of s3:// files with a deployed grader.",
    ),
    "runs": ("workbench.cli.runs", "List, show and compare the runs that `touchstone grade` kept."),
    "serve": (
        "workbench.cli.serve",
        "Serve GRADER over HTTP: POST rows in any event form to /, get one result per row.",
    ),
    "versions": (
        "workbench.cli.versions",
        "List the versions of a stage's functions, and who names each: an alias, a job, the stack.",
    ),
}


@click.group(cls=EntryGroup, verbs=_NOUNS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="touchstone")
def main() -> None:
    """Reward functions for Bedrock reinforcement fine-tuning that can be trusted."""
