"""What the verbs that check rows share: exit codes, and the count while they work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

FELL_SHORT, BAD_INPUT = 1, 2


@contextmanager
def row_counter() -> Iterator[Callable[[], None]]:
    """Shows on a terminal how many rows have been read; gives what is called for each."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda: None
        return
    bar = Progress(
        SpinnerColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("rows", total=None)
        yield lambda: bar.update(task, advance=1)
