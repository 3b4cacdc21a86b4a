"""``touchstone graders``: which graders there are, and what each is made of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import msgspec

from templates import find_grader, get_template, load_grader, template_names
from touchstone.config import FILE_NAME, load_entries
from workbench.cli.importing import import_
from workbench.cli.terminal import echo
from workbench.graders.scaffold import new_grader


@click.group(invoke_without_command=True)
@click.pass_context
def graders(ctx: click.Context) -> None:
    """List, show, make or import graders: the templates, and the entries of graders.toml."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


graders.add_command(import_)


@graders.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool = False) -> None:
    """List every grader by name."""
    rows = [
        {"name": name, "template": name, "summary": get_template(name).summary}
        for name in template_names()
    ]
    rows += [
        {
            "name": name,
            "template": entry.template or entry.code,
            "summary": find_grader(name).template.summary,
        }
        for name, entry in load_entries(Path(FILE_NAME)).items()
    ]
    if as_json:
        echo(json.dumps(rows))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        custom = "" if row["name"] == row["template"] else f" [{row['template']}]"
        echo(f"{row['name']:<{width}}  {row['summary']}{custom}")


@graders.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, as_json: bool) -> None:
    """Show the criteria and the settings of one grader."""
    grader = load_grader(name)
    shown: dict[str, Any] = {
        "name": grader.name,
        "template": grader.template.name,
        "summary": grader.template.summary,
        "criteria": list(grader.template.criteria),
        "needs": sorted(grader.template.needs),
        "settings": msgspec.to_builtins(grader.settings),
    }
    if as_json:
        echo(json.dumps(shown))
        return
    for key, value in shown.items():
        if key != "settings":
            echo(f"{key:<9} {', '.join(value) if isinstance(value, list) else value}")
    echo("settings")
    for key, value in shown["settings"].items():
        echo(f"  {key} = {json.dumps(value)}")


@graders.command()
@click.argument("name")
def new(name: str) -> None:
    """Write a grader of your own called NAME: code, golden cases, test and entry."""
    written = new_grader(name, Path())
    for path in written:
        echo(f"wrote {path}")
    echo(f"try it: touchstone grade {name} {written[1]}")
    echo(f"prove it: touchstone check {name}")
