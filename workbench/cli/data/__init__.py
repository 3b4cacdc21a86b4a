"""``touchstone data``: from logs and files to rows that a training job accepts."""

from __future__ import annotations

import click

from workbench.cli.lazy import LazyGroup

_VERBS = {
    "convert": "workbench.cli.data.convert",
    "profile": "workbench.cli.data.profile",
    "split": "workbench.cli.data.split",
    "validate": "workbench.cli.data.validate",
}


@click.group(cls=LazyGroup, modules=_VERBS)
def data() -> None:
    """Make, check and divide the rows of a training job."""
