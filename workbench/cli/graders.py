"""``touchstone graders``: which graders there are, and what each is made of."""

from __future__ import annotations

import json
from typing import Any

import click
import msgspec

from touchstone.config import graders_file, load_entries
from touchstone.templates import find_grader, get_template, load_grader, template_names
from touchstone.workbench.cli.lazy import LazyGroup
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.graders.scaffold import new_grader

_VERBS = {
    "draft": ("touchstone.workbench.cli.drafting", "Draft a grader from ROWS, and check it."),
    "import": ("touchstone.workbench.cli.importing", "Make a grader of another service's."),
    "list": (__name__, "List every grader by name."),
    "new": (
        __name__,
        "Write a grader of your own called NAME: code, golden cases, test and entry.",
    ),
    "show": (__name__, "Show the criteria and the settings of one grader."),
}


@click.group(cls=LazyGroup, verbs=_VERBS, invoke_without_command=True)
@click.pass_context
def graders(ctx: click.Context) -> None:
    """List, show, make, draft or import graders: templates, and the entries of graders.toml."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@click.command("list")
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
        for name, entry in load_entries(graders_file()).items()
    ]
    if as_json:
        echo(json.dumps(rows))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        custom = "" if row["name"] == row["template"] else f" [{row['template']}]"
        echo(f"{row['name']:<{width}}  {row['summary']}{custom}")


@click.command()
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


@click.command()
@click.argument("name")
def new(name: str) -> None:
    """Write a grader of your own called NAME: code, golden cases, test and entry."""
    written = new_grader(name, graders_file().parent)
    for path in written:
        echo(f"wrote {path}")
    echo(f"try it: touchstone grade {name} {written[1]}")
    echo(f"prove it: touchstone check {name}")
