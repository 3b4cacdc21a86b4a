"""``touchstone libraries``: what the code in a grader's cages may import."""

from __future__ import annotations

import click

from touchstone.templates import find_grader
from touchstone.workbench.cli.terminal import echo
from touchstone.workbench.libraries import (
    install_libraries,
    megabytes,
    not_in_a_cage,
    plan_libraries,
)


@click.group()
def libraries() -> None:
    """Lock and install what the code in a grader's cages may import."""


@libraries.command()
@click.argument("grader")
@click.option("--yes", is_flag=True, help="Install without asking.")
@click.option("--upgrade", is_flag=True, help="Lock the newest versions that are allowed.")
def install(grader: str, yes: bool, upgrade: bool) -> None:
    """Install the `libraries` of GRADER in a folder of their own, as its lock says.

    Names every package before anything is installed. Versions and hashes are locked in
    libraries/GRADER.txt beside graders.toml: commit that file. Nothing is installed in your own
    environment, and nothing but wheels, which run no code when they are installed.

    Exit code 0: they are there; 2: bad input, or they cannot be had.
    """
    plan = plan_libraries(find_grader(grader), upgrade=upgrade)
    if plan.is_done:
        echo(f"{plan.lock.home()}: already installed, {len(plan.lines())} packages")
        return
    echo(f"to install in {plan.lock.home()}:")
    for line in plan.lines():
        echo(f"  {line}")
    if not yes:
        click.confirm("Install them?", abort=True)
    folder = install_libraries(plan)
    echo(f"installed {megabytes(folder):.0f} MB; a function takes 250 with all else it ships")
    if plan.is_new:
        echo(f"wrote {plan.lock.path}: commit it")
    if refused := not_in_a_cage(folder):
        echo(f"not to be imported in a cage: {', '.join(refused)}")
