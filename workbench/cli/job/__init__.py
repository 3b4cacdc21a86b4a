"""``touchstone job``: one training job from plan to comparison, a file per verb."""

from __future__ import annotations

import click

from workbench.cli.lazy import LazyGroup

_VERBS = ("plan", "launch", "watch", "stop", "report", "deploy", "compare")


@click.group(cls=LazyGroup, modules={verb: f"workbench.cli.job.{verb}" for verb in _VERBS})
def job() -> None:
    """Plan, rehearse, launch, watch, stop, report, deploy and compare a training job."""
