"""How every command ends: the one place that turns what went wrong into words and an exit code."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click

from touchstone.installing import install
from touchstone.settings import SettingsError
from touchstone.workbench.cli.lazy import LazyGroup
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import BAD_INPUT, INTERRUPTED, Interrupted, WorkbenchError


class EntryGroup(LazyGroup):
    """The command that all others are under; no other one catches what it cannot mend."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Lets commands read the words that they were called with (:func:`again`)."""
        return super().make_context(info_name, args, parent, obj=tuple(args), **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command, and ends it with a sentence where a person has to do something."""
        try:
            return super().invoke(ctx)
        except WorkbenchError as exc:
            _end(str(exc), exc.advice, exc.exit_code)
        except SettingsError as exc:
            _end(str(exc))
        except ModuleNotFoundError as exc:
            # Only where something is missing is it asked which extra would bring it.
            from touchstone.workbench.extras import extra_of

            if not (extra := extra_of(exc.name or "")):
                raise
            _end(f"this needs {exc.name}", install(extra))
        except KeyboardInterrupt:
            _end("Aborted!", code=INTERRUPTED)
        except BrokenPipeError:
            raise  # whoever read the output has had enough; click ends without a word
        except OSError as exc:
            _end(_said(exc))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Is the process: one that was interrupted leaves at once.

        Rows in work may take minutes, and threads cannot be stopped; their cages end with us.
        """
        _fill_closed()
        try:
            return super().__call__(*args, **kwargs)
        except OSError as exc:  # met while the words of the command were read, as by --help
            _end(_said(exc))
        except SystemExit as exc:
            if exc.code == INTERRUPTED:
                sys.stdout.flush()
                os._exit(INTERRUPTED)
            raise


def again(*more: str, without: tuple[str, ...] = ()) -> str:
    """Returns the command that this process was called with, changed.

    Args:
        more: Options that it gets.
        without: Options that it loses, with their values; a flag ends in ``!``.
    """
    given: tuple[str, ...] = click.get_current_context().find_root().obj
    words: list[str] = []
    skip = False
    for word in given:
        name, equals, _ = word.partition("=")
        if skip or name in without or f"{name}!" in without or word in more:
            skip = not skip and name in without and not equals
            continue
        words.append(word)
    return shlex.join(["touchstone", *words, *more])


@contextmanager
def when_interrupted(message: str) -> Iterator[None]:
    """Says more than that the command was interrupted: what goes on, and what is kept."""
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(message) from None


def _said(exc: OSError) -> str:
    """Returns what the system refused, in its words and for what."""
    problem = exc.strerror or str(exc)
    return f"{exc.filename}: {problem}" if exc.filename else problem


def _fill_closed() -> None:
    """Gives a process that was started with closed streams (``>&-``) some that lead nowhere."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


def _end(message: str, advice: str = "", code: int = BAD_INPUT) -> NoReturn:
    """Prints what went wrong and what to do; an interrupt is no error of anybody's."""
    echo(message if code == INTERRUPTED else f"error: {message}", err=True)
    if advice:
        echo(f"  {advice}", err=True)
    sys.exit(code)
