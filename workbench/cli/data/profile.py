"""``touchstone data profile``: what a training file holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click
from rich.console import Console
from rich.table import Table

from touchstone.sanitize import visible
from touchstone.workbench.cli.progress import row_counter
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.data.profile import Profile
from touchstone.workbench.data.profile import profile as run
from touchstone.workbench.errors import BAD_INPUT
from touchstone.workbench.rows.storage import shown


@click.command()
@click.argument("file")
@click.option("--tokenizer", metavar="PATH", help="tokenizer.json or a Hugging Face folder.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def profile(file: str, tokenizer: str | None, as_json: bool) -> None:
    """Show what FILE holds: lengths, turns, fields and their balance, repetition, languages.

    Without --tokenizer lengths are estimated. Exit code 2: the file cannot be read, or some
    of its lines cannot, or it holds no rows with messages.
    """
    with row_counter() as on_row:
        found = run(file, tokenizer, on_row=on_row)
    if as_json:
        echo(json.dumps(found.as_json()))
    else:
        _print_table(file, found)
    if found.unreadable:
        sys.exit(BAD_INPUT)


def _print_table(file: str, found: Profile) -> None:
    table = Table(title=visible(shown(file)), title_justify="left", show_header=False)
    table.add_column("what", style="bold")
    table.add_column("value", overflow="fold")
    for what, value in _lines(found):
        table.add_row(visible(what), visible(value))
    Console().print(table, markup=False)


def _lines(found: Profile) -> Iterator[tuple[str, str]]:
    unreadable = f", {found.unreadable:,} unreadable" if found.unreadable else ""
    yield "rows", f"{found.rows:,}{unreadable}"
    yield "prompt tokens", "  ".join(f"{name} {value:,.0f}" for name, value in found.tokens.items())
    yield "", found.lengths
    yield "turns", _counts(found.turns)
    yield "roles", _counts(found.roles)
    yield "system messages", f"{found.systems['different']:,} different, {_none(found)}"
    for name, field in found.fields.items():
        share, values = f"{field['filled']:.1%} filled", ""
        if field["values"]:
            values = "; " + _counts(field["values"])
        yield f"  {name}", f"{share}, {'/'.join(field['types'])}{values}"
    yield "repeated prompts", f"{found.repeated:,} rows"
    clusters = found.clusters
    groups = f"{clusters['rows']:,} rows in {clusters['clusters']:,} groups"
    yield "near-duplicates", f"{groups} (overlap of {clusters['least_overlap']:.0%} or more)"
    for cluster in clusters["largest"]:
        lines = ", ".join(map(str, cluster["lines"]))
        yield "", f"{cluster['rows']} rows, among them lines {lines}"
    shares = (f"{name} {share:.1%}" for name, share in found.languages.items())
    yield "languages", "  ".join(shares)


def _none(found: Profile) -> str:
    return f"{found.systems['none']:,} rows without"


def _counts(counts: dict[str, int]) -> str:
    return "  ".join(f"{name}: {count:,}" for name, count in counts.items())
