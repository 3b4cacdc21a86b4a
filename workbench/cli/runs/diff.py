"""``touchstone runs diff``: two runs compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from touchstone.sanitize import one_line
from touchstone.workbench.cli.runs.options import AS_JSON, PLACE, STEPS
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.grading.why import LONGEST, place_of
from touchstone.workbench.runs.diff import Diff, as_json, diff
from touchstone.workbench.runs.store import find

_STEPS_SHOWN = 40  # of a difference


@click.command("diff")
@click.argument("before", default="previous")
@click.argument("after", default="last")
@PLACE
@STEPS
@AS_JSON
def diff_(before: str, after: str, where: str, steps: range | None, data: bool) -> None:
    """Compare two runs over the same rows, by default the last two.

    Rows are paired by what they hold. Says how the mean changed, with an interval over prompts;
    which rows changed; and what became of groups of rollouts: flat ones, those in another order,
    and advantages with the other sign, which is what training would have learned otherwise: step
    by step where the rows tell their steps, in windows of time where they tell only when they were
    graded, and by name those that turned most.
    """
    with find(before, where) as old, find(after, where) as new:
        found = diff(old, new, steps=steps)
        told = as_json(found, old, new)
    if data:
        echo(json.dumps(told))
        return
    echo("\n".join(_said(found, told)))


def _said(found: Diff, told: dict[str, Any]) -> list[str]:
    first, second = told["runs"]
    said = [f"{first} ({told['graders'][0]}) to {second} ({told['graders'][1]})"]
    if told["versions"][0] == told["versions"][1] != "":
        said.append("the same version of the grader")
    said.append(f"{found.paired} rows in both, of {found.before} and {found.after}")
    if found.gain and found.mean_before is not None and found.mean_after is not None:
        ends = found.gain.interval
        unsure = "too few to tell" if found.changed else "no row moved"
        sure = f"95 % between {ends[0]:+.4f} and {ends[1]:+.4f}" if ends else unsure
        said.append(
            f"mean reward {found.mean_before:.4f} to {found.mean_after:.4f}: "
            f"{found.gain.value:+.4f}, {sure}"
        )
    said.append(
        f"{found.changed} rows have another reward; {found.lost} are unscored now, and "
        f"{found.won} are scored that were not"
    )
    groups = found.groups
    if groups.groups:
        said.append(
            f"{groups.groups} groups of rollouts: flat {groups.flat_before} to "
            f"{groups.flat_after}, in another order {groups.flipped}; {groups.turned} of "
            f"{groups.rollouts} advantages have the other sign"
        )
    if found.usd_before or found.usd_after:
        said.append(f"judges took {found.usd_before:.4f} USD, then {found.usd_after:.4f}")
    said += [*_by_step(found), *_by_time(found)]
    if told["turned_most"]:
        said.append("turned most")
    for one in told["turned_most"]:
        old, new = one["before"], one["after"]
        said.append(
            f"  advantage {old['advantage']:+.2f} to {new['advantage']:+.2f} {_rollout(new)}, "
            f"reward {old['reward']:.3f} to {new['reward']:.3f}"
        )
    if told["most"]:
        said.append("changed most")
    for one in told["most"]:
        old, new = one["before"], one["after"]
        said.append(f"  {old['reward']:.3f} to {new['reward']:.3f} {_rollout(new)}")
        said += [
            f"    was: {one_line(old['reason'], LONGEST)}",
            f"    now: {one_line(new['reason'], LONGEST)}",
        ]
    return said


def _rollout(one: dict[str, Any]) -> str:
    step = "" if one["step"] is None else f", step {one['step']}"
    return f"{place_of(one)}{step}"


def _by_step(found: Diff) -> Iterator[str]:
    """Yields a line for each step, or for each of as many as can be read, evenly apart."""
    if found.steps:
        yield "step  mean reward       advantages turned"
    stride = -(-len(found.steps) // _STEPS_SHOWN)
    for one in found.steps[:: stride or 1]:
        groups = one.groups
        yield (
            f"{one.step:4}  {one.mean_before:.4f} to {one.mean_after:.4f}  "
            f"{groups.turned} of {groups.rollouts}"
        )
    if stride > 1:
        yield f"(every {stride}. of {len(found.steps)} steps; --json has all)"


def _by_time(found: Diff) -> Iterator[str]:
    """Yields a line for each window of time."""
    if found.windows:
        yield "nothing tells the steps; windows of rollouts in the order of time, not of steps:"
        yield "graded (UTC)                               mean reward       advantages turned"
    for one in found.windows:
        groups = one.groups
        yield (
            f"{_minute(one.since)} to {_minute(one.until)}  {one.mean_before:.4f} to "
            f"{one.mean_after:.4f}  {groups.turned} of {groups.rollouts}"
        )


def _minute(time: str) -> str:
    return time[:19].replace("T", " ")
