"""``touchstone data``: from logs and files to rows that a training job accepts."""

from __future__ import annotations

import click

from touchstone.workbench.cli.lazy import LazyGroup

_VERBS = {
    "convert": (
        "touchstone.workbench.cli.data.convert",
        "Convert SOURCEs to rows for reinforcement fine-tuning.",
    ),
    "profile": (
        "touchstone.workbench.cli.data.profile",
        "Show what FILE holds: lengths, turns, fields and their balance, repetition, languages.",
    ),
    "split": (
        "touchstone.workbench.cli.data.split",
        "Divide FILE into PREFIX.train.jsonl and PREFIX.validation.jsonl.",
    ),
    "validate": (
        "touchstone.workbench.cli.data.validate",
        "Find everything that is wrong with FILE, the prompts of a job (.jsonl, .jsonl.gz, s3://).",
    ),
}


@click.group(cls=LazyGroup, verbs=_VERBS)
def data() -> None:
    """Make, check and divide the rows of a training job."""
