"""``python -m touchstone.workbench.rehearse learn``."""

from __future__ import annotations

import click

from touchstone.workbench.rehearse.learn import learn


@click.group()
def main() -> None:
    """Rehearse training on this machine."""


main.add_command(learn)
main()
