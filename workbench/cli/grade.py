"""``touchstone grade``: grade a file of rows through the handler that Bedrock calls."""

from __future__ import annotations

import errno
import itertools
import json
import shlex
import sys
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import IO, Any

import click
import msgspec
from rich.console import Console

from touchstone.graded import line_of
from touchstone.sanitize import visible
from touchstone.thinking import Pairs
from touchstone.workbench.aws import ServiceError
from touchstone.workbench.cli.entry import again
from touchstone.workbench.cli.progress import row_counter
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import BAD_INPUT, FELL_SHORT, Interrupted
from touchstone.workbench.grading.backends import (
    Backend,
    InProcess,
    UnreachableJudge,
    deployed,
    in_process,
    judge_of,
)
from touchstone.workbench.grading.expect import ExpectationError, read_expectation, shown
from touchstone.workbench.grading.explained import explained
from touchstone.workbench.grading.kept import continuing, kept_results
from touchstone.workbench.grading.run import Graded, grade_lines
from touchstone.workbench.grading.summary import Summary, group_of
from touchstone.workbench.grading.table import summary_table
from touchstone.workbench.grading.version import version_of
from touchstone.workbench.grading.why import Why, lines_of
from touchstone.workbench.regrade.run import HERE_BYTES
from touchstone.workbench.rows.rft import NO_MESSAGES, Line
from touchstone.workbench.rows.storage import (
    STDIN,
    DataError,
    is_s3,
    list_files,
    same_file,
    writing,
)
from touchstone.workbench.runs.run import Head, Run
from touchstone.workbench.runs.source import Source
from touchstone.workbench.runs.store import FOLDER, begin, kept_rows, runs_folder, unfinished

# A disk that holds no more; what is read gives none of these.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CALLS_AT_ONCE = 8  # of a deployed function


@click.command()
@click.argument("grader")
@click.argument("file")
@click.option("-o", "--output", help="Write a result per row here, as JSONL (.gz, s3:// too).")
@click.option("--judge", help="Judge to use instead of the configured one.")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Override a setting.")
@click.option("--function", help="Grade with this deployed Lambda (name or ARN) instead.")
@click.option("--concurrency", type=click.IntRange(1, 256), help="Work on this many at once.")
@click.option("--row", type=click.IntRange(1), help="Grade this line of FILE alone, and show all.")
@click.option("--only", type=click.Choice(["unscored"]), help="Of a run, keep what was scored.")
@click.option(
    "--runs", default=runs_folder, show_default=str(FOLDER), help="Keep the run here, or none."
)
@click.option("--resume", is_flag=True, help="Go on with the results of -o, or with the last run.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def grade(
    grader: str,
    file: str,
    output: str | None,
    judge: str | None,
    sets: tuple[str, ...],
    function: str | None,
    concurrency: int | None,
    row: int | None,
    only: str | None,
    runs: str,
    resume: bool,
    as_json: bool,
) -> None:
    """Grade the rows of FILE with GRADER.

    FILE is .jsonl or .jsonl.gz, a path, an s3:// URL, - for standard input, or run:NAME, the rows
    of a kept run. GRADER is a template's name or an entry of graders.toml. Results go to -o;
    without it, to standard output unless that is a terminal; and every run is kept in --runs with
    its rows, for `touchstone runs`. A row with an `expect` is a golden case, and is named when
    it ends otherwise. Under the table stand the commonest causes of faults and the rows with the
    lowest and highest rewards; --row N shows one row whole. Exit code 1: some rows are unscored,
    or ended otherwise than they expect; 2: bad input.
    """
    if row and (output or resume):
        raise click.UsageError("--row shows one row and writes no results")
    if resume and not output and runs == "none":
        raise click.UsageError("--resume goes on with the results of -o, or with a kept run")
    source = Source(file, runs, mends=grader if only else "")
    if function and is_s3(file):
        _note_size(file, function)
    overrides = _overrides(sets, judge)
    if function and overrides:
        raise click.UsageError("--judge and --set cannot change a deployed function")
    if concurrency and not function:
        overrides.setdefault("concurrency", concurrency)
    at_once = (concurrency or _CALLS_AT_ONCE) if function else 1
    with nullcontext(deployed(function)) if function else in_process(grader, overrides) as backend:
        made = backend.grader if isinstance(backend, InProcess) else None
        if row:
            marks = made.settings.thinking_marks if made else ()
            sys.exit(_show_row(source, row, backend, marks, as_json=as_json))
        version = version_of(made) if made else ""
        unended = unfinished(grader, source.name, runs) if resume and not output else None
        before = unended.head if unended else source.mended
        if before and before.version != version:
            said = f"what run {before.id} scored stays, of another version of {grader}"
            echo(said, err=True)
        head = Head(
            grader=grader,
            file=source.name,
            version=version,
            settings=msgspec.to_builtins(made.settings) if made else {},
            function=function or "",
        )
        with unended or _kept_run(runs, head) as kept:
            with _keeping(output, file, kept):
                summary, why, code = _run(
                    source, output, backend, at_once, kept, as_json, resume=resume
                )
            judged_by = judge_of(backend, stood_in=summary.stood_in)
            told = summary.as_json(judged_by) | {"why": why.as_json()}
            if kept:
                kept.finish(told)
    command = ["grade", grader, source.name, *_options(sets, judge, function), "--row", "N"]
    _report(grader, told, kept, shlex.join(["touchstone", *command]), as_json=as_json)
    sys.exit(code)


