"""``touchstone runs``: the runs that ``touchstone grade`` kept and jobs left, a file per verb."""

from __future__ import annotations

import click

from touchstone.workbench.cli.lazy import LazyGroup

_VERBS = {
    "diff": (
        "touchstone.workbench.cli.runs.diff",
        "Compare two runs over the same rows, by default the last two.",
    ),
    "import": (
        "touchstone.workbench.cli.runs.importing",
        "Bring a job's graded rollouts into runs, to show, diff and regrade them as any other.",
    ),
    "labels": (
        "touchstone.workbench.cli.runs.labels",
        "Show how far people who labelled RUN agree, with each other and with the grader.",
    ),
    "list": (
        "touchstone.workbench.cli.runs.list",
        "List the runs that are kept, the oldest first.",
    ),
    "show": (
        "touchstone.workbench.cli.runs.show",
        "Show RUN: its summary, why rows are unscored, and which earn least and most.",
    ),
}


@click.group(cls=LazyGroup, verbs=_VERBS)
def runs() -> None:
    """List, show and compare kept runs, and make runs of what a job's graders recorded.

    A run is named by its id or the beginning of it, by `last` or `previous`, or by the path of
    its file; with s3://bucket/prefix/ before it, of those that are kept there.
    """
