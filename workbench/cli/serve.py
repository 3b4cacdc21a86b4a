"""``touchstone serve``: a grader as an HTTP endpoint on this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import fmean
from typing import NoReturn

import click

from touchstone.contract import Batch, Result
from touchstone.installing import install
from touchstone.outcomes import Fault
from touchstone.settings import SettingsError
from touchstone.templates import load_grader
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import BAD_INPUT


@click.command()
@click.argument("grader")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True,
              help="Port to listen on; 0 takes a free one.")  # fmt: skip
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--judge", help="Judge to use instead of the configured one.")
@click.option("--explain", is_flag=True, help="Add each row's outcome and reason to the reply.")
def serve(grader: str, port: int, host: str, judge: str | None, explain: bool) -> None:
    """Serve GRADER over HTTP: POST rows in any event form to /, get one result per row.

    GRADER is a template's name or an entry of graders.toml. /openapi.json describes the
    endpoint. There is no authentication: keep it on this machine. Exit code 2: bad input.
    """
    try:
        from touchstone.adapters.http import GraderServer
    except ModuleNotFoundError as exc:
        _fail(f"serving needs {exc.name}: {install('serve')}")
    try:
        served = load_grader(grader, overrides={"judge": judge} if judge else None)
        server = GraderServer(served, host, port, explain=explain, observe=_show)
    except SettingsError as exc:
        _fail(str(exc))
    except (OSError, OverflowError) as exc:
        _fail(f"{host}:{port}: {getattr(exc, 'strerror', None) or exc}")
    with server:
        echo(f"{grader} at {server.url} (Ctrl-C ends it)", err=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            echo("ended", err=True)


def _show(batch: Batch, results: Sequence[Result]) -> None:  # noqa: ARG001 - an observer's signature
    scored = [r.score for r in results if not isinstance(r.outcome, Fault)]
    mean = f", mean reward {fmean(scored):.3f}" if scored else ""
    echo(f"{len(results)} rows, {len(results) - len(scored)} unscored{mean}", err=True)


def _fail(problem: str) -> NoReturn:
    echo(f"error: {problem}", err=True)
    sys.exit(BAD_INPUT)
