"""What the verbs that check rows share: exit codes, and the count while they work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from touchstone.settings import SettingsError
from workbench.cli.exits import BAD_INPUT, INTERRUPTED
from workbench.rows.storage import DataError


@contextmanager
def row_counter() -> Iterator[Callable[[], None]]:
    """Shows on a terminal how many rows have been read; gives what is called for each.

    Input that cannot be used ends the command with a message, and so does Ctrl-C.
    """
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, disable=not console.is_terminal, transient=True,
    )  # fmt: skip
    try:
        with bar:
            task = bar.add_task("rows", total=None)
            yield lambda: bar.advance(task)
    except (DataError, SettingsError) as exc:
        click.echo(f"error: {exc}", err=True)
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        click.echo("Aborted!", err=True)
        sys.exit(INTERRUPTED)
