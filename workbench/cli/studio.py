"""``touchstone studio``: a local page that shows runs, and one as a file."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from touchstone.installing import install
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import WorkbenchError
from touchstone.workbench.rows.storage import is_s3, same_file, writing
from touchstone.workbench.runs.run import SUFFIX
from touchstone.workbench.runs.store import FOLDER, find, kept, names_run, runs_folder

_RUNS = click.option(
    "--runs", "folder", default=runs_folder, show_default=str(FOLDER), help="Where runs are kept."
)

_ENDING_S = 1  # for what is being answered when somebody interrupts it


class _Opening(click.Group):
    """Commands, of which ``open`` is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in {*self.commands, *ctx.help_option_names}:
            args = ["open", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Opening)
def studio() -> None:
    """Show runs on a local page, or write one to a file.

    `touchstone studio` is short for `touchstone studio open`, and takes what that takes.
    """


@studio.command("open")
@click.argument("place", default="", metavar="[RUN|FOLDER]")
@_RUNS
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True,
              help="Port to listen on; 0 takes a free one.")  # fmt: skip
def open_(place: str, folder: str, port: int) -> None:
    """Serve the studio on this machine alone, and print its address.

    RUN is a run's id or the beginning of it, `last` or `previous`, or the path of its file; a
    FOLDER is where runs are kept. Either may lie in S3 (s3://bucket/prefix/RUN). The address
    holds a token: who has it may read the runs, grade rows, add labels and golden cases, and
    ask the models of jobs.
    """
    runs, run = folder, ""
    if place and (Path(place).is_dir() or (is_s3(place) and not names_run(place))):
        runs = place
    elif place:
        with find(place, runs) as found:
            run = found.path.stem
            if is_s3(place):
                runs = place.rpartition("/")[0]
            elif place.endswith(SUFFIX):
                runs = str(found.path.parent)
    if is_s3(runs):
        kept(runs)  # who may not read them is told now
    with _needs_serve():
        from touchstone.workbench.studio.server import StudioServer
    try:
        server = StudioServer(runs, run, port)
    except OSError as exc:
        raise WorkbenchError(f"port {port}: {exc.strerror or exc}") from exc
    with server:
        echo(f"the studio is at {server.url} (Ctrl-C ends it)", err=True)
        served = threading.Event()

        def serve() -> None:
            try:
                server.serve_forever()
            finally:
                served.set()

        threading.Thread(target=serve, daemon=True).start()
        try:
            served.wait()
        except KeyboardInterrupt:
            server.shutdown()
            ended = served.wait(_ENDING_S)
            echo("ended", err=True)
            if not ended:  # models or a judge are asked, and nobody waits for them
                os._exit(0)


@studio.command()
@click.argument("run")
@_RUNS
@click.option("-o", "--output", required=True, help="Write the page here (s3:// too).")
@click.option("--rows", "most", type=click.IntRange(1), default=500, show_default=True,
              help="Hold at most this many rows, the first; the page says so.")  # fmt: skip
def export(run: str, folder: str, output: str, most: int) -> None:
    """Write RUN as one HTML page, which needs no server and no network.

    It holds prompts and completions: hand it to nobody who may not read them.
    """
    with _needs_serve():
        from touchstone.workbench.studio.export import export_page
    with find(run, folder) as one:
        if same_file(output, str(one.path)):
            raise WorkbenchError(f"{output}: is the run itself")
        page, count = export_page(one, most), one.count()
    with writing(output) as sink:
        sink.write(page.encode("utf-8", "replace"))  # half a character is no UTF-8
    echo(f"{output}: {min(most, count):,} of {count:,} rows", err=True)


@contextmanager
def _needs_serve() -> Iterator[None]:
    """Says what to install where the studio's libraries are not there."""
    try:
        yield
    except ModuleNotFoundError as exc:
        raise WorkbenchError(f"the studio needs {exc.name}", install("serve", "workbench")) from exc
