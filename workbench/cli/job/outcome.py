"""How the verbs of a job end: what went wrong in a sentence, what to do in another."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from touchstone.settings import SettingsError
from workbench.cli.exits import BAD_INPUT, FELL_SHORT


@contextmanager
def reported() -> Iterator[None]:
    """Ends the command with a clear message where a job's file, folder or service refuses."""
    from workbench.aws import PASSING, ServiceError
    from workbench.jobs.folder import FolderError

    try:
        yield
    except (SettingsError, FolderError) as exc:
        click.echo(f"error: {exc}", err=True)
        sys.exit(BAD_INPUT)
    except ServiceError as exc:
        click.echo(f"error: {exc}" + (f"\n  {exc.advice}" if exc.advice else ""), err=True)
        # Another try may do; the others need a person first.
        sys.exit(FELL_SHORT if exc.trouble in PASSING else BAD_INPUT)
    except BrokenPipeError:
        raise  # whoever read the output has enough of it
    except OSError as exc:
        click.echo(
            f"error: {exc.filename}: {exc.strerror}" if exc.filename else f"error: {exc}", err=True
        )
        sys.exit(BAD_INPUT)