def _options(sets: tuple[str, ...], judge: str | None, function: str | None) -> Iterator[str]:
    """Yields the options that decide what a row earns."""
    for pair in sets:
        yield from ("--set", pair)
    for name, value in (("--judge", judge), ("--function", function)):
        yield from (name, value) if value else ()


@contextmanager
def _kept_run(runs: str, head: Head) -> Iterator[Run | None]:
    """Opens the run that keeps what is graded; ``None`` where none is to be kept, or can be."""
    if runs == "none":
        yield None
        return
    try:
        run = begin(head, runs)
    except OSError as exc:
        echo(f"the run is not kept: {runs}: {exc.strerror}; --runs says where", err=True)
        yield None
        return
    with run:
        yield run


def _show_row(
    source: Source, number: int, backend: Backend, thinking_marks: Pairs, *, as_json: bool
) -> int:
    """Grades the row in one line of a file, shows it whole, and returns the exit code."""
    line = next((line for line in source.lines() if line.number == number), None)
    if line is None:
        raise DataError(f"{source.name}: there is no row in line {number}")
    ((line, entry),) = grade_lines([line], backend, 1)
    code, problem = _ended(line, entry)
    if as_json:
        echo(json.dumps({"row": line.row, "result": entry}))
    else:
        echo("\n".join(explained(line, entry, thinking_marks)))
    if problem:
        echo(problem, err=True)
    return code


def _note_size(file: str, function: str) -> None:
    size = sum(each.size for each in list_files(file))
    if size > HERE_BYTES:
        command = shlex.join(["touchstone", "regrade", file, "--function", function, "-o"])
        said = f"in the account, where nobody has to stay: {command} s3://BUCKET/FOLDER"
        echo(f"{file}: {size >> 20:,} MiB; as much is graded {said}", err=True)


@contextmanager
def _keeping(output: str | None, file: str, run: Run | None) -> Iterator[None]:
    """Says, where a run breaks off, what of it is kept and which command goes on."""
    try:
        yield
    except KeyboardInterrupt as exc:
        kept = _kept(output, file, run)
        raise (Interrupted(f"Aborted! {kept}") if kept else exc) from None
    except (ServiceError, UnreachableJudge) as exc:
        exc.advice = "\n  ".join(filter(None, (exc.advice, _kept(output, file, run))))
        raise
    except OSError as exc:
        if exc.errno not in _FULL or exc.filename:
            raise
        full = f"{output or 'standard output'}: {exc.strerror}"
        raise DataError(full, _kept(output, file, run)) from exc


def _kept(output: str | None, file: str, run: Run | None) -> str:
    """Returns what is kept of a run that broke off, ``""`` where nothing is."""
    # The file of a run without a row goes when it is closed.
    where = output or (f"run {run.name}" if run and run.count() else "")
    if not where or file == STDIN or is_s3(where) or where.endswith(".gz"):
        return ""
    return f"What was graded is kept in {where}; go on with: {again('--resume')}"


