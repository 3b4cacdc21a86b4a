"""``touchstone graders import``: a grader of another service becomes one of graders.toml."""

from __future__ import annotations

import json
import sys

import click

from touchstone.config import graders_file
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.graders.importing.model import Choices
from touchstone.workbench.graders.importing.run import Outcome, import_grader, said


@click.command("import")
@click.argument("file")
@click.option("--name", default="", help="What it is to be called; by default as it is there.")
@click.option("--rows", default="", metavar="FILE", help="Rows to make golden cases of.")
@click.option("--scores", default="", metavar="FILE", help="What the other service gave, as JSONL.")
@click.option("--judge", default="", help="The judge in place of every model that it asks.")
@click.option("--trim", is_flag=True, help="Compare texts without the white space around them.")
@click.option("--fetch", is_flag=True, help="Take from the account what FILE only names.")
@click.option("--bounds", nargs=2, type=float, help="Lowest and highest reward, if others.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
def import_(
    file: str,
    name: str,
    rows: str,
    scores: str,
    judge: str,
    trim: bool,
    fetch: bool,
    bounds: tuple[float, float] | None,
    as_json: bool,
) -> None:
    """Make a grader of another service's.

    FILE is JSON of OpenAI or Azure (a grader, alone or inside a fine-tuning job or an eval) or of
    Gemini's tuning, a configuration of promptfoo, metrics of DeepEval (.py), a reward file (.py),
    or a job or recipe of AWS that names its reward. Written are its entry in graders.toml, a
    reward file, golden cases from --rows, and a report of what is other than there. Nothing that
    is there already is changed. Exit code 1: some rows of --scores get another score here; 2: it
    cannot be imported, and nothing is written.
    """
    outcome = import_grader(
        file,
        graders_file().parent,
        name=name,
        rows=rows,
        scores=scores,
        choices=Choices(judge, trim, fetch),
        bounds=bounds,
    )
    if as_json:
        echo(json.dumps(_as_json(outcome)))
    else:
        _show(outcome)
    parity = outcome.parity
    sys.exit(FELL_SHORT if parity and parity.agree < len(parity.rows) else 0)


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "name": outcome.name,
        "service": outcome.made.service,
        "template": outcome.written.template,
        "scores": {piece.name: piece.said for piece in outcome.made.pieces},
        "bounds": list(outcome.made.bounds),
        "notes": list(outcome.notes),
        "files": [str(path) for path in outcome.files],
        "cases": outcome.cases,
        "parity": outcome.parity.as_json() if outcome.parity else None,
    }


def _show(outcome: Outcome) -> None:
    for line in said(outcome):
        echo(line)
    for note in outcome.notes:
        echo(f"  {note}")
    for path in outcome.files:
        echo(f"wrote {path}")
    if libraries := outcome.written.settings.get("libraries"):
        echo(f"install {', '.join(libraries)}: touchstone libraries install {outcome.name}")
    rows = next((str(path) for path in outcome.files if path.name.endswith(".cases.jsonl")), "")
    if rows:
        echo(f"try it: touchstone grade {outcome.name} {rows}")
    echo(f"prove it: touchstone check {outcome.name}{f' {rows}' if rows else ''}")
