"""The summary as a table for a terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from touchstone.sanitize import one_line


def summary_table(title: str, summary: dict[str, Any]) -> Table:
    """Returns the table of a summary, as ``Summary.as_json`` gives it."""
    table = Table(title=_text(title), title_justify="left", show_header=False)
    table.add_column("what", style="bold")
    table.add_column("value")
    table.add_row("rows", str(summary["rows"]))
    table.add_row("scored", str(summary["scored"]))
    unscored = ", ".join(f"{kind} {count}" for kind, count in summary["unscored"].items())
    table.add_row("unscored", _text(unscored or "0"))
    for doubt, count in summary["doubts"].items():
        table.add_row(_text(doubt), Text(f"{count} of {summary['rows']} rows", style="yellow"))
    if summary["judge_name"]:
        table.add_row("judge", _text(summary["judge_name"]))
    if summary["mean"] is not None:
        table.add_row("mean reward", f"{summary['mean']:.3f}")
        spread = "  ".join(f"{name} {value:.2f}" for name, value in summary["quantiles"].items())
        table.add_row("quantiles", spread)
    for name, mean in summary["criteria"].items():
        table.add_row(Text("  ") + _text(name), f"{mean:.3f}")
    if summary["judge"]:
        spent = "  ".join(f"{name} {value:g}" for name, value in summary["judge"].items())
        table.add_row("judge took", spent)
    if summary["groups"]:
        table.add_row("flat groups", f"{summary['flat_groups']} of {summary['groups']} prompts")
    table.add_row("rows per second", str(summary["rows_per_second"]))
    return table


def _text(said: str) -> Text:
    """Returns what others may have named as text, which is neither markup nor a command."""
    return Text(one_line(said))
