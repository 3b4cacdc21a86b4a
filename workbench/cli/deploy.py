"""``touchstone deploy``: put the graders into an account, under the eyes of running jobs."""

from __future__ import annotations

import sys

import click

from touchstone.config import graders_file
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.deploy.deployment import Deployment, Refused, all_lines
from touchstone.workbench.errors import FELL_SHORT

APPROVALS = ("broadening", "any-change", "never")


@click.command()
@click.option("--stage", default="dev", show_default=True, help="A stage of cdk.json.")
@click.option("--plan", "only_plan", is_flag=True, help="Only say what would change.")
@click.option(
    "--offline",
    is_flag=True,
    help="Only say what a first deployment would make; no account is asked.",
)
@click.option("--yes", is_flag=True, help="Do not ask, not about permissions either.")
@click.option(
    "--approve", type=click.Choice(APPROVALS), default="broadening", show_default=True,
    help="Which changes of permissions the CDK asks about.",
)  # fmt: skip
def deploy(stage: str, only_plan: bool, offline: bool, yes: bool, approve: str) -> None:
    """Deploy a stage: say what changes, deploy, try each new version, then move its alias.

    A running job goes on with the version that it was launched with. A grader that a job uses
    is not removed. What the last `touchstone check` says of each new version is told, and where
    graders.toml has [check] require = true, it has to hold. Each new version answers its golden
    cases first; where one ends otherwise than it expects, the alias stays where it is, and the
    exit code is 1.
    """
    graders = graders_file()
    work = Deployment(graders.parent.resolve(), stage, graders.name, echo)
    plan = work.plan(offline=offline)
    for line in plan.lines():
        echo(line)
    plan.check()
    if only_plan or offline:
        return
    if plan.nothing:
        echo("nothing to deploy")
        return
    if not yes and not sys.stdin.isatty():
        raise Refused("nobody can be asked here", "say --yes")
    if not yes:
        click.confirm(f"deploy stage {stage}?", abort=True)
    failed = work.run(plan, "never" if yes else approve)
    for line in all_lines(failed):
        echo(line, err=True)
    new = {change.grader for change in plan.changes if change.kind == "new"}
    for grader in failed:
        where = "is new, and has no other version" if grader in new else "stays where it was"
        echo(f"{grader}: its alias {where}: golden cases ended otherwise", err=True)
    if failed:
        sys.exit(FELL_SHORT)
    echo("every alias is on the version of this deployment")
