"""The ``touchstone`` command: nouns with verbs, a file per noun, no logic of its own.

Exit codes: 0 fine, 1 fell short (rows unscored, checks failed), 2 bad input.
"""

from __future__ import annotations

import click

from workbench.cli.lazy import LazyGroup

_NOUNS = {
    "data": "workbench.cli.data",
    "grade": "workbench.cli.grade",
    "graders": "workbench.cli.graders",
    "job": "workbench.cli.job",
    "serve": "workbench.cli.serve",
}


@click.group(
    cls=LazyGroup, modules=_NOUNS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="touchstone")
def main() -> None:
    """Reward functions for Bedrock reinforcement fine-tuning that can be trusted."""
