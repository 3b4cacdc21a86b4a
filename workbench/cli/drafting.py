"""``touchstone graders draft``: rows become a grader; what falls short is not kept unsaid."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec
from click.core import ParameterSource

from touchstone.config import graders_file
from touchstone.templates import get_template
from touchstone.workbench.check.show import lines_of
from touchstone.workbench.check.stored import store
from touchstone.workbench.cli.check import Amount
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.errors import FELL_SHORT
from touchstone.workbench.graders.drafting.asking import TRIES
from touchstone.workbench.graders.drafting.run import Draft, Telling, Wanted, draft, keep
from touchstone.workbench.rows.storage import unpacked_name


@click.command("draft")
@click.argument("rows")
@click.option("--name", default="", help="What it is to be called; by default as ROWS is.")
@click.option("--judge", default="", help="Who is asked where rules cannot tell, and judges then.")
@click.option(
    "--labels", default="mark", show_default=True, metavar="FIELD",
    help="Field of people's marks in ROWS.",
)  # fmt: skip
@click.option("--even-so", is_flag=True, help="Keep a draft that falls short, with that above it.")
@click.option(
    "--budget", type=Amount(min=0), help="Most that judges may cost in the check, in USD."
)
@click.option(
    "--time", "seconds", type=Amount(min=1), default=90, show_default=True,
    help="Most seconds that the check may take.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Of everything drawn.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as JSON.")
@click.pass_context
def draft_(
    ctx: click.Context,
    rows: str,
    name: str,
    judge: str,
    labels: str,
    even_so: bool,
    budget: float | None,
    seconds: float,
    seed: int,
    as_json: bool,
) -> None:
    """Draft a grader from ROWS, and check it.

    ROWS are rows with or without a completion, a reference and people's marks, or records as
    `data convert` reads them. Their references decide where they can. Where only somebody who
    understands them can tell, --judge is shown a few and asked for a template with its settings or
    for a rubric; it is said before how much leaves this machine.

    Written are the entry in graders.toml and golden cases beside it, and only where `check` finds
    nothing wrong with it. Exit code 1: it falls short, or nobody could tell what it should be, and
    nothing is written without --even-so; 2: bad input.
    """
    named = ctx.get_parameter_source("labels") is not ParameterSource.DEFAULT
    wanted = Wanted(
        rows, name or _name_of(rows), judge, labels, named and bool(labels), seconds, budget, seed
    )
    telling = Telling(
        asking=lambda said: echo(said, err=True),
        faulty=lambda number, faults: echo(
            f"draft {number} of at most {TRIES} is not taken: {'; '.join(faults)}", err=True
        ),
        checking=lambda: echo(f"checking it, for {seconds:g} seconds at most", err=True),
    )
    made = draft(wanted, graders_file(), telling)
    kept = made.holds or (even_so and bool(made.template))
    files = keep(made, graders_file()) if kept else []
    if kept and made.report:
        store(made.report)
    if as_json:
        echo(json.dumps(_as_json(made, files)))
    else:
        _show(made, files)
    sys.exit(0 if made.holds else FELL_SHORT)


def _name_of(file: str) -> str:
    """Returns what a grader of a file of rows is called: its name, as far as one may be."""
    stem = Path(unpacked_name(file)).name.partition(".")[0]
    return re.sub(r"[^a-zA-Z0-9_-]+", "-", stem).strip("-_")[:48] or "drafted"


def _as_json(made: Draft, files: list[Path]) -> dict[str, Any]:
    asked = None
    if made.proposed and made.shown:
        asked = {
            "judge": made.wanted.judge,
            "rows": len(made.shown.texts),
            "characters": made.shown.characters,
            "tries": made.proposed.tries,
            "reason": made.proposed.reason,
            **msgspec.to_builtins(made.proposed.usage),
        }
    return {
        "name": made.wanted.name,
        "template": made.template,
        "candidates": list(made.evidence.candidates),
        "evidence": list(made.evidence.said),
        "settings": dict(made.settings),
        "asked": asked,
        "cases": len(made.cases),
        "held_back": made.held_back,
        "holds": made.holds,
        "short": list(made.short),
        "files": [str(path) for path in files],
        "report": made.report.as_json() if made.report else None,
    }


def _show(made: Draft, files: list[Path]) -> None:
    for said in made.evidence.said:
        echo(f"{said}.")
    if not made.template:
        left = ", ".join(made.evidence.candidates)
        echo(f"That alone does not tell how a completion is to be graded; what is left: {left}.")
        echo("nothing is written")
        echo(
            "  --judge bedrock:MODEL or openai:URL#MODEL is shown some of the rows and writes the "
            "settings"
        )
        return
    _show_how(made)
    for line in made.entry().splitlines():
        echo(f"  {line}")
    if made.report:
        # What shows it again is the grader, which is not there where nothing is written.
        for line in lines_of(
            replace(made.report, rows_from=made.report.rows_from if files else "")
        ):
            echo(line)
    if made.held_back and made.proposed:
        echo(f"{made.held_back} prompts with marks were held back: people's verdict is over them")
    for path in files:
        echo(f"wrote {path}")
    if not files:
        echo("nothing is written; --even-so keeps it, with what it falls short in above it")
        return
    echo(f"check it again: touchstone check {made.wanted.name} {files[0]}")


def _show_how(made: Draft) -> None:
    got = made.proposed
    if got:
        cost = "" if got.usage.cost_usd is None else f", {got.usage.cost_usd:.4f} USD"
        tokens = f"{got.usage.input_tokens:,} + {got.usage.output_tokens:,} tokens{cost}"
        echo(f"{made.wanted.judge} proposes {got.template} ({tokens}): {got.reason}")
    elif made.wanted.judge:
        echo(f"No model was asked: the rows decide for {made.template}.")
    elif "judge" in get_template(made.template).needs:
        echo(
            f"{made.template} asks a judge, which --judge names; the stand-in is none to train by."
        )
