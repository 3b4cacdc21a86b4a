"""``touchstone job``: one training job from plan to comparison, a file per verb."""

from __future__ import annotations

import click

from touchstone.workbench.cli.lazy import LazyGroup

_VERBS = {
    "compare": "Ask the base and the tuned model of JOB.TOML the same prompts, and grade both.",
    "deploy": "Create the on-demand deployment of the model that the job of JOB.TOML made.",
    "export": "Write the job of JOB.TOML for another trainer: settings, rows and the reward.",
    "launch": "Check the plan, upload the data, pin the grader and create the job of JOB.TOML.",
    "plan": "Check a job.toml, and say what its job would do, cost and learn.",
    "report": (
        "Write the job of JOB.TOML as one HTML page: curves, costs, rollouts that explain them."
    ),
    "stop": "Stop the job of JOB.TOML; a job that has ended stays as it is.",
    "watch": "Follow the job of JOB.TOML: rewards, flat groups, faults, spend, what looks wrong.",
}


@click.group(
    cls=LazyGroup,
    verbs={verb: (f"touchstone.workbench.cli.job.{verb}", line) for verb, line in _VERBS.items()},
)
def job() -> None:
    """Plan, rehearse, launch, watch, stop, report, export, deploy and compare a training job."""
