"""``touchstone job watch``: follow a job until it ends."""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live

from touchstone.sanitize import one_line
from touchstone.workbench.cli.entry import when_interrupted
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.jobs.details import Details, details_of
from touchstone.workbench.jobs.spec import Job, load_job
from touchstone.workbench.jobs.watch.brake import decide
from touchstone.workbench.jobs.watch.follow import BrakeRule, Frame, follow
from touchstone.workbench.jobs.watch.terminal import (
    as_json,
    caveats,
    details_table,
    panel,
    step_line,
)
from touchstone.workbench.rehearse.services import open_job


@click.command()
@click.argument("file", metavar="JOB.TOML", type=click.Path(path_type=Path))
@click.option("--once", is_flag=True, help="Look once, and end.")
@click.option(
    "--interval", type=click.FloatRange(min=0, min_open=True), default=10.0, show_default=True,
    help="Seconds between looks at the service.",
)  # fmt: skip
@click.option("--brake", "braking", is_flag=True, help="Stop the job when [brake] says so.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object per look with news.")
def watch(file: Path, once: bool, interval: float, braking: bool, as_json: bool) -> None:
    """Follow the job of JOB.TOML: rewards, flat groups, faults, spend, what looks wrong.

    Trouble with the service is shown and tried again. Ctrl-C ends the watch and never the
    job. Exit code 0: completed, or still running with --once; 1: failed, stopped or braked,
    or the last look failed; 2: bad input, or the service denies access.
    """
    gone = "\nThe watch ended; the job goes on. `touchstone job stop` stops it."
    with when_interrupted(gone):
        loaded = load_job(file)
        folder, service = open_job(loaded)
        rule = _brake(loaded.job) if braking else None
        frames = follow(folder, service, interval=interval, brake=rule)
        if once:
            frames = iter([next(frames)])
        frame = deque(_shown(frames, as_json=as_json, once=once), maxlen=1).pop()
        if frame.ended and not as_json:
            _tell(details_of(folder))
    if frame.braked or frame.trouble or frame.state.status in ("Failed", "Stopped"):
        sys.exit(FELL_SHORT)


def _brake(job: Job) -> BrakeRule:
    return lambda folder: decide(job, folder)


def _tell(details: Details) -> None:
    Console().print(details_table(details))


def _shown(frames: Iterator[Frame], *, as_json: bool, once: bool) -> Iterator[Frame]:
    """Shows each frame in the form that the output bears, and passes it on."""
    if as_json:
        return _json(frames)
    if not sys.stdout.isatty():  # rich takes a pipe for a terminal where colours are forced
        return _lines(frames, once=once)
    return _live(frames, Console())


def _json(frames: Iterator[Frame]) -> Iterator[Frame]:
    before = None
    for frame in frames:
        now = as_json(frame)
        news = {**now, "seconds": None}  # that time goes by is no news
        if news != before:
            echo(json.dumps(now))
        before = news
        yield frame


def _lines(frames: Iterator[Frame], *, once: bool) -> Iterator[Frame]:
    """Writes what is new as lines of a log; of a single look, the newest step alone."""
    newest, told, status = -1, set[str](), ""
    for frame in frames:
        if frame.state.status != status:
            if not status:
                for line in caveats(frame.state):
                    echo(line)
            status = frame.state.status
            why = f": {one_line(frame.state.message)}" if frame.state.message else ""
            echo(f"{status}{why}")
        steps = list(frame.history.steps)
        # The newest may be told in parts: it is printed when the next one has begun.
        whole = steps[-1:] if once else steps[: None if frame.ended else -1]
        if once and not steps:
            echo("no step yet")
        for step in whole:
            if step > newest:
                echo(step_line(frame, step))
                newest = step
        said = [f"warning: {sign.message}" for sign in frame.signs if sign.kind not in told]
        told.update(sign.kind for sign in frame.signs)
        if frame.braked and "brake" not in told:
            told.add("brake")
            said.append(f"braked: {one_line(frame.braked)}")
        if frame.trouble:
            again = "" if once else f"; again in {frame.wait:.0f} s"
            said.append(f"service: {one_line(frame.trouble)}{again}")
        for line in said:
            echo(line)
        yield frame


def _live(frames: Iterator[Frame], console: Console) -> Iterator[Frame]:
    with Live(console=console, auto_refresh=False) as live:
        for frame in frames:
            # One line is left for the shell's prompt, so that nothing scrolls.
            live.update(panel(frame, console.width, console.height - 1), refresh=True)
            yield frame
