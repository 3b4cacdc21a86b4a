"""``touchstone data convert``: logs and files of any form become RFT rows."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.data.conversion import Broken, Progress, Result, convert_files
from touchstone.workbench.data.forms import NAMES, Options
from touchstone.workbench.data.forms.logs import make_filter
from touchstone.workbench.errors import BAD_INPUT, FELL_SHORT, Interrupted


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("-o", "--output", required=True, help="The file to write: .jsonl or .jsonl.gz.")
@click.option("--form", type=click.Choice(NAMES), default="auto", help="What the records are.")
@click.option("--reference", metavar="FIELD", help="Where the reference answer is.")
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Where a field is.")
@click.option("--system", default="", metavar="TEXT", help="System turn for rows without one.")
@click.option("--filter", "filter_", metavar="JSON", help="Keep calls by request metadata.")
@click.option(
    "--keep-answer",
    type=click.Choice(["reference", "completion", "drop"]),
    help="Take recorded answers as the reference, as completions to grade, or never; "
    "by default a dataset's are the reference.",
)
@click.option(
    "--first-choice",
    type=click.Choice(["0", "1"]),
    help="The number that means the first of a row's choices, where answers are numbers.",
)
@click.option("--resume", is_flag=True, help="Continue a run that was stopped.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
def convert(
    sources: tuple[str, ...],
    output: str,
    form: str,
    reference: str | None,
    maps: tuple[str, ...],
    system: str,
    filter_: str | None,
    keep_answer: Any,
    first_choice: Any,
    resume: bool,
    as_json: bool,
) -> None:
    """Convert SOURCEs to rows for reinforcement fine-tuning.

    A SOURCE is a file (.jsonl, .json, .csv, .tsv, .parquet; .gz of the text ones), a folder,
    an s3:// URL or prefix, or - for standard input. FIELD and COLUMN name a top-level field
    or, with a leading slash, are a JSON pointer.

    What cannot become a row without loss is refused by name, in a file of rejects beside the
    output. Exit code 1: some records were refused; 2: bad input; 130: stopped.
    """
    mapping = _mapping(maps, reference)
    first: Any = None if first_choice is None else int(first_choice)
    options = Options(form, mapping, system, _filter(filter_), keep_answer, first)
    said = [form, mapping, system, filter_, keep_answer, first]
    settings = json.dumps(said, sort_keys=True)
    try:
        with _bar() as on_progress:
            result = convert_files(
                sources, output, options,
                settings=settings, resume=resume, on_progress=on_progress,
            )  # fmt: skip
    except (Broken, Interrupted) as exc:
        again = shlex.join(["touchstone", *_arguments(), *([] if resume else ["--resume"])])
        exc.advice = f"what was converted is kept; to go on: {again}"
        raise
    _report(result, as_json)
    if result.counts.unreadable or not result.counts.read:
        sys.exit(BAD_INPUT)
    if result.counts.refused:
        sys.exit(FELL_SHORT)


def _arguments() -> list[str]:
    words: list[str] = []
    context = click.get_current_context()
    while context.parent:
        words.insert(0, context.info_name or "")
        context = context.parent
    given = click.get_current_context().params
    words += [*given["sources"], "-o", given["output"], "--form", given["form"]]
    words += [word for pair in given["maps"] for word in ("--map", pair)]
    for option, name in (
        ("--reference", "reference"), ("--system", "system"),
        ("--filter", "filter_"), ("--keep-answer", "keep_answer"),
        ("--first-choice", "first_choice"),
    ):  # fmt: skip
        words += [option, given[name]] if given[name] else []
    return words + (["--resume"] if given["resume"] else [])


def _mapping(maps: tuple[str, ...], reference: str | None) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in maps:
        name, equals, path = pair.partition("=")
        if not equals or not name or not path:
            raise click.BadParameter(f"{pair!r} is not FIELD=COLUMN", param_hint="--map")
        mapping[name] = path
    if reference:
        if "reference_answer" in mapping:
            raise click.UsageError("--reference and --map reference_answer=... say the same thing")
        mapping["reference_answer"] = reference
    return mapping


def _filter(given: str | None) -> Any:
    if given is None:
        return None
    try:
        return make_filter(json.loads(given))
    except ValueError as exc:
        raise click.BadParameter(str(exc), param_hint="--filter") from exc


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    text = TextColumn("{task.fields[rows]:,} rows, {task.fields[refused]:,} refused")
    with Bar(BarColumn(), text, TimeElapsedColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=None, rows=0, refused=0)
        yield lambda at: bar.update(
            task,
            total=at.total or None,
            completed=at.bytes_read,
            rows=at.counts.written,
            refused=at.counts.refused,
        )


def _report(result: Result, as_json: bool) -> None:
    counts = msgspec.to_builtins(result.counts)
    if as_json:
        entry = {"output": result.output, "rejects": result.rejects, **counts}
        echo(json.dumps(entry | {"passed_over": result.passed_over}))
        return
    echo(f"{result.output}: {_number(counts, 'written')} of {_number(counts, 'read')} records")
    if counts["filtered"]:
        echo(f"  not kept by the filter: {_number(counts, 'filtered')}")
    for title, key in (
        ("read as", "forms"), ("reference from", "references"),
        ("left out", "left_out"),
    ):  # fmt: skip
        if counts[key]:
            ranked = sorted(counts[key].items(), key=lambda pair: -pair[1])
            echo(f"  {title}: {_names(ranked)}")
    if counts["without_reference"]:
        echo(f"  without a reference: {_number(counts, 'without_reference')}")
    if counts["alike"]:
        ranked = sorted(counts["alike"].items(), key=lambda pair: -pair[1])
        echo(f"  looks like a reference, not used: {_names(ranked)}; --reference FIELD takes it")
    for kind, number in sorted(counts["refused_by"].items(), key=lambda pair: -pair[1]):
        echo(f"  refused, {kind}: {number:,}, the first at {counts['first'][kind]}")
    for name, reason in counts["unreadable"].items():
        echo(f"  error: {name} {reason}", err=True)
    if result.passed_over:
        echo(f"  files passed over: {len(result.passed_over)}")
    if result.rejects:
        echo(f"  every refusal: {result.rejects}")
    if not counts["read"]:
        echo("  error: there are no records", err=True)


def _names(ranked: list[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in ranked)


def _number(counts: dict[str, Any], name: str) -> str:
    return f"{counts[name]:,}"