def _run(
    source: Source,
    output: str | None,
    backend: Backend,
    concurrency: int,
    run: Run | None,
    as_json: bool,
    *,
    resume: bool,
) -> tuple[Summary, Why, int]:
    file = source.name
    # Opening the output empties it: not before it is known that the rows can be read, elsewhere.
    if output and file != STDIN and same_file(output, file):
        raise DataError(f"{output}: the results would replace the rows")
    lines = _begun(source)
    console = Console(stderr=True)
    summary, why, code, raw = Summary(), Why(), 0, True
    to_stdout = output is None and not as_json and not sys.stdout.isatty()
    opened = continuing(output) if resume and output else writing(output or STDIN)
    total = source.count() if console.is_terminal else None
    with row_counter(console, total) as on_row, opened as sink:
        kept: Iterable[Graded] = ()
        if resume and output:
            kept = kept_results(output, lines)
        elif resume and run:
            kept = kept_rows(run, lines)
        ask = partial(grade_lines, backend=backend, concurrency=concurrency)
        fresh = ((True, *one) for one in source.graded(lines, ask))
        for new, line, entry in itertools.chain(((False, *one) for one in kept), fresh):
            if new and (output or to_stdout):
                _write(sink, entry)
            ended, problem = _ended(line, entry)
            code = max(code, ended)
            if problem:
                console.print(visible(problem), markup=False, highlight=False, soft_wrap=True)
            group = group_of(line.row, line.step)
            summary.add(entry, group)
            why.add(line, entry)
            if run and (new or output):
                run.add(line, entry, group)
            raw = raw and isinstance(line.row, dict) and "messages" not in line.row
            on_row()
    if raw:
        console.print(f"{file}: {NO_MESSAGES}", markup=False, highlight=False, soft_wrap=True)
    return summary, why, code


def _ended(line: Line, entry: dict[str, Any]) -> tuple[int, str]:
    """Returns the exit code that one row alone asks for, and what is to be said of the row."""
    if line.problem:
        return BAD_INPUT, f"{line.place}: {line.problem}"
    if not isinstance(line.row, dict) or "expect" not in line.row:
        return (0 if entry["outcome"] == "scored" else FELL_SHORT), ""
    try:
        expected = read_expectation(line.row["expect"], f"{line.place}: expect")
    except ExpectationError as exc:
        return BAD_INPUT, str(exc)
    if expected.met_by(entry):
        return 0, ""
    said = f"expected {expected}, got {shown(entry)}: {entry['reason']}"
    return FELL_SHORT, f"{line.place}: {entry['id']}: {said}"


def _begun(source: Source) -> Iterator[Line]:
    """Returns the rows, the first of them read already."""
    lines = source.lines()
    first = next(lines, None)
    if first is None:
        raise DataError(f"{source.name}: holds no rows")
    return itertools.chain([first], lines)


def _write(sink: IO[bytes], entry: dict[str, Any]) -> None:
    sink.write(line_of(entry))
    sink.flush()


def _report(
    grader: str, summary: dict[str, Any], run: Run | None, command: str, *, as_json: bool
) -> None:
    if as_json:
        echo(json.dumps(summary | ({"run": run.head.id} if run else {})))
        return
    aside = not sys.stdout.isatty()
    Console(stderr=aside).print(summary_table(grader, summary))
    said = lines_of(summary["why"])
    if said:
        echo("\n".join([*said, f"one row whole: {command}"]), err=aside)
    if run:
        echo(f"kept as run {run.name} (touchstone runs)", err=True)


def _overrides(sets: tuple[str, ...], judge: str | None) -> dict[str, Any]:
    """Reads ``KEY=VALUE`` pairs; a value is TOML, or else a plain string."""
    overrides: dict[str, Any] = {}
    for pair in sets:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--set")
        try:
            overrides[key.strip()] = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError:
            overrides[key.strip()] = value
    if judge:
        overrides["judge"] = judge
    return overrides
