"""A group of commands that imports one only when it is used, so that ``--help`` is quick."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from touchstone.settings import nearest


class LazyGroup(click.Group):
    """Commands by name, each an attribute of that name in a module of its own.

    Where Python has the name for something else, as `import`, the attribute ends in `_`.

    Args:
        verbs: Each command's name, its module, and its line in the group's help.
    """

    def __init__(self, *args: Any, verbs: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verbs = verbs

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Returns the names of the commands."""
        return sorted(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Imports a command, and returns it; ``None`` where there is none of that name."""
        if cmd_name not in self.verbs:
            return None
        module = importlib.import_module(self.verbs[cmd_name][0])
        return getattr(module, f"{cmd_name}_", None) or getattr(module, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command that the arguments begin with, or says which may be meant."""
        name = args[0]
        known = self.get_command(ctx, name) or name.startswith("-") or ctx.resilient_parsing
        if not known:
            ctx.fail(f"No such command {name!r}{nearest(name, self.verbs)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands' lines, and imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.verbs[name][1]) for name in self.list_commands(ctx)])
