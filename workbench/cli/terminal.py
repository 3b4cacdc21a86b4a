"""The one door to a terminal: what strangers wrote is seen there, never obeyed.

Names of files, keys of records and words of graders may hold escape sequences. What is printed
as JSON is ASCII already and passes unchanged.
"""

from __future__ import annotations

import click

from touchstone.sanitize import visible


def echo(message: object = "", *, err: bool = False) -> None:
    """Prints a message, with its control and direction characters made visible.

    Args:
        message: One or more lines.
        err: Prints it to standard error.
    """
    click.echo(visible(str(message)), err=err)
