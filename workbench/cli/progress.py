"""The count of rows that a terminal shows while a command works through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn


@contextmanager
def row_counter(
    console: Console | None = None, total: int | None = None
) -> Iterator[Callable[[], None]]:
    """Shows on a terminal how many rows have been read; gives what is called for each.

    Args:
        console: Where it is shown; standard error by default.
        total: Rows that there are, where that is known.
    """
    console = console or Console(stderr=True)
    bar = Progress(
        SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, disable=not console.is_terminal, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("rows", total=total)
        yield lambda: bar.advance(task)
