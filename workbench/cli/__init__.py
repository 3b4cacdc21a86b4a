"""The ``touchstone`` command: nouns with verbs, a file per noun, no logic of its own.

Exit codes: 0 fine, 1 fell short (rows unscored, checks failed), 2 bad input.
"""

from __future__ import annotations

import importlib

import click

_NOUNS = {
    "grade": "workbench.cli.grade",
    "graders": "workbench.cli.graders",
    "serve": "workbench.cli.serve",
}


class _LazyGroup(click.Group):
    """Imports a noun's module only when it is used, so that ``--help`` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module = _NOUNS.get(cmd_name)
        return getattr(importlib.import_module(module), cmd_name) if module else None


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="touchstone")
def main() -> None:
    """Reward functions for Bedrock reinforcement fine-tuning that can be trusted."""
