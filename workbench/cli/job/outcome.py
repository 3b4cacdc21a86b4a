"""How the verbs of a job end: what went wrong in a sentence, what to do in another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from touchstone.settings import SettingsError
from workbench.errors import BAD_INPUT, WorkbenchError
from workbench.rows.storage import DataError


@contextmanager
def reported() -> Iterator[None]:
    """Ends the command with a clear message where a job's file, folder or service refuses."""
    try:
        yield
    except (SettingsError, DataError) as exc:
        click.echo(f"error: {exc}", err=True)
        sys.exit(BAD_INPUT)
    except WorkbenchError as exc:
        click.echo(f"error: {exc}" + (f"\n  {exc.advice}" if exc.advice else ""), err=True)
        sys.exit(exc.exit_code)
    except BrokenPipeError:
        raise  # whoever read the output has enough of it
    except OSError as exc:
        click.echo(
            f"error: {exc.filename}: {exc.strerror}" if exc.filename else f"error: {exc}", err=True
        )
        sys.exit(BAD_INPUT)
