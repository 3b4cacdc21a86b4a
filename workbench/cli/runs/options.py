"""What the commands of ``touchstone runs`` are told alike: where runs are kept, and which steps."""

from __future__ import annotations

import re
from typing import Any

import click

from touchstone.workbench.runs.store import FOLDER, runs_folder

PLACE = click.option(
    "--runs", "where", default=runs_folder, show_default=str(FOLDER),
    help="Where runs are kept: a folder or an s3:// prefix.",
)  # fmt: skip
AS_JSON = click.option("--json", "data", is_flag=True, help="Print JSON.")


class Steps(click.ParamType):
    """Steps of training: ``7``, or ``7-20`` with both ends."""

    name = "steps"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> range:
        """Returns the steps."""
        match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", str(value))
        if match is None:
            self.fail(f"{value!r} is no step, as 7, and no steps, as 7-20", param, ctx)
        return range(int(match[1]), int(match[2] or match[1]) + 1)


STEPS = click.option("--steps", type=Steps(), help="Rollouts of these alone, as 7 or 7-20.")
